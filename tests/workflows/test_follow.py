"""Schedules and rules of the catalogue run the revision they have to, and stay as they were."""

import json
from collections.abc import Mapping
from datetime import timedelta
from typing import Any, cast

import pytest

from functions.domain.plan import Follow
from rehearsal.ecs import Behaviour
from rehearsal.invariants.checks import claim_is_released, one_owner_at_a_time
from rehearsal.names import member_case, service_model
from rehearsal.sdk import refusal
from rehearsal.states.history import Execution
from rehearsal.template import ACCOUNT, REGION
from tests.workflows.calls import denied, raised, throttled
from tests.workflows.conftest import Rehearse
from tests.workflows.orders import BOTH, Orders
from tests.workflows.ways import takes

CLUSTER = f"arn:aws:ecs:{REGION}:{ACCOUNT}:cluster/production"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/orders-schedule"
FAMILY = f"arn:aws:ecs:{REGION}:{ACCOUNT}:task-definition"
SECOND = f"{FAMILY}/orders-web:2"
OWNER = "arn:aws:states:eu-west-1:111122223333:execution:pilothouse-production-deploy:mine"


def target(named: str, **more: object) -> dict[str, Any]:
    return {
        "Arn": CLUSTER,
        "RoleArn": ROLE,
        "EcsParameters": {"TaskDefinitionArn": named, "LaunchType": "FARGATE"},
        **more,
    }


NIGHTLY = ("orders-nightly",)


@pytest.fixture
def orders(rehearse: Rehearse) -> Orders:
    """The application whose schedule `orders-nightly` runs web, and a second revision of it."""
    orders = rehearse(BOTH, schedules=NIGHTLY)
    # The tests stand in for deploy, which would release it.
    orders.excuse(claim_is_released, one_owner_at_a_time)
    orders.register("web", "v2")
    return orders


def schedule(orders: Orders, name: str, given: Mapping[str, Any], **more: object) -> None:
    asked = {
        "Name": name,
        "ScheduleExpression": "rate(1 day)",
        "FlexibleTimeWindow": {"Mode": "OFF"},
        "Target": given,
        **more,
    }
    orders.call("scheduler", "create_schedule", **asked)


def rule(orders: Orders, name: str, *targets: Mapping[str, Any]) -> None:
    orders.call("events", "put_rule", Name=name, ScheduleExpression="rate(1 hour)")
    given = [{"Id": f"target-{place}", **each} for place, each in enumerate(targets)]
    orders.call("events", "put_targets", Rule=name, Targets=given)


def read(orders: Orders, name: str) -> dict[str, Any]:
    answer = orders.call("scheduler", "get_schedule", Name=name)
    moving = ("ResponseMetadata", "LastModificationDate", "Raw")
    return {key: each for key, each in answer.items() if key not in moving}


def runs(orders: Orders, name: str) -> str:
    return str(read(orders, name)["Target"]["EcsParameters"]["TaskDefinitionArn"])


def targets(orders: Orders, name: str) -> list[str]:
    answer = orders.call("events", "list_targets_by_rule", Rule=name)
    return [each["EcsParameters"]["TaskDefinitionArn"] for each in answer["Targets"]]


def follow(
    orders: Orders, *names: str, revisions: Mapping[str, str] | None = None
) -> Mapping[str, Any]:
    """Have the schedules follow, as a step of a deployment that holds the claim."""
    begin(orders, *names, revisions=revisions)
    return ended(orders)


def begin(
    orders: Orders, *names: str, revisions: Mapping[str, str] | None = None, owner: str = OWNER
) -> Execution:
    orders.claim(owner, 60)
    step = Follow(names or ("orders-nightly",), "production", {"orders-web": "web"})
    claim = orders.item("claim") or {}
    given = {
        "AWS_STEP_FUNCTIONS_STARTED_BY_EXECUTION_ID": OWNER,
        "claim": {"pk": "app#orders", "owner": OWNER, "fence": int(claim["fence"])},
        "follow": {
            "names": list(step.names),
            "cluster": step.cluster,
            "families": dict(step.families),
            "revisions": {},
        },
        "revisions": dict(revisions or {"web": SECOND}),
        "record": {"pk": "app#orders", "sk": "deployment#000001"},
        "evidence_at": "orders/000001/1-follow",
        "about": {"application": "orders", "deployment": 1},
    }
    return orders.world.start("follow", given)


def ended(orders: Orders) -> Mapping[str, Any]:
    orders.clock.run(done=lambda: not any(each.running for each in executions(orders)))
    (last,) = executions(orders)[-1:]
    assert last.status == "SUCCEEDED", (last.error, last.cause)
    return cast("Mapping[str, Any]", last.output)


def executions(orders: Orders) -> list[Execution]:
    return orders.world.executions("follow")


def changes(orders: Orders) -> list[str]:
    named = ("scheduler:UpdateSchedule", "events:PutTargets")
    return [each.name for each in orders.calls.made if each.name in named]


@takes(
    "follow: Verdict -> Change Schedules",
    "follow: Verdict -> Judged",
    "follow: Schedule Or Rule -> Check Claim For Schedule",
    "follow: ends in Changed",
    "follow: ends in Judged",
)
def test_a_schedule_gets_the_revision_and_keeps_all_else(orders: Orders) -> None:
    before = read(orders, "orders-nightly")
    found = follow(orders)
    assert found == {
        "verdict": "Pass",
        "message": "orders-nightly runs orders-web:2 now.",
        "reason": None,
    }
    after = read(orders, "orders-nightly")
    assert after["Target"]["EcsParameters"].pop("TaskDefinitionArn") == SECOND
    before["Target"]["EcsParameters"].pop("TaskDefinitionArn")
    assert after == before


def test_what_is_right_already_is_left_alone(orders: Orders) -> None:
    follow(orders)
    orders.calls.clear()
    assert follow(orders)["verdict"] == "Pass"
    assert changes(orders) == []
    assert [each.name for each in orders.calls.made if each.function] == [
        "scheduler:GetSchedule",
        "events:ListTargetsByRule",
    ]


def test_every_field_survives_the_update(orders: Orders) -> None:
    """All that AWS knows of a schedule, since UpdateSchedule resets what it is not given."""
    network = {"Subnets": ["subnet-1"], "SecurityGroups": ["sg-1"], "AssignPublicIp": "ENABLED"}
    inside = {
        "TaskDefinitionArn": f"{FAMILY}/orders-web:1",
        "TaskCount": 2,
        "CapacityProviderStrategy": [{"capacityProvider": "FARGATE", "weight": 1, "base": 1}],
        "NetworkConfiguration": {"awsvpcConfiguration": network},
        "PlatformVersion": "1.4.0",
        "Group": "nightly",
        "EnableECSManagedTags": True,
        "EnableExecuteCommand": False,
        "PlacementConstraints": [{"type": "memberOf", "expression": "attribute:x == y"}],
        "PlacementStrategy": [{"type": "spread", "field": "host"}],
        "PropagateTags": "TASK_DEFINITION",
        "ReferenceId": "ref",
        "Tags": [{"key": "team", "value": "orders"}],
    }
    given = {
        "Arn": CLUSTER,
        "RoleArn": ROLE,
        "DeadLetterConfig": {"Arn": f"arn:aws:sqs:{REGION}:{ACCOUNT}:dead"},
        "RetryPolicy": {"MaximumEventAgeInSeconds": 60, "MaximumRetryAttempts": 0},
        "Input": '{"containerOverrides": [{"name": "app", "command": ["{% no jsonata %}"]}]}',
        "EcsParameters": inside,
    }
    start = orders.clock.now() + timedelta(hours=1, milliseconds=250)
    schedule(
        orders,
        "full",
        given,
        Description="at night",
        ScheduleExpressionTimezone="Europe/Berlin",
        State="DISABLED",
        StartDate=start,
        EndDate=start + timedelta(days=9),
        KmsKeyArn=f"arn:aws:kms:{REGION}:{ACCOUNT}:key/one",
        ActionAfterCompletion="DELETE",
        FlexibleTimeWindow={"Mode": "FLEXIBLE", "MaximumWindowInMinutes": 5},
    )
    before = read(orders, "full")
    assert follow(orders, "full")["verdict"] == "Pass"
    after = read(orders, "full")
    assert after["Target"]["EcsParameters"]["TaskDefinitionArn"] == SECOND
    after["Target"]["EcsParameters"]["TaskDefinitionArn"] = f"{FAMILY}/orders-web:1"
    assert after == before
    known = member_case(service_model("scheduler").operation_model("UpdateSchedule").input_shape)
    assert known.keys() - {"ClientToken"} <= after.keys()


@takes("follow: Schedule Or Rule -> Check Claim For Rule", "follow: Targets Put -> Changed")
def test_all_targets_of_a_rule_follow_and_others_stay(orders: Orders) -> None:
    other = {"Arn": f"arn:aws:sqs:{REGION}:{ACCOUNT}:queue"}
    stranger = target(f"{FAMILY}/billing:3")
    first = target(f"{FAMILY}/orders-web", InputTransformer={"InputTemplate": '{"a": 1}'})
    rule(orders, "hourly", first, other, stranger, target(f"{FAMILY}/orders-web:1"))
    found = follow(orders, "hourly")
    assert found["message"] == "hourly runs orders-web:2 now."
    after = orders.call("events", "list_targets_by_rule", Rule="hourly")["Targets"]
    first["EcsParameters"]["TaskDefinitionArn"] = SECOND
    last = target(SECOND)
    wanted = [first, other, stranger, last]
    assert after == [{"Id": f"target-{place}", **each} for place, each in enumerate(wanted)]
    (put,) = orders.calls.named("events:PutTargets")
    assert [each["Id"] for each in put.arguments["Targets"]] == ["target-0", "target-3"]


def test_a_call_of_run_task_follows_as_well(orders: Orders) -> None:
    asked = {"Cluster": "production", "TaskDefinition": "orders-web", "Count": 1}
    universal = "arn:aws:scheduler:::aws-sdk:ecs:runTask"
    schedule(orders, "direct", {"Arn": universal, "RoleArn": ROLE, "Input": json.dumps(asked)})
    assert follow(orders, "direct")["message"] == "direct runs orders-web:2 now."
    found = json.loads(read(orders, "direct")["Target"]["Input"])
    assert found == {**asked, "TaskDefinition": SECOND}


def test_a_schedule_and_a_rule_of_one_name_and_one_in_a_group_follow(orders: Orders) -> None:
    rule(orders, "orders-nightly", target(f"{FAMILY}/orders-web"))
    schedule(orders, "weekly", target(f"{FAMILY}/orders-web:1"), GroupName="jobs")
    found = follow(orders, "orders-nightly", "jobs/weekly")
    assert found["message"] == "orders-nightly and jobs/weekly run orders-web:2 now."
    assert targets(orders, "orders-nightly") == [SECOND]
    assert orders.world.schedules.targets("jobs/weekly")[0][1]["EcsParameters"] == {
        "TaskDefinitionArn": SECOND,
        "LaunchType": "FARGATE",
    }


def test_what_is_gone_runs_nothing_and_stops_nothing(orders: Orders) -> None:
    orders.at(
        "follow: Change Schedules",
        lambda: orders.call("scheduler", "delete_schedule", Name="orders-nightly"),
    )
    rule(orders, "hourly", target(f"{FAMILY}/orders-web"))
    found = follow(orders, "orders-nightly", "hourly")
    assert found["verdict"] == "Pass"
    assert found["message"] == (
        "hourly runs orders-web:2 now. orders-nightly is not there any more."
    )


def test_a_start_that_has_passed_is_left_out_once_aws_minds(orders: Orders) -> None:
    start = orders.clock.now() + timedelta(minutes=1)
    schedule(orders, "begun", target(f"{FAMILY}/orders-web"), StartDate=start)
    orders.clock.run(until=orders.clock.seconds + 3_600)
    assert follow(orders, "begun")["verdict"] == "Pass"
    one, other = (each.arguments for each in orders.calls.named("scheduler:UpdateSchedule"))
    assert "StartDate" in one
    assert "StartDate" not in other
    orders.world.schedules.scheduler.refuses_past_start_on_update = False
    schedule(orders, "too", target(f"{FAMILY}/orders-web"), StartDate=orders.clock.now())
    orders.clock.run(until=orders.clock.seconds + 3_600)
    assert follow(orders, "too")["verdict"] == "Pass"
    assert "StartDate" in read(orders, "too")


def test_whoever_changes_it_between_the_looks_is_followed_up(orders: Orders) -> None:
    def meddle() -> None:
        changed = target(f"{FAMILY}/orders-web:1")
        orders.call("events", "put_targets", Rule="hourly", Targets=[{"Id": "target-0", **changed}])

    rule(orders, "hourly", target(f"{FAMILY}/orders-web"))
    orders.at("follow: Let It Settle", meddle)
    assert follow(orders, "hourly")["verdict"] == "Pass"
    assert targets(orders, "hourly") == [SECOND]
    assert len(changes(orders)) == 2


def test_whoever_always_changes_it_back_wins_and_a_person_is_told(orders: Orders) -> None:
    def meddle() -> None:
        changed = target(f"{FAMILY}/orders-web:1")
        orders.call("events", "put_targets", Rule="hourly", Targets=[{"Id": "target-0", **changed}])

    rule(orders, "hourly", target(f"{FAMILY}/orders-web"))
    for times in (1, 2, 3):
        orders.at("follow: Let It Settle", meddle, times)
    found = follow(orders, "hourly")
    assert (found["verdict"], found["reason"]["code"]) == ("Fail", "ConfigInvalid")
    assert found["message"].startswith("The rule hourly was changed 3 times")
    assert len(changes(orders)) == 3


@takes("follow: Update Schedule fails -> Not Changed", "follow: ends in Not Changed")
def test_a_role_that_may_not_be_passed_is_named(orders: Orders) -> None:
    said = (
        f"User: arn:aws:sts::{ACCOUNT}:assumed-role/follow/x is not authorized to perform: "
        f"iam:PassRole on resource: {ROLE}"
    )
    refused = refusal("UpdateSchedule", "AccessDeniedException", said)
    orders.fail("follow: Update Schedule", refused, times=100)
    found = follow(orders)
    assert (found["verdict"], found["reason"]["code"]) == ("Fail", "ConfigInvalid")
    assert "iam:PassRole" in found["message"]
    assert found["message"].endswith("Name the role under roles in the catalogue.")


@takes("follow: Put Targets fails -> Not Changed")
def test_a_managed_rule_is_not_ours_to_change(orders: Orders) -> None:
    rule(orders, "hourly", target(f"{FAMILY}/orders-web"))
    refused = refusal("PutTargets", "ManagedRuleException", "Rule hourly is managed by a service.")
    orders.fail("follow: Put Targets", refused)
    found = follow(orders, "hourly")
    assert found["verdict"] == "Fail"
    assert "hourly is managed by a service." in found["message"]


@takes("follow: Targets Put -> Not Changed")
def test_a_target_that_is_refused_is_no_success(orders: Orders) -> None:
    rule(orders, "hourly", target(f"{FAMILY}/orders-web"))
    entry = {"TargetId": "target-0", "ErrorCode": "ValidationError", "ErrorMessage": "no such role"}
    orders.world.sdk.answers["events", "PutTargets"] = lambda _: {
        "FailedEntryCount": 1,
        "FailedEntries": [entry],
    }
    found = follow(orders, "hourly")
    assert found["verdict"] == "Fail"
    assert "ValidationError: no such role." in found["message"]


@pytest.mark.parametrize("times", [3, 7])
def test_throttling_is_waited_out(orders: Orders, times: int) -> None:
    orders.fail("follow: Update Schedule", throttled("UpdateSchedule"), times=times)
    orders.refuse("scheduler:GetSchedule", throttled("GetSchedule"), times=4)
    assert follow(orders)["verdict"] == "Pass"


def test_throttling_without_end_is_no_news_of_the_release(orders: Orders) -> None:
    orders.fail("follow: Update Schedule", throttled("UpdateSchedule"), times=100)
    found = follow(orders)
    assert (found["verdict"], found["reason"]) == ("Error", None)
    assert "ThrottlingException" in found["message"]


def test_what_may_not_be_read_says_which_permission_it_takes(orders: Orders) -> None:
    orders.refuse("scheduler:GetSchedule", denied("GetSchedule"), times=9)
    found = follow(orders)
    assert (found["verdict"], found["reason"]["code"]) == ("Fail", "ConfigInvalid")
    assert "GetSchedule with AccessDeniedException" in found["message"]
    assert changes(orders) == []


@takes(
    "follow: Look At Schedules fails -> Not Looked At",
    "follow: ends in Not Looked At",
)
def test_a_look_that_fails_is_an_error(orders: Orders) -> None:
    orders.fail("follow: Look At Schedules", raised("KeyError", "boom"), times=1)
    found = follow(orders)
    assert found["verdict"] == "Error"
    assert "boom" in found["message"]


@takes(
    "follow: Check Claim For Schedule fails -> Not Ours",
    "follow: Change Schedules fails -> Claim Lost",
    "follow: ends in Not Ours",
    "follow: ends in Claim Lost",
)
def test_who_lost_the_claim_changes_no_schedule(orders: Orders) -> None:
    before = read(orders, "orders-nightly")
    orders.at("follow: Change Schedules", lambda: orders.claim("another", 60))
    found = follow(orders)
    assert found["message"] == "The claim was lost to another deployment."
    assert (changes(orders), read(orders, "orders-nightly")) == ([], before)


@takes("follow: Check Claim For Rule fails -> Not Ours")
def test_who_lost_the_claim_changes_no_rule(orders: Orders) -> None:
    rule(orders, "hourly", target(f"{FAMILY}/orders-web"))
    orders.at("follow: Change Schedules", lambda: orders.claim("another", 60))
    assert follow(orders, "hourly")["verdict"] == "Error"
    assert targets(orders, "hourly") == [f"{FAMILY}/orders-web"]


def test_killed_between_two_schedules_the_next_one_brings_all_to_what_runs(orders: Orders) -> None:
    """The next deployment first has them follow what runs, whatever the one before has left."""
    names = ("orders-nightly", "one", "two", "three", "four", "five")
    for name in names[1:]:
        schedule(orders, name, target(f"{FAMILY}/orders-web"))
    execution = begin(orders, *names)
    orders.at("follow: Update Schedule", lambda: orders.world.machines.stop(execution), times=6)
    orders.clock.run(done=lambda: not execution.running)
    assert execution.status == "ABORTED"
    assert 0 < sum(runs(orders, name) == SECOND for name in names) < len(names)
    first = f"{FAMILY}/orders-web:1"
    found = follow(orders, *names, revisions={"web": first})
    assert found["verdict"] == "Pass"
    for name in names:
        assert runs(orders, name) == first


# As a step of a deployment


@takes("deploy: Next Step -> Follow Schedules")
def test_a_release_is_followed_once_it_has_rolled_and_never_before(rehearse: Rehearse) -> None:
    orders = rehearse(minutes=1, expand=True, schedules=NIGHTLY)
    assert orders.push("v2").outcome == "Promoted"
    named = ("scheduler:UpdateSchedule", "ecs:RegisterTaskDefinition", "ecs:UpdateService")
    made = [each for each in orders.calls.made if each.name in named]
    assert [each.name.partition(":")[2] for each in made] == [
        "UpdateSchedule",
        "RegisterTaskDefinition",
        "UpdateService",
        "UpdateSchedule",
    ]
    asked = [each.arguments["Target"]["EcsParameters"]["TaskDefinitionArn"] for each in made[::3]]
    assert [each.rpartition("/")[2] for each in asked] == ["orders-web:1", "orders-web:2"]


def test_a_second_release_writes_once_since_a_revision_is_named(rehearse: Rehearse) -> None:
    orders = rehearse(schedules=NIGHTLY)
    orders.push("v2")
    before = len(changes(orders))
    orders.push("v3")
    assert len(changes(orders)) - before == 1


def test_what_fails_in_the_bake_takes_the_schedules_back(rehearse: Rehearse) -> None:
    orders = rehearse(minutes=5, schedules=NIGHTLY)
    deployed = orders.push("v2", Behaviour(unhealthy_after=120.0))
    assert deployed.outcome == "RolledBack"
    run = [
        each.arguments["Target"]["EcsParameters"]["TaskDefinitionArn"].rpartition(":")[2]
        for each in orders.calls.named("scheduler:UpdateSchedule")
    ]
    assert run[:2] == ["1", "2"]
    stable = orders.item("stable#web") or {}
    assert runs(orders, "orders-nightly") == stable["part"]["revision"]


def test_schedules_that_may_not_be_changed_take_the_services_back(rehearse: Rehearse) -> None:
    orders = rehearse(schedules=NIGHTLY)
    orders.push("v2")
    refused = refusal("UpdateSchedule", "ValidationException", "No such role.")
    orders.fail("follow: Update Schedule", refused)
    deployed = orders.push("v3")
    assert (deployed.outcome, deployed.code) == ("RolledBack", "ConfigInvalid")
    assert "No such role." in deployed.message
    assert {digest for _, digest in orders.runs("web")} == {orders.digest("v2")}


def test_schedules_that_may_not_be_changed_at_first_leave_all_as_it_is(rehearse: Rehearse) -> None:
    orders = rehearse(schedules=NIGHTLY)
    refused = refusal("UpdateSchedule", "ValidationException", "No such role.")
    orders.fail("follow: Update Schedule", refused)
    deployed = orders.push("v2")
    assert (deployed.outcome, deployed.code) == ("Failed", "ConfigInvalid")
    assert orders.writes() == []


@takes("deploy: Follow Schedules fails -> Conclude")
def test_a_child_that_cannot_be_started_is_a_fault(rehearse: Rehearse) -> None:
    orders = rehearse(schedules=NIGHTLY)
    orders.fail("deploy: Follow Schedules", denied("StartExecution"), times=99)
    deployed = orders.push("v2")
    assert (deployed.outcome, deployed.code) == ("Failed", "Fault")
    assert orders.writes() == []
