"""What have the users' own tools made, before Pilothouse or beside it: bases and services?"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from functions.domain.catalogue import Application, Service, Strategy
from functions.domain.image import uri
from rehearsal.template import ACCOUNT, REGION

Document = Mapping[str, Any]
_FARGATE: Document = {"launchType": "FARGATE"}
_UNBALANCED: Document = {"availabilityZoneRebalancing": "DISABLED"}
"""As a service has to be that is recreated with 100 % at most (scheduler-rules R12.4)."""


@dataclass(frozen=True, slots=True)
class Running:
    """A service as it is before the rehearsal: `image` is the tag its base revision names.

    The last three are members of the API that are given besides, or in the place of ours: of
    RegisterTaskDefinition, of its container, and of CreateService.
    """

    image: str = "v1"
    desired: int = 2
    load_balancer: bool = False
    advanced: Document | None = None
    """What its load balancer needs besides, so that traffic can be shifted."""
    minimum_healthy_percent: int = 100
    maximum_percent: int = 200
    circuit_breaker: Document = field(default_factory=lambda: {"enable": False, "rollback": False})
    configuration: Document = field(default_factory=dict)
    """More of the deployment configuration."""
    definition: Document = field(default_factory=dict)
    container: Document = field(default_factory=dict)
    service: Document = field(default_factory=dict)
    launch: Document = field(default_factory=dict)
    """Launch type or capacity providers; Fargate if not given."""


def create(
    client: Callable[[str], Any],
    register: Callable[[Document], object],
    application: Application,
    services: Mapping[str, Running],
    *,
    schedules: bool,
) -> None:
    """Create cluster, services and, if asked for, the schedules that the catalogue lists.

    `register` makes task definitions, with what they name.
    """
    ecs = client("ecs")
    ecs.create_cluster(clusterName=application.cluster)
    for key, running in services.items():
        service = next(each for each in application.services if each.key == key)
        asked = base(application, service, running.image, running.container, running.definition)
        register(asked)
        ecs.create_service(**creation(application, service, running))
    for name in application.schedules if schedules else ():
        client("scheduler").create_schedule(**nightly(application, name))


def base(
    application: Application,
    service: Service,
    tag: str,
    container: Document | None = None,
    more: Document | None = None,
) -> dict[str, Any]:
    """Return what RegisterTaskDefinition is asked for by the user's own tooling."""
    made = {
        "name": service.container or "app",
        "image": f"{repository_uri(application)}:{tag}",
        "essential": True,
        "environment": [{"name": "STAGE", "value": "production"}],
        "portMappings": [{"containerPort": 8080, "protocol": "tcp"}],
        "logConfiguration": _logging(service),
        **(container or {}),
    }
    prefix = f"arn:aws:iam::{ACCOUNT}:role/"
    return {
        "family": service.family,
        "networkMode": "awsvpc",
        "requiresCompatibilities": ["FARGATE"],
        "cpu": "256",
        "memory": "512",
        "taskRoleArn": prefix + application.roles[0],
        "executionRoleArn": prefix + application.roles[-1],
        "containerDefinitions": [made],
        "tags": [{"key": "owner", "value": "platform"}],
        **(more or {}),
    }


def _logging(service: Service) -> Document:
    options = {
        "awslogs-group": f"/ecs/{service.family}",
        "awslogs-region": REGION,
        "awslogs-stream-prefix": "ecs",
    }
    return {"logDriver": "awslogs", "options": options}


def creation(application: Application, service: Service, running: Running) -> dict[str, Any]:
    """Return what CreateService is asked for."""
    balancer = {
        "targetGroupArn": target_group(service),
        "containerName": service.container or "app",
        "containerPort": 8080,
        **({"advancedConfiguration": dict(running.advanced)} if running.advanced else {}),
    }
    network = {"subnets": ["subnet-1"], "securityGroups": ["sg-1"]}
    return {
        "cluster": application.cluster,
        "serviceName": service.service,
        "taskDefinition": service.family,
        "desiredCount": running.desired,
        "networkConfiguration": {"awsvpcConfiguration": network},
        "loadBalancers": [balancer] if running.load_balancer else [],
        "deploymentConfiguration": {
            "minimumHealthyPercent": running.minimum_healthy_percent,
            "maximumPercent": running.maximum_percent,
            "deploymentCircuitBreaker": dict(running.circuit_breaker),
            **running.configuration,
        },
        **(running.launch or {"launchType": "FARGATE"}),
        **(_UNBALANCED if service.strategy is Strategy.RECREATE else {}),
        **running.service,
    }


def nightly(application: Application, name: str) -> dict[str, Any]:
    """Return what CreateSchedule is asked for: it runs whatever is the newest of a family."""
    group, _, bare = name.rpartition("/")
    return {
        "Name": bare,
        "GroupName": group or "default",
        "ScheduleExpression": "cron(0 3 * * ? *)",
        "ScheduleExpressionTimezone": "Europe/Berlin",
        "FlexibleTimeWindow": {"Mode": "FLEXIBLE", "MaximumWindowInMinutes": 15},
        "Description": f"{name} of {application.application}",
        "Target": scheduled(application, application.services[0]),
    }


def scheduled(
    application: Application,
    service: Service,
    revision: str | None = None,
    launch: Document | None = None,
) -> dict[str, Any]:
    """Return a target that runs a task of a service, of its newest revision if none is given."""
    family = f"arn:aws:ecs:{REGION}:{ACCOUNT}:task-definition/{service.family}"
    asked = {key[:1].upper() + key[1:]: each for key, each in (launch or _FARGATE).items()}
    network = {"Subnets": ["subnet-1"], "SecurityGroups": ["sg-1"], "AssignPublicIp": "DISABLED"}
    command = {"name": service.container or "app", "command": ["rake", "nightly"]}
    return {
        "Arn": f"arn:aws:ecs:{REGION}:{ACCOUNT}:cluster/{application.cluster}",
        # One of those that may be passed, as whoever lists a schedule has to see to it.
        "RoleArn": f"arn:aws:iam::{ACCOUNT}:role/{application.roles[len(application.roles) // 2]}",
        "Input": json.dumps({"containerOverrides": [command]}),
        "EcsParameters": {
            "TaskDefinitionArn": revision or family,
            "TaskCount": 1,
            "NetworkConfiguration": {"awsvpcConfiguration": network},
            **asked,
        },
    }


def target_group(service: Service, kind: str = "") -> str:
    """Return the target group of a service; native deployments have a second one."""
    name = f"{service.service}{kind}/0123456789abcdef"
    return f"arn:aws:elasticloadbalancing:{REGION}:{ACCOUNT}:targetgroup/{name}"


def repository_uri(application: Application) -> str:
    return uri(application.repository, ACCOUNT, REGION)
