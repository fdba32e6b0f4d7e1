"""How does a service stand, as one look finds it?"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from functions.domain.stop_reason.cause import Stop


class Health(StrEnum):
    """What the health checks of a task's containers say; NONE where there is no check."""

    HEALTHY = "HEALTHY"
    UNHEALTHY = "UNHEALTHY"
    UNKNOWN = "UNKNOWN"
    NONE = "NONE"


@dataclass(frozen=True, slots=True)
class Target:
    """How a target group sees a task: state and reason code as DescribeTargetHealth gives them."""

    group: str
    state: str
    reason: str = ""
    description: str = ""


@dataclass(frozen=True, slots=True)
class Deployment:
    """One of a service's `deployments`; `id` is `ecs-svc/<n>`, the `startedBy` of its tasks."""

    id: str
    status: str
    task_definition: str
    rollout_state: str
    rollout_reason: str = ""
    desired: int = 0
    running: int = 0
    pending: int = 0
    created_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Task:
    """A task of the deployment watched.

    `digests` are what its containers say they run, `targets` how its target groups see it: one
    entry each where the service has any, none as long as it is not registered. `runtime_ids` are
    those of its containers.
    """

    id: str
    last_status: str
    desired_status: str
    digests: Mapping[str, str]
    stop: Stop | None = None
    health: Health = Health.NONE
    targets: tuple[Target, ...] = ()
    started_at: datetime | None = None
    stopped_at: datetime | None = None
    runtime_ids: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Event:
    """A message of the service scheduler."""

    at: datetime
    text: str


@dataclass(frozen=True, slots=True)
class Waiting:
    """A PAUSE hook that waits for a person; `otherwise` is what ECS does when it expires."""

    hook: str
    expires_at: datetime | None = None
    otherwise: str = ""


@dataclass(frozen=True, slots=True)
class ServiceDeployment:
    """What ECS says of the service deployment of ours: its status, and why.

    `rollback_reason` is set where ECS goes back, `goes_back_to` is the id of the deployment it goes
    back to, `alarms` are those that made it; `hook` says that a lifecycle hook is awaited, `waits`
    are those of them that a person has to answer. `traffic` is how many percent of it are asked to
    go to the new tasks, None where traffic does not shift.
    """

    arn: str
    status: str
    status_reason: str = ""
    rollback_reason: str = ""
    goes_back_to: str = ""
    alarms: tuple[str, ...] = ()
    stage: str = ""
    hook: bool = False
    waits: tuple[Waiting, ...] = ()
    traffic: float | None = None


@dataclass(frozen=True, slots=True)
class Percents:
    """How a service may roll; `own_seconds` is what its strategy takes by itself.

    Steps, bakes and the time-outs of its hooks add up to it; 0 where it rolls.
    """

    minimum: int = 100
    maximum: int = 200
    native: bool = False
    own_seconds: int = 0

    @property
    def recreates(self) -> bool:
        """Say whether all old tasks may be stopped, and have to be, before a new one starts."""
        return not self.native and self.minimum == 0 and self.maximum <= 100


@dataclass(frozen=True, slots=True)
class Look:
    """A service as one look finds it; `tasks` are those of the deployment watched only.

    `groups` is how many target groups its tasks belong to, `daemon` says that ECS runs one task
    per instance, `events` are the newest first, `source` says whose deployment is the primary one
    where it is not the one watched: a sentence; `definition` is the task definition of the revision
    watched, as ECS shows it.
    """

    at: datetime
    deployments: tuple[Deployment, ...]
    tasks: tuple[Task, ...]
    service_deployment: ServiceDeployment | None = None
    deleted: bool = False
    desired: int = 0
    groups: int = 0
    daemon: bool = False
    grace_seconds: int = 0
    percents: Percents = field(default_factory=Percents)
    events: tuple[Event, ...] = ()
    source: str = ""
    definition: Mapping[str, object] = field(default_factory=dict)

    @property
    def primary(self) -> Deployment | None:
        return next((each for each in self.deployments if each.status == "PRIMARY"), None)

    @property
    def awaits_hook(self) -> bool:
        return self.service_deployment is not None and self.service_deployment.hook

    def healthy(self, task: Task) -> bool:
        """Say whether a task runs, and nothing that checks it finds it sick or has to speak yet."""
        return (
            runs(task)
            and task.health in (Health.HEALTHY, Health.NONE)
            and len(task.targets) >= self.groups
            and all(target.state == "healthy" for target in task.targets)
        )


def progress(look: Look) -> str:
    """Say how far the rollout is: `1 of 4 tasks of orders-web:8 are healthy.`"""
    primary = look.primary
    if primary is None:
        return "The service lists no deployment."
    held = ", a lifecycle hook is awaited" if look.awaits_hook else ""
    healthy = sum(1 for task in look.tasks if look.healthy(task))
    revision = named_revision(primary.task_definition)
    are = "is" if healthy == 1 else "are"
    return f"{healthy} of {primary.desired} tasks of {revision} {are} healthy{held}."


def runs(task: Task) -> bool:
    return task.last_status == "RUNNING" and task.desired_status == "RUNNING"


def named_revision(arn: str) -> str:
    """Return a revision as people call it: `orders-web:8`."""
    return arn.rpartition("/")[2]
