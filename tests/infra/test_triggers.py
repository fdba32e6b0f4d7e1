"""Which workflow does a recorded event start, and with what?"""

import json
from pathlib import Path
from typing import Any

import pytest

from functions.domain.catalogue import Application
from functions.domain.parsing import parse
from infra.cache import cached
from rehearsal.bus import Event, Rule
from rehearsal.template import ACCOUNT, REGION, Template
from rehearsal.transformer import transformed

EVENTS = Path(__file__).parents[1] / "events"

# The applications that the recorded events are about: their repositories, clusters and services.
CATALOGUE = (
    {
        "application": "shop",
        "repository": "my-repository-name",
        "images": {"tags": ["latest"]},
        "cluster": "default",
        "services": {"web": {"service": "servicetest"}},
    },
    {
        "application": "paused",
        "repository": "another",
        "cluster": "my-cluster",
        "services": {"web": {"service": "my-service"}},
    },
    {
        "application": "fargate",
        "repository": "hello-repository",
        "cluster": "FargateCluster",
        "services": {"app": {"service": "FargateApp", "family": "sample-fargate"}},
    },
)
# What the one bare detail leaves open; an id is enough for a task.
PLACEHOLDERS = {
    "account-id": "123456789012",
    "cluster-id": "default",
    "service-id": "servicetest",
    "task-id": "1",
}


def application(document: dict[str, Any]) -> Application:
    parsed = parse(document)
    assert isinstance(parsed, Application), parsed
    return parsed


@pytest.fixture(scope="session")
def rules() -> list[Rule]:
    """The rules of a stack whose catalogue names what the events are about."""
    template = Template.read(cached([application(each) for each in CATALOGUE]))
    return [
        Rule(each.logical_id, each.properties["EventPattern"], each.properties["Targets"])
        for each in template.of("AWS::Events::Rule")
    ]


def recorded(name: str, **detail: object) -> Event:
    """Return an event as it would be in the account of the stack, perhaps with another detail."""
    text = (EVENTS / f"{name}.json").read_text()
    for placeholder, value in PLACEHOLDERS.items():
        text = text.replace(f"{{{placeholder}}}", value)
    event = json.loads(text)
    event = event if "detail" in event else enveloped(event)
    moved = json.dumps(event).replace(event["account"], ACCOUNT).replace(event["region"], REGION)
    moved_event: Event = json.loads(moved)
    moved_event["detail"] |= detail
    return moved_event


def enveloped(detail: dict[str, Any]) -> Event:
    return {
        "version": "0",
        "id": "5c2bd6a4-0b5a-4e0c-8f0d-3a5f0f1f7d11",
        "detail-type": "ECS Task State Change",
        "source": "aws.ecs",
        "account": PLACEHOLDERS["account-id"],
        "time": detail["stoppedAt"],
        "region": detail["clusterArn"].split(":")[3],
        "resources": [detail["containers"][0]["taskArn"]],
        "detail": detail,
    }


def started(rules: list[Rule], event: Event) -> list[tuple[str, object]]:
    """Return the workflows that an event starts, each with its input."""
    return [
        (target["Arn"].rpartition("-")[2], transformed(target, event, {}))
        for rule in rules
        if rule.matches(event)
        for target in rule.targets
    ]


PUSH = {
    "application": "shop",
    "push": {
        "event": "13cde686-328b-6117-af20-0e5566167482",
        "time": "2019-11-16T01:54:34Z",
        "repository": "my-repository-name",
        "digest": "sha256:7f5b2640fe6fb4f46592dfd3410c4a79dac4f89e4782432e0378abcd1234",
        "tag": "latest",
    },
}


@pytest.mark.parametrize(
    ("name", "starts"),
    [
        ("ecr-image-action-push", [("deploy", PUSH)]),
        ("c6-1-detail-stopped", [("wake", {"application": "shop"})]),
        ("ecs-deployment-state-change-failed", [("wake", {"application": "shop"})]),
        ("ecs-hook-state-change-awaiting-action", [("wake", {"application": "paused"})]),
        ("ecr-image-scan", []),
        ("ecs-service-action-placement-failure", []),
        ("ecs-task-state-change-running", []),
    ],
)
def test_a_recorded_event_starts_its_workflow_or_none(
    rules: list[Rule], name: str, starts: list[tuple[str, object]]
) -> None:
    assert started(rules, recorded(name)) == starts


def test_every_recorded_event_is_tried() -> None:
    (mark,) = test_a_recorded_event_starts_its_workflow_or_none.pytestmark
    assert {name for name, _ in mark.args[1]} == {path.stem for path in EVENTS.glob("*.json")}


@pytest.mark.parametrize(
    ("name", "detail"),
    [
        ("ecr-image-action-push", {"image-tag": "main"}),
        ("ecr-image-action-push", {"repository-name": "unknown"}),
        ("ecr-image-action-push", {"result": "FAILURE"}),
        ("c6-1-detail-stopped", {"group": "service:another"}),
    ],
)
def test_what_is_about_something_else_starts_nothing(
    rules: list[Rule], name: str, detail: dict[str, object]
) -> None:
    assert started(rules, recorded(name, **detail)) == []


def test_a_stop_of_what_was_running_would_start_something(rules: list[Rule]) -> None:
    """So it is what happened that starts nothing, not a name that fits no application."""
    assert started(rules, recorded("ecs-task-state-change-running", lastStatus="STOPPED")) == [
        ("wake", {"application": "fargate"})
    ]


def test_a_child_manifest_of_a_multi_arch_image_starts_nothing(rules: list[Rule]) -> None:
    untagged = recorded("ecr-image-action-push")
    del untagged["detail"]["image-tag"]
    assert started(rules, untagged) == []


def test_a_replicated_image_is_a_push(rules: list[Rule]) -> None:
    replicated = recorded("ecr-image-action-push", **{"action-type": "REPLICATE"})
    replicated["detail-type"] = "ECR Replication Action"
    assert started(rules, replicated) == [("deploy", PUSH)]


def test_a_push_in_another_account_starts_nothing(rules: list[Rule]) -> None:
    assert started(rules, {**recorded("ecr-image-action-push"), "account": "999999999999"}) == []
