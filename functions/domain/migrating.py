"""Which task does a migration of a release run, and what is it asked to do?"""

from collections.abc import Mapping
from dataclasses import replace

from functions.domain.catalogue import Application, Migration, Service
from functions.domain.known import Facts
from functions.domain.migration.ran import CONTRACT, EXPAND, PROBE, UNDO
from functions.domain.plan import Gate, Migrate
from functions.domain.release import Release

PROBED_SECONDS = 60
"""How much longer than a task of the service one may take that comes up beside it."""


def expand(
    application: Application, release: int, facts: Mapping[str, Facts], *, again: bool = False
) -> Migrate | None:
    """Return what runs before the first service changes; `again`: also where it failed before."""
    return _phase(EXPAND, application.migrations.expand, application, release, facts, again)


def contract(
    application: Application, release: int, facts: Mapping[str, Facts], *, again: bool = False
) -> Migrate | None:
    """Return what runs once the bake is passed; from then on there is no way back."""
    return _phase(CONTRACT, application.migrations.contract, application, release, facts, again)


def unseen(application: Application, before: Release, facts: Mapping[str, Facts]) -> Migrate | None:
    """Return the look at the contract of a release that runs whose end nobody has seen."""
    task = contract(application, before.number, facts)
    part = before.parts.get(task.key) if task else None
    if task is None or part is None or part.revision is None:
        return None
    return replace(task, revision=part.revision)


def undo(application: Application, began: Migrate, revision: str) -> Migrate | None:
    """Return what takes an expand migration back, where the catalogue has it run.

    `revision` is the one whose expand it was: only that image knows how.
    """
    migration = application.migrations.expand
    if migration is None or not migration.undo:
        return None
    overrides = _overrides(migration, began.container, migration.undo)
    run = {**began.run, "Overrides": overrides}
    return replace(began, phase=UNDO, again=True, revision=revision, run=run)


def probe(application: Application, release: int, facts: Mapping[str, Facts]) -> Migrate | None:
    """Return the one task that comes up beside its service, without traffic, before all others."""
    key = application.order.probe
    if not key:
        return None
    service = _service(application, key)
    return Migrate(
        phase=PROBE,
        key=key,
        cluster=application.cluster,
        container=facts[key].containers[0],
        timeout_seconds=service.deadlines.task_healthy_seconds + PROBED_SECONDS,
        log_lines=application.log_lines,
        release=release,
        gate=Gate.HEALTHY,
        run=_run(application, facts[key], {}),
    )


def _phase(
    phase: str,
    migration: Migration | None,
    application: Application,
    release: int,
    facts: Mapping[str, Facts],
    again: bool,
) -> Migrate | None:
    if migration is None:
        return None
    found = facts[migration.service]
    container = found.containers[0]
    return Migrate(
        phase=phase,
        key=migration.service,
        cluster=application.cluster,
        container=container,
        timeout_seconds=migration.timeout_seconds,
        log_lines=application.log_lines,
        release=release,
        breaking=migration.breaking,
        again=again,
        run=_run(application, found, _overrides(migration, container, migration.command)),
    )


def _run(
    application: Application, found: Facts, overrides: Mapping[str, object]
) -> dict[str, object]:
    return {
        **(found.run or {}),
        "Cluster": application.cluster,
        "Count": 1,
        "PropagateTags": "TASK_DEFINITION",
        **({"Overrides": overrides} if overrides else {}),
    }


def _overrides(migration: Migration, container: str, command: tuple[str, ...]) -> dict[str, object]:
    """Return TaskOverride as the state wants it; its sizes are texts (API: TaskOverride)."""
    override: dict[str, object] = {"Name": container, "Command": list(command)}
    if migration.environment:
        override["Environment"] = [
            {"Name": name, "Value": value} for name, value in sorted(migration.environment.items())
        ]
    sizes = {"Cpu": migration.cpu, "Memory": migration.memory}
    return {
        "ContainerOverrides": [override],
        **{name: str(size) for name, size in sizes.items() if size},
    }


def _service(application: Application, key: str) -> Service:
    return next(each for each in application.services if each.key == key)
