"""What is heard of a world, and when is it written down?"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from rehearsal.ecs.rollout.ecs_service import Service
from rehearsal.ecs.tasks.task import Status, Task
from rehearsal.recording.journal import Entry, Journal
from rehearsal.recording.of_services import Seen
from rehearsal.recording.of_tasks import described
from rehearsal.recording.of_workflows import Histories
from rehearsal.recording.people import People
from rehearsal.states.history import Execution
from rehearsal.template import ACCOUNT, REGION
from rehearsal.world import World

ANNOUNCED = ("application", "outcome", "message", "deployment", "image_tag", "reason")


@dataclass(slots=True)
class Written:
    """A task, and what was written down of it last."""

    task: Task
    about: dict[str, Any]
    entry: Entry


class Recording:
    """Writes down what a world does; `begin` makes a moment the 0s, and forgets what was before.

    What changes several times at one instant is written down once, as it is at the end of it: one
    pass of the scheduler is one change of the counts.
    """

    def __init__(self, world: World) -> None:
        scheduler = world.scheduler.world
        self._region = world.scheduler.region(ACCOUNT, REGION)
        self._journal = Journal(world.clock)
        self._people = People(world.applications, scheduler.registry)
        self._histories = Histories()
        self._tasks: dict[str, Written] = {}
        self._services: dict[str, tuple[Service, Seen]] = {}
        self._changed: dict[str, Service] = {}
        self._stopped: list[str] = []
        scheduler.on_change.append(self._hear)
        world.clock.on_move.append(lambda before, after: self._look())
        world.machines.on_state.append(self._follow)
        world.bus.on_event.append(self._announce)
        world.on_note.append(self._note)

    def begin(self) -> None:
        """Make this moment the 0s, and write down how things stand."""
        self._journal.begin()
        self._tasks.clear()
        self._services.clear()
        for task in self._region.tasks.all():
            self._hear(task)
        for service in self._region.services.values():
            # What was said before the beginning is no part of the story.
            last = str(service.events[0]["id"]) if service.events else ""
            self._services[service.arn] = service, Seen(message=last)
            self._changed[service.arn] = service
        self._look()

    def entries(self) -> list[Entry]:
        """Return the timeline so far, sorted by time."""
        self._look()
        return self._journal.entries()

    def _hear(self, subject: Task | Service) -> None:
        if isinstance(subject, Service):
            self._changed[subject.arn] = subject
            return
        if subject.service is not None:
            self._changed[subject.service.arn] = subject.service
        before = self._tasks.get(subject.id)
        if subject.last is Status.STOPPED:
            if before is None:
                return
            self._stopped.append(subject.id)
        about = described(subject, self._people)
        if before is None:
            self._tasks[subject.id] = Written(subject, about, self._journal.write("task", about))
        elif before.about != about:
            before.about, before.entry = about, self._journal.rewrite(before.entry, about)

    def _look(self) -> None:
        """Write down what is different about the services that have changed at this instant."""
        while self._stopped:
            self._tasks.pop(self._stopped.pop(), None)
        changed, self._changed = self._changed, {}
        for arn, service in changed.items():
            seen = self._services.setdefault(arn, (service, Seen()))[1]
            for kind, about in seen.news(service, self._people.service(service)):
                self._journal.write(kind, about)

    def _follow(self, execution: Execution, state: str, what: str) -> None:
        for kind, about in self._histories.told(execution, state, what):
            self._journal.write(kind, about)

    def _announce(self, event: Mapping[str, Any]) -> None:
        if event["source"] == "pilothouse":
            detail = event["detail"]
            self._journal.write("announcement", {key: detail.get(key) for key in ANNOUNCED})

    def _note(self, kind: str, what: str, text: str) -> None:
        self._journal.write(kind, {"what": what, "text": text})
