"""What would happen to an application of the catalogue, in what usually happens to releases?"""

from collections.abc import Callable, Iterator
from textwrap import fill, wrap
from typing import Any

from functions.domain.catalogue import Application
from rehearsal.scenario.repeating import attempt, rehearsed
from rehearsal.scenario.running import Result
from rehearsal.scenario.times import clock_time
from rehearsal.scenario.trying import TASKS, Tried

Show = Callable[[str], object]
Document = dict[str, Any]

WIDTH = 100
INDENT = " " * 6
LONGEST_START = 240.0
DRAWN = "What AWS leaves open, as how long a task takes to start, is drawn by seed {}."
ASSUMED = (
    f"Assumed: each service runs {TASKS} tasks on Fargate with a health check of its container and "
    "the circuit breaker on. Take the world of a scenario file of yours with --world FILE."
)
TAKEN = "The world is that of {}; what it leaves out is as in any scenario."
MEANINGS = {
    "Failed": "Failed: the release stopped where it was, and no service had to be taken back; the "
    "message says what was touched.",
    "RollbackFailed": "RollbackFailed: neither did the new revision come up nor did the services "
    "get back to the old one in time; whoever is on call has to look.",
}


def rehearse(tried: Tried, seed: int, jobs: int, show: Show) -> Iterator[Result]:
    """Yield what comes of each of the standard scenarios, and show it as a person reads it."""
    name = tried.application.application
    show(f"{name}: what would happen if you pushed an image now\n{DRAWN.format(seed)}\n")
    show(f"  {'you push':52}{'it ends':34}after")
    outcomes: dict[str, None] = {}
    for result in _results(tried, seed, jobs):
        show(_told(result))
        outcomes |= dict.fromkeys(str(each["outcome"]) for each in result.found.deployments)
        yield result
    notes = [MEANINGS[each] for each in outcomes if each in MEANINGS]
    notes.append(ASSUMED if tried.given is None else TAKEN.format(tried.given))
    show(
        "\n"
        + "\n".join(
            fill(each, WIDTH, break_long_words=False, break_on_hyphens=False) for each in notes
        )
    )


def _results(tried: Tried, seed: int, jobs: int) -> Iterator[Result]:
    good = attempt(tried.task("a good release", {}, seed))
    yield good
    variants = _variants(tried, _in_the_bake(tried.application, good))
    tasks = [tried.task(title, changes, seed) for title, changes in variants]
    yield from rehearsed(tasks, jobs)


def _variants(tried: Tried, in_the_bake: float) -> Iterator[tuple[str, Document]]:
    """Yield each scenario: its name, and what it has besides a good release."""
    application = tried.application
    slow = min(0.6 * _patience(application), LONGEST_START)
    crash = {"exits_after": 3, "exit_code": 1, "log": "It crashed at its start."}
    yield "a release that crashes at its start", {"image": crash}
    yield "a release that never becomes healthy", {"image": {"healthy_after": "never"}}
    yield f"a release that takes {clock_time(slow)} to start", {"image": {"healthy_after": slow}}
    migrates = bool(application.migrations.expand or application.migrations.contract)
    if migrates:
        failing = {"task": {"exit_code": 1}, "log": "The migration failed."}
        yield "a release whose migration fails", {"image": failing}
    # With its migration it would fail before it comes to a service.
    title = f"a release without capacity{', its migration left out' if migrates else ''}"
    reason = "RESOURCE:CPU" if tried.on_instances else "RESOURCE:FARGATE"
    refused = {"at": 0, "capacity": {"cluster": application.cluster, "refuse": reason}}
    yield title, {"timeline": [refused], "unmigrated": migrates}
    alarms = [alarm for service in application.services for alarm in service.bake.alarms]
    if alarms:
        fires = {"at": in_the_bake, "alarm": alarms[0], "state": "ALARM"}
        yield "an alarm in the bake of a release", {"timeline": [fires]}
    yield "a good release, while every event of ECS is lost", {"faults": [{"lose_events": 1}]}


def _patience(application: Application) -> float:
    return min(float(each.deadlines.task_healthy_seconds) for each in application.services)


def _in_the_bake(application: Application, good: Result) -> float:
    """Return a time within the bake, as the good release has shown it."""
    bake = max(each.bake.minutes for each in application.services) * 60
    closed = [each["closed_at"] for each in good.found.deployments if each["closed_at"]]
    return float(max(0.0, (closed[-1] if closed else 0.0) - bake / 2))


def _told(result: Result) -> str:
    lines = [f"  {result.name:52}{_ended(result)}"]
    for each in result.found.deployments:
        lines += _wrapped(each["message"] or "")
    for failure in result.failures:
        lines += _wrapped(f"Not as it should be: {failure}")
    return "\n".join(lines)


def _wrapped(text: str) -> list[str]:
    return wrap(
        text, WIDTH, initial_indent=INDENT, subsequent_indent=INDENT, break_on_hyphens=False
    )


def _ended(result: Result) -> str:
    ends = []
    for each in result.found.deployments:
        code = (each["reason"] or {}).get("code")
        said = f"{each['outcome']}, {code}" if code else str(each["outcome"])
        at = each["closed_at"]
        ends.append(f"{said:34}{clock_time(at) if at is not None else ''}")
    return "; ".join(ends) or "nothing was deployed"
