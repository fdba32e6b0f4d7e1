"""What do subnets, target groups and Application Auto Scaling say of the services?"""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from functions.aws.preflight.asking import asked
from functions.domain.preflight.rolling import Group
from functions.domain.preflight.scaling import Limits
from functions.domain.preflight.sight import Unread

if TYPE_CHECKING:
    from mypy_boto3_application_autoscaling import ApplicationAutoScalingClient
    from mypy_boto3_ec2 import EC2Client
    from mypy_boto3_elbv2 import ElasticLoadBalancingv2Client

TARGETS_AT_ONCE = 50
"""DescribeScalableTargets takes so many ids (API: DescribeScalableTargets)."""
MOST_DRAINS = 3
"""For how long a target group drains takes a call of its own: no more of them than this."""
SUSPENDED = (
    "DynamicScalingInSuspended",
    "DynamicScalingOutSuspended",
    "ScheduledScalingSuspended",
)


def free_addresses(client: "EC2Client", subnets: Sequence[str]) -> dict[str, int | None] | Unread:
    """Return the free IPv4 addresses of the subnets that are there; None for IPv6 only."""
    named = sorted(set(subnets))
    return asked("ec2:DescribeSubnets", lambda: _free(client, named))


def _free(client: "EC2Client", subnets: list[str]) -> dict[str, int | None]:
    # Asked for by id, one that is gone would have the whole call refused.
    answer = client.describe_subnets(Filters=[{"Name": "subnet-id", "Values": subnets}])
    return {
        each["SubnetId"]: None if each.get("Ipv6Native") else each["AvailableIpAddressCount"]
        for each in answer["Subnets"]
    }


def limits(
    client: "ApplicationAutoScalingClient", cluster: str, services: Sequence[str]
) -> dict[str, Limits] | Unread:
    """Return the limits of the services that are scaled, by their names."""
    action = "application-autoscaling:DescribeScalableTargets"
    return asked(action, lambda: _limits(client, cluster, services))


def _limits(
    client: "ApplicationAutoScalingClient", cluster: str, services: Sequence[str]
) -> dict[str, Limits]:
    found: dict[str, Limits] = {}
    for start in range(0, len(services), TARGETS_AT_ONCE):
        some = services[start : start + TARGETS_AT_ONCE]
        answer = client.describe_scalable_targets(
            ServiceNamespace="ecs",
            ResourceIds=[f"service/{cluster}/{each}" for each in some],
            ScalableDimension="ecs:service:DesiredCount",
        )
        for each in answer["ScalableTargets"]:
            found[each["ResourceId"].rpartition("/")[2]] = _limit({**each})
    return found


def _limit(target: Mapping[str, Any]) -> Limits:
    state = target.get("SuspendedState") or {}
    suspended = all(state.get(each) for each in SUSPENDED)
    return Limits(target["MinCapacity"], target["MaxCapacity"], suspended)


def groups(
    client: "ElasticLoadBalancingv2Client", arns: Sequence[str]
) -> dict[str, Group] | Unread:
    """Return how the target groups check, and of the first few how long they drain."""
    named = list(dict.fromkeys(arns))
    action = "elasticloadbalancing:DescribeTargetGroups"
    return asked(action, lambda: _groups(client, named))


def _groups(client: "ElasticLoadBalancingv2Client", arns: list[str]) -> dict[str, Group]:
    answer = client.describe_target_groups(TargetGroupArns=arns)
    drains = {arn: _drain(client, arn) for arn in arns[:MOST_DRAINS]}
    return {
        each["TargetGroupArn"]: Group(
            each["HealthCheckIntervalSeconds"],
            each["HealthyThresholdCount"],
            drains.get(each["TargetGroupArn"]),
        )
        for each in answer["TargetGroups"]
    }


def _drain(client: "ElasticLoadBalancingv2Client", arn: str) -> int | None:
    answer = client.describe_target_group_attributes(TargetGroupArn=arn)
    values = {each["Key"]: each["Value"] for each in answer["Attributes"]}
    drain = values.get("deregistration_delay.timeout_seconds")
    return None if drain is None else int(drain)
