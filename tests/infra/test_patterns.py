import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from moto.events.models import EventPattern

from functions.domain.catalogue import Application
from functions.domain.image import accepts
from functions.domain.parsing import parse
from infra.patterns import Pattern, push_pattern, tag_matchers, wake_pattern, wildcards

EVENTS = Path(__file__).parents[1] / "events"


def event(name: str, **detail: object) -> dict[str, Any]:
    """Return a recorded event, perhaps with another detail."""
    recorded: dict[str, Any] = json.loads((EVENTS / name).read_text())
    recorded["detail"] |= detail
    return {**recorded, "detail": {k: v for k, v in recorded["detail"].items() if v is not None}}


def stopped(**detail: object) -> dict[str, Any]:
    """Return the recorded detail of a stopped task in its envelope, its placeholders filled in."""
    text = (EVENTS / "c6-1-detail-stopped.json").read_text()
    names = {"account-id": "111122223333", "cluster-id": "default", "service-id": "servicetest"}
    for name, value in names.items():
        text = text.replace(f"{{{name}}}", value)
    return {
        "version": "0",
        "id": "1",
        "detail-type": "ECS Task State Change",
        "source": "aws.ecs",
        "account": "111122223333",
        "time": "2017-04-13T21:37:28Z",
        "region": "us-east-1",
        "resources": ["arn:aws:ecs:us-east-1:111122223333:task/default/1"],
        "detail": {**json.loads(text), **detail},
    }


def application(**changes: object) -> Application:
    """Return an application that has the names of the recorded events."""
    found = parse(
        {
            "application": "shop",
            "repository": "my-repository-name",
            "images": {"tags": ["latest"]},
            "cluster": "default",
            "services": {
                "web": {"service": "servicetest", "family": "sample-fargate"},
                "other": {"service": "my-service", "bake": {"alarms": ["shop-5xx"]}},
            },
            **changes,
        }
    )
    assert isinstance(found, Application)
    return found


def matches(pattern: Pattern, recorded: dict[str, Any]) -> bool:
    return bool(EventPattern.load(json.dumps(pattern)).matches_event(recorded))


def pushes(recorded: dict[str, Any], **changes: object) -> bool:
    return matches(push_pattern(application(**changes), "123456789012"), recorded)


def wakes(recorded: dict[str, Any], **changes: object) -> bool:
    """Return whether the event wakes, for a stack in the event's own account and region."""
    pattern = wake_pattern(application(**changes), recorded["account"], recorded["region"])
    return matches(pattern, recorded)


PUSH = "ecr-image-action-push.json"
REPLICATED = {
    **event(PUSH, **{"action-type": "REPLICATE", "source-account": "210987654321"}),
    "detail-type": "ECR Replication Action",
}
ALARM = {
    "source": "aws.cloudwatch",
    "detail-type": "CloudWatch Alarm State Change",
    "account": "123456789012",
    "region": "us-west-2",
    "resources": ["arn:aws:cloudwatch:us-west-2:123456789012:alarm:shop-5xx"],
    "detail": {"alarmName": "shop-5xx", "state": {"value": "ALARM"}},
}


@pytest.mark.parametrize("recorded", [event(PUSH), REPLICATED])
def test_a_tagged_image_starts_a_deployment(recorded: dict[str, Any]) -> None:
    assert pushes(recorded)
    assert not wakes(recorded)


@pytest.mark.parametrize(
    "recorded",
    [
        event("ecr-image-scan.json"),
        event("ecs-service-action-placement-failure.json"),
        event("ecs-task-state-change-running.json"),
    ],
)
def test_what_is_no_news_matches_nothing(recorded: dict[str, Any]) -> None:
    changes = {"cluster": "FargateCluster"} if "Task" in recorded["detail-type"] else {}
    assert not pushes(recorded, **changes)
    assert not wakes(recorded, **changes)


@pytest.mark.parametrize(
    "detail",
    [
        {"image-tag": None},
        {"image-tag": "main"},
        {"action-type": "DELETE"},
        {"result": "FAILURE"},
        {"repository-name": "another"},
    ],
)
def test_other_pushes_start_nothing(detail: dict[str, object]) -> None:
    assert not pushes(event(PUSH, **detail))


@pytest.mark.parametrize("tags", [["*"], ["*", "!v*"], ["*", "!v*", "!main", "!*-*-*"], ["*t"]])
def test_an_untagged_child_manifest_starts_nothing(tags: list[str]) -> None:
    assert pushes(event(PUSH), images={"tags": tags})
    assert not pushes(event(PUSH, **{"image-tag": None}), images={"tags": tags})


def test_an_image_of_a_registry_account_keeps_its_account_and_region() -> None:
    repository = "999999999999.dkr.ecr.eu-west-1.amazonaws.com/my-repository-name"
    forwarded = {**event(PUSH), "account": "999999999999", "region": "eu-west-1"}
    assert pushes(forwarded, repository=repository)
    assert not pushes({**forwarded, "region": "us-west-2"}, repository=repository)
    assert not pushes(event(PUSH), repository=repository)
    assert not pushes(forwarded)


@pytest.mark.parametrize(
    "recorded",
    [
        stopped(),
        stopped(stopCode="EssentialContainerExited"),
        stopped(group="family:sample-fargate"),
        stopped(group="service:my-service"),
        event("ecs-deployment-state-change-failed.json"),
        ALARM,
    ],
)
def test_what_a_waiting_deployment_looks_at_wakes_it(recorded: dict[str, Any]) -> None:
    assert wakes(recorded)
    assert not pushes(recorded)


def test_a_hook_wakes() -> None:
    recorded = event("ecs-hook-state-change-awaiting-action.json")
    assert wakes(recorded, cluster="my-cluster")
    assert not wakes(recorded)


@pytest.mark.parametrize(
    "recorded",
    [
        stopped(stopCode="ServiceSchedulerInitiated"),
        stopped(lastStatus="RUNNING"),
        stopped(group="service:another"),
        stopped(clusterArn="arn:aws:ecs:us-east-1:111122223333:cluster/another"),
        {**ALARM, "detail": {"alarmName": "another"}},
        {
            **event("ecs-deployment-state-change-failed.json"),
            "resources": ["arn:aws:ecs:us-west-2:111122223333:service/default/another"],
        },
    ],
)
def test_what_concerns_others_wakes_nobody(recorded: dict[str, Any]) -> None:
    assert not wakes(recorded)


def test_names_that_begin_with_the_application_share_one_prefix() -> None:
    services = {"web": {}, "worker": {}, "old": {"service": "legacy", "family": "legacy"}}
    pattern = wake_pattern(application(services=services), "1", "r", "aws-cn")
    stops, deployments, hooks = pattern["$or"]  # type: ignore[misc]
    place = "arn:aws-cn:ecs:r:1:service/default/"
    assert stops["detail"]["group"] == [
        {"prefix": "service:shop-"},
        "service:legacy",
        {"prefix": "family:shop-"},
        "family:legacy",
    ]
    assert deployments["resources"] == [{"prefix": f"{place}shop-"}, f"{place}legacy"]
    assert hooks["detail"]["serviceArn"] == deployments["resources"]
    assert pattern["source"] == ["aws.ecs"]


@pytest.mark.parametrize(
    ("globs", "matchers", "count"),
    [
        (["v1"], ["v1"], 0),
        (["v*", "v**", "main"], [{"prefix": "v"}, "main"], 0),
        (["*-prod"], [{"suffix": "-prod"}], 0),
        (["*", "v*"], [{"exists": True}], 0),
        (["**"], [{"exists": True}], 0),
        (["v*-*", "*rc*"], [{"wildcard": "v*-*"}, {"wildcard": "*rc*"}], 2),
        (["*", "!a", "!b"], [{"anything-but": ["a", "b"]}], 0),
        (["*", "!a*", "!b*"], [{"anything-but": {"prefix": ["a", "b"]}}], 0),
        (["*", "!*-rc"], [{"anything-but": {"suffix": ["-rc"]}}], 0),
        (["*", "!a*b"], [{"anything-but": {"wildcard": ["a*b"]}}], 1),
        (["*", "!a", "!*-rc"], [{"anything-but": {"wildcard": ["a", "*-rc"]}}], 1),
        (["v*", "!*-rc"], [{"prefix": "v"}], 0),
    ],
)
def test_globs_become_the_cheapest_matchers(
    globs: list[str], matchers: list[object], count: int
) -> None:
    assert tag_matchers(globs) == matchers
    assert wildcards({"detail": {"image-tag": tag_matchers(globs)}}) == count


GLOB = st.lists(st.sampled_from("av*"), min_size=1, max_size=3).map("".join)
TAG = st.text("av", min_size=1, max_size=4)


@given(st.lists(GLOB, min_size=1, max_size=3), st.lists(GLOB, max_size=2), TAG)
def test_the_rule_lets_through_every_tag_that_the_globs_take(
    included: list[str], excluded: list[str], tag: str
) -> None:
    globs = [*included, *(f"!{glob}" for glob in excluded if glob.strip("*"))]
    if accepts(tuple(globs), tag):
        assert matches({"tag": tag_matchers(globs)}, {"tag": tag})


@given(st.lists(GLOB, min_size=1, max_size=3), TAG)
def test_the_rule_lets_through_nothing_else_where_that_can_be_said(
    globs: list[str], tag: str
) -> None:
    excluding = ["*", *(f"!{glob}" for glob in globs if glob.strip("*"))]
    for written in (globs, excluding):
        taken = matches({"tag": tag_matchers(written)}, {"tag": tag})
        assert taken == accepts(tuple(written), tag)
