"""What capacity has a cluster, as a scenario describes it?"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

UNAVAILABLE = (
    "Capacity is unavailable at this time. Please try again later or in a different "
    "availability zone."
)


class Kind(StrEnum):
    FARGATE = "fargate"
    FARGATE_SPOT = "fargate_spot"
    EC2 = "ec2"


@dataclass(frozen=True, slots=True)
class ManagedScaling:
    """A capacity provider that starts instances for tasks that wait, and ends empty ones (R7.4)."""

    max: int = 10
    min: int = 0
    most_at_once: int = 10_000
    """`maximumScalingStepSize`."""


@dataclass(frozen=True, slots=True)
class GroupPlan:
    """An EC2 Auto Scaling group that has all instances of a cluster."""

    name: str
    min: int = 0
    max: int = 10
    joins: bool = True
    """Whether the instances that it launches come to register with the cluster."""


@dataclass(frozen=True, slots=True)
class ClusterCapacity:
    """`cpu` and `memory` are those of each instance, in CPU units and MiB."""

    capacity: str = Kind.FARGATE
    instances: int = 0
    cpu: int = 2048
    memory: int = 4096
    interfaces: int | None = None
    """So many tasks of awsvpc mode an instance takes, each with a network interface of its own."""
    zones: int = 3
    attributes: Mapping[str, str] = field(default_factory=dict)
    """Attributes that somebody gave the instances, besides those of the agent."""
    managed_scaling: ManagedScaling | None = None
    group: GroupPlan | None = None

    def __post_init__(self) -> None:
        Kind(self.capacity)

    def launch(self, cluster: str) -> dict[str, Any]:
        """Return the members by which CreateService and RunTask ask for this capacity."""
        if self.capacity == Kind.EC2 and self.managed_scaling is None:
            return {"launchType": "EC2"}
        if self.capacity == Kind.FARGATE:
            return {"launchType": "FARGATE"}
        spot = self.capacity == Kind.FARGATE_SPOT
        provider = "FARGATE_SPOT" if spot else provider_name(cluster)
        return {"capacityProviderStrategy": [{"capacityProvider": provider, "weight": 1}]}


def provider_name(cluster: str) -> str:
    """Name the capacity provider of a cluster's own instances."""
    return f"{cluster.rpartition('/')[2]}-instances"


def provider_of(
    cluster_arn: str, plan: ClusterCapacity | None
) -> tuple[str, dict[str, Any] | None]:
    """Return the capacity provider of a cluster by name and `autoScalingGroupProvider`."""
    name = provider_name(cluster_arn)
    if plan is None or plan.managed_scaling is None:
        return name, None
    region, account = cluster_arn.split(":")[3:5]
    group = group_arn(region, account, plan.group.name if plan.group is not None else name)
    step = plan.managed_scaling.most_at_once
    scaling = {"status": "ENABLED", "maximumScalingStepSize": step}
    return name, {"autoScalingGroupArn": group, "managedScaling": scaling}


def group_arn(region: str, account: str, name: str) -> str:
    identity = "6ebdb5a3-2b4c-4f0e-8a53-0f8a2d3c9b11"
    of = f"arn:aws:autoscaling:{region}:{account}:autoScalingGroup"
    return f"{of}:{identity}:autoScalingGroupName/{name}"


@dataclass(slots=True)
class Capacity:
    """What holds for all clusters of all accounts together, and the plan of each cluster."""

    limit: int | None = None
    """So many tasks that are not stopping, of all services together."""
    refusal: str | None = None
    """The reason of `failures[]` while nothing can be placed, such as RESOURCE:FARGATE."""
    detail: str = UNAVAILABLE
    plans: dict[str, ClusterCapacity] = field(default_factory=dict)
    """By name or ARN of the cluster, which need not be there yet."""

    def plan(self, cluster_arn: str) -> ClusterCapacity | None:
        return self.plans.get(cluster_arn) or self.plans.get(cluster_arn.rpartition("/")[2])
