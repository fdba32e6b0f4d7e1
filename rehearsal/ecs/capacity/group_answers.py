"""What does EC2 Auto Scaling answer about the groups of the clusters?"""

from collections.abc import Callable
from functools import partial
from typing import Any

from botocore.exceptions import ClientError

from rehearsal.ecs.capacity.launching import ScalingGroup
from rehearsal.ecs.capacity.plans import group_arn
from rehearsal.ecs.region import Region
from rehearsal.sdk import Answer, Arguments, refusal

Document = dict[str, Any]

NOT_FOUND = "AutoScalingGroup name not found - AutoScalingGroup {name} not found"
BELOW = "New SetDesiredCapacity value {desired} is below min value {min} for the AutoScalingGroup."
ABOVE = "New SetDesiredCapacity value {desired} is above max value {max} for the AutoScalingGroup."
NO_INSTANCE = "Instance Id not found - No managed instance found for instance ID: {id}"
AT_MINIMUM = (
    "Currently, desiredSize equals minSize ({min}). Terminating instance without replacement will "
    "violate group's min size constraint. Either set shouldDecrementDesiredCapacity flag to false "
    "or lower group's min size."
)


def answers(region: Callable[[], Region]) -> dict[tuple[str, str], Answer]:
    made = {
        "DescribeAutoScalingGroups": _describe,
        "TerminateInstanceInAutoScalingGroup": _terminate,
        "UpdateAutoScalingGroup": _update,
    }
    return {("autoscaling", name): partial(each, region) for name, each in made.items()}


def _describe(region: Callable[[], Region], asked: Arguments) -> Document:
    names = asked.get("AutoScalingGroupNames") or []
    found = [each for each in region().rooms.groups() if not names or each.name in names]
    for each in found:
        each.settle()
    return {"AutoScalingGroups": [_described(region(), each) for each in found]}


def _update(region: Callable[[], Region], asked: Arguments) -> Document:
    operation, name = "UpdateAutoScalingGroup", asked["AutoScalingGroupName"]
    group = next((each for each in region().rooms.groups() if each.name == name), None)
    if group is None:
        raise _invalid(operation, NOT_FOUND.format(name=name))
    group.settle()
    least, most = asked.get("MinSize", group.min), asked.get("MaxSize", group.max)
    given = asked.get("DesiredCapacity")
    # A minimum above the desired capacity raises it: API_UpdateAutoScalingGroup.
    desired = max(group.desired, least) if given is None else given
    if desired < least:
        raise _invalid(operation, BELOW.format(desired=desired, min=least))
    if max(desired, least) > most:
        raise _invalid(operation, ABOVE.format(desired=desired, max=most))
    group.change(least, most, desired)
    return {}


def _terminate(region: Callable[[], Region], asked: Arguments) -> Document:
    operation, name = "TerminateInstanceInAutoScalingGroup", asked["InstanceId"]
    for group in region().rooms.groups():
        group.settle()
        if name in (*group.strays, *(each.ec2_id for each in group.members())):
            decrement = asked["ShouldDecrementDesiredCapacity"]
            if decrement and group.desired <= group.min:
                raise _invalid(operation, AT_MINIMUM.format(min=group.min))
            group.terminate(name, decrement=decrement)
            return {}
    raise _invalid(operation, NO_INSTANCE.format(id=name))


def _described(region: Region, group: ScalingGroup) -> Document:
    present = [(each.ec2_id, each.zone) for each in group.members()]
    return {
        "AutoScalingGroupName": group.name,
        "AutoScalingGroupARN": group_arn(region.region, region.account, group.name),
        "MinSize": group.min,
        "MaxSize": group.max,
        "DesiredCapacity": group.desired,
        "DefaultCooldown": 300,
        "AvailabilityZones": group.room.zones,
        "HealthCheckType": "EC2",
        "Instances": [
            {
                "InstanceId": name,
                "AvailabilityZone": zone,
                "LifecycleState": "InService",
                "HealthStatus": "Healthy",
                "ProtectedFromScaleIn": False,
            }
            for name, zone in (*present, *group.strays.items())
        ],
        "SuspendedProcesses": [{"ProcessName": each} for each in sorted(group.suspended)],
    }


def _invalid(operation: str, message: str) -> ClientError:
    return refusal(operation, "ValidationError", message)
