"""Services, instances and findings as the preflight of room sees them, valid by default."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from functions.domain.catalogue import Service, Strategy
from functions.domain.preflight.finding import Finding, Grade
from functions.domain.preflight.fitting import Instance
from functions.domain.preflight.needs import Need
from functions.domain.preflight.percentages import moves
from tests.factories import a_service

SUBNETS = ("subnet-1",)


def a_found(desired: int = 2, percents: tuple[int, int] = (100, 200), **override: Any) -> Any:
    """Return what DescribeServices says of a service on Fargate."""
    configuration = {"minimumHealthyPercent": percents[0], "maximumPercent": percents[1]}
    network = {"awsvpcConfiguration": {"subnets": list(SUBNETS)}}
    return {
        "desiredCount": desired,
        "runningCount": desired,
        "pendingCount": 0,
        "launchType": "FARGATE",
        "schedulingStrategy": "REPLICA",
        "networkConfiguration": network,
        "loadBalancers": [],
        "deploymentConfiguration": configuration,
        **override,
    }


def a_native(desired: int = 2, **configuration: Any) -> Any:
    given = {"strategy": "BLUE_GREEN", **configuration}
    return a_found(desired, deploymentConfiguration=given)


def a_definition(cpu: str = "256", memory: str = "512", **override: Any) -> Any:
    """Return what DescribeTaskDefinition says of a base."""
    container = {"name": "app", "essential": True, "portMappings": [{"containerPort": 8080}]}
    given = {"networkMode": "awsvpc", "cpu": cpu, "memory": memory}
    return {**given, "containerDefinitions": [container], **override}


def a_need(
    found: Any = None,
    definition: Any = None,
    key: str = "web",
    *,
    beside: str = "",
    **override: Any,
) -> Need:
    service: Service = a_service(key, **override)
    described = a_found() if found is None else found
    moving = moves(described, service.strategy)
    asked = a_definition() if definition is None else definition
    return Need(service, described, asked, moving, beside)


def on_ec2(desired: int = 2, percents: tuple[int, int] = (100, 200), **override: Any) -> Any:
    return a_found(desired, percents, launchType="EC2", **override)


def with_provider(name: str, desired: int = 2, **override: Any) -> Any:
    strategy = [{"capacityProvider": name, "weight": 1}]
    return a_found(desired, launchType=None, capacityProviderStrategy=strategy, **override)


def an_instance(cpu: int = 2048, memory: int = 4096, **override: Any) -> Instance:
    """Return an instance of 2 vCPU and 4 GiB, of which so much is left."""
    made = Instance(cpu, memory, (2048, 4096), {"ecs.cpu-architecture": "x86_64"})
    return replace(made, **override)


def grades(findings: Iterable[Finding]) -> list[Grade]:
    return [each.grade for each in findings]


def only(findings: Iterable[Finding]) -> Finding:
    (found,) = findings
    return found


RECREATE = {"strategy": Strategy.RECREATE}
