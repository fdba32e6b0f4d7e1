"""How do the target groups of a service see its tasks?"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from functions.domain.rollout.look import Target

if TYPE_CHECKING:
    from mypy_boto3_ecs import ECSClient
    from mypy_boto3_elbv2 import ElasticLoadBalancingv2Client

AT_ONCE = 100
"""DescribeContainerInstances takes so many instances."""

LEAVING = ("draining", "unhealthy.draining", "unused")
"""The states of a target that a group lets go, or gets no requests for."""

Place = tuple[str, int]
"""What a target is registered as: an address or the id of an instance, and a port."""


@dataclass(frozen=True, slots=True)
class Standing:
    """`by_task` holds the targets of a task by its id, one for each group that lists it.

    `groups` is in how many of them a task has to be healthy.
    """

    groups: int = 0
    by_task: Mapping[str, tuple[Target, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Balancer:
    """A container behind target groups. Of two, as traffic shifts, each task is in one."""

    container: str
    port: int
    groups: tuple[str, ...]


def of_tasks(
    elbv2: "ElasticLoadBalancingv2Client",
    ecs: "ECSClient",
    service: Mapping[str, Any],
    tasks: Sequence[Mapping[str, Any]],
) -> Standing:
    """Read the health of the tasks, as DescribeTasks gives them, in the groups of their service.

    One call for each group; none where the service has none or no task runs.
    """
    balancers = list(_balancers(service))
    if not balancers or not tasks:
        return Standing(len(balancers))
    instances = _instances(ecs, service["clusterArn"], tasks)
    named = dict.fromkeys(group for each in balancers for group in each.groups)
    health = {group: _health(elbv2, group) for group in named}
    return Standing(
        len(balancers),
        {
            task["taskArn"].rpartition("/")[2]: tuple(_targets(task, balancers, instances, health))
            for task in tasks
        },
    )


def _balancers(service: Mapping[str, Any]) -> Iterator[_Balancer]:
    for each in service.get("loadBalancers") or ():
        other = (each.get("advancedConfiguration") or {}).get("alternateTargetGroupArn")
        groups = tuple(group for group in (each.get("targetGroupArn"), other) if group)
        # A classic load balancer has none, and another API.
        if groups:
            yield _Balancer(each.get("containerName", ""), each.get("containerPort", 0), groups)


def _instances(
    client: "ECSClient", cluster: str, tasks: Sequence[Mapping[str, Any]]
) -> dict[str, str]:
    """Return the EC2 instance of each container instance that tasks without an address run on."""
    arns = sorted(
        {
            task["containerInstanceArn"]
            for task in tasks
            if task.get("containerInstanceArn") and not _address(task)
        }
    )
    found: dict[str, str] = {}
    for start in range(0, len(arns), AT_ONCE):
        answer = client.describe_container_instances(
            cluster=cluster, containerInstances=arns[start : start + AT_ONCE]
        )
        for each in answer["containerInstances"]:
            found[each["containerInstanceArn"]] = each.get("ec2InstanceId", "")
    return found


def _health(client: "ElasticLoadBalancingv2Client", group: str) -> dict[Place, Target]:
    answer = client.describe_target_health(TargetGroupArn=group)
    found: dict[Place, Target] = {}
    for each in answer["TargetHealthDescriptions"]:
        health = each.get("TargetHealth", {})
        place = (each["Target"]["Id"], each["Target"].get("Port", 0))
        found[place] = Target(
            group=group,
            state=health.get("State", ""),
            reason=health.get("Reason", ""),
            description=health.get("Description", ""),
        )
    return found


def _targets(
    task: Mapping[str, Any],
    balancers: Sequence[_Balancer],
    instances: Mapping[str, str],
    health: Mapping[str, Mapping[Place, Target]],
) -> Iterator[Target]:
    for balancer in balancers:
        places = set(_places(task, balancer, instances))
        listed = [
            health[group][at] for group in balancer.groups for at in places & {*health[group]}
        ]
        if listed:
            # While one group lets a task go and the other takes it on, the other counts.
            yield min(listed, key=lambda each: each.state in LEAVING)


def _places(
    task: Mapping[str, Any], balancer: _Balancer, instances: Mapping[str, str]
) -> Iterator[Place]:
    address = _address(task)
    if address:
        yield address, balancer.port
        return
    instance = instances.get(task.get("containerInstanceArn", ""), "")
    for container in task.get("containers", ()):
        if container["name"] == balancer.container:
            for binding in container.get("networkBindings") or ():
                if binding.get("containerPort") == balancer.port:
                    yield instance, binding.get("hostPort", 0)


def _address(task: Mapping[str, Any]) -> str:
    """Return the address of a task that has a network interface of its own."""
    for attachment in task.get("attachments") or ():
        if attachment.get("type") == "ElasticNetworkInterface":
            for each in attachment.get("details", ()):
                if each.get("name") == "privateIPv4Address":
                    return str(each["value"])
    return ""
