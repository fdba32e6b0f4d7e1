"""What does a timeline say of each task, each execution and each service?"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from itertools import count
from math import inf
from typing import Any

Entry = Mapping[str, Any]

STARTING = frozenset({"PROVISIONING", "PENDING", "ACTIVATING"})
FAILING = frozenset({"EssentialContainerExited", "TaskFailedToStart", "SpotInterruption"})
LEAST_SECONDS = 0.5
"""What takes less is done at an instant, and is no span to be drawn."""


@dataclass(frozen=True, slots=True)
class Span:
    start: float
    end: float
    name: str
    message: str = ""
    order: int = 0
    """Which of those that begin at the same instant it is: what is entered first is around it."""

    @property
    def seconds(self) -> float:
        return self.end - self.start


@dataclass(slots=True)
class Life:
    """A task from its first entry to its last. `spans` are named by how it stood."""

    id: str
    service: str
    image: str
    revision: str
    start: float
    first: Entry
    last: Entry
    end: float = 0.0
    spans: list[Span] = field(default_factory=list)

    @property
    def stopped(self) -> bool:
        return bool(self.last["status"] == "STOPPED")

    @property
    def stop(self) -> Mapping[str, Any]:
        return dict(self.last.get("stop") or {})

    @property
    def exit_code(self) -> int | None:
        """Return the exit code that says most: of several containers one that is not 0."""
        codes = list((self.last.get("exit_codes") or {}).values())
        return next((code for code in codes if code), codes[0] if codes else None)

    @property
    def failed(self) -> bool:
        """Say whether it ended by itself or for its health, and not well."""
        if "failed" in self.stop:
            failed = bool(self.stop["failed"])
        else:
            failed = self.stop.get("code") in FAILING
        return failed and not self.ended_well

    @property
    def ran(self) -> float | None:
        """Return for how long it ran until something was decided about it; None if it never did."""
        during = [each for each in self.spans if each.name not in ("pending", "stopping")]
        # One that ran before the beginning has run for longer than anybody knows.
        known = during and during[0].start > 0
        return during[-1].end - during[0].start if known else None

    @property
    def left(self) -> float:
        """Return when it was decided that it ends."""
        last = self.spans[-1]
        return last.start if last.name == "stopping" else self.end

    @property
    def ended_well(self) -> bool:
        """Say whether it is a task that runs alone and has done its work."""
        return "deployment" not in self.last and self.stopped and self.exit_code == 0

    @property
    def why(self) -> str:
        """Return in a few words why it ended: `exit code 1`."""
        code = self.stop.get("code", "")
        if code == "EssentialContainerExited" and self.exit_code is not None:
            reason = str(self.last.get("container_reason") or "")
            return reason.partition(":")[0] or f"exit code {self.exit_code}"
        if self.failed:
            reason = str(self.stop.get("reason") or "")
            said = reason.partition(":")[0].partition(" in (target-group")[0].rstrip(".")
            return said or str(code)
        return "stopped"


@dataclass(slots=True)
class Run:
    """An execution of a workflow."""

    name: str
    workflow: str
    start: float
    about: Entry
    end: float | None = None
    status: str = "RUNNING"
    error: str = ""
    cause: str = ""
    spans: list[Span] = field(default_factory=list)
    verdicts: list[Entry] = field(default_factory=list)
    entered: dict[str, list[Span]] = field(default_factory=dict)
    order: "count[int]" = field(default_factory=count)

    @property
    def goes_back(self) -> bool:
        """Say whether it is part of a rollback, as its name has it."""
        return "-back-" in self.name

    @property
    def back_since(self) -> float:
        """Return from when on it was about the way back."""
        chosen = (each.end for each in self.spans if each.name == "Choose Recovery")
        return self.start if self.goes_back else next(chosen, inf)


def lives(timeline: Iterable[Entry], end: float) -> list[Life]:
    """Return the tasks in the order of their first entries."""
    found: dict[str, Life] = {}
    for entry in timeline:
        if entry["kind"] != "task":
            continue
        known = found.get(entry["task"])
        if known is None:
            image = str(entry.get("image") or "?")
            about = str(entry["service"]), image, str(entry.get("revision") or "")
            found[entry["task"]] = Life(entry["task"], *about, entry["at"], entry, entry)
        else:
            _extend(known, entry["at"])
            known.last = entry
    for life in found.values():
        _extend(life, life.last["at"] if life.stopped else end)
        life.end = life.last["at"] if life.stopped else end
    return list(found.values())


def runs(timeline: Iterable[Entry], end: float) -> list[Run]:
    """Return the executions in the order of their starts."""
    found: dict[str, Run] = {}
    for entry in timeline:
        if entry["kind"] not in ("state", "verdict"):
            continue
        name = entry["execution"]
        run = found.setdefault(name, Run(name, entry["workflow"], entry["at"], entry))
        _follow(run, entry)
    for run in found.values():
        left = (each for visits in run.entered.values() for each in visits)
        run.spans += [replace(each, end=run.end or end) for each in left]
        run.spans.sort(key=lambda each: each.order)
    return list(found.values())


def _extend(life: Life, until: float) -> None:
    """Add how the task stood since its last entry, to the span before where it is the same."""
    stood, since = standing(life.last), float(life.last["at"])
    if life.spans and life.spans[-1].name == stood:
        since = life.spans.pop().start
    life.spans.append(Span(since, until, stood))


def standing(entry: Entry) -> str:
    """Return how a task stands: one of the words that colours and patterns are made for."""
    if entry.get("stop"):
        return "stopping"
    if entry["status"] in STARTING:
        return "pending"
    if "deployment" not in entry:
        return "running"
    if entry.get("healthy"):
        return "healthy"
    return "unhealthy" if entry.get("health") == "UNHEALTHY" else "starting"


def _follow(run: Run, entry: Entry) -> None:
    if entry["kind"] == "verdict":
        run.verdicts.append(entry)
    elif entry["what"] == "entered":
        visit = Span(entry["at"], entry["at"], entry["state"], order=next(run.order))
        run.entered.setdefault(entry["state"], []).append(visit)
    elif entry["what"] == "exited":
        visits = run.entered.get(entry["state"])
        if visits:
            message = str(entry.get("message") or "")
            run.spans.append(replace(visits.pop(0), end=entry["at"], message=message))
    elif entry["what"] == "ended":
        run.end, run.status = entry["at"], str(entry.get("status") or "ended")
        run.error = str(entry.get("error") or "")
        run.cause = str(entry.get("message") or "")
