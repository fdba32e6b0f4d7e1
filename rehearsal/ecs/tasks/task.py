"""What is a task: its containers, its states, its health."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING

from rehearsal.ecs.tasks.behaviour import Behaviour
from rehearsal.ecs.tasks.checks import Phase
from rehearsal.ecs.tasks.definitions import Definition
from rehearsal.ecs.tasks.timeline import Timeline
from rehearsal.ecs.world import Document

if TYPE_CHECKING:
    from rehearsal.ecs.capacity.instances import Instance
    from rehearsal.ecs.capacity.places import Place
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
    """Empty as long as the task waits for an instance."""
    platform_version: str | None = None
    capacity_provider: str | None = None
    network: Document | None = None
    overrides: Document = field(default_factory=dict)
    place: "Place | None" = None
    """What its cluster's capacity gave it."""


@dataclass(slots=True)
class Container:
    arn: str
    spec: Document
    """Its container definition, with the overrides of the task in it."""
    behaviour: Behaviour
    runtime_id: str
    digest: str | None = None
    """What ECS reports of its image."""
    resolved: str | None = None
    """What its deployment settles on."""
    pull_error: str | None = None
    status: str = "PENDING"
    exit_code: int | None = None
    reason: str | None = None
    health: Health = Health.UNKNOWN
    born: float = 0.0
    """When it was started last, in seconds since RUNNING."""
    restarts: int = 0
    awaited: bool = False
    """Others start only when it has ended."""
    phases: list[Phase] = field(default_factory=list)
    """What its app does and will do, in seconds since RUNNING."""

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
class Registration:
    """A target of the task in one group."""

    at: float
    """Seconds since RUNNING."""
    changed_at: datetime | None = None
    """When its checks last came to another result."""
    drained_at: datetime | None = None
    plan: int = 0
    """Which reports to come are still meant: only those of the latest plan."""


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
    told: str = ""
    """The `desiredStatus` of the last event."""
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
    registrations: dict[str, Registration] = field(default_factory=dict)
    """By target group, from RUNNING on."""
    gate_passed: bool = False
    was_healthy: bool = False
    known_healthy: bool = False
    """What the scheduler heard last."""
    protected_until: datetime | None = None
    grace: int | None = None
    """A grace period that is not the one of its service any more."""
    given_up: bool = False
    """Found unhealthy or gone by the scheduler: its replacement is accounted for."""

    def seconds(self, now: datetime) -> float:
        """Return how long it has been RUNNING."""
        return (now - (self.started_at or now)).total_seconds()

    @property
    def instance(self) -> "Instance | None":
        """Return the container instance that it runs on."""
        return self.placement.place.instance if self.placement.place is not None else None

    @property
    def displaced(self) -> bool:
        """Say whether its instance is drained, so that a replacement is due (R12.2)."""
        return self.instance is not None and not self.instance.can_run

    @property
    def live(self) -> bool:
        return self.desired == "RUNNING"

    @property
    def running(self) -> bool:
        """Say whether it runs on: not from the stop decision on."""
        return self.live and self.last is Status.RUNNING

    @property
    def is_about_to_stop(self) -> bool:
        """Say whether it was told to stop and its processes were not yet."""
        return not self.live and self.last in (Status.RUNNING, Status.DEACTIVATING)

    @property
    def pending(self) -> bool:
        return self.live and self.last is not Status.RUNNING

    def is_protected(self, now: datetime) -> bool:
        """Say whether scale-in and deployments have to leave the task alone (R12.1)."""
        return self.protected_until is not None and now < self.protected_until

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
