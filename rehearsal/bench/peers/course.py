"""What did a service go through while it was deployed?"""

from rehearsal.ecs.rollout.deployments import Rollout
from rehearsal.ecs.rollout.ecs_service import Service
from rehearsal.ecs.tasks.task import Status, Task
from rehearsal.scenario.stage.called import known
from rehearsal.world import World

STAYS = 600.0
"""Seconds that a service must be steady to the end, to count as stable again."""


class Course:
    """Watches a service from its making on; `lost` counts by `is_lost`."""

    def __init__(self, world: World, name: str) -> None:
        self._clock = world.clock
        self._watched = known(world, name)
        self.least = self._watched.desired
        """The fewest healthy tasks at any time."""
        self._lost: set[str] = set()
        self._steady_since: float | None = None
        world.scheduler.world.on_change.append(self._hear)
        world.clock.on_move.append(lambda before, _: self._look(before))

    @property
    def lost(self) -> int:
        return len(self._lost)

    @property
    def stable_at(self) -> float | None:
        """Return since when the service is steady, or None where it is not, or not for long."""
        since = self._steady_since
        stays = since is not None and self._clock.seconds - since >= STAYS
        return since if stays else None

    def _hear(self, subject: object) -> None:
        if isinstance(subject, Task) and subject.service is self._watched and is_lost(subject):
            self._lost.add(subject.id)

    def _look(self, now: float) -> None:
        service = self._watched
        self.least = min(self.least, sum(task.healthy for task in service.tasks()))
        if not is_steady(service):
            self._steady_since = None
        elif self._steady_since is None:
            self._steady_since = now


def is_lost(task: Task) -> bool:
    """Say whether a task ended otherwise than by the scheduler's making room for another.

    So it failed to start, crashed, was replaced for its health, was stopped by hand, or went down
    with its host.
    """
    if task.last is not Status.STOPPED or task.stop is None:
        return False
    return task.stop.unhealthy or task.stop.code != "ServiceSchedulerInitiated"


def is_steady(service: Service) -> bool:
    """Say whether all tasks are of one revision, as many as desired, healthy, and none moves."""
    tasks = list(service.tasks())
    return (
        service.primary.rollout is Rollout.COMPLETED
        and len(service.deployments) == 1
        and len(tasks) == service.desired
        and all(task.healthy for task in tasks)
    )
