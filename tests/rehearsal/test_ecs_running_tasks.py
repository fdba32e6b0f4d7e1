"""What RunTask answers, and how what it started ends (W60, as far as ECS tells it)."""

import pytest
from botocore.exceptions import ClientError

from rehearsal.ecs import Behaviour
from tests.rehearsal.house import NETWORK, REGISTRY, house
from tests.rehearsal.instances import fleet, on_bridge
from tests.rehearsal.rules import holds


def run(made, definition, **members):
    asked = {"launchType": "FARGATE", "networkConfiguration": NETWORK, **members}
    return made.ecs.run_task(cluster="house", taskDefinition=definition, **asked)


def ended(made, answer):
    made.until(100)
    asked = {"cluster": "house", "tasks": [task["taskArn"] for task in answer["tasks"]]}
    (found,) = made.ecs.describe_tasks(**asked)["tasks"]
    return found


def codes(task):
    return {each["name"]: each.get("exitCode") for each in task["containers"]}


@holds("R13.6")
@pytest.mark.parametrize("code", [0, 1])
def test_the_exit_code_of_the_container_is_told(code):
    with house() as made:
        made.push("v1", Behaviour(task_exit_code=code))
        task = ended(made, run(made, made.register("v1")))
        assert (task["stopCode"], codes(task)) == ("EssentialContainerExited", {"app": code})


@holds("R13.6", "W60")
def test_a_sidecar_that_is_killed_has_a_code_of_its_own():
    with house() as made:
        made.push("v1", Behaviour(task_takes=5))
        made.push("agent", Behaviour(task_takes=None, ignores_sigterm=True))
        sidecar = {"name": "agent", "image": f"{REGISTRY}/orders:agent", "essential": False}
        app = {"name": "app", "image": f"{REGISTRY}/orders:v1"}
        definition = made.register("v1", containerDefinitions=[app, sidecar])
        assert codes(ended(made, run(made, definition))) == {"app": 0, "agent": 137}


@holds("R13.5", "W60")
def test_a_task_that_cannot_start_has_no_exit_code():
    with house() as made:
        task = ended(made, run(made, made.register("gone")))
        assert (task["stopCode"], codes(task)) == ("TaskFailedToStart", {"app": None})


@holds("R13.1", "W60")
def test_no_memory_is_a_failure_and_no_error():
    with fleet(1, memory=256) as made:
        answer = run(made, on_bridge(made, "v1"), launchType="EC2")
        assert answer["tasks"] == []
        assert [each["reason"] for each in answer["failures"]] == ["RESOURCE:MEMORY"]


@holds("R13.1")
def test_fargate_without_capacity_is_a_failure_with_its_words():
    with house() as made:
        made.push("v1")
        made.installation.withdraw("house", provider="FARGATE")
        answer = run(made, made.register("v1"), count=2)
        words = (
            "Capacity is unavailable at this time. Please try again later or in a different "
            "availability zone."
        )
        assert answer["tasks"] == []
        assert answer["failures"] == [{"reason": "RESOURCE:FARGATE", "detail": words}] * 2


@holds("R13.2", "R3.11")
def test_an_inactive_task_definition_is_an_error():
    with house() as made:
        made.push("v1")
        definition = made.register("v1")
        made.ecs.deregister_task_definition(taskDefinition=definition)
        with pytest.raises(ClientError, match="TaskDefinition is inactive") as refused:
            run(made, definition)
        assert refused.value.response["Error"]["Code"] == "InvalidParameterException"


@holds("R13.3", "W60")
def test_a_token_gives_the_same_task_or_a_conflict():
    with house() as made:
        made.push("v1")
        definition = made.register("v1")
        (first,) = run(made, definition, clientToken="once")["tasks"]
        (again,) = run(made, definition, clientToken="once")["tasks"]
        assert (again["taskArn"], len(made.tasks())) == (first["taskArn"], 1)
        with pytest.raises(ClientError) as refused:
            run(made, definition, clientToken="once", startedBy="another")
        assert refused.value.response["Error"]["Code"] == "ConflictException"


@holds("R13.3")
def test_a_client_token_is_known_in_its_cluster_only():
    with house() as made:
        made.ecs.create_cluster(clusterName="garden")
        made.push("v1")
        asked = {
            "taskDefinition": made.register("v1"),
            "launchType": "FARGATE",
            "networkConfiguration": NETWORK,
            "clientToken": "once",
        }
        arns = [
            made.ecs.run_task(cluster=cluster, **asked)["tasks"][0]["taskArn"]
            for cluster in ("house", "garden", "house")
        ]
        assert arns[0] == arns[2]
        assert [arn.split("/")[1] for arn in arns] == ["house", "garden", "house"]
