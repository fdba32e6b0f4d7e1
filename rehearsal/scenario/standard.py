"""What would happen to an application of the catalogue, in what usually happens to releases?"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from textwrap import fill, wrap
from typing import Any

from functions.domain.catalogue import Application
from functions.domain.image import Order, accepts, is_version
from infra import catalogue
from rehearsal.scenario.format.reading import SCENARIOS, Loaded
from rehearsal.scenario.repeating import Task, attempt, rehearsed
from rehearsal.scenario.running import Result
from rehearsal.scenario.times import clock_time

Show = Callable[[str], object]
Document = dict[str, Any]

TASKS = 2
WIDTH = 100
INDENT = " " * 6
NUMBERS = (("1", "2"), ("1.0.0", "2.0.0"))
LONGEST_START = 240.0
ASSUMED = (
    f"Assumed: each service runs {TASKS} tasks on Fargate with a health check of its container and "
    "the circuit breaker on. Describe your own world in a scenario file to rehearse it exactly."
)


@dataclass(frozen=True, slots=True)
class Tags:
    """The tag that runs and the one that is pushed, and under which tag if not its own."""

    before: str
    after: str
    pushed_as: str | None = None


def rehearse(path: Path, seed: int, jobs: int, show: Show) -> Iterator[Result]:
    """Yield what comes of each of the standard scenarios, and show it as a person reads it."""
    application = catalogue.read(path)
    name = application.application
    show(f"{name}: what would happen if you pushed an image now (seed {seed})\n")
    show(f"  {'you push':52}{'it ends':34}after")
    good = attempt(_task(path, application, "a good release", {}, seed))
    show(_told(good))
    yield good
    tasks = [
        _task(path, application, title, changes, seed)
        for title, changes in _variants(application, _in_the_bake(application, good))
    ]
    for result in rehearsed(tasks, jobs):
        show(_told(result))
        yield result
    show("\n" + fill(ASSUMED, WIDTH))


def _variants(application: Application, in_the_bake: float) -> Iterator[tuple[str, Document]]:
    """Yield each scenario: its name, and what it has besides a good release."""
    slow = min(0.6 * _patience(application), LONGEST_START)
    crash = {"exits_after": 3, "exit_code": 1, "log": "It crashed at its start."}
    yield "a release that crashes at its start", {"image": crash}
    yield "a release that never becomes healthy", {"image": {"healthy_after": "never"}}
    yield f"a release that takes {clock_time(slow)} to start", {"image": {"healthy_after": slow}}
    if application.migrations.expand or application.migrations.contract:
        failing = {"task": {"exit_code": 1}, "log": "The migration failed."}
        yield "a release whose migration fails", {"image": failing}
    refused = {"cluster": application.cluster, "refuse": "RESOURCE:FARGATE"}
    yield "a release without capacity", {"timeline": [{"at": 0, "capacity": refused}]}
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


def _task(path: Path, application: Application, title: str, changes: Document, seed: int) -> Task:
    tags, name = _tags(application), application.application
    push = {"at": 1, "push": f"{name}:{tags.after}", "tag": tags.pushed_as}
    service = {
        "runs": tags.before,
        "desired": TASKS,
        "health_check": {"start_period": 300},
        "circuit_breaker": True,
    }
    services = {f"{name}/{each.key}": service for each in application.services}
    document = {
        "name": title,
        "catalogue": [str(path)],
        "world": {
            "images": {name: {tags.before: {}, tags.after: changes.get("image", {})}},
            "services": services,
        },
        "timeline": [push, *changes.get("timeline", [])],
        "faults": changes.get("faults", []),
    }
    return Task(Loaded(str(path), SCENARIOS.validate_python(document), (application,)), seed)


def _tags(application: Application) -> Tags:
    """Return tags of two images that the application takes, the second one as the newer."""
    images = application.images
    for glob in images.tags:
        for numbers in NUMBERS:
            before, after = (glob.replace("*", number) for number in numbers)
            taken = all(accepts(images.tags, each) for each in (before, after))
            ordered = images.order is not Order.SEMVER or is_version(after)
            if before != after and taken and ordered:
                return Tags(before, after)
    literal = next(each for each in images.tags if not each.startswith("!"))
    return Tags("before", "after", literal.replace("*", "2"))


def _told(result: Result) -> str:
    lines = [f"  {result.name:52}{_ended(result)}"]
    for each in result.found.deployments:
        lines += _wrapped(each["message"] or "")
    for failure in result.failures:
        lines += _wrapped(f"Not as it should be: {failure}")
    return "\n".join(lines)


def _wrapped(text: str) -> list[str]:
    return wrap(text, WIDTH, initial_indent=INDENT, subsequent_indent=INDENT)


def _ended(result: Result) -> str:
    ends = []
    for each in result.found.deployments:
        code = (each["reason"] or {}).get("code")
        said = f"{each['outcome']}, {code}" if code else str(each["outcome"])
        at = each["closed_at"]
        ends.append(f"{said:34}{clock_time(at) if at is not None else ''}")
    return "; ".join(ends) or "nothing was deployed"
