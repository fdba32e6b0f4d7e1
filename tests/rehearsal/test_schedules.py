"""EventBridge Scheduler and rules that run tasks, where Pilothouse could be wrong about them."""

import json
from datetime import timedelta

import pytest
from botocore.exceptions import ClientError

from rehearsal.prepare import Running, scheduled
from rehearsal.world import World

NIGHTLY = "orders-nightly"


@pytest.fixture
def world(sample):
    with World(sample) as world:
        world.store("orders", "v1")
        world.prepare("orders", {"web": Running(), "worker": Running()})
        yield world


def call(world, service, operation, **asked):
    with world.clock.travel():
        return getattr(world.client(service), operation)(**asked)


def read(world, name=NIGHTLY):
    return call(world, "scheduler", "get_schedule", Name=name)


def update(world, **asked):
    given = {
        "Name": NIGHTLY,
        "ScheduleExpression": "rate(1 day)",
        "FlexibleTimeWindow": {"Mode": "OFF"},
        "Target": read(world)["Target"],
    }
    return call(world, "scheduler", "update_schedule", **{**given, **asked})


def test_an_update_resets_what_it_does_not_say(world):
    assert read(world)["ScheduleExpressionTimezone"] == "Europe/Berlin"
    update(world, State="DISABLED")
    found = read(world)
    assert (found["ScheduleExpressionTimezone"], found["State"]) == ("UTC", "DISABLED")
    assert "Description" not in found
    update(world)
    assert read(world)["State"] == "ENABLED"


def test_a_token_is_good_for_one_call_and_its_repetitions(world):
    update(world, ClientToken="one")
    update(world, ClientToken="one")
    with pytest.raises(ClientError, match="ConflictException"):
        update(world, ClientToken="one", State="DISABLED")


def test_a_start_that_has_passed_is_refused(world):
    late = world.clock.now() - timedelta(minutes=6)
    with pytest.raises(ClientError, match="cannot be earlier than 5 minutes ago"):
        update(world, StartDate=late)
    update(world, StartDate=late + timedelta(minutes=2))


@pytest.mark.parametrize("operation", ["get_schedule", "delete_schedule"])
def test_what_is_not_there_is_not_found(world, operation):
    with pytest.raises(ClientError, match="ResourceNotFoundException"):
        call(world, "scheduler", operation, Name="never")


def test_a_list_comes_in_pages_and_tells_the_target_only(world):
    target = read(world)["Target"]
    for name in ("a", "b"):
        window = {"Mode": "OFF"}
        given = {"ScheduleExpression": "rate(1 day)", "FlexibleTimeWindow": window}
        call(world, "scheduler", "create_schedule", Name=name, Target=target, **given)
    first = call(world, "scheduler", "list_schedules", MaxResults=2)
    more = call(world, "scheduler", "list_schedules", MaxResults=2, NextToken=first["NextToken"])
    names = [each["Name"] for page in (first, more) for each in page["Schedules"]]
    assert names == ["a", "b", NIGHTLY]
    assert first["Schedules"][0]["Target"] == {"Arn": target["Arn"]}
    assert "NextToken" not in more


def test_a_schedule_runs_its_task_as_its_target_says(world):
    world.clock.spawn(lambda: world.schedules.fire(NIGHTLY))
    world.clock.run(until=world.clock.seconds + 1)
    (fired,) = world.schedules.fired
    found = call(world, "ecs", "describe_tasks", cluster="production", tasks=[fired.task])
    (task,) = found["tasks"]
    assert task["startedBy"] == "chronos-schedule/orders-nightly"
    assert task["overrides"]["containerOverrides"][0]["command"] == ["rake", "nightly"]
    assert fired.image.endswith(":v1")


def test_a_disabled_schedule_runs_nothing(world):
    update(world, State="DISABLED")
    world.schedules.fire(NIGHTLY)
    assert world.schedules.fired == []


def test_a_revision_that_is_gone_is_refused_and_remembered(world):
    target = read(world)["Target"]
    inside = {**target["EcsParameters"], "TaskDefinitionArn": "orders-web:99"}
    update(world, Target={**target, "EcsParameters": inside})
    with world.clock.travel():
        world.schedules.fire(NIGHTLY)
    (fired,) = world.schedules.fired
    assert fired.task is None
    assert "orders-web:99" in fired.refusal or "TaskDefinition" in fired.refusal


def test_a_call_of_run_task_is_made_as_it_stands(world):
    asked = {"Cluster": "production", "TaskDefinition": "orders-worker", "Count": 2}
    target = {
        **read(world)["Target"],
        "Arn": "arn:aws:scheduler:::aws-sdk:ecs:runTask",
        "Input": json.dumps({**asked, "LaunchType": "FARGATE", "NetworkConfiguration": NETWORK}),
    }
    target.pop("EcsParameters")
    update(world, Target=target)
    with world.clock.travel():
        world.schedules.fire(NIGHTLY)
    assert len(world.schedules.fired) == 2


NETWORK = {"awsvpcConfiguration": {"subnets": ["subnet-1"]}}


def test_targets_of_a_rule_are_put_beside_each_other_and_five_are_the_most(world):
    application = world.applications["orders"]
    target = scheduled(application, application.services[0])
    call(world, "events", "put_rule", Name="hourly", ScheduleExpression="rate(1 hour)")
    for name in ("a", "b", "a"):
        given = [{"Id": name, **target}]
        call(world, "events", "put_targets", Rule="hourly", Targets=given)
    found = call(world, "events", "list_targets_by_rule", Rule="hourly")["Targets"]
    assert [each["Id"] for each in found] == ["a", "b"]
    named = call(world, "events", "list_rule_names_by_target", TargetArn=target["Arn"])
    assert named["RuleNames"] == ["hourly"]
    more = [{"Id": str(number), **target} for number in range(4)]
    with pytest.raises(ClientError, match="LimitExceededException"):
        call(world, "events", "put_targets", Rule="hourly", Targets=more)
    call(world, "events", "remove_targets", Rule="hourly", Ids=["a", "b"])
    assert call(world, "events", "list_targets_by_rule", Rule="hourly")["Targets"] == []
    call(world, "events", "delete_rule", Name="hourly")
    with pytest.raises(ClientError, match="ResourceNotFoundException"):
        call(world, "events", "list_targets_by_rule", Rule="hourly")
