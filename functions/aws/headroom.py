"""What does an EC2 Auto Scaling group look like, and who of it is in the cluster?"""

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from pydantic import TypeAdapter

from functions.aws import ledger
from functions.domain.catalogue import Headroom
from functions.domain.headroom.group import Group, Host
from functions.domain.headroom.raised import Raised, read
from functions.domain.writes import headroom_key

if TYPE_CHECKING:
    from mypy_boto3_autoscaling import AutoScalingClient
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_ecs import ECSClient

AT_ONCE = 100
"""DescribeContainerInstances takes so many."""
NAME_IN_ARN = "autoScalingGroupName/"
IN_SERVICE = "InService"
USABLE = "ACTIVE"
DRAINING = "DRAINING"


def raised(client: "DynamoDBClient", table: str, application: str) -> Raised | None:
    """Read what the ledger says is raised for an application."""
    item = ledger.read(client, table, headroom_key(application))
    return TypeAdapter(Raised).validate_python(read(item)) if item else None


def group(
    scaling: "AutoScalingClient", ecs: "ECSClient", cluster: str, headroom: Headroom
) -> Group | None:
    """Read the group that the catalogue names, or that of its capacity provider."""
    name = _named(ecs, headroom)
    if not name:
        return None
    answer = scaling.describe_auto_scaling_groups(AutoScalingGroupNames=[name])
    if not answer["AutoScalingGroups"]:
        return None
    found: Mapping[str, Any] = answer["AutoScalingGroups"][0]
    inside = _container_instances(ecs, cluster)
    return Group(
        name=name,
        least=found["MinSize"],
        most=found["MaxSize"],
        desired=found["DesiredCapacity"],
        hosts=tuple(
            _host(each, inside.get(each["InstanceId"]))
            for each in found["Instances"]
            if each["LifecycleState"] == IN_SERVICE
        ),
        launches=not any(
            each["ProcessName"] == "Launch" for each in found.get("SuspendedProcesses", ())
        ),
        weighted=any("WeightedCapacity" in each for each in found["Instances"]),
    )


def _named(ecs: "ECSClient", headroom: Headroom) -> str:
    """Return the name of the group, empty where there is none."""
    if headroom.group:
        return headroom.group
    answer = ecs.describe_capacity_providers(capacityProviders=[headroom.capacity_provider])
    named = (
        each["autoScalingGroupProvider"]["autoScalingGroupArn"]
        for each in answer["capacityProviders"]
        if "autoScalingGroupProvider" in each
    )
    # It may stand there by its ARN or by its name.
    return next(named, "").rpartition(NAME_IN_ARN)[2]


def _container_instances(ecs: "ECSClient", cluster: str) -> dict[str, Mapping[str, Any]]:
    """Return the container instances of a cluster that are not gone, by their EC2 ids."""
    pages = ecs.get_paginator("list_container_instances").paginate(cluster=cluster)
    arns = [arn for page in pages for arn in page["containerInstanceArns"]]
    found: Iterable[Mapping[str, Any]] = [
        each
        for start in range(0, len(arns), AT_ONCE)
        for each in ecs.describe_container_instances(
            cluster=cluster, containerInstances=arns[start : start + AT_ONCE]
        )["containerInstances"]
    ]
    return {each["ec2InstanceId"]: each for each in found}


def _host(instance: Mapping[str, Any], inside: Mapping[str, Any] | None) -> Host:
    if inside is None:
        return Host(instance["InstanceId"], instance["AvailabilityZone"])
    return Host(
        id=instance["InstanceId"],
        zone=instance["AvailabilityZone"],
        arn=inside["containerInstanceArn"],
        usable=inside["status"] == USABLE and inside["agentConnected"],
        draining=inside["status"] == DRAINING,
        tasks=inside["runningTasksCount"] + inside["pendingTasksCount"],
    )
