"""Do executions start, wait, end and tell of it as those of Step Functions do?"""

import json
from datetime import UTC, datetime

import pytest
from botocore.exceptions import ClientError
from moto import mock_aws

from rehearsal.clock import Clock
from rehearsal.names import UnknownResourceError
from rehearsal.sdk import Sdk, refusal
from rehearsal.states.executions import StateMachines
from rehearsal.states.history import Execution
from rehearsal.states.measured import Failure
from tests.rehearsal.rules import holds

PREFIX = "arn:aws:states:eu-west-1:123456789012:"


class House:
    """A region with nothing but machines, the functions given, and a ledger."""

    def __init__(self, seed=0, **functions):
        self.clock, self.sdk, self.emitted = Clock(), Sdk(), []
        self.functions = functions
        self.machines = StateMachines(
            self.clock, self.sdk, self.invoke, emit=self.emitted.append, seed=seed
        )
        self.sdk.client("dynamodb").create_table(
            TableName="ledger",
            KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
            BillingMode="PAY_PER_REQUEST",
        )

    def invoke(self, function, payload):
        return self.functions[function.split(":")[6]](payload)

    def register(self, name, states, *, type="STANDARD", **machine):
        definition = {
            "QueryLanguage": "JSONata",
            "StartAt": next(iter(states)),
            "States": states,
            **machine,
        }
        arn = f"{PREFIX}stateMachine:{name}"
        self.machines.register(arn, definition, type=type, role_arn="arn:aws:iam::1:role/r")
        return arn

    def run(self, name, states, given=None, **machine) -> Execution:
        execution = self.machines.start(self.register(name, states, **machine), name, given)
        self.clock.run()
        return execution

    def token(self, key="wait"):
        found = self.sdk.client("dynamodb").get_item(TableName="ledger", Key={"pk": {"S": key}})
        return found["Item"]["token"]["S"]

    def answer(self, delay, operation="send_task_success", **more):
        """Answer the waiting token after so many seconds, as `wake` does."""
        call = getattr(self.sdk.client("stepfunctions"), operation)
        self.clock.at(delay, lambda: call(taskToken=self.token(), **more))


@pytest.fixture
def house():
    with mock_aws():
        yield House(judge=lambda payload: {"verdict": payload["n"] + 1})


def act(resource, arguments, **fields):
    if not {"Next", "End"} & set(fields):
        fields["End"] = True
    resource = f"arn:aws:states:::{resource}"
    return {"Type": "Task", "Resource": resource, "Arguments": arguments, **fields}


def invoke(name, payload, **fields):
    function = f"arn:aws:lambda:eu-west-1:123456789012:function:{name}:3"
    return act("lambda:invoke", {"FunctionName": function, "Payload": payload}, **fields)


def put(key, **fields):
    arguments = {
        "TableName": "ledger",
        "Item": {"pk": {"S": key}},
        "ConditionExpression": "attribute_not_exists(pk)",
    }
    return act("aws-sdk:dynamodb:putItem", arguments, **fields)


def await_token(**fields):
    arguments = {
        "TableName": "ledger",
        "Key": {"pk": {"S": "wait"}},
        "UpdateExpression": "SET #t = :t",
        "ExpressionAttributeNames": {"#t": "token"},
        "ExpressionAttributeValues": {":t": {"S": "{% $states.context.Task.Token %}"}},
    }
    return act("aws-sdk:dynamodb:updateItem.waitForTaskToken", arguments, **fields)


def child(name, given, pattern=".sync:2", **fields):
    arn = f"{PREFIX}stateMachine:{name}:1"
    asked = {"StateMachineArn": arn, "Name": "{% $states.context.Execution.Name & '-child' %}"}
    return act(f"states:startExecution{pattern}", {**asked, "Input": given}, **fields)


def sleep(seconds, **fields):
    return {"Type": "Wait", "Seconds": seconds, **(fields or {"End": True})}


def whats(execution):
    return [each.what for each in execution.trace]


def test_a_function_is_invoked_and_its_payload_comes_back(house):
    done = house.run("m", {"Judge": invoke("judge", {"n": "{% $states.input.n %}"})}, {"n": 1})
    assert done.output == {"StatusCode": 200, "ExecutedVersion": "3", "Payload": {"verdict": 2}}
    assert house.sdk.calls["lambda", "Invoke"] == 1


def test_an_error_of_a_function_has_its_class_and_can_be_caught(house):
    def broken(payload):
        told = {"errorMessage": "no", "errorType": "TerminalError", "stackTrace": []}
        raise Failure("TerminalError", json.dumps(told))

    house.functions["broken"] = broken
    catch = {
        "ErrorEquals": ["TerminalError"],
        "Output": "{% $parse($states.errorOutput.Cause).errorMessage %}",
        "Next": "Caught",
    }
    states = {"Judge": invoke("broken", {}, Catch=[catch]), "Caught": {"Type": "Succeed"}}
    assert house.run("m", states).output == "no"


def test_a_throttled_function_has_the_name_of_the_service_error(house):
    def throttle(service, operation, arguments):
        raise refusal(operation, "TooManyRequestsException", "Rate exceeded", 429)

    house.sdk.before.append(throttle)
    done = house.run("m", {"Judge": invoke("judge", {"n": 1})})
    assert done.error == "Lambda.TooManyRequestsException"


def test_a_conditional_check_of_moto_is_caught_by_its_name(house):
    catch = {
        "ErrorEquals": ["DynamoDb.ConditionalCheckFailedException"],
        "Output": "taken",
        "Next": "Taken",
    }
    states = {
        "Claim": put("claim", Next="Again"),
        "Again": put("claim", Catch=[catch]),
        "Taken": {"Type": "Succeed"},
    }
    assert house.run("m", states).output == "taken"


def test_a_token_ends_the_wait_before_its_timeout(house):
    states = {"Wait": await_token(TimeoutSeconds=60, Next="Done"), "Done": {"Type": "Succeed"}}
    house.answer(7, output='{"woken":true}')
    done = house.run("m", states)
    assert (done.output, house.clock.seconds) == ({"woken": True}, 7)
    assert whats(done)[:6] == [
        "ExecutionStarted",
        "TaskStateEntered",
        "TaskScheduled",
        "TaskStarted",
        "TaskSubmitted",
        "TaskSucceeded",
    ]


def test_a_token_times_out_and_is_of_no_use_then(house):
    catch = {"ErrorEquals": ["States.Timeout"], "Output": "tick", "Next": "Done"}
    states = {
        "Wait": await_token(TimeoutSeconds="{% 30 * 2 %}", Catch=[catch]),
        "Done": sleep(100),
    }
    errors = []

    def late():
        try:
            house.sdk.client("stepfunctions").send_task_success(taskToken=house.token(), output="1")
        except ClientError as error:
            errors.append(error.response["Error"]["Code"])

    house.clock.at(61, late)
    done = house.run("m", states)
    assert (done.output, house.clock.seconds, errors) == ("tick", 160, ["TaskTimedOut"])
    assert "TaskTimedOut" in whats(done)


def test_a_token_can_fail_its_task(house):
    house.answer(3, "send_task_failure", error="Stopped", cause="by a person")
    done = house.run("m", {"Wait": await_token()})
    assert (done.status, done.error, done.cause) == ("FAILED", "Stopped", "by a person")


def test_heartbeats_keep_a_task_waiting_until_they_stop(house):
    house.answer(8, "send_task_heartbeat")
    house.answer(15, "send_task_heartbeat")
    done = house.run("m", {"Wait": await_token(HeartbeatSeconds=10, TimeoutSeconds=100)})
    assert (done.error, house.clock.seconds) == ("States.HeartbeatTimeout", 25)


def test_a_state_wakes_another_execution_and_survives_a_token_nobody_waits_for(house):
    wake = {
        "Wake": act(
            "aws-sdk:sfn:sendTaskSuccess",
            {"TaskToken": "{% $states.input %}", "Output": "{% $string({'by': 'wake'}) %}"},
            Catch=[
                {
                    "ErrorEquals": ["Sfn.TaskTimedOutException", "Sfn.InvalidTokenException"],
                    "Output": "{% $states.errorOutput.Error %}",
                    "Next": "Nobody",
                }
            ],
        ),
        "Nobody": {"Type": "Succeed"},
    }
    arn = house.register("wake", wake, type="EXPRESS")
    waiting = house.machines.start(house.register("m", {"Wait": await_token()}))
    house.clock.run()
    assert waiting.running
    token = house.token()
    woken, again, unknown = (
        house.machines.start(arn, given=each) for each in (token, token, "nonsense")
    )
    house.clock.run()
    assert waiting.output == {"by": "wake"}
    assert (woken.output, again.output) == ({}, "Sfn.TaskTimedOutException")
    assert unknown.output == "Sfn.InvalidTokenException"


def test_a_parent_waits_for_its_child_and_reads_its_output(house):
    house.register("roll", {"Roll": sleep(20, Output={"n": "{% $states.input.n + 1 %}"}, End=True)})
    states = {"Roll": child("roll", {"n": 1}, Output="{% $states.result %}")}
    done = house.run("deploy", states)
    assert house.clock.seconds == 20
    assert done.output["Output"] == {"n": 2}
    assert done.output["Name"] == "deploy-child"
    assert done.output["StateMachineVersionArn"] == f"{PREFIX}stateMachine:roll:1"
    assert done.output["StartDate"] == 1_767_225_600_000


def test_a_failed_child_fails_the_parents_task_and_tells_why(house):
    house.register("roll", {"No": {"Type": "Fail", "Error": "Fault", "Cause": "broken"}})
    catch = {
        "ErrorEquals": ["States.TaskFailed"],
        "Assign": {"child": "{% $parse($states.errorOutput.Cause) %}"},
        "Next": "Caught",
    }
    states = {
        "Roll": child("roll", {}, Catch=[catch]),
        "Caught": {
            "Type": "Pass",
            "Output": "{% [$child.Status, $child.Error, $child.Cause, $child.Name] %}",
            "End": True,
        },
    }
    done = house.run("deploy", states)
    assert done.output == ["FAILED", "Fault", "broken", "deploy-child"]


def test_a_child_is_stopped_when_its_parents_task_times_out(house):
    house.register("roll", {"Long": sleep(1000)})
    done = house.run("deploy", {"Roll": child("roll", {}, TimeoutSeconds=50)})
    started = house.machines.executions[f"{PREFIX}execution:roll:deploy-child"]
    assert (done.error, started.status, house.clock.seconds) == ("States.Timeout", "ABORTED", 50)


def test_a_child_started_without_waiting_runs_on(house):
    house.register("roll", {"Long": sleep(1000)})
    done = house.run("deploy", {"Roll": child("roll", {}, "")})
    assert (done.stopped_at, house.clock.seconds) == (done.started_at, 1000)
    assert set(done.output) == {"ExecutionArn", "StartDate"}


def test_stopping_ends_all_branches_and_the_children_at_once(house):
    house.register("roll", {"Wait": await_token()})
    branch = {"StartAt": "Roll", "States": {"Roll": child("roll", {})}}
    other = {"StartAt": "Long", "States": {"Long": sleep(1000)}}
    arn = house.register(
        "deploy", {"Both": {"Type": "Parallel", "Branches": [branch, other], "End": True}}
    )
    parent = house.machines.start(arn, "deploy")
    house.clock.at(5, lambda: house.machines.stop(parent, "Stopped", "by a person"))
    house.clock.run()
    rolled = house.machines.executions[f"{PREFIX}execution:roll:deploy-child"]
    assert (parent.status, parent.error, parent.cause) == ("ABORTED", "Stopped", "by a person")
    assert (rolled.status, house.clock.seconds) == ("ABORTED", 5)
    assert whats(parent)[-1] == "ExecutionAborted"
    with pytest.raises(ClientError, match="TaskTimedOut"):
        house.sdk.client("stepfunctions").send_task_success(taskToken=house.token(), output="1")


@pytest.mark.parametrize("state", ["First", "Inner", "Last"])
def test_a_listener_can_kill_an_execution_at_any_state(house, state):
    inner = {"StartAt": "Inner", "States": {"Inner": sleep(1)}}
    states = {
        "First": {"Type": "Pass", "Next": "Both"},
        "Both": {"Type": "Parallel", "Branches": [inner], "Next": "Last"},
        "Last": put("never"),
    }

    def kill(execution, name, what):
        if name == state and what.endswith("StateEntered"):
            house.machines.stop(execution)

    house.machines.on_state.append(kill)
    done = house.run("m", states)
    assert (done.status, done.path[-1]) == ("ABORTED", state)
    assert not house.sdk.client("dynamodb").scan(TableName="ledger")["Items"]


def test_a_child_can_stop_its_parent(house):
    stop = act(
        "aws-sdk:sfn:stopExecution",
        {"ExecutionArn": "{% $states.input.parent %}", "Cause": "enough"},
    )
    house.register("roll", {"Stop": stop})
    done = house.run("m", {"Roll": child("roll", {"parent": "{% $states.context.Execution.Id %}"})})
    assert (done.status, done.cause) == ("ABORTED", "enough")
    assert {each.status for each in house.machines.executions.values()} == {"ABORTED"}


def test_a_listener_can_make_a_state_slow(house):
    house.machines.on_state.append(
        lambda execution, name, what: what == "TaskStarted" and house.clock.sleep(30)
    )
    house.run("m", {"Judge": invoke("judge", {"n": 1})})
    assert house.clock.seconds == 30


def test_a_slow_call_times_out_and_takes_effect_all_the_same(house):
    def slow(service, operation, arguments):
        if operation == "PutItem":
            house.clock.sleep(30)

    house.sdk.before.append(slow)
    done = house.run("m", {"Put": put("late", TimeoutSeconds=10)})
    assert (done.error, done.stopped_at) == ("States.Timeout", _after(10))
    house.sdk.before.clear()
    assert house.sdk.client("dynamodb").scan(TableName="ledger")["Count"] == 1


def test_a_machine_has_a_time_limit_of_its_own(house):
    done = house.run("m", {"Long": sleep(1000)}, TimeoutSeconds=40)
    assert (done.status, done.error, house.clock.seconds) == ("TIMED_OUT", "States.Timeout", 40)


def test_an_express_execution_ends_after_five_minutes_and_emits_nothing(house):
    done = house.run("m", {"Long": sleep(1000)}, type="EXPRESS")
    assert (done.status, house.clock.seconds, house.emitted) == ("TIMED_OUT", 300, [])
    assert done.arn.startswith(f"{PREFIX}express:m:m:")


def test_the_same_name_and_input_again_is_the_same_execution_while_it_runs(house):
    arn = house.register("m", {"Long": sleep(10)})
    first = house.machines.start(arn, "one", {"a": 1})
    assert house.machines.start(f"{arn}:7", "one", {"a": 1}) is first
    with pytest.raises(ClientError, match="ExecutionAlreadyExists"):
        house.machines.start(arn, "one", {"a": 2})
    house.clock.run()
    with pytest.raises(ClientError, match="ExecutionAlreadyExists"):
        house.machines.start(arn, "one", {"a": 1})
    with pytest.raises(ClientError, match="StateMachineDoesNotExist"):
        house.machines.start(arn + "x", "one")


def test_an_execution_taken_already_fails_the_state_that_starts_it(house):
    house.register("roll", {"Long": sleep(10)})
    house.machines.start(f"{PREFIX}stateMachine:roll", "m-child", {"other": "input"})
    done = house.run("m", {"Roll": child("roll", {})})
    assert done.error == "StepFunctions.ExecutionAlreadyExistsException"


def test_the_context_object_is_real(house):
    done = house.run(
        "m", {"Read": {"Type": "Pass", "Output": "{% $states.context %}", "End": True}}, {"a": 1}
    )
    assert done.output == {
        "Execution": {
            "Id": f"{PREFIX}execution:m:m",
            "Input": {"a": 1},
            "Name": "m",
            "RoleArn": "arn:aws:iam::1:role/r",
            "StartTime": "2026-01-01T00:00:00.000Z",
            "RedriveCount": 0,
        },
        "StateMachine": {"Id": f"{PREFIX}stateMachine:m", "Name": "m"},
        "State": {"EnteredTime": "2026-01-01T00:00:00.000Z", "Name": "Read"},
    }


def test_status_events_tell_of_starts_and_ends(house):
    done = house.run(
        "m", {"No": sleep(2, Next="Fail"), "Fail": {"Type": "Fail", "Error": "Fault", "Cause": "x"}}
    )
    started, ended = house.emitted
    assert started["detail-type"] == "Step Functions Execution Status Change"
    assert (started["source"], started["resources"]) == ("aws.states", [done.arn])
    assert (
        started["detail"] | {"startDate": 1_767_225_600_000, "stopDate": None} == started["detail"]
    )
    assert [event["detail"]["status"] for event in house.emitted] == ["RUNNING", "FAILED"]
    assert ended["time"] == "2026-01-01T00:00:02Z"
    assert (ended["detail"]["error"], ended["detail"]["cause"]) == ("Fault", "x")
    assert (ended["detail"]["input"], ended["detail"]["output"]) == ("{}", None)
    assert started["id"] != ended["id"]


def test_history_events_are_counted_as_step_functions_counts_them(house):
    processor = {"StartAt": "Judge", "States": {"Judge": invoke("judge", {"n": 1})}}
    house.answer(1, output="{}")
    done = house.run(
        "m",
        {
            "Choose": {
                "Type": "Choice",
                "Choices": [{"Condition": "{% true %}", "Next": "Await"}],
            },
            "Await": await_token(Next="All"),
            "All": {"Type": "Map", "Items": [1, 2], "ItemProcessor": processor, "Next": "Rest"},
            "Rest": sleep(1, Next="Done"),
            "Done": {"Type": "Succeed"},
        },
    )
    by_hand = {
        "execution started and succeeded": 2,
        "choice entered and exited": 2,
        "token entered, scheduled, started, submitted, succeeded, exited": 6,
        "map entered, started, succeeded, exited": 4,
        "two iterations started and succeeded": 4,
        "two tasks entered, scheduled, started, succeeded, exited": 10,
        "wait entered and exited": 2,
        "succeed entered and exited": 2,
    }
    assert done.events == sum(by_hand.values()) == 32


@holds("R14.6")
def test_a_history_of_25000_events_ends_a_standard_execution_for_good(house):
    loop = {
        "Again": {"Type": "Pass", "Next": "Loop"},
        "Loop": {
            "Type": "Choice",
            "Choices": [{"Condition": "{% true %}", "Next": "Again"}],
            "Default": "Done",
        },
        "Done": {"Type": "Succeed"},
    }
    side = {"StartAt": "Side", "States": {"Side": sleep(9)}}
    both = {
        "Type": "Parallel",
        "Branches": [{"StartAt": "Again", "States": loop}, side],
        "End": True,
    }
    done = house.run(
        "m",
        {
            "Both": both | {"Catch": [{"ErrorEquals": ["States.ALL"], "Next": "Never"}]},
            "Never": {"Type": "Succeed"},
        },
    )
    assert (done.status, done.error, done.events) == ("FAILED", "States.Runtime", 25_000)
    assert done.path[-1] in {"Again", "Loop"}


def test_two_iterations_with_children_overlap_in_time(house):
    house.register("roll", {"Roll": sleep("{% $states.input %}")})
    start = child("roll", "{% $states.input %}")
    start["Arguments"]["Name"] = "{% 'roll-' & $string($states.input) %}"
    processor = {"StartAt": "Roll", "States": {"Roll": start}}
    house.run(
        "m", {"All": {"Type": "Map", "Items": [40, 60], "ItemProcessor": processor, "End": True}}
    )
    assert house.clock.seconds == 60


def test_the_same_seed_gives_the_same_timeline():
    def timeline(seed):
        with mock_aws():
            house = House(seed)
            retry = [{"ErrorEquals": ["States.ALL"], "MaxAttempts": 4, "JitterStrategy": "FULL"}]
            house.functions["flaky"] = lambda payload: (_ for _ in ()).throw(Failure("Busy"))
            processor = {"StartAt": "Try", "States": {"Try": invoke("flaky", {}, Retry=retry)}}
            everything = {
                "Type": "Map",
                "Items": [1, 2, 3],
                "ItemProcessor": processor,
                "End": True,
            }
            house.run("m", {"All": everything})
            runs = house.machines.executions.values()
            return json.dumps([[run.trace for run in runs], house.emitted])

    assert timeline(1) == timeline(1)
    assert timeline(1) != timeline(2)


@holds("R14.1")
@pytest.mark.parametrize(
    ("resource", "type"),
    [
        ("ecs:runTask.sync", "STANDARD"),
        ("aws-sdk:ecs:nothing", "STANDARD"),
        ("states:startExecution.sync:2", "EXPRESS"),
        ("aws-sdk:dynamodb:updateItem.waitForTaskToken", "EXPRESS"),
    ],
)
def test_a_resource_that_cannot_work_is_refused_at_registration(house, resource, type):
    with pytest.raises(UnknownResourceError):
        house.register("m", {"Go": act(resource, {})}, type=type)


def test_executions_are_described_and_stopped_through_the_api(house):
    running = house.machines.start(house.register("m", {"Long": sleep(1000)}), "x", {"a": 1})
    client = house.sdk.client("stepfunctions")
    client.stop_execution(executionArn=running.arn, cause="enough")
    about = client.describe_execution(executionArn=running.arn)
    assert (about["status"], about["input"], about["cause"]) == ("ABORTED", '{"a":1}', "enough")
    assert about["startDate"] == datetime(2026, 1, 1, tzinfo=UTC)
    with pytest.raises(client.exceptions.ExecutionDoesNotExist):
        client.describe_execution(executionArn=running.arn + "x")


def _after(seconds):
    return datetime(2026, 1, 1, 0, 0, seconds, tzinfo=UTC)
