"""A small house for the tests of the scheduler: a clock, a cluster, a repository, its images."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from hashlib import sha256
from json import dumps
from random import Random

import boto3
from moto import mock_aws

from rehearsal.clock import Clock
from rehearsal.ecs import Behaviour, Behaviours, Installation, Settings, install
from rehearsal.ecs.errors import UninvokableError

ACCOUNT, REGION = "123456789012", "eu-central-1"
REGISTRY = f"{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com"
GROUP = f"arn:aws:elasticloadbalancing:{REGION}:{ACCOUNT}:targetgroup/web/0123456789abcdef"
NETWORK = {"awsvpcConfiguration": {"subnets": ["subnet-1"], "securityGroups": ["sg-1"]}}
CHECK = {"healthCheck": {"command": ["CMD-SHELL", "true"]}}
BREAKER = {"deploymentCircuitBreaker": {"enable": True, "rollback": True}}


@cache
def client(name):
    return boto3.client(name, region_name=REGION)


@dataclass
class House:
    clock: Clock
    behaviours: Behaviours
    events: list = field(default_factory=list)
    logs: list = field(default_factory=list)
    functions: dict = field(default_factory=dict)
    """By ARN: what ECS can call at lifecycle hooks."""
    installation: Installation = None
    start: int = 0
    spoken: int = 0
    definitions: dict = field(default_factory=dict)

    @property
    def ecs(self):
        return client("ecs")

    def invoke(self, arn, event):
        if arn not in self.functions:
            raise UninvokableError(f"Function not found: {arn}")
        return self.functions[arn](event)

    def until(self, seconds):
        self.clock.run(until=self.start + seconds)

    def push(self, tag, behaviour=None, repository="orders", content=""):
        """Push an image that behaves so; return its digest."""
        ecr = client("ecr")
        if not ecr.describe_repositories()["repositories"]:
            ecr.create_repository(repositoryName=repository)
        digest = "sha256:" + sha256(f"{tag}{content}".encode()).hexdigest()
        kind = "application/vnd.oci.image.manifest.v1+json"
        manifest = dumps({"schemaVersion": 2, "mediaType": kind, "content": tag + content})
        ecr.put_image(
            repositoryName=repository, imageManifest=manifest, imageTag=tag, imageDigest=digest
        )
        if behaviour is not None:
            self.behaviours.learn(repository, tag, behaviour)
        return digest

    def tag(self, tag, another):
        """Give an image a second tag."""
        ecr = client("ecr")
        found = ecr.batch_get_image(repositoryName="orders", imageIds=[{"imageTag": tag}])
        manifest = found["images"][0]["imageManifest"]
        ecr.put_image(repositoryName="orders", imageManifest=manifest, imageTag=another)

    def register(self, image, family="orders", container=None, **members):
        reference = image if "/" in image else f"{REGISTRY}/orders{_suffix(image)}"
        asked = {
            "family": family,
            "networkMode": "awsvpc",
            "requiresCompatibilities": ["FARGATE"],
            "cpu": "256",
            "memory": "512",
            "containerDefinitions": [{"name": "app", "image": reference, **(container or {})}],
            **members,
        }
        return self.ecs.register_task_definition(**asked)["taskDefinition"]["taskDefinitionArn"]

    def create(self, definition, desired=2, configuration=None, **members):
        return self.ecs.create_service(
            cluster="house",
            serviceName="web",
            taskDefinition=definition,
            desiredCount=desired,
            launchType="FARGATE",
            networkConfiguration=NETWORK,
            deploymentConfiguration=configuration or {},
            **members,
        )["service"]

    def update(self, **members):
        return self.ecs.update_service(cluster="house", service="web", **members)["service"]

    def service(self):
        return self.ecs.describe_services(cluster="house", services=["web"])["services"][0]

    def messages(self):
        """Return what the service says, oldest first, without ids of tasks."""
        return [event["message"] for event in reversed(self.service()["events"])]

    def tasks(self, desired="RUNNING", **filters):
        arns = [
            arn
            for page in self.ecs.get_paginator("list_tasks").paginate(
                cluster="house", desiredStatus=desired, **filters
            )
            for arn in page["taskArns"]
        ]
        return [
            task
            for start in range(0, len(arns), 100)
            for task in self.ecs.describe_tasks(cluster="house", tasks=arns[start : start + 100])[
                "tasks"
            ]
        ]

    def rollouts(self):
        """Return the service deployments, newest first."""
        listed = self.ecs.list_service_deployments(cluster="house", service="web")
        arns = [each["serviceDeploymentArn"] for each in listed["serviceDeployments"]]
        found = self.ecs.describe_service_deployments(serviceDeploymentArns=arns)
        return found["serviceDeployments"]

    def told(self, kind):
        """Return the details of the events of a kind."""
        return [detail for name, _, detail in self.events if name == kind]


def _suffix(image):
    return f"@{image}" if image.startswith("sha256:") else f":{image}"


@contextmanager
def house(behaviours=None, **settings) -> Iterator[House]:
    clock = Clock()
    made = House(clock, behaviours or Behaviours())
    with mock_aws(), clock.travel():
        made.installation = install(
            clock,
            Random(7),  # noqa: S311
            lambda kind, resources, detail: made.events.append((kind, resources, detail)),
            made.behaviours,
            Settings(**settings),
            made.logs.append,
            made.invoke,
        )
        try:
            made.ecs.create_cluster(clusterName="house")
            yield made
        finally:
            made.installation.uninstall()


@contextmanager
def running(
    desired=2, configuration=None, container=None, balanced=False, members=None, **settings
):
    """A house whose service runs v1 and is steady; `until` counts from here on."""
    with house(**settings) as made:
        made.push("v1", Behaviour(healthy_after=40))
        balancer = {"targetGroupArn": GROUP, "containerName": "app", "containerPort": 80}
        more = {"loadBalancers": [balancer]} if balanced else {}
        first = made.register("v1", container=container)
        made.create(first, desired, configuration, **more, **(members or {}))
        made.until(1000)
        made.start = 1000
        made.events.clear()
        yield made


def state(made):
    """Return the tasks as the worked examples write them: `R1 2R/2H, R2 1P, stopping 1`."""
    service = made.installation.service(made.service()["serviceArn"])
    number = {each.target.id: f"R{index}" for index, each in enumerate(service.history, 1)}
    parts, stopping = [], 0
    for each in sorted(service.deployments, key=lambda each: number[each.id]):
        pending, running_tasks = len(each.pending()), len(each.running())
        words = [f"{pending}P"] * (pending > 0)
        words += [f"{running_tasks}R/{len(each.healthy())}H"] * (running_tasks > 0)
        parts += [" ".join([number[each.id], *words])] if words else []
        stopping += sum(not task.live for task in each.tasks.values())
    return ", ".join(parts + [f"stopping {stopping}"] * (stopping > 0)) or "no tasks"


def follows(made, trace):
    """Let time pass and compare the states of a worked example."""
    for seconds, expected in trace.items():
        made.until(seconds)
        assert (seconds, state(made)) == (seconds, expected)
