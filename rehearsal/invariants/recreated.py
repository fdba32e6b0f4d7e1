"""Did a service that bears no two revisions at once ever run two?"""

from collections.abc import Iterator, Mapping

from functions.domain.catalogue import Application, Strategy
from rehearsal.ecs.tasks.task import Status, Task

RUN = (Status.RUNNING, Status.DEACTIVATING, Status.STOPPING)
"""The states in which containers of a task run: also while it is drained, and until SIGKILL."""


class Recreated:
    """Each task that began to run beside one of another revision, as it was seen."""

    def __init__(self, applications: Mapping[str, Application]) -> None:
        self.beside: list[str] = []
        self._applications = applications

    def runs(self, task: Task) -> None:
        """Look what still runs of the service of a task that begins to run."""
        if task.service is None or not self._is_recreated(task.service.name):
            return
        for other in task.service.tasks():
            if other.last in RUN and other.definition.arn != task.definition.arn:
                revisions = (_named(each) for each in (task, other))
                self.beside.append(" began to run beside ".join(revisions))

    def _is_recreated(self, name: str) -> bool:
        return any(service == name for service in self._recreated())

    def _recreated(self) -> Iterator[str]:
        for application in self._applications.values():
            for each in application.services:
                if each.strategy is Strategy.RECREATE:
                    yield each.service


def _named(task: Task) -> str:
    return f"{task.definition.arn.rpartition('/')[2]} ({task.last})"
