"""What does RunTask do? (scheduler-rules §13)"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from rehearsal.ecs.capacity.instances import Instance
from rehearsal.ecs.capacity.places import Request
from rehearsal.ecs.capacity.refusals import Failure, Refusal
from rehearsal.ecs.errors import RefusedError, invalid
from rehearsal.ecs.tasks.definitions import Definition
from rehearsal.ecs.tasks.launching import Launcher
from rehearsal.ecs.tasks.task import Purpose, Task
from rehearsal.ecs.world import Document, World

MOST_AT_ONCE = 10


@dataclass(slots=True)
class Remembered:
    """The first answer to a client token."""

    asked: Document
    tasks: list[Task]
    at: datetime


@dataclass(slots=True)
class Runs:
    world: World
    launcher: Launcher
    _tokens: dict[tuple[str, str], Remembered] = field(default_factory=dict)

    def repeated(self, cluster_arn: str, asked: Document) -> list[Task] | None:
        """Return the tasks that this very call has started before (R13.3)."""
        token = asked.get("clientToken")
        before = self._remembered(cluster_arn, token) if token else None
        if before is None:
            return None
        if before.asked != asked:
            raise RefusedError(
                "ConflictException",
                f"The client token {token} was used before with other parameters.",
                resourceIds=[task.arn for task in before.tasks],
            )
        return before.tasks

    def run(
        self, cluster_arn: str, definition: Definition, asked: Document
    ) -> tuple[list[Task], Refusal | None]:
        """Start the tasks asked for, as many as find a place; none of them is replaced."""
        number = asked.get("count", 1)
        if not 1 <= number <= MOST_AT_ONCE:
            raise invalid(f"count must be between 1 and {MOST_AT_ONCE}, {number} was given.")
        tasks: list[Task] = []
        refusal = None
        while len(tasks) < number and refusal is None:
            started = self._start(cluster_arn, definition, asked, tasks)
            if isinstance(started, Refusal):
                refusal = started
            else:
                tasks.append(started)
        if refusal is not None and refusal.error is not None and not tasks:
            raise RefusedError(refusal.error, refusal.detail)
        token = asked.get("clientToken")
        if token and tasks:
            self._tokens[cluster_arn, token] = Remembered(asked, tasks, self.world.now())
        return tasks, refusal

    def start(
        self, cluster_arn: str, definition: Definition, asked: Document, on: Sequence[Instance]
    ) -> tuple[list[Task], list[Failure]]:
        """Start a task on each of the instances named, as StartTask does."""
        wanted = {**asked, "launchType": "EC2"}
        found = [self._start(cluster_arn, definition, wanted, (), each) for each in on]
        refused = [each for each in found if isinstance(each, Refusal)]
        failures = [failure for each in refused for failure in each.failures]
        return [each for each in found if not isinstance(each, Refusal)], failures

    def _start(
        self,
        cluster_arn: str,
        definition: Definition,
        asked: Document,
        started: Sequence[Task],
        on: Instance | None = None,
    ) -> Task | Refusal:
        purpose = Purpose(
            asked.get("group") or f"family:{definition.family}",
            asked.get("startedBy") or "",
            _tags(definition, asked),
            bool(asked.get("enableExecuteCommand")),
        )
        request = Request(definition, asked, purpose.group, started, on=on)
        placement = self.launcher.placement(cluster_arn, request, purpose)
        if isinstance(placement, Refusal):
            return placement
        return self.launcher.alone(definition, placement)

    def _remembered(self, cluster_arn: str, token: str) -> Remembered | None:
        found = self._tokens.get((cluster_arn, token))
        if found is None or self.world.now() < self._forgotten_at(found):
            return found
        del self._tokens[cluster_arn, token]
        return None

    def _forgotten_at(self, found: Remembered) -> datetime:
        """Return the earlier of a day after the call and an hour after the last task's end."""
        settings = self.world.settings
        latest = found.at + timedelta(seconds=settings.token_seconds)
        ends = [task.stopped_at for task in found.tasks if task.stopped_at is not None]
        if len(ends) < len(found.tasks):
            return latest
        return min(latest, max(ends) + timedelta(seconds=settings.visible_seconds))


def _tags(definition: Definition, asked: Document) -> tuple[dict[str, str], ...]:
    propagated = definition.tags if asked.get("propagateTags") == "TASK_DEFINITION" else []
    return (*propagated, *(asked.get("tags") or []))
