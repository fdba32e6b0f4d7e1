"""What is a container instance, what runs on it, and what is left of it?"""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING

from rehearsal.ecs.capacity.needs import Needs, Port
from rehearsal.ecs.capacity.plans import ClusterCapacity, provider_name

if TYPE_CHECKING:
    from rehearsal.ecs.tasks.task import Task
    from rehearsal.ecs.world import World

CAPABILITY = "com.amazonaws.ecs.capability."
CAPABILITIES = (
    *(f"{CAPABILITY}docker-remote-api.1.{minor}" for minor in range(17, 45)),
    *(
        f"{CAPABILITY}logging-driver.{driver}"
        for driver in ("awsfirelens", "awslogs", "fluentd", "gelf", "json-file", "splunk", "syslog")
    ),
    f"{CAPABILITY}ecr-auth",
    f"{CAPABILITY}privileged-container",
    f"{CAPABILITY}task-iam-role",
    f"{CAPABILITY}task-iam-role-network-host",
    "ecs.capability.container-health-check",
    "ecs.capability.execution-role-awslogs",
    "ecs.capability.execution-role-ecr-pull",
    "ecs.capability.secrets.asm.environment-variables",
    "ecs.capability.secrets.ssm.environment-variables",
    "ecs.capability.task-eni",
)
"""What a present agent on Linux registers, as far as task definitions ask for it."""

RESERVED = ("22", "2375", "2376", "51678", "51679")
"""The TCP ports that the agent keeps for itself and the host."""

EPHEMERAL = range(32768, 61000)


class Standing(StrEnum):
    ACTIVE = "ACTIVE"
    DRAINING = "DRAINING"
    INACTIVE = "INACTIVE"


@dataclass(slots=True)
class Held:
    """A task that has not stopped, with what it takes."""

    task: "Task"
    needs: Needs
    ports: tuple[Port, ...]


@dataclass(slots=True)
class Instance:
    id: str
    arn: str
    ec2_id: str
    cluster_arn: str
    zone: str
    cpu: int
    memory: int
    attributes: dict[str, str | None]
    registered_at: datetime
    provider: str | None = None
    interfaces: int | None = None
    """For tasks of awsvpc mode."""
    standing: Standing = Standing.ACTIVE
    agent_connected: bool = True
    version: int = 0
    updated_at: datetime | None = None
    held: dict[str, Held] = field(default_factory=dict)
    """By id of the task."""
    awaited: list["Task"] = field(default_factory=list)
    """Tasks that wait here for what a stopping one still has (R4.3)."""

    @property
    def can_run(self) -> bool:
        return self.standing is Standing.ACTIVE

    def tasks(self) -> list["Task"]:
        return [each.task for each in self.held.values()]

    def left(self, *, counting_stopping: bool) -> tuple[int, int]:
        """Return the CPU units and MiB that no task has, or none that is to go on."""
        cpu, memory = self.cpu, self.memory
        for each in self.held.values():
            if each.task.live or counting_stopping:
                cpu -= each.needs.cpu
                memory -= each.needs.memory
        return cpu, memory

    def free_now(self) -> tuple[int, int]:
        """Return what is really free: a task that still waits for it has not taken it."""
        waiting = {task.id for task in self.awaited}
        taken = [each.needs for name, each in self.held.items() if name not in waiting]
        cpu, memory = sum(each.cpu for each in taken), sum(each.memory for each in taken)
        return self.cpu - cpu, self.memory - memory

    def used(self, protocol: str) -> Iterator[int]:
        """Go through the host ports in use; a stopping task keeps its own until it has stopped."""
        if protocol == "tcp":
            yield from map(int, RESERVED)
        for each in self.held.values():
            yield from (port.host for port in each.ports if port.protocol == protocol)

    def has_interface(self) -> bool:
        taken = sum(each.needs.interface for each in self.held.values())
        return self.interfaces is None or taken < self.interfaces

    def bind(self, ports: tuple[Port, ...]) -> tuple[Port, ...] | None:
        """Return the mappings with the host ports that they get here; None where one is taken."""
        taken = {protocol: set(self.used(protocol)) for protocol in ("tcp", "udp")}
        bound = []
        for port in sorted(ports, key=lambda each: each.host == 0):
            used = taken[port.protocol]
            host = port.host or next(free for free in EPHEMERAL if free not in used)
            if host in used:
                return None
            used.add(host)
            bound.append(replace(port, host=host))
        return tuple(bound)


def blank(cluster_arn: str, zone: str, plan: ClusterCapacity, at: datetime) -> Instance:
    """Make an instance as it would be, without a name."""
    attributes: dict[str, str | None] = {
        **dict.fromkeys(CAPABILITIES),
        "ecs.ami-id": "ami-0123456789abcdef0",
        "ecs.availability-zone": zone,
        "ecs.cpu-architecture": "x86_64",
        "ecs.instance-type": "m7i.large",
        "ecs.os-type": "linux",
        **plan.attributes,
    }
    provider = provider_name(cluster_arn) if plan.managed_scaling is not None else None
    return Instance(
        "",
        "",
        "",
        cluster_arn,
        zone,
        plan.cpu,
        plan.memory,
        attributes,
        at,
        provider,
        plan.interfaces,
    )


def registered(world: "World", cluster_arn: str, zone: str, plan: ClusterCapacity) -> Instance:
    """Make an instance whose agent has just registered it."""
    made = blank(cluster_arn, zone, plan, world.now())
    made.id, made.ec2_id = world.hex(32), f"i-{world.hex(17)}"
    made.arn = f"{cluster_arn.replace(':cluster/', ':container-instance/')}/{made.id}"
    return made
