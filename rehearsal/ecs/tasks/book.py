"""Which tasks are there to be seen?"""

from collections import deque
from collections.abc import Iterator
from datetime import timedelta

from rehearsal.ecs.tasks.task import Task
from rehearsal.ecs.world import World


class Book:
    """The tasks of one account and region, in the order of their creation.

    Stopped ones are forgotten after an hour (R1.11), when somebody looks and not by a timer.
    """

    def __init__(self, world: World) -> None:
        self._world = world
        self._tasks: dict[str, Task] = {}
        self._groups: dict[str, dict[str, Task]] = {}
        """The same by their groups: whoever looks for the tasks of a service finds no others."""
        self._stopped: deque[Task] = deque()
        self._patience = timedelta(seconds=world.settings.visible_seconds)

    def add(self, task: Task) -> None:
        self._forget()
        self._tasks[task.id] = task
        self._groups.setdefault(_group(task), {})[task.id] = task

    def stopped(self, task: Task) -> None:
        self._stopped.append(task)

    def all(self, cluster_arn: str | None = None) -> Iterator[Task]:
        self._forget()
        for task in self._tasks.values():
            if cluster_arn in (None, task.placement.cluster_arn):
                yield task

    def of_group(self, cluster_arn: str, group: str) -> Iterator[Task]:
        self._forget()
        for task in self._groups.get(group, {}).values():
            if task.placement.cluster_arn == cluster_arn:
                yield task

    def find(self, name: str, cluster_arn: str | None = None) -> Task | None:
        """Find by ARN or id."""
        self._forget()
        found = self._tasks.get(name.rpartition("/")[2])
        if found is None or cluster_arn in (None, found.placement.cluster_arn):
            return found
        return None

    def live(self) -> int:
        return sum(1 for task in self._tasks.values() if task.live)

    def _forget(self) -> None:
        over = self._world.now() - self._patience
        while self._stopped and (self._stopped[0].stopped_at or over) <= over:
            gone = self._stopped.popleft()
            self._tasks.pop(gone.id, None)
            self._groups[_group(gone)].pop(gone.id, None)


def _group(task: Task) -> str:
    return task.placement.purpose.group
