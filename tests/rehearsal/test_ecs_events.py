"""The events have the shapes of the recorded ones, and what is in them is said in UTC."""

import json
import re
from pathlib import Path

import pytest

from rehearsal.ecs import Behaviour
from tests.rehearsal.house import BREAKER, CHECK, NETWORK, house, running
from tests.rehearsal.rules import holds

RECORDED = Path(__file__).parents[1] / "events"

TASK = """
    overrides executionStoppedAt memory attachments attributes pullStartedAt taskArn startedAt
    createdAt clusterArn connectivity platformVersion containerInstanceArn launchType group
    updatedAt stopCode pullStoppedAt connectivityAt startedBy cpu version stoppingAt stoppedAt
    taskDefinitionArn stoppedReason containers desiredStatus lastStatus availabilityZone
"""
CONTAINER = """
    image imageDigest networkInterfaces networkBindings memory memoryReservation taskArn name
    exitCode cpu containerArn lastStatus runtimeId reason gpuIds
"""
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")


def recorded(name):
    return json.loads((RECORDED / f"{name}.json").read_text())["detail"]


def failing_story():
    """Let one deployment fail and one task end by itself."""
    with running(2, BREAKER, CHECK, members={"capacityProviderStrategy": []}) as made:
        made.push("v2", Behaviour(healthy_after=None, exits_after=5))
        made.update(taskDefinition=made.register("v2", container=CHECK))
        made.ecs.run_task(
            cluster="house",
            taskDefinition="orders:1",
            launchType="FARGATE",
            networkConfiguration=NETWORK,
        )
        made.until(300)
        return made.events


@pytest.fixture(scope="module")
def story():
    return failing_story()


def details(story, kind):
    return [detail for name, _, detail in story if name == kind]


@holds("R2.1", "R2.3")
def test_a_running_task_has_exactly_the_recorded_members(story):
    example = recorded("ecs-task-state-change-running")
    alone = next(
        each
        for each in details(story, "ECS Task State Change")
        if each["group"] == "family:orders" and each["lastStatus"] == "RUNNING"
    )
    assert set(alone) == set(example) | {"attachments"}
    assert set(alone["containers"][0]) == set(example["containers"][0])


@holds("R2.3")
def test_no_task_event_has_a_member_that_ecs_does_not_send(story):
    for detail in details(story, "ECS Task State Change"):
        assert set(detail) <= set(TASK.split())
        assert all(set(each) <= set(CONTAINER.split()) for each in detail["containers"])
        assert "healthStatus" not in json.dumps(detail)


def test_deployment_events_have_the_recorded_members(story):
    found = details(story, "ECS Deployment State Change")
    assert {each["eventName"].removeprefix("SERVICE_DEPLOYMENT_") for each in found} == {
        "IN_PROGRESS",
        "COMPLETED",
        "FAILED",
    }
    example = recorded("ecs-deployment-state-change-failed")
    assert all(set(each) == set(example) for each in found)
    failed = next(each for each in found if each["eventName"] == example["eventName"])
    assert (failed["eventType"], failed["reason"]) == (example["eventType"], example["reason"])


def test_a_steady_state_is_told_without_a_reason(story):
    (steady,) = [
        each
        for each in details(story, "ECS Service Action")
        if each["eventName"] == "SERVICE_STEADY_STATE"
    ]
    assert set(steady) == {"eventType", "eventName", "clusterArn", "createdAt"}


def test_a_placement_failure_has_the_recorded_members():
    strategy = [{"capacityProvider": "FARGATE_SPOT", "weight": 1}]
    with house() as made:
        made.push("v1")
        made.installation.capacity.refusal = "RESOURCE:FARGATE"
        made.ecs.create_service(
            cluster="house",
            serviceName="web",
            taskDefinition=made.register("v1"),
            desiredCount=1,
            capacityProviderStrategy=strategy,
            networkConfiguration=NETWORK,
        )
        made.until(0)
        (detail,) = made.told("ECS Service Action")
        example = recorded("ecs-service-action-placement-failure")
        assert set(detail) == set(example)
        assert detail["capacityProviderArns"][0].endswith(":capacity-provider/FARGATE_SPOT")
        assert detail["reason"] == example["reason"]


def test_a_hook_has_the_recorded_members():
    with running() as made:
        made.push("v2")
        arn = made.update(taskDefinition=made.register("v2"))["serviceArn"]
        made.installation.hold_at_hook(arn, stage="POST_TEST_TRAFFIC_SHIFT")
        (detail,) = made.told("ECS Hook State Change")
        example = recorded("ecs-hook-state-change-awaiting-action")
        assert set(detail) == set(example)
        assert detail["eventName"] == example["eventName"]


def test_an_event_names_the_resource_it_is_about(story):
    keys = {"ECS Task State Change": "task/house/", "ECS Deployment State Change": "service/house/"}
    for kind, (resource,), detail in story:
        assert keys.get(kind, "service/house/") in resource
        assert detail.get("taskArn", resource) == resource


def test_every_time_is_in_utc_with_milliseconds(story):
    for _, _, detail in story:
        times = [value for name, value in detail.items() if name.endswith("At")]
        assert times
        assert all(TIME.fullmatch(value) for value in times)


@holds("R2.2")
def test_versions_of_a_task_grow(story):
    seen = {}
    for detail in details(story, "ECS Task State Change"):
        assert detail["version"] == seen.get(detail["taskArn"], 0) + 1
        seen[detail["taskArn"]] = detail["version"]
