"""AWS as a test says it is, where moto knows too little; no mocks."""

from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import Any

import boto3

from tests.factories import DIGEST, OURS, a_revision

CLUSTER = "arn:aws:ecs:eu-west-1:123456789012:cluster/production"


@cache
def client(name: str) -> Any:
    """Return a client once for all tests; inside `mock_aws` moto answers it."""
    return boto3.client(name, region_name="eu-west-1")  # type: ignore[call-overload]


def a_described_task(number: int = 1, **override: Any) -> dict[str, Any]:
    return {
        "taskArn": f"arn:aws:ecs:eu-west-1:123456789012:task/production/t{number}",
        "lastStatus": "RUNNING",
        "desiredStatus": "RUNNING",
        "startedBy": OURS,
        "containers": [{"name": "app", "imageDigest": DIGEST}, {"name": "proxy"}],
        **override,
    }


def a_described_service(key: str = "web", **override: Any) -> dict[str, Any]:
    return {
        "serviceName": f"orders-{key}",
        "clusterArn": CLUSTER,
        "status": "ACTIVE",
        "desiredCount": 2,
        "runningCount": 2,
        "pendingCount": 0,
        "launchType": "FARGATE",
        "taskDefinition": a_revision(key, 1),
        "deployments": [{"id": OURS, "status": "PRIMARY", "taskDefinition": a_revision(key, 1)}],
        **override,
    }


def a_described_definition(number: int = 8, **override: Any) -> dict[str, Any]:
    """Return a revision of web as DescribeTaskDefinition gives it, with `tags` beside it."""
    tags = override.pop("tags", [])
    definition = {
        "taskDefinitionArn": a_revision("web", number),
        "containerDefinitions": [{"name": "app", "essential": True}],
        **override,
    }
    return {"taskDefinition": definition, "tags": tags}


def a_described_rollout(status: str = "IN_PROGRESS", **override: Any) -> dict[str, Any]:
    """Return the service deployment of ours, as ECS lists and describes it."""
    return {
        "serviceDeploymentArn": "service-deployment/1",
        "targetServiceRevisionArn": f"service-revision/{OURS.rpartition('/')[2]}",
        "status": status,
        **override,
    }


def a_logged_container(name: str = "app") -> dict[str, Any]:
    """Return a container whose lines are in the stream `ecs/<name>/<task>`."""
    options = {"awslogs-group": "/ecs/orders-web", "awslogs-stream-prefix": "ecs"}
    logging = {"logDriver": "awslogs", "options": options}
    return {"name": name, "essential": True, "logConfiguration": logging}


class FakeLogs:
    """CloudWatch Logs of every region, in which each stream says one line: its own name."""

    def __init__(self) -> None:
        self.read: list[str] = []

    def __call__(self, region: str) -> "FakeLogs":
        return self

    def get_log_events(self, **asked: Any) -> dict[str, Any]:
        stream = asked["logStreamName"]
        self.read.append(stream)
        return {"events": [{"message": f"{stream} says so"}]}


class FakeEcs:
    """ECS with services and tasks as the test says: moto launches none. The rest is moto's."""

    def __init__(self, *services: Mapping[str, Any], **lists: list[dict[str, Any]]) -> None:
        self._services = services
        self._tasks = lists.get("tasks", [])
        self._service_deployments = lists.get("service_deployments", [])
        self._definitions = lists.get("definitions", [])
        self._client = client("ecs")
        self.asked: list[int] = []

    def __getattr__(self, name: str) -> Any:
        return getattr(self._client, name)

    def describe_services(self, cluster: str, services: Sequence[str]) -> dict[str, Any]:
        self.asked.append(len(services))
        return {"services": [each for each in self._services if each["serviceName"] in services]}

    def describe_task_definition(self, **asked: Any) -> Any:
        for each in self._definitions:
            if each["taskDefinition"]["taskDefinitionArn"] == asked["taskDefinition"]:
                return each
        return self._client.describe_task_definition(**asked)

    def get_paginator(self, name: str) -> Any:
        return self if name == "list_tasks" else self._client.get_paginator(name)

    def paginate(self, **asked: Any) -> Iterator[dict[str, Any]]:
        wanted = asked["desiredStatus"]
        arns = [each["taskArn"] for each in self._tasks if each["desiredStatus"] == wanted]
        yield {"taskArns": arns[:1]}
        yield {"taskArns": arns[1:]}

    def describe_tasks(self, cluster: str, tasks: Sequence[str]) -> dict[str, Any]:
        self.asked.append(len(tasks))
        return {"tasks": [each for each in self._tasks if each["taskArn"] in tasks]}

    def list_service_deployments(self, **_: Any) -> dict[str, Any]:
        return {"serviceDeployments": self._service_deployments}

    def describe_service_deployments(self, **asked: Any) -> dict[str, Any]:
        found = [
            each
            for each in self._service_deployments
            if each["serviceDeploymentArn"] in asked["serviceDeploymentArns"] and "status" in each
        ]
        return {"serviceDeployments": found}
