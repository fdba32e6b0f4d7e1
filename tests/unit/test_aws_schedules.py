"""What schedules and rules there are and what they run, on moto's EventBridge and Scheduler."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest
from botocore import xform_name
from botocore.exceptions import ClientError
from moto import mock_aws

from functions.aws import schedules
from functions.aws.schedules import Eyes
from functions.domain.scheduled import Kind
from tests.factories import an_application
from tests.fakes import client

ARN = "arn:aws:ecs:eu-west-1:123456789012"
CLUSTER = f"{ARN}:cluster/production"
WEB = f"{ARN}:task-definition/orders-web"
ROLE = "arn:aws:iam::123456789012:role/orders-schedule"
NOW = datetime(2026, 3, 1, tzinfo=UTC)
APPLICATION = replace(an_application(), schedules=())
TARGET = {"Arn": CLUSTER, "RoleArn": ROLE, "EcsParameters": {"TaskDefinitionArn": WEB}}


@pytest.fixture(autouse=True)
def _aws() -> Iterator[None]:
    with mock_aws():
        yield


def eyes(scheduler: Any = None, events: Any = None) -> Eyes:
    return Eyes(scheduler or client("scheduler"), events or client("events"))


def schedule(name: str, target: Any = TARGET, **more: Any) -> None:
    client("scheduler").create_schedule(
        Name=name,
        ScheduleExpression="rate(1 day)",
        FlexibleTimeWindow={"Mode": "OFF"},
        Target=target,
        **more,
    )


def rule(name: str, *targets: Any) -> None:
    client("events").put_rule(Name=name, ScheduleExpression="rate(1 hour)")
    given = [{"Id": str(place), **each} for place, each in enumerate(targets)]
    client("events").put_targets(Rule=name, Targets=given)


def refusing(name: str, operation: str, code: str) -> Any:
    """Return a client of which one operation is refused."""
    made = client(name)
    error = ClientError({"Error": {"Code": code, "Message": "no"}}, operation)

    def refuse(**_: Any) -> Any:
        raise error

    def paginator(asked: str) -> Any:
        if asked == xform_name(operation):
            return SimpleNamespace(paginate=refuse)
        return made.get_paginator(asked)

    return SimpleNamespace(
        meta=made.meta, exceptions=made.exceptions, get_paginator=paginator, get_schedule=refuse
    )


def test_a_schedule_is_what_update_schedule_takes_with_every_member() -> None:
    network = {"awsvpcConfiguration": {"Subnets": ["subnet-1"]}}
    inside = {
        "TaskDefinitionArn": WEB,
        "NetworkConfiguration": network,
        "CapacityProviderStrategy": [{"capacityProvider": "FARGATE", "weight": 1}],
        "Tags": [{"key": "team", "value": "a"}],
    }
    end = datetime(2030, 1, 1, tzinfo=UTC)
    schedule("nightly", {**TARGET, "EcsParameters": inside}, EndDate=end)
    (found,) = schedules.look(eyes(), ("nightly",)).found
    assert (found.name, found.kind, found.unknown) == ("nightly", Kind.SCHEDULE, ())
    target = found.arguments["Target"]
    # States spell members in PascalCase; keys of a map are the user's own.
    assert target["EcsParameters"] == {
        "TaskDefinitionArn": WEB,
        "NetworkConfiguration": {"AwsvpcConfiguration": {"Subnets": ["subnet-1"]}},
        "CapacityProviderStrategy": [{"CapacityProvider": "FARGATE", "Weight": 1}],
        "Tags": [{"key": "team", "value": "a"}],
    }
    assert found.arguments["EndDate"] == "2030-01-01T00:00:00.000Z"
    assert not {"Arn", "CreationDate", "LastModificationDate", "Raw"} & found.arguments.keys()


def test_a_rule_is_what_put_targets_takes() -> None:
    rule("hourly", TARGET, {"Arn": "arn:aws:sqs:eu-west-1:123456789012:q"})
    (found,) = schedules.look(eyes(), ("hourly",)).found
    assert (found.kind, found.arguments["Rule"]) == (Kind.RULE, "hourly")
    assert [each["Id"] for each in found.targets] == ["0", "1"]


def test_one_name_may_be_both_and_one_may_be_neither() -> None:
    client("scheduler").create_schedule_group(Name="jobs")
    schedule("both")
    schedule("weekly", GroupName="jobs")
    rule("both", TARGET)
    look = schedules.look(eyes(), ("both", "jobs/weekly", "never", "nowhere/never"))
    assert [(each.name, each.kind) for each in look.found] == [
        ("both", Kind.SCHEDULE),
        ("both", Kind.RULE),
        ("jobs/weekly", Kind.SCHEDULE),
    ]
    assert look.gone == ("never", "nowhere/never")


def test_a_member_that_our_sdk_does_not_know_is_found() -> None:
    answer = {"Target": {"Arn": CLUSTER, "Shape": {"Round": True}}, "CreationDate": 1, "Newer": []}
    content = json.dumps(answer).encode()
    made = client("scheduler")
    schedule("nightly")

    def instead(http_response: Any, **_: Any) -> None:
        http_response._content = content

    made.meta.events.register_first("after-call.scheduler.GetSchedule", instead, unique_id="new")
    try:
        (found,) = schedules.look(eyes(), ("nightly",)).found
    finally:
        made.meta.events.unregister("after-call.scheduler.GetSchedule", unique_id="new")
    assert found.unknown == ("Target.Shape",)


def test_what_nobody_listed_is_found_by_the_cluster() -> None:
    client("scheduler").create_schedule_group(Name="jobs")
    schedule("daily", State="DISABLED")
    schedule("weekly", GroupName="jobs")
    schedule("elsewhere", {**TARGET, "Arn": f"{ARN}:cluster/other"})
    direct = json.dumps({"TaskDefinition": "orders-web:3"})
    universal = "arn:aws:scheduler:::aws-sdk:ecs:runTask"
    schedule("direct", {"Arn": universal, "RoleArn": ROLE, "Input": direct})
    other = {**TARGET, "EcsParameters": {"TaskDefinitionArn": f"{ARN}:task-definition/billing"}}
    rule("hourly", TARGET, other)
    seen = schedules.seen(eyes(), APPLICATION, CLUSTER, NOW)
    found = {(each.kind, each.name, each.task_definition, each.enabled) for each in seen.runs}
    assert found == {
        (Kind.RULE, "hourly", WEB, True),
        (Kind.SCHEDULE, "daily", WEB, False),
        (Kind.SCHEDULE, "jobs/weekly", WEB, True),
        (Kind.SCHEDULE, "direct", "orders-web:3", True),
    }
    assert {each.role for each in seen.runs} == {ROLE}
    assert (seen.unread, seen.there) == ((), frozenset())
    assert seen.revisions == frozenset({"orders-web:3"})


def test_one_that_ran_its_only_time_runs_nothing_any_more() -> None:
    schedule("once", EndDate=datetime(2026, 2, 1, tzinfo=UTC))
    assert schedules.seen(eyes(), APPLICATION, CLUSTER, NOW).runs == ()


def test_what_is_listed_is_read_once_and_counted_as_there() -> None:
    schedule("nightly")
    rule("hourly", TARGET)
    listing = replace(APPLICATION, schedules=("default/nightly", "hourly", "never"))
    seen = schedules.seen(eyes(), listing, CLUSTER, NOW)
    assert [each.name for each in seen.runs] == ["default/nightly", "hourly"]
    assert seen.there == {"default/nightly", "hourly"}


def test_where_nothing_is_scheduled_two_calls_are_made() -> None:
    made: list[str] = []
    for name in ("scheduler", "events"):
        client(name).meta.events.register(
            "before-call", lambda model, **_: made.append(model.name), unique_id="count"
        )
    seen = schedules.seen(eyes(), APPLICATION, CLUSTER, NOW)
    for name in ("scheduler", "events"):
        client(name).meta.events.unregister("before-call", unique_id="count")
    assert (seen.runs, made) == ((), ["ListRuleNamesByTarget", "ListSchedules"])


def test_of_very_many_the_first_are_read_and_that_is_told() -> None:
    for number in range(schedules.MOST_READ + 1):
        schedule(f"job-{number}")
    seen = schedules.seen(eyes(), APPLICATION, CLUSTER, NOW)
    assert len(seen.runs) == schedules.MOST_READ
    assert seen.unread == (
        "26 schedules and rules run tasks in the cluster, of which 25 were read.",
    )


def test_of_endless_schedules_not_all_are_listed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(schedules, "PAGE", 1)
    monkeypatch.setattr(schedules, "MOST_PAGES", 2)
    for number in range(3):
        schedule(f"job-{number}")
    seen = schedules.seen(eyes(), APPLICATION, CLUSTER, NOW)
    assert (len(seen.runs), seen.unread) == (2, ("There are more than 2 schedules.",))


def test_what_aws_denies_is_told_and_the_rest_is_read() -> None:
    rule("hourly", TARGET)
    blind = refusing("scheduler", "GetSchedule", "AccessDeniedException")
    listing = replace(APPLICATION, schedules=("nightly", "hourly"))
    seen = schedules.seen(eyes(scheduler=blind), listing, CLUSTER, NOW)
    assert [each.name for each in seen.runs] == ["hourly"]
    assert seen.there == {"hourly"}
    assert seen.revisions is None
    (told,) = seen.unread
    assert "GetSchedule with AccessDeniedException" in told


def test_what_may_pass_is_raised() -> None:
    blind = refusing("events", "ListRuleNamesByTarget", "ThrottlingException")
    with pytest.raises(ClientError):
        schedules.seen(eyes(events=blind), APPLICATION, CLUSTER, NOW)
