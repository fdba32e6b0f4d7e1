"""Which commands ran for which release, how did they end, and what do services run beside it?"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from functions.domain.catalogue import Application
from functions.domain.task_definition import APPLICATION, RELEASE
from rehearsal.ecs.tasks.task import Status, Task

Command = tuple[str, ...]
Release = tuple[str, int]
"""An application and the number of its release."""

ADOPTED = 0
"""The release that was there before Pilothouse: nobody knows what was run for it."""


@dataclass(frozen=True, slots=True)
class Run:
    """A task whose command has begun to run; `deployment` is the number of that which ran it.

    One whose image cannot be pulled never gets so far.
    """

    release: Release
    command: Command
    deployment: int
    container: str
    task: Task

    @property
    def passed(self) -> bool:
        codes = (each.exit_code for each in self.task.containers if each.name == self.container)
        return self.task.last is Status.STOPPED and next(codes, None) == 0

    def was_over(self, at: datetime) -> bool:
        return self.task.stopped_at is not None and self.task.stopped_at <= at


class Migrated:
    """What was run for each release, and each breach as it was seen."""

    def __init__(
        self, applications: Mapping[str, Application], asked_by: Callable[[str, int], str]
    ) -> None:
        """Take the catalogue as it is, and who asked for a deployment: `person` or `push`."""
        self.ran: list[Run] = []
        self.twice: list[str] = []
        self.unexpanded: list[str] = []
        self._applications = applications
        self._asked_by = asked_by
        self._expands: dict[Release, Command | None] = {}
        """What had to pass before the release, by the catalogue as it was when it was pinned."""

    def registered(self, tags: Sequence[Mapping[str, Any]]) -> None:
        release = _release(tags)
        if release is not None and release[0] in self._applications:
            expand = self._applications[release[0]].migrations.expand
            self._expands.setdefault(release, expand.command if expand else None)

    def runs(self, task: Task) -> None:
        """Look whether what begins to run may run."""
        if task.service is not None:
            self._look(task)
            return
        run = _run(task)
        if run is not None:
            if self._migrates(run):
                self.twice += [f"{_told(run)} {why}" for why in self._again(run)]
            self.ran.append(run)

    def _look(self, task: Task) -> None:
        release = _release(task.definition.tags)
        command = self._expands.get(release) if release is not None else None
        if release is None or release[1] == ADOPTED or command is None:
            return
        if not any(self._passed(each) for each in self.of(release, command)):
            name, number = release
            self.unexpanded.append(
                f"a task of {task.definition.family} runs release #{number} of {name}, whose "
                "expand migration did not pass"
            )

    def of(self, release: Release, command: Command) -> Iterator[Run]:
        return (each for each in self.ran if (each.release, each.command) == (release, command))

    def _migrates(self, run: Run) -> bool:
        """Tell a migration from a probe, and from a command that a person runs."""
        declared = self._applications[run.release[0]].migrations
        phases = (each for each in (declared.expand, declared.contract) if each)
        return run.command in [each for phase in phases for each in (phase.command, phase.undo)]

    def _again(self, run: Run) -> Iterator[str]:
        """Only a person has a command run again, and only where it is known how it ended."""
        for before in self.of(run.release, run.command):
            if not before.was_over(run.task.created_at):
                yield f"was started while that of deployment #{before.deployment} ran"
            elif self._passed(before):
                yield f"was run again, after it had passed in deployment #{before.deployment}"
            elif self._asked_by(run.release[0], run.deployment) != "person":
                yield f"was run again by #{run.deployment}, and no person had asked for it"

    def _passed(self, run: Run) -> bool:
        """Say whether it passed and was not taken back since; or, an undo, has something to undo.

        What was undone may run again, and be undone again.
        """
        expand = self._applications[run.release[0]].migrations.expand
        forth, back = (expand.command, expand.undo) if expand else ((), ())
        since = (
            each
            for each in self.of(run.release, forth if run.command == back else back)
            if each.task.created_at > run.task.created_at
        )
        return run.passed and not any(each.passed or run.command == back for each in since)


def _told(run: Run) -> str:
    name, number = run.release
    return f"{' '.join(run.command)} of release #{number} of {name}"


def _run(task: Task) -> Run | None:
    release = _release(task.definition.tags)
    overrides = task.placement.overrides.get("containerOverrides") or [{}]
    command = overrides[0].get("command")
    if release is None or not command:
        return None
    started_by = task.placement.purpose.started_by
    deployment = next((int(each) for each in started_by.split("/")[::-1] if each.isdigit()), 0)
    return Run(release, tuple(command), deployment, overrides[0]["name"], task)


def _release(tags: Sequence[Mapping[str, Any]] | list[dict[str, str]]) -> Release | None:
    found = {each["key"]: each["value"] for each in tags}
    if APPLICATION not in found or RELEASE not in found:
        return None
    return found[APPLICATION], int(found[RELEASE])
