"""What does Elastic Load Balancing answer about target groups and the health of targets?

moto's own knows nothing of our tasks and is not asked. Load balancers themselves are not here: each
group has one, which nobody describes.
"""

from collections.abc import Callable, Iterable, Mapping
from ipaddress import AddressValueError, IPv4Address
from typing import Any

from rehearsal.ecs.balancing.groups import DELAY, TargetGroup
from rehearsal.ecs.balancing.standing import Target, standing
from rehearsal.ecs.region import Region
from rehearsal.ecs.rollout.deployments import alternate
from rehearsal.ecs.tasks.targets import place
from rehearsal.ecs.tasks.task import Task
from rehearsal.ecs.world import Document
from rehearsal.sdk import Answer, Arguments, refusal

MOST = 400
LONGEST_DELAY = 3600
NOT_REGISTERED = ("Target.NotRegistered", "Target is not registered to the target group")


class Balancing:
    """The answers of one account and region."""

    def __init__(self, region: Callable[[], Region]) -> None:
        self._find_region = region

    def answers(self) -> dict[tuple[str, str], Answer]:
        return {
            ("elbv2", "DescribeTargetHealth"): self._health,
            ("elbv2", "DescribeTargetGroups"): self._groups,
            ("elbv2", "DescribeTargetGroupAttributes"): self._attributes,
            ("elbv2", "ModifyTargetGroupAttributes"): self._modify,
            ("elbv2", "RegisterTargets"): self._register,
            ("elbv2", "DeregisterTargets"): self._deregister,
        }

    def _health(self, asked: Arguments) -> dict[str, Any]:
        arn = self._known("DescribeTargetHealth", asked["TargetGroupArn"])
        found = standing(self._region, arn)
        if asked.get("Targets"):
            found = [_wanted(found, each) for each in asked["Targets"]]
        return {"TargetHealthDescriptions": [_described(each) for each in found]}

    def _groups(self, asked: Arguments) -> dict[str, Any]:
        known = {arn: self._group(arn) for arn in self._all()}
        for arn in asked.get("TargetGroupArns") or ():
            self._known("DescribeTargetGroups", arn)
        found = [each for each in known.values() if _is_asked_for(each, asked)]
        if len(found) < len(asked.get("Names") or ()):
            raise _not_found("DescribeTargetGroups")
        size, start = int(asked.get("PageSize") or MOST), int(asked.get("Marker") or 0)
        more = {"NextMarker": str(start + size)} if len(found) > start + size else {}
        return {"TargetGroups": found[start : start + size], **more}

    def _attributes(self, asked: Arguments) -> dict[str, Any]:
        arn = self._known("DescribeTargetGroupAttributes", asked["TargetGroupArn"])
        return {"Attributes": self._listed(arn)}

    def _modify(self, asked: Arguments) -> dict[str, Any]:
        operation = "ModifyTargetGroupAttributes"
        arn = self._known(operation, asked["TargetGroupArn"])
        groups = self._region.world.target_groups
        given = {each["Key"]: each.get("Value", "") for each in asked["Attributes"]}
        for key, value in given.items():
            _check_attribute(groups.of(arn), key, value)
        groups.modify(arn, given)
        return {"Attributes": self._listed(arn)}

    def _register(self, asked: Arguments) -> dict[str, Any]:
        arn = self._known("RegisterTargets", asked["TargetGroupArn"])
        groups = self._region.world.target_groups
        for each in asked["Targets"]:
            address, port = each["Id"], each.get("Port") or groups.of(arn).port
            task = self._task(arn, address, port)
            if task is None:
                _check_address(groups.of(arn).target_type, address)
                strangers = groups.strangers.setdefault(arn, {})
                strangers.setdefault((address, port), self._region.now())
            elif task.running and task.targets[arn] in ("draining", "unused"):
                self._region.lifecycle.targets.register(task, arn)
        return {}

    def _deregister(self, asked: Arguments) -> dict[str, Any]:
        """Take targets out. One asked for without its port is not found, and that is no error."""
        arn = self._known("DeregisterTargets", asked["TargetGroupArn"])
        for each in asked["Targets"]:
            address, port = each["Id"], each.get("Port")
            task = self._task(arn, address, port) if port else None
            if task is not None:
                self._region.lifecycle.targets.deregister(task, arn)
            self._region.world.target_groups.strangers.get(arn, {}).pop((address, port or 0), None)
        return {}

    @property
    def _region(self) -> Region:
        return self._find_region()

    def _all(self) -> list[str]:
        """Return the groups that were configured, or that a service names."""
        named = {
            group
            for service in self._region.services.values()
            for balancer in service.spec.get("loadBalancers") or ()
            for group in (balancer.get("targetGroupArn"), alternate(balancer))
            if group
        }
        return sorted(named.union(self._region.world.target_groups.known()))

    def _known(self, operation: str, arn: str) -> str:
        if arn not in self._all():
            raise _not_found(operation)
        return arn

    def _task(self, group: str, address: str, port: int) -> Task | None:
        for task in self._region.tasks.all():
            if group in task.registrations and place(task, group) == (address, port):
                return task
        return None

    def _listed(self, arn: str) -> list[dict[str, str]]:
        default = self._region.world.settings.deregistration_delay_seconds
        found = self._region.world.target_groups.attributes(arn, default)
        return [{"Key": key, "Value": value} for key, value in found.items()]

    def _group(self, arn: str) -> Document:
        settings = self._region.world.target_groups.of(arn)
        name, number = arn.split("/")[-2:]
        base = arn.partition(":targetgroup/")[0]
        kind = "net" if settings.protocol == "TCP" else "app"
        of_http = {
            "HealthCheckPath": settings.path,
            "Matcher": {"HttpCode": "200"},
            "ProtocolVersion": "HTTP1",
        }
        return {
            "TargetGroupArn": arn,
            "TargetGroupName": name,
            "Protocol": settings.protocol,
            "Port": settings.port,
            "VpcId": "vpc-1",
            "HealthCheckProtocol": settings.protocol,
            "HealthCheckPort": "traffic-port",
            "HealthCheckEnabled": True,
            "HealthCheckIntervalSeconds": int(settings.interval or 30),
            "HealthCheckTimeoutSeconds": int(settings.timeout),
            "HealthyThresholdCount": settings.healthy_threshold,
            "UnhealthyThresholdCount": settings.unhealthy_threshold,
            "LoadBalancerArns": [f"{base}:loadbalancer/{kind}/{name}/{number}"],
            "TargetType": settings.target_type,
            "IpAddressType": "ipv4",
            **({} if settings.protocol == "TCP" else of_http),
        }


def _described(target: Target) -> Document:
    health = {
        "State": target.state,
        "Reason": target.reason,
        "Description": target.description,
    }
    where = {
        "Id": target.address,
        "Port": target.port,
        "AvailabilityZone": target.zone,
    }
    return {
        "Target": _present(where),
        "HealthCheckPort": str(target.port),
        "TargetHealth": _present(health),
    }


def _wanted(found: Iterable[Target], asked: Mapping[str, Any]) -> Target:
    address, port = asked["Id"], asked.get("Port")
    for each in found:
        if each.address == address and port in (None, each.port):
            return each
    return Target("", address, port or 0, "unused", *NOT_REGISTERED)


def _is_asked_for(group: Document, asked: Arguments) -> bool:
    balancer = asked.get("LoadBalancerArn")
    return (
        group["TargetGroupArn"] in (asked.get("TargetGroupArns") or [group["TargetGroupArn"]])
        and group["TargetGroupName"] in (asked.get("Names") or [group["TargetGroupName"]])
        and (balancer is None or balancer in group["LoadBalancerArns"])
    )


def _check_attribute(group: TargetGroup, key: str, value: str) -> None:
    operation = "ModifyTargetGroupAttributes"
    if key not in group.defaults:
        said = f"Target group attribute key '{key}' is not recognized"
        raise refusal(operation, "ValidationError", said)
    fits = value.isdigit() and int(value) <= LONGEST_DELAY
    if key == DELAY and not fits:
        said = f"'{key}' must be between 0 and {LONGEST_DELAY}"
        raise refusal(operation, "ValidationError", said)


def _check_address(target_type: str, address: str) -> None:
    if target_type != "ip":
        return
    try:
        IPv4Address(address)
    except AddressValueError as error:
        said = f"The IP address '{address}' is not a valid IPv4 address"
        raise refusal("RegisterTargets", "ValidationError", said) from error


def _not_found(operation: str) -> Exception:
    return refusal(operation, "TargetGroupNotFound", "One or more target groups not found")


def _present(members: Mapping[str, object]) -> Document:
    return {key: value for key, value in members.items() if value is not None}
