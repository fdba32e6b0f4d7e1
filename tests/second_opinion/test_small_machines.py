import json
from typing import NamedTuple

import pytest

from rehearsal.second.world import SecondWorld
from rehearsal.template import ACCOUNT, REGION
from rehearsal.world import World
from tests.second_opinion.machines import AGREED, APART, TABLE

MACHINES = {**AGREED, **APART}
ROLE = f"arn:aws:iam::{ACCOUNT}:role/second-opinion"
GIVEN = {}


class Result(NamedTuple):
    outcome: object
    seconds: int
    described: str | None
    """The output as DescribeExecution has it."""


def definition(states):
    return {"QueryLanguage": "JSONata", "StartAt": next(iter(states)), "States": states}


def prepare(world):
    with world.clock.travel():
        world.client("dynamodb").create_table(
            TableName=TABLE,
            KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
            BillingMode="PAY_PER_REQUEST",
        )


def by_ours(sample):
    with World(sample) as world:
        prepare(world)
        for name, states in MACHINES.items():
            number = len(world.machines.machines)
            arn = f"arn:aws:states:{REGION}:{ACCOUNT}:stateMachine:machine-{number}"
            world.machines.register(arn, definition(states))
            execution = world.machines.start(arn, given=GIVEN)
            world.clock.run()
            took = (execution.stopped_at - execution.started_at).total_seconds()
            described = execution.described()["output"]
            yield name, Result(execution.error or execution.output, round(took), described)


def by_moto(sample):
    with SecondWorld(sample) as world:
        prepare(world)
        sfn = world.client("stepfunctions")
        for index, (name, states) in enumerate(MACHINES.items()):
            with world.clock.travel():
                machine = sfn.create_state_machine(
                    name=f"machine-{index}", definition=json.dumps(definition(states)), roleArn=ROLE
                )
                started = sfn.start_execution(
                    stateMachineArn=machine["stateMachineArn"], name="x", input=json.dumps(GIVEN)
                )
            world.clock.run(done=lambda: not world.executes())
            about = sfn.describe_execution(executionArn=started["executionArn"])
            took = (about["stopDate"] - about["startDate"]).total_seconds()
            last = sfn.get_execution_history(executionArn=started["executionArn"])["events"][-1]
            output = last.get("executionSucceededEventDetails", {"output": "null"})["output"]
            outcome = about.get("error") or json.loads(output)
            yield name, Result(outcome, round(took), about.get("output"))


@pytest.fixture(scope="module")
def results(sample):
    """What each machine came to, and after how many seconds: by ours, by moto's."""
    ours, moto = dict(by_ours(sample)), dict(by_moto(sample))
    return {name: (ours[name], moto[name]) for name in MACHINES}


@pytest.mark.parametrize("name", AGREED)
def test_both_interpreters_agree(name, results):
    ours, moto = results[name]
    assert ours[:2] == moto[:2]


# README.md beside the second opinion says who is right, and by what.
DIFFERENCES = {
    "States.ALL and States.Runtime": ("States.Runtime", "States.ALL caught"),
    "a Choice without a match": ("States.NoChoiceMatched", "States.Runtime"),
    "a heartbeat that is missed": ("States.HeartbeatTimeout", "States.Timeout"),
    "an Output beside an Assign": ([1, 2, 2, 1], [2, 1, 2, 1]),
    "$parse of what is no JSON": ("States.QueryEvaluationError", 2),
    "$uuid": (36, len("Function $uuid is currently not supported")),
    "the zone of EnteredTime": ("Z", "0"),
}


@pytest.mark.parametrize("name", APART)
def test_they_part_where_the_table_says_so(name, results):
    ours, moto = results[name]
    assert (ours.outcome, moto.outcome) == DIFFERENCES[name]
    assert ours.seconds == moto.seconds


def test_moto_does_not_describe_a_text_as_json(results):
    ours, moto = results["a Catch by the exact name"]
    assert (ours.described, moto.described) == (f'"{ours.outcome}"', ours.outcome)
