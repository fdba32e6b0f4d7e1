"""What is a deployment of a service: its revision, its tasks, its failures, its verdict?"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from rehearsal.ecs.tasks.definitions import Definition
from rehearsal.ecs.tasks.task import Task
from rehearsal.ecs.world import Document

if TYPE_CHECKING:
    from rehearsal.ecs.shifting.shift import Shift


class Rollout(StrEnum):
    """`rolloutState` (R3.1)."""

    IN_PROGRESS = "IN_PROGRESS"
    COMPLETED = "COMPLETED"
    FAILED = "FAILED"


class Progress(StrEnum):
    """The status of a service deployment (R11.1)."""

    PENDING = "PENDING"
    IN_PROGRESS = "IN_PROGRESS"
    SUCCESSFUL = "SUCCESSFUL"
    STOP_REQUESTED = "STOP_REQUESTED"
    STOPPED = "STOPPED"
    ROLLBACK_REQUESTED = "ROLLBACK_REQUESTED"
    ROLLBACK_IN_PROGRESS = "ROLLBACK_IN_PROGRESS"
    ROLLBACK_SUCCESSFUL = "ROLLBACK_SUCCESSFUL"
    ROLLBACK_FAILED = "ROLLBACK_FAILED"


class Monitoring(StrEnum):
    """What a breaker or alarms are doing about a deployment (R8.15)."""

    DISABLED = "DISABLED"
    MONITORING = "MONITORING"
    TRIGGERED = "TRIGGERED"
    MONITORING_COMPLETE = "MONITORING_COMPLETE"


NEW_DEPLOYMENT = (
    "networkConfiguration",
    "platformVersion",
    "loadBalancers",
    "serviceRegistries",
    "serviceConnectConfiguration",
    "volumeConfigurations",
    "vpcLatticeConfigurations",
)
"""Members whose change makes a new deployment, besides the task definition (R3.2)."""
REVISION_MEMBERS = ("capacityProviderStrategy", "launchType", *NEW_DEPLOYMENT)
"""What a service revision holds besides its task definition, as the API names it."""
KEPT = timedelta(days=90)
OVER = frozenset(
    {
        Progress.SUCCESSFUL,
        Progress.STOPPED,
        Progress.ROLLBACK_SUCCESSFUL,
        Progress.ROLLBACK_FAILED,
    }
)


@dataclass(slots=True)
class Deployment:
    """One of a service's `deployments`, and the service revision of the same number (R1.9)."""

    number: str
    revision_arn: str
    definition: Definition
    settings: Mapping[str, Any]
    """What makes a service revision besides the task definition, as the API names it."""
    created_at: datetime
    updated_at: datetime
    rollout: Rollout = Rollout.IN_PROGRESS
    reason: str = ""
    completed_once: bool = False
    desired: int = 0
    """What `desiredCount` shows; nothing is decided by it (R3.3)."""
    tasks: dict[str, Task] = field(default_factory=dict)
    """By id, those that are not STOPPED."""
    digests: dict[str, str] | None = None
    """By container, from the first task on (R6.1)."""
    unresolved: set[int] = field(default_factory=set)
    """Batches whose tasks found no image to resolve (R6.1)."""
    failed_tasks: int = 0
    failure_count: int = 0
    failed_at: datetime | None = None
    """When the failure was counted that is one too many, or so far the last."""
    proven: bool = False
    """A task of it has been healthy."""
    begun: bool = False
    """A task of it was started."""
    attempts: int = 0
    """Batches in a row that did not start (R7.1)."""
    failed_batches: set[int] = field(default_factory=set)
    next_start_at: datetime | None = None
    refusals: int = 0
    """Tries in a row that found no room for what is left, since a task was started."""
    look_again_at: datetime | None = None
    """When that is tried again, if nothing else happens before."""
    owed: int = 0
    """Tasks that this revision lost and may replace although another one is rolled out (R5.8)."""
    replacing: int = 0
    """Starts to come that replace unhealthy tasks, for the messages."""
    baking_since: datetime | None = None
    counts_stopping: bool = False
    """Whether the API counts tasks as running that were told to stop."""
    alternate: bool = False
    """Behind the alternate target group of each load balancer, in place of the other one."""
    production: float | None = None
    test: float | None = None
    """The last two: its share of the traffic in percent, where traffic is shifted."""

    @property
    def id(self) -> str:
        return f"ecs-svc/{self.number}"

    @property
    def load_balancers(self) -> list[Document]:
        """Return the load balancers, with the target groups that its own tasks are in."""
        found = list(self.settings.get("loadBalancers") or [])
        return [_turned(each) for each in found] if self.alternate else found

    def conclude(self, rollout: Rollout, reason: str, at: datetime) -> None:
        self.rollout, self.reason, self.updated_at = rollout, reason, at
        self.completed_once = self.completed_once or rollout is Rollout.COMPLETED

    def live(self) -> list[Task]:
        return [task for task in self.tasks.values() if task.live]

    def running(self) -> list[Task]:
        return [task for task in self.tasks.values() if task.running]

    def pending(self) -> list[Task]:
        return [task for task in self.tasks.values() if task.pending]

    @property
    def running_count(self) -> int:
        """Return what `runningCount` shows."""
        leaving = (task for task in self.tasks.values() if task.is_about_to_stop)
        return len(self.running()) + (sum(1 for _ in leaving) if self.counts_stopping else 0)

    def healthy(self) -> list[Task]:
        return [task for task in self.tasks.values() if task.healthy]


@dataclass(slots=True)
class Counts:
    """The task counts of a revision, kept as they were when its service deployment ended."""

    arn: str
    requested: int
    running: int
    pending: int
    production: float | None = None
    test: float | None = None


@dataclass(slots=True)
class ServiceDeployment:
    """What List- and DescribeServiceDeployments tell about one change of a service."""

    arn: str
    service_arn: str
    cluster_arn: str
    target: Deployment
    sources: tuple[Deployment, ...]
    configuration: Document
    created_at: datetime
    updated_at: datetime
    progress: Progress = Progress.PENDING
    status_reason: str | None = None
    started_at: datetime | None = None
    stopped_at: datetime | None = None
    finished_at: datetime | None = None
    rollback: Document | None = None
    breaker: Monitoring = Monitoring.MONITORING
    threshold: int = 0
    alarms: Monitoring = Monitoring.DISABLED
    triggered: list[str] = field(default_factory=list)
    """The alarms that failed it."""
    stage: str | None = None
    hooks: list[Document] = field(default_factory=list)
    shift: "Shift | None" = None
    """How far it has come, where it shifts traffic."""
    snapshot: dict[str, Counts] | None = None

    def is_kept(self, now: datetime) -> bool:
        """Say whether the API still knows it (R11.3)."""
        return self.finished_at is None or now - self.finished_at <= KEPT

    @property
    def over(self) -> bool:
        return self.progress in OVER

    @property
    def held(self) -> bool:
        return any(each["status"] == "AWAITING_ACTION" for each in self.hooks)

    def move(self, progress: Progress, at: datetime, reason: str | None = None) -> None:
        self.progress, self.updated_at = progress, at
        self.status_reason = reason or self.status_reason
        if progress is Progress.IN_PROGRESS:
            self.started_at = self.started_at or at
        if progress is Progress.STOPPED:
            self.stopped_at = at
        if self.over:
            self.finished_at = at
            self.snapshot = {each.arn: each for each in self.live_counts()}

    def drop_hooks(self) -> None:
        """End the hooks that nobody can answer any more; no event tells of it."""
        for hook in self.hooks:
            if hook["status"] in ("AWAITING_ACTION", "IN_PROGRESS"):
                hook["status"] = "FAILED"

    def trigger(self, *, breaker: bool, alarms: bool) -> None:
        """Note what failed it; whatever did not stops looking."""
        self.breaker = Monitoring.TRIGGERED if breaker else self.breaker
        self.alarms = Monitoring.TRIGGERED if alarms else self.alarms
        self.end_monitoring()

    def end_monitoring(self) -> None:
        if self.breaker is Monitoring.MONITORING:
            self.breaker = Monitoring.MONITORING_COMPLETE
        if self.alarms is Monitoring.MONITORING:
            self.alarms = Monitoring.MONITORING_COMPLETE

    def counts(self, deployment: Deployment) -> Counts:
        kept = (self.snapshot or {}).get(deployment.revision_arn)
        return kept or counts(deployment)

    def live_counts(self) -> Iterator[Counts]:
        yield from (counts(each) for each in (self.target, *self.sources))


def counts(deployment: Deployment) -> Counts:
    return Counts(
        deployment.revision_arn,
        deployment.desired,
        deployment.running_count,
        len(deployment.pending()),
        *_shares(deployment),
    )


def _shares(deployment: Deployment) -> tuple[float | None, float | None]:
    """Return the traffic of a revision; ECS knows nothing of it where nothing routes it."""
    routed = ("loadBalancers", "serviceConnectConfiguration")
    if not any(deployment.settings.get(each) for each in routed):
        return None, None
    return deployment.production, deployment.test


def alternate(balancer: Document) -> str | None:
    """Return the second target group of a load balancer."""
    return (balancer.get("advancedConfiguration") or {}).get("alternateTargetGroupArn")


def _turned(balancer: Document) -> Document:
    group = alternate(balancer)
    return {**balancer, "targetGroupArn": group} if group else balancer
