"""What is told of an account's room: by Service Quotas, CloudWatch's usage, and the subnets of EC2?

moto's own know nothing of our tasks and are not asked. There is one subnet of each name.
"""

from collections.abc import Callable
from functools import partial
from typing import Any

from rehearsal.ecs.capacity import account
from rehearsal.ecs.region import Region
from rehearsal.sdk import Answer, Arguments, refusal

CODES = {"L-3032A538": "FARGATE", "L-36FBB829": "FARGATE_SPOT"}
CLASSES = {"Standard/OnDemand": "FARGATE", "Standard/Spot": "FARGATE_SPOT"}
"""The dimension `Class` of the metric."""


def answers(region: Callable[[], Region]) -> dict[tuple[str, str], Answer]:
    """Return what answers for one account and region."""
    return {
        ("ec2", "DescribeSubnets"): partial(_subnets, region),
        ("service-quotas", "GetServiceQuota"): partial(_quota, region),
    }


def used(region: Region, dimensions: dict[str, str]) -> float | None:
    """Return the newest value of `ResourceCount` in `AWS/Usage`; None where there is none."""
    wanted = {**dimensions, "Class": ""}
    if wanted != {"Service": "Fargate", "Type": "Resource", "Resource": "vCPU", "Class": ""}:
        return None
    kind = CLASSES.get(dimensions.get("Class", ""))
    return account.vcpus(region.tasks.all(), kind) if kind else None


def _quota(region: Callable[[], Region], asked: Arguments) -> dict[str, Any]:
    kind = CODES.get(asked["QuotaCode"])
    if kind is None or asked["ServiceCode"] != "fargate":
        said = "The request failed because the specified quota does not exist."
        raise refusal("GetServiceQuota", "NoSuchResourceException", said, 404)
    code, service = asked["QuotaCode"], asked["ServiceCode"]
    value = region().world.account.limit(kind)
    return {"Quota": {"ServiceCode": service, "QuotaCode": code, "Value": value, "Unit": "None"}}


def _subnets(region: Callable[[], Region], asked: Arguments) -> dict[str, Any]:
    named = [
        *(asked.get("SubnetIds") or ()),
        *(name for each in asked.get("Filters") or () for name in each["Values"]),
    ]
    found = region()
    free = found.world.account.free_addresses(found.tasks.all())
    return {
        "Subnets": [
            {"SubnetId": name, "AvailableIpAddressCount": free, "State": "available"}
            for name in named
        ]
    }
