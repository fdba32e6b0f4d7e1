"""What an application is, and what its file in the catalogue says about it."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from graphlib import CycleError, TopologicalSorter

from functions.domain import names
from functions.domain.fields import Fields, Path, hint, shown
from functions.domain.fields import Problem as Problem
from functions.domain.image import Images as Images
from functions.domain.image import Order as Order
from functions.domain.image import Repository as Repository
from functions.domain.image import repository


class Strategy(StrEnum):
    ROLLING = "rolling"
    RECREATE = "recreate"
    NATIVE = "native"


class Mode(StrEnum):
    OFF = "off"
    CAPTURE = "capture"
    JIT = "jit"
    ARMED = "armed"
    HARD = "hard"


class Dump(StrEnum):
    JVM = "jvm"
    PYTHON = "python"
    NODE = "node"
    LOGS = "logs"


class OnFailure(StrEnum):
    ROLLBACK = "rollback"
    HOLD = "hold"


@dataclass(frozen=True, slots=True)
class Bake:
    minutes: int
    alarms: tuple[str, ...]
    min_requests: int


@dataclass(frozen=True, slots=True)
class Deadlines:
    task_healthy_seconds: int
    progress_seconds: int
    overall_seconds: int


@dataclass(frozen=True, slots=True)
class Quarantine:
    mode: Mode
    max: int
    ttl_seconds: int
    dump: Dump


@dataclass(frozen=True, slots=True)
class Service:
    """`key` is the word people use, `service` the name in ECS."""

    key: str
    service: str
    family: str
    container: str | None
    strategy: Strategy
    after: tuple[str, ...]
    bake: Bake
    deadlines: Deadlines
    quarantine: Quarantine


@dataclass(frozen=True, slots=True)
class Migration:
    """A task of the release that borrows network and roles from a service."""

    service: str
    command: tuple[str, ...]
    timeout_seconds: int


@dataclass(frozen=True, slots=True)
class Migrations:
    expand: Migration | None
    contract: Migration | None


@dataclass(frozen=True, slots=True)
class Command:
    """A one-off task that a person may run by its key."""

    key: str
    service: str
    command: tuple[str, ...]
    timeout_seconds: int


@dataclass(frozen=True, slots=True)
class Application:
    application: str
    repository: Repository
    images: Images
    cluster: str
    roles: tuple[str, ...]
    services: tuple[Service, ...]
    migrations: Migrations
    schedules: tuple[str, ...]
    on_failure: OnFailure
    settle_seconds: int
    log_groups: tuple[str, ...]
    target_groups: tuple[str, ...]
    scaling_groups: tuple[str, ...]
    commands: tuple[Command, ...]
    dump_readers: tuple[str, ...]


def document(application: Application) -> dict[str, object]:
    """Return the normalised document: every field by its name, every default filled in."""
    plain: dict[str, object] = json.loads(json.dumps(asdict(application)))
    return plain


def parse(document: object) -> Application | tuple[Problem, ...]:
    """Return the application that a document describes, or everything that is wrong with it."""
    if not isinstance(document, Mapping):
        return (Problem((), f"{shown(document)} is not a mapping", "begin with application: name"),)
    problems: list[Problem] = []
    with Fields(document, (), problems) as fields:
        application = _application(fields)
    problems += _contradictions(application)
    return tuple(problems) or application


def _application(fields: Fields) -> Application:
    name = fields.text("application", names.APPLICATION)
    roles = (f"{name}-task", f"{name}-execution")
    return Application(
        application=name,
        repository=_repository(fields),
        images=_images(fields),
        cluster=fields.text("cluster", names.CLUSTER),
        roles=fields.texts("roles", names.ROLE, roles),
        services=tuple(_service(name, *each) for each in fields.each("services", "{web: {}}")),
        migrations=_migrations(fields),
        schedules=fields.texts("schedules", names.SCHEDULE),
        on_failure=fields.choice("on_failure", OnFailure.ROLLBACK),
        settle_seconds=fields.seconds("settle", 0, least=0),
        log_groups=fields.texts("log_groups", names.PATTERN),
        target_groups=fields.texts("target_groups", names.PATTERN),
        scaling_groups=fields.texts("scaling_groups", names.PATTERN),
        commands=tuple(_command(*each) for each in fields.each("commands")),
        dump_readers=fields.texts("dump_readers", names.PATTERN),
    )


def _repository(fields: Fields) -> Repository:
    text = fields.text("repository", names.REPOSITORY)
    return repository(text) or Repository(text)


def _images(fields: Fields) -> Images:
    with fields.inner("images") as images:
        return Images(images.texts("tags", names.TAG, ("*",)), images.choice("order", Order.NEWEST))


def _service(application: str, key: str, fields: Fields) -> Service:
    name = f"{application}-{key}"
    return Service(
        key=key,
        service=fields.text("service", names.ECS, name),
        family=fields.text("family", names.ECS, name),
        container=fields.text("container", names.ECS, "") or None,
        strategy=fields.choice("strategy", Strategy.ROLLING),
        after=fields.texts("after", names.REFERENCE),
        bake=_bake(fields),
        deadlines=_deadlines(fields),
        quarantine=_quarantine(fields),
    )


def _bake(fields: Fields) -> Bake:
    with fields.inner("bake") as bake:
        return Bake(
            # A day is also the most that ECS bakes.
            minutes=bake.whole("minutes", 10, least=0, most=1_440),
            alarms=bake.texts("alarms", names.ALARM),
            min_requests=bake.whole("min_requests", 0, least=0, most=1_000_000_000),
        )


def _deadlines(fields: Fields) -> Deadlines:
    with fields.inner("deadlines") as deadlines:
        return Deadlines(
            task_healthy_seconds=deadlines.seconds("task_healthy", 300),
            progress_seconds=deadlines.seconds("progress", 600),
            overall_seconds=deadlines.seconds("overall", 2_700),
        )


def _quarantine(fields: Fields) -> Quarantine:
    with fields.inner("quarantine") as quarantine:
        return Quarantine(
            mode=quarantine.choice("mode", Mode.CAPTURE),
            max=quarantine.whole("max", 1, least=1, most=10),
            ttl_seconds=quarantine.seconds("ttl", 14_400),
            dump=quarantine.choice("dump", Dump.LOGS),
        )


def _migrations(fields: Fields) -> Migrations:
    with fields.inner("migrations") as migrations:
        return Migrations(_migration(migrations, "expand"), _migration(migrations, "contract"))


def _migration(fields: Fields, phase: str) -> Migration | None:
    if not fields.given(phase):
        return None
    with fields.inner(phase) as task:
        return Migration(*_task(task))


def _command(key: str, fields: Fields) -> Command:
    return Command(key, *_task(fields))


def _task(fields: Fields) -> tuple[str, tuple[str, ...], int]:
    service = fields.text("service", names.REFERENCE)
    command = fields.texts("command", names.ARGUMENT, None)
    return service, command, fields.seconds("timeout", 900)


def _contradictions(application: Application) -> Iterator[Problem]:
    """Yield what is wrong although every field by itself is right."""
    tags = application.images.tags
    nothing_left = any(tag.rstrip("*") == "!" for tag in tags)
    if nothing_left or all(tag.startswith("!") for tag in tags):
        yield Problem(("images", "tags"), "takes no tag at all", 'add what to take, as in "*"')
    yield from _strangers(application)
    yield from _twins(application.services)
    yield from _circles({service.key: set(service.after) for service in application.services})


def _strangers(application: Application) -> Iterator[Problem]:
    phases = (
        ("expand", application.migrations.expand),
        ("contract", application.migrations.contract),
    )
    named: list[tuple[Path, str]] = [
        (("services", service.key, "after", place), key)
        for service in application.services
        for place, key in enumerate(service.after)
    ]
    named += [(("migrations", phase, "service"), task.service) for phase, task in phases if task]
    named += [(("commands", task.key, "service"), task.service) for task in application.commands]
    known = [service.key for service in application.services]
    for path, key in named:
        if key and known and key not in known:
            yield Problem(path, f'"{key}" is not among the services', hint(key, known))


def _twins(services: tuple[Service, ...]) -> Iterator[Problem]:
    first: dict[str, str] = {}
    for service in services:
        other = first.setdefault(service.service, service.key)
        if other != service.key:
            what = f'"{service.service}" is already the service of {other}'
            yield Problem(("services", service.key, "service"), what, "name each service once")


def _circles(after: dict[str, set[str]]) -> Iterator[Problem]:
    while True:
        try:
            TopologicalSorter(after).prepare()
        except CycleError as error:
            circle = error.args[1][::-1]
            what = f"goes round in a circle: {' after '.join(circle)}"
            yield Problem(("services", circle[0], "after"), what, "take one of them out")
            after = {key: before for key, before in after.items() if key not in circle}
        else:
            return
