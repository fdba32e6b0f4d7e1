"""What is a service: what was asked for, what is being rolled out, what has happened?"""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import chain
from math import ceil, floor

from rehearsal.ecs.clock import Timer
from rehearsal.ecs.rollout.deployments import Deployment, Rollout, ServiceDeployment
from rehearsal.ecs.shifting.strategy import SHIFTING
from rehearsal.ecs.tasks.task import Task
from rehearsal.ecs.world import Document

CONFIGURATION: Document = {
    "strategy": "ROLLING",
    "maximumPercent": 200,
    "minimumHealthyPercent": 100,
    "bakeTimeInMinutes": 0,
    "deploymentCircuitBreaker": {"enable": False, "rollback": False},
}
"""What DescribeServices shows of a service that was created without one (R3.7)."""

DAEMON_CONFIGURATION: Document = {
    **CONFIGURATION,
    "maximumPercent": 100,
    "minimumHealthyPercent": 0,
}
"""The same of a DAEMON (R4.1)."""

EVENTS_KEPT = 100


@dataclass(slots=True)
class Pulse:
    """When is the scheduler's next pass over a service? Passes are on a grid from `anchor` on."""

    anchor: datetime
    last: datetime | None = None
    due: datetime | None = None
    timer: Timer | None = None


@dataclass(slots=True)
class Service:
    name: str
    arn: str
    cluster_name: str
    cluster_arn: str
    spec: Document
    """The members of the API, as they were given last."""
    created_at: datetime
    pulse: Pulse
    status: str = "ACTIVE"
    tags: list[dict[str, str]] = field(default_factory=list)
    deployments: list[Deployment] = field(default_factory=list)
    """The PRIMARY one first, the others from the newest to the oldest."""
    history: list[ServiceDeployment] = field(default_factory=list)
    """Service deployments, the newest last."""
    events: deque[Document] = field(default_factory=lambda: deque(maxlen=EVENTS_KEPT))
    said: dict[str, datetime] = field(default_factory=dict)
    lasting: dict[str, datetime] = field(default_factory=dict)
    """What is still true of what was said, and when it was said last (R2.7)."""
    steady: bool = False
    moved_at: datetime | None = None
    """When the scheduler last started or stopped one of its tasks."""
    batches: int = 0
    rebalancing: int = 0
    """How many tasks there may be more than desired, while one moves to another zone (R12.4)."""
    moving: str | None = None
    """The id of that task."""
    registered: dict[str, int] = field(default_factory=dict)
    deregistered: dict[tuple[str, str], int] = field(default_factory=dict)
    """Targets to report at the next pass, the gone ones also by deployment (R2.11)."""

    @property
    def desired(self) -> int:
        return int(self.spec.get("desiredCount") or 0)

    @property
    def configuration(self) -> Document:
        return dict(self.spec["deploymentConfiguration"])

    @property
    def floor(self) -> int:
        return ceil(self.desired * int(self.configuration["minimumHealthyPercent"]) / 100)

    @property
    def ceiling(self) -> int:
        return floor(self.desired * int(self.configuration["maximumPercent"]) / 100)

    @property
    def breaker(self) -> Document:
        return dict(self.configuration["deploymentCircuitBreaker"])

    @property
    def alarms(self) -> Document:
        return dict(self.configuration.get("alarms") or {})

    @property
    def grace(self) -> int:
        return int(self.spec.get("healthCheckGracePeriodSeconds") or 0)

    @property
    def is_daemon(self) -> bool:
        return bool(self.spec.get("schedulingStrategy") == "DAEMON")

    @property
    def shifts_traffic(self) -> bool:
        return self.configuration["strategy"] in SHIFTING

    @property
    def early(self) -> Document | None:
        """Return the early success criteria, where they are switched on (R11.4)."""
        found = self.configuration.get("earlySuccessCriteria") or {}
        return dict(found) if found.get("enable") else None

    @property
    def enough(self) -> int:
        """Return how many healthy tasks of the target make a deployment a success."""
        percent = 100 if self.early is None else int(self.early["healthyPercent"])
        return min(self.desired, max(1, ceil(self.desired * percent / 100)))

    @property
    def primary(self) -> Deployment:
        return self.deployments[0]

    @property
    def sources(self) -> list[Deployment]:
        return self.deployments[1:]

    @property
    def current(self) -> ServiceDeployment:
        return self.history[-1]

    @property
    def last_completed(self) -> Deployment | None:
        """Return what a failed deployment goes back to; one in progress is not it (R8.11)."""
        return next((each for each in self.sources if each.rollout is Rollout.COMPLETED), None)

    def tasks(self) -> Iterator[Task]:
        return chain.from_iterable(each.tasks.values() for each in self.deployments)

    def grace_ends(self, task: Task) -> datetime:
        """Return when its failing checks begin to count (R5.4)."""
        seconds = self.grace if task.grace is None else task.grace
        return (task.started_at or task.created_at) + timedelta(seconds=seconds)

    def keep_grace(self) -> None:
        """Let the tasks that are there keep the grace period that they started with."""
        for task in self.tasks():
            task.grace = self.grace if task.grace is None else task.grace

    def unhealthy(self, deployment: Deployment, now: datetime) -> list[Task]:
        """Return the tasks of a deployment that are to be replaced for their health."""
        return [
            task
            for task in deployment.tasks.values()
            if task.fails_checks and now >= self.grace_ends(task)
        ]
