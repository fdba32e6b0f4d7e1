"""What is a deployment of a service: its revision, its tasks, its failures, its verdict?"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from rehearsal.ecs.tasks.definitions import Definition
from rehearsal.ecs.tasks.task import Task
from rehearsal.ecs.world import Document


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
    ROLLBACK_IN_PROGRESS = "ROLLBACK_IN_PROGRESS"
    ROLLBACK_SUCCESSFUL = "ROLLBACK_SUCCESSFUL"
    ROLLBACK_FAILED = "ROLLBACK_FAILED"


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
    failed_tasks: int = 0
    failure_count: int = 0
    proven: bool = False
    """A task of it has been healthy."""
    attempts: int = 0
    """Batches in a row that did not start (R7.1)."""
    failed_batches: set[int] = field(default_factory=set)
    next_start_at: datetime | None = None
    owed: int = 0
    """Tasks that this revision lost and may replace although another one is rolled out (R5.8)."""
    replacing: int = 0
    """Starts to come that replace unhealthy tasks, for the messages."""
    baking_since: datetime | None = None

    @property
    def id(self) -> str:
        return f"ecs-svc/{self.number}"

    @property
    def load_balancers(self) -> list[Document]:
        return list(self.settings.get("loadBalancers") or [])

    def conclude(self, rollout: Rollout, reason: str, at: datetime) -> None:
        self.rollout, self.reason, self.updated_at = rollout, reason, at
        self.completed_once = self.completed_once or rollout is Rollout.COMPLETED

    def live(self) -> list[Task]:
        return [task for task in self.tasks.values() if task.live]

    def running(self) -> list[Task]:
        return [task for task in self.tasks.values() if task.running]

    def pending(self) -> list[Task]:
        return [task for task in self.tasks.values() if task.pending]

    def healthy(self) -> list[Task]:
        return [task for task in self.tasks.values() if task.healthy]


@dataclass(slots=True)
class Counts:
    """The task counts of a revision, kept as they were when its service deployment ended."""

    arn: str
    requested: int
    running: int
    pending: int


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
    breaker: str = "MONITORING"
    threshold: int = 0
    stage: str | None = None
    hooks: list[Document] = field(default_factory=list)
    snapshot: dict[str, Counts] | None = None

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

    def counts(self, deployment: Deployment) -> Counts:
        kept = (self.snapshot or {}).get(deployment.revision_arn)
        return kept or counts(deployment)

    def live_counts(self) -> Iterator[Counts]:
        yield from (counts(each) for each in (self.target, *self.sources))


def counts(deployment: Deployment) -> Counts:
    return Counts(
        deployment.revision_arn,
        deployment.desired,
        len(deployment.running()),
        len(deployment.pending()),
    )
