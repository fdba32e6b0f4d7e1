"""How does a service stand, as one look finds it?"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from functions.domain.stop_reason import Stop


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
    created_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Task:
    """A task of the deployment watched. `digests` are what its containers say they run."""

    id: str
    last_status: str
    desired_status: str
    digests: Mapping[str, str]
    stop: Stop | None = None


@dataclass(frozen=True, slots=True)
class Look:
    """A service as one look finds it; `tasks` are those of the deployment watched only.

    `service_deployment` is the status of its service deployment, where one is found.
    """

    at: datetime
    deployments: tuple[Deployment, ...]
    tasks: tuple[Task, ...]
    awaits_hook: bool = False
    service_deployment: str | None = None
    deleted: bool = False

    @property
    def primary(self) -> Deployment | None:
        return next((each for each in self.deployments if each.status == "PRIMARY"), None)


def runs(task: Task) -> bool:
    return task.last_status == "RUNNING" and task.desired_status == "RUNNING"


def newer(deployment: Deployment, since: datetime) -> bool:
    """Say whether a deployment was made after ours; an older primary may be a stale answer."""
    return deployment.created_at is None or deployment.created_at > since


def named_revision(arn: str) -> str:
    """Return a revision as people call it: `orders-web:8`."""
    return arn.rpartition("/")[2]
