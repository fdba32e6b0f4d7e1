"""What does a file of the catalogue say, and what is wrong with it?"""

from collections.abc import Mapping, Sequence

from functions.domain import names
from functions.domain.catalogue import (
    Application,
    Bake,
    Command,
    Deadlines,
    Dump,
    Headroom,
    HoldUntil,
    Migration,
    Migrations,
    Mode,
    OnFailure,
    OnRollback,
    Quarantine,
    RollOrder,
    Service,
    Strategy,
    Unarmed,
    Unsure,
)
from functions.domain.contradictions import contradictions
from functions.domain.fields import Fields, Problem, shown
from functions.domain.image import Images, Order, Repository, repository


def parse(document: object) -> Application | tuple[Problem, ...]:
    """Return the application that a document describes, or everything that is wrong with it."""
    if not isinstance(document, Mapping):
        return (Problem((), f"{shown(document)} is not a mapping", "begin with application: name"),)
    problems: list[Problem] = []
    with Fields(document, (), problems) as fields:
        application = _application(fields)
    problems += contradictions(application)
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
        services=(services := _services(name, fields)),
        order=_order(fields),
        migrations=_migrations(fields),
        headroom=_headroom(fields),
        schedules=fields.texts("schedules", names.SCHEDULE),
        on_failure=fields.choice("on_failure", OnFailure.ROLLBACK),
        hold_after_rollback=fields.choice("hold_after_rollback", HoldUntil.UNTIL_NEWER),
        settle_seconds=fields.seconds("settle", 0, least=0),
        log_lines=fields.whole("log_lines", 10, least=0, most=50),
        log_groups=fields.texts("log_groups", names.PATTERN, _log_groups(name, services)),
        target_groups=fields.texts("target_groups", names.PATTERN),
        scaling_groups=fields.texts("scaling_groups", names.PATTERN),
        commands=tuple(_command(*each) for each in fields.each("commands")),
        dump_readers=fields.texts("dump_readers", names.PATTERN),
    )


def _log_groups(application: str, services: Sequence[Service]) -> tuple[str, ...]:
    """Return where the console of ECS has tasks log by default: a group per family."""
    start = f"{application}-"
    families = (each.family for each in services)
    named = (f"{start}*" if each.startswith(start) else each for each in families if each)
    return tuple(dict.fromkeys(f"/ecs/{each}" for each in named))


def _repository(fields: Fields) -> Repository:
    text = fields.text("repository", names.REPOSITORY)
    return repository(text) or Repository(text)


def _images(fields: Fields) -> Images:
    with fields.inner("images") as images:
        return Images(images.texts("tags", names.TAG, ("*",)), images.choice("order", Order.NEWEST))


def _services(application: str, fields: Fields) -> tuple[Service, ...]:
    return tuple(_service(application, *each) for each in fields.each("services", "{web: {}}"))


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
            extend_seconds=bake.seconds("extend", 1_800, least=0),
            unarmed=bake.choice("unarmed", Unarmed.PROCEED),
            no_data=bake.choice("no_data", Unsure.HOLD),
            error=bake.choice("error", Unsure.HOLD),
        )


def _deadlines(fields: Fields) -> Deadlines:
    with fields.inner("deadlines") as deadlines:
        return Deadlines(
            task_healthy_seconds=deadlines.seconds("task_healthy", 300),
            progress_seconds=deadlines.seconds("progress", 600),
            capacity_seconds=deadlines.seconds("capacity", 1_200),
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


def _order(fields: Fields) -> RollOrder:
    with fields.inner("order") as order:
        return RollOrder(
            first=order.text("first", names.REFERENCE, ""),
            probe=order.text("probe", names.REFERENCE, ""),
            max_parallel=order.whole("max_parallel", 5, least=1, most=40),
        )


def _headroom(fields: Fields) -> Headroom | None:
    if not fields.given("headroom"):
        return None
    with fields.inner("headroom") as headroom:
        return Headroom(
            group=headroom.text("group", names.SCALING_GROUP, ""),
            capacity_provider=headroom.text("capacity_provider", names.ECS, ""),
            scale_out=headroom.whole("scale_out", 1, least=1, most=100),
            back_after_seconds=headroom.seconds("back_after", 600, least=0),
        )


def _migrations(fields: Fields) -> Migrations:
    with fields.inner("migrations") as migrations:
        return Migrations(_migration(migrations, "expand"), _migration(migrations, "contract"))


def _migration(fields: Fields, phase: str) -> Migration | None:
    if not fields.given(phase):
        return None
    with fields.inner(phase) as task:
        service, command, timeout = _task(task)
        return Migration(
            service,
            command,
            timeout,
            cpu=task.whole("cpu", 0, least=0, most=196_608),
            memory=task.whole("memory", 0, least=0, most=1_000_000),
            environment=task.mapping("environment", names.VARIABLE),
            breaking=task.switch("breaking"),
            on_rollback=task.choice("on_rollback", OnRollback.SKIP),
            undo=task.texts("undo", names.ARGUMENT),
        )


def _command(key: str, fields: Fields) -> Command:
    return Command(key, *_task(fields))


def _task(fields: Fields) -> tuple[str, tuple[str, ...], int]:
    service = fields.text("service", names.REFERENCE)
    command = fields.texts("command", names.ARGUMENT, None)
    return service, command, fields.seconds("timeout", 900)
