"""What of this look is new and worth keeping, before ECS forgets it?"""

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from functions.aws import logs
from functions.domain import moment
from functions.domain.evidence.document import Part, document
from functions.domain.evidence.log_place import places
from functions.domain.migration.judge import Run
from functions.domain.rollout.failures import sick
from functions.domain.rollout.look import Look, Task
from functions.domain.stop_reason.cause import Stop, cause

MOST_READ = 3
"""Of so many tasks that failed since the last look the log lines are read: more say the same."""

Lines = Mapping[str, tuple[str, ...]]
"""Log lines by container."""


@dataclass(frozen=True, slots=True)
class Kept:
    """`part` is what is to be put, None where nothing is new; `lines` are by task id.

    `kept` tells what the part held: the next one is put when that changes.
    """

    part: dict[str, Any] | None
    lines: Mapping[str, Sequence[str]]
    kept: str


@dataclass(frozen=True, slots=True)
class Seen:
    """A service as a look found it, and the ids of the tasks that failed since the last one.

    What its scheduler said before `since`, when its roll began, is not of this deployment.
    """

    look: Look
    failed: frozenset[str]
    since: datetime


def keep(
    client_of: logs.ByRegion,
    of: str,
    seen: Mapping[str, Seen],
    kept: str,
    log_lines: int,
    alarms: Sequence[Mapping[str, Any]] = (),
) -> Kept:
    """Gather what the looks at the services of `seen` found, by service key.

    What cannot be read is a sentence in it: gathering never fails a look.
    """
    told = {
        task: lines for each in seen.values() for task, lines in _read(client_of, each, log_lines)
    }
    first = {task: _first(lines) for task, lines in told.items()}
    at = max(each.look.at for each in seen.values())
    part = Part(
        at=moment.text(at),
        of=of,
        counts={key: _counts(each.look) for key, each in seen.items()},
        stops=tuple(stop for each in seen.values() for stop in _stops(each.look)),
        targets=tuple(line for each in seen.values() for line in sick(each.look)),
        events=tuple(event for each in seen.values() for event in _events(each)),
        alarms=tuple(alarms),
        log_lines=told,
    )
    found = document(part)
    mark = _mark(found)
    return Kept(found if mark != kept else None, first, mark)


def of_task(
    client_of: logs.ByRegion, definition: Mapping[str, Any], task: Task, log_lines: int
) -> Lines:
    """Read the last lines of each container of a task."""
    return logs.last_lines(client_of, places(definition, task.id, task.runtime_ids), log_lines)


def ended(run: Run, phase: str, lines: Lines) -> dict[str, Any] | None:
    """Return what is worth keeping of the task of a migration, None until it has ended."""
    if run.stop is None or run.task is None:
        return None
    part = Part(
        at=moment.text(run.at),
        of=phase,
        stops=(_stop(run.task, run.stop, run.at),),
        log_lines={run.task: lines} if lines else {},
    )
    return document(part)


def _read(
    client_of: logs.ByRegion, seen: Seen, log_lines: int
) -> Iterable[tuple[str, dict[str, tuple[str, ...]]]]:
    fresh = [task for task in seen.look.tasks if task.id in seen.failed][:MOST_READ]
    for task in fresh:
        found = of_task(client_of, seen.look.definition, task, log_lines)
        if found:
            yield task.id, _telling_first(found, task.stop)


def _telling_first(lines: Lines, stop: Stop | None) -> dict[str, tuple[str, ...]]:
    """Return the lines with those of the container first that ended by itself, and badly."""
    ends = {each.name: each.exit_code for each in stop.containers} if stop else {}
    order = sorted(lines, key=lambda name: (ends.get(name) in (None, 0, 137, 143), name))
    return {name: tuple(lines[name]) for name in order}


def _first(lines: Lines) -> tuple[str, ...]:
    return next(iter(lines.values()), ())


def _counts(look: Look) -> dict[str, int]:
    primary = look.primary
    return {
        "desired": look.desired,
        "healthy": sum(1 for task in look.tasks if look.healthy(task)),
        "running": sum(1 for task in look.tasks if task.last_status == "RUNNING"),
        "pending": primary.pending if primary else 0,
        "old": sum(each.running for each in look.deployments if each is not primary),
    }


def _stops(look: Look) -> Iterable[dict[str, Any]]:
    return (
        _stop(task.id, task.stop, task.stopped_at) for task in look.tasks if task.stop is not None
    )


def _stop(task: str, stop: Stop, at: datetime | None) -> dict[str, Any]:
    why = cause(stop)
    return {
        "task": task,
        "cause": why.code.value,
        "blame": why.blame.value,
        "message": why.message,
        "evidence": list(why.evidence),
        "at": moment.text(at) if at else None,
    }


def _events(seen: Seen) -> Iterable[dict[str, str]]:
    said = (each for each in seen.look.events if each.at >= seen.since)
    return ({"at": moment.text(each.at), "text": each.text} for each in said)


def _mark(found: Mapping[str, Any]) -> str:
    """Return what tells two parts apart: all but when they were found."""
    what = {key: value for key, value in found.items() if key not in ("at", "log_lines")}
    return hashlib.sha256(json.dumps(what, sort_keys=True).encode()).hexdigest()[:16]
