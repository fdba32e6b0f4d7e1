"""How did things end: the deployments, the services, what was announced and run?"""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from rehearsal.ecs.rollout.ecs_service import Service
from rehearsal.recording.people import People
from rehearsal.scenario.stage import capacity, scheduling
from rehearsal.scenario.stage.called import known
from rehearsal.states.history import Execution
from rehearsal.world import World

SHOWN = ("application", "number", "by", "asked", "image_tag", "digest", "phase", "outcome")


@dataclass(frozen=True, slots=True)
class Outcome:
    """The end of a rehearsal, as it is judged and as its JSON has it."""

    deployments: list[dict[str, Any]]
    services: dict[str, dict[str, Any]]
    schedules: dict[str, dict[str, Any]]
    groups: dict[str, dict[str, int]]
    announcements: list[dict[str, Any]]
    mail: list[str]
    migrations: Counter[str]
    transitions: int


def outcome(world: World, began: float) -> Outcome:
    return Outcome(
        deployments=list(_deployments(world, began)),
        services=dict(_services(world)),
        schedules=scheduling.outcome(world),
        groups=capacity.groups(world),
        # As they were put: what becomes of an event on its way is not ours to say.
        announcements=[
            _plain(each["detail"]) for each in world.bus.events if each["source"] == "pilothouse"
        ],
        mail=list(world.mail),
        migrations=_migrations(world),
        transitions=sum(len(each.path) for each in world.machines.executions.values()),
    )


def _deployments(world: World, began: float) -> Iterator[dict[str, Any]]:
    """Yield the records, and after them the requests that were refused without one."""
    owners = set()
    for application in world.applications:
        for record in world.items(application, "deployment#"):
            owners.add(record["owner"])
            yield _recorded(world, record, began)
    for execution in world.executions("deploy"):
        # One that succeeds without a record has found its push handled before.
        if execution.arn not in owners and execution.status != "SUCCEEDED":
            yield _unrecorded(execution)


def _recorded(world: World, record: Mapping[str, Any], began: float) -> dict[str, Any]:
    def seconds(moment: str | None) -> float | None:
        if moment is None:
            return None
        passed = datetime.fromisoformat(moment) - world.clock.start
        return round(passed.total_seconds() - began, 3)

    found = {name: record.get(name) for name in SHOWN}
    found |= {"message": record.get("message"), "reason": record.get("reason")}
    found |= {
        "opened_at": seconds(record.get("opened_at")),
        "closed_at": seconds(record.get("closed_at")),
        "execution": str(record["owner"]).rpartition(":")[2],
    }
    return dict(_plain(found))


def _unrecorded(execution: Execution) -> dict[str, Any]:
    given = execution.input if isinstance(execution.input, Mapping) else {}
    return {
        **dict.fromkeys(SHOWN),
        "application": given.get("application"),
        "outcome": execution.error or execution.status,
        "message": execution.cause,
        "reason": None,
        "opened_at": None,
        "closed_at": None,
        "execution": execution.name,
    }


def _services(world: World) -> Iterator[tuple[str, dict[str, Any]]]:
    people = People(world.applications, world.scheduler.world.registry)
    for name, application in world.applications.items():
        for service in application.services:
            called = f"{name}/{service.key}"
            yield called, _service(people, known(world, called))


def _service(people: People, service: Service) -> dict[str, Any]:
    tasks = [task for task in service.tasks() if task.running]
    images = {people.image(container) for task in tasks for container in task.containers[:1]}
    return {
        "runs": sorted(images),
        "desired": service.desired,
        "running": len(tasks),
        "healthy": sum(task.healthy for task in tasks),
        "revisions": sorted({task.definition.arn.rpartition("/")[2] for task in tasks}),
        "rollout": service.primary.rollout.value,
    }


def _migrations(world: World) -> Counter[str]:
    """Count the tasks that were run, by the phase their execution was asked for."""
    found: Counter[str] = Counter()
    for execution in world.executions("migrate"):
        given = execution.input if isinstance(execution.input, Mapping) else {}
        runs = sum(
            each.state == "Run Task" and each.what == "TaskSucceeded" for each in execution.trace
        )
        found[_phase(given)] += runs
    return found


def _phase(given: Mapping[str, Any]) -> str:
    order = given.get("migrate")
    return str(order["phase"]) if isinstance(order, Mapping) else "expand"


def _plain(value: Any) -> Any:  # noqa: ANN401 - whatever the ledger holds
    if isinstance(value, Mapping):
        return {str(key): _plain(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    return value
