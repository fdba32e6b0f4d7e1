"""What is a task: its containers, its states, its health."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING

from rehearsal.ecs.tasks.behaviour import Behaviour
from rehearsal.ecs.tasks.definitions import Definition
from rehearsal.ecs.tasks.timeline import Timeline
from rehearsal.ecs.world import Document

if TYPE_CHECKING:
    from rehearsal.ecs.rollout.deployments import Deployment
    from rehearsal.ecs.rollout.ecs_service import Service


class Status(StrEnum):
    """`lastStatus` (R1.1)."""

    PROVISIONING = "PROVISIONING"
    PENDING = "PENDING"
    ACTIVATING = "ACTIVATING"
    RUNNING = "RUNNING"
    DEACTIVATING = "DEACTIVATING"
    STOPPING = "STOPPING"
    DEPROVISIONING = "DEPROVISIONING"
    STOPPED = "STOPPED"


class Health(StrEnum):
    UNKNOWN = "UNKNOWN"
    HEALTHY = "HEALTHY"
    UNHEALTHY = "UNHEALTHY"


class Change(StrEnum):
    """What the scheduler wants to hear about a task."""

    RUNNING = "RUNNING"
    HEALTH = "HEALTH"
    LEAVING = "LEAVING"
    STOPPED = "STOPPED"


@dataclass(frozen=True, slots=True)
class Purpose:
    """By whom and what for a task is started."""

    group: str
    started_by: str = ""
    tags: tuple[dict[str, str], ...] = ()
    exec_enabled: bool = False


@dataclass(frozen=True, slots=True)
class Placement:
    """Where and how a task was started."""

    cluster_arn: str
    purpose: Purpose
    launch_type: str
    zone: str
    platform_version: str | None = None
    capacity_provider: str | None = None
    network: Document | None = None
    overrides: Document = field(default_factory=dict)


@dataclass(slots=True)
class Container:
    arn: str
    spec: Document
    """Its container definition, with the overrides of the task in it."""
    behaviour: Behaviour
    runtime_id: str
    digest: str | None = None
    pull_error: str | None = None
    status: str = "PENDING"
    exit_code: int | None = None
    reason: str | None = None
    health: Health = Health.UNKNOWN

    @property
    def name(self) -> str:
        return str(self.spec["name"])

    @property
    def essential(self) -> bool:
        return bool(self.spec.get("essential", True))

    @property
    def checked(self) -> bool:
        return bool(self.spec.get("healthCheck"))


@dataclass(slots=True)
class Stop:
    code: str
    reason: str
    unhealthy: bool = False
    """Stopped by the scheduler for its health, which a circuit breaker counts."""


@dataclass(slots=True)
class Task:
    id: str
    arn: str
    order: int
    definition: Definition
    placement: Placement
    containers: list[Container]
    timeline: Timeline
    created_at: datetime
    attachment: str
    address: str
    tags: list[dict[str, str]] = field(default_factory=list)
    service: "Service | None" = None
    deployment: "Deployment | None" = None
    batch: int = 0
    desired: str = "RUNNING"
    last: Status = Status.PROVISIONING
    version: int = 0
    updated_at: datetime | None = None
    connectivity_at: datetime | None = None
    pull_started_at: datetime | None = None
    pull_stopped_at: datetime | None = None
    started_at: datetime | None = None
    stopping_at: datetime | None = None
    execution_stopped_at: datetime | None = None
    stopped_at: datetime | None = None
    stop: Stop | None = None
    targets: dict[str, str] = field(default_factory=dict)
    """By target group: ELB's word for the state (R5.1)."""
    gate_passed: bool = False
    was_healthy: bool = False
    given_up: bool = False
    """Found unhealthy or gone by the scheduler: its replacement is accounted for."""

    @property
    def live(self) -> bool:
        return self.desired == "RUNNING"

    @property
    def running(self) -> bool:
        return self.live and self.last is Status.RUNNING

    @property
    def pending(self) -> bool:
        return self.live and self.last is not Status.RUNNING

    @property
    def has_checks(self) -> bool:
        return bool(self.targets) or any(
            each.essential and each.checked for each in self.containers
        )

    @property
    def health(self) -> Health:
        """Aggregate the essential containers that have a check (R1.10)."""
        found = {each.health for each in self.containers if each.essential and each.checked}
        for word in (Health.UNHEALTHY, Health.UNKNOWN, Health.HEALTHY):
            if word in found:
                return word
        return Health.UNKNOWN

    @property
    def healthy(self) -> bool:
        """Say whether the scheduler counts the task as healthy (R4.4)."""
        if not self.running:
            return False
        if not self.has_checks:
            return self.gate_passed
        checked = any(each.essential and each.checked for each in self.containers)
        return (not checked or self.health is Health.HEALTHY) and all(
            state == "healthy" for state in self.targets.values()
        )

    @property
    def fails_checks(self) -> bool:
        return self.running and (
            self.health is Health.UNHEALTHY or "unhealthy" in self.targets.values()
        )
