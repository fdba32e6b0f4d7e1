"""Does a call that does not go over the network get the answer that it gets there?"""

from copy import deepcopy
from datetime import UTC, datetime

import pytest
from botocore import xform_name
from botocore.exceptions import ClientError

from rehearsal.ecs import Behaviour
from rehearsal.ecs.answers.actions import ACTIONS
from rehearsal.sdk import Sdk
from tests.rehearsal.house import ACCOUNT, BREAKER, NETWORK, REGION
from tests.rehearsal.instances import create, fleet, on_bridge

HOUSE = {"cluster": "house"}


class Story:
    """What is asked of ECS in a house, and what it answers."""

    def __init__(self, made, sdk):
        self.made, self.ecs, self.answers = made, sdk.client("ecs"), []
        sdk.after.append(self._hear)

    def ask(self, action, **asked):
        try:
            return getattr(self.ecs, action)(**asked)
        except ClientError as refused:
            return refused.response

    def _hear(self, service, operation, arguments, parsed):
        answer = {key: deepcopy(parsed[key]) for key in parsed if key != "ResponseMetadata"}
        self.answers.append((xform_name(operation), answer))


def told(*, directly):
    with fleet(2) as made:
        sdk = Sdk(REGION)
        if directly:
            sdk.answers |= made.installation.answers(ACCOUNT, REGION)
        story = Story(made, sdk)
        for part in (definitions, services, tasks, deployments, instances, refusals, endings):
            part(story)
            made.clock.run(until=made.clock.seconds + 90)
        sdk.close()
        return story.answers


def definitions(story):
    container = {"name": "app", "image": "nginx:v1", "environment": [{"name": "A", "value": "b"}]}
    asked = {"family": "old", "containerDefinitions": [container], "cpu": "256", "memory": "512"}
    tags = [{"key": "team", "value": "shop"}]
    for _ in range(2):
        story.ask("register_task_definition", **asked, tags=tags)
    story.ask("describe_task_definition", taskDefinition="old", include=["TAGS"])
    story.ask("deregister_task_definition", taskDefinition="old:1")
    story.ask("delete_task_definitions", taskDefinitions=["old:1", "old:2"])
    story.ask("list_task_definitions", familyPrefix="old", sort="DESC")
    story.ask("list_task_definition_families", status="ACTIVE")


def services(story):
    story.made.push("v2", Behaviour(exits_after=5))
    create(story.made, on_bridge(story.made, "v1"), 1, BREAKER)
    story.ask(
        "create_service", **HOUSE, serviceName="second", taskDefinition="orders", desiredCount=0
    )
    story.made.clock.run(until=300)
    story.ask("update_service", **HOUSE, service="web", desiredCount=2)
    story.ask("describe_services", **HOUSE, services=["web", "nobody"], include=["TAGS"])
    story.ask("list_services", **HOUSE)


def tasks(story):
    arns = story.ask("list_tasks", **HOUSE, serviceName="web")["taskArns"]
    story.ask("describe_tasks", **HOUSE, tasks=[*arns, "nobody"], include=["TAGS"])
    story.ask("update_task_protection", **HOUSE, tasks=arns[:1], protectionEnabled=True)
    story.ask("get_task_protection", **HOUSE, tasks=[*arns, "nobody"])
    overrides = {"containerOverrides": [{"name": "app", "command": ["migrate"]}]}
    story.made.register("v1", family="alone")
    story.ask(
        "run_task",
        **HOUSE,
        taskDefinition="alone",
        launchType="FARGATE",
        networkConfiguration=NETWORK,
        overrides=overrides,
        clientToken="once",
    )
    story.ask("stop_task", **HOUSE, task=arns[-1], reason="enough")
    story.ask("list_tasks", **HOUSE, desiredStatus="STOPPED")


def deployments(story):
    on_bridge(story.made, "v2")
    story.ask("update_service", **HOUSE, service="web", taskDefinition="orders")
    asked = {**HOUSE, "service": "web"}
    since = {"after": datetime(2000, 1, 1, tzinfo=UTC)}
    story.ask("list_service_deployments", **asked, createdAt=since)
    found = story.ask("list_service_deployments", **asked)["serviceDeployments"]
    arns = [each["serviceDeploymentArn"] for each in found]
    story.ask("describe_service_deployments", serviceDeploymentArns=[*arns, "nobody"])
    story.ask(
        "describe_service_revisions", serviceRevisionArns=[found[0]["targetServiceRevisionArn"]]
    )
    story.ask("stop_service_deployment", serviceDeploymentArn=arns[0], stopType="ROLLBACK")
    story.ask("continue_service_deployment", serviceDeploymentArn=arns[0], hookId="none")


def instances(story):
    arns = story.ask("list_container_instances", **HOUSE)["containerInstanceArns"]
    story.ask("describe_container_instances", **HOUSE, containerInstances=[*arns, "nobody"])
    attribute = {"name": "stack", "targetType": "container-instance", "targetId": arns[0]}
    story.ask("put_attributes", **HOUSE, attributes=[{**attribute, "value": "new"}])
    story.ask("list_attributes", **HOUSE, targetType="container-instance")
    story.ask("delete_attributes", **HOUSE, attributes=[attribute])
    asked = {**HOUSE, "containerInstances": arns[:1]}
    story.ask("start_task", **asked, taskDefinition="orders")
    story.ask("update_container_instances_state", **asked, status="DRAINING")
    story.ask("deregister_container_instance", **HOUSE, containerInstance=arns[1], force=True)


def refusals(story):
    nowhere = {"cluster": "nowhere"}
    story.ask("describe_services", **nowhere, services=["web"])
    story.ask("update_service", **HOUSE, service="nobody", desiredCount=1)
    story.ask("describe_task_definition", taskDefinition="nothing")
    story.ask("describe_tasks", **HOUSE, tasks=[])
    story.ask(
        "run_task",
        **HOUSE,
        taskDefinition="alone",
        launchType="FARGATE",
        networkConfiguration=NETWORK,
        count=2,
        clientToken="once",
    )


def endings(story):
    story.ask("delete_service", **HOUSE, service="web")
    story.ask("delete_service", **HOUSE, service="web", force=True)


@pytest.fixture(scope="module")
def over_the_network():
    return told(directly=False)


def test_every_call_is_answered_as_over_the_network(over_the_network):
    directly = told(directly=True)
    assert {action for action, _ in directly} == set(ACTIONS)
    assert len(directly) == len(over_the_network)
    for ours, other in zip(directly, over_the_network, strict=True):
        assert ours == other
        assert repr(ours) == repr(other)


def test_most_of_it_is_no_refusal(over_the_network):
    refused = {action for action, answer in over_the_network if "Error" in answer}
    answered = {action for action, answer in over_the_network if "Error" not in answer}
    assert refused - answered == {"continue_service_deployment"}
