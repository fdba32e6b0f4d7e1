"""What is an application?"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from enum import StrEnum

from functions.domain.image import Images, Repository


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


class OnRollback(StrEnum):
    """Whether the way back of a release undoes its expand migration."""

    SKIP = "skip"
    RUN = "run"


class OnFailure(StrEnum):
    ROLLBACK = "rollback"
    HOLD = "hold"


class Unarmed(StrEnum):
    """What an alarm that fires already before the release does to it."""

    PROCEED = "proceed"
    BLOCK = "block"


class Unsure(StrEnum):
    """What becomes of a release whose bake has no answer; `hold` leaves the services alone."""

    PROMOTE = "promote"
    ROLLBACK = "rollback"
    HOLD = "hold"


class HoldUntil(StrEnum):
    """What lifts the hold that a rollback leaves behind."""

    UNTIL_NEWER = "until_newer"
    UNTIL_PERSON = "until_person"


@dataclass(frozen=True, slots=True)
class Bake:
    """`extend_seconds` is how long a bake at most goes on for `min_requests` to come."""

    minutes: int
    alarms: tuple[str, ...]
    min_requests: int
    extend_seconds: int
    unarmed: Unarmed
    no_data: Unsure
    error: Unsure


@dataclass(frozen=True, slots=True)
class Deadlines:
    """`capacity` stands in for `progress` while there is no room for the tasks."""

    task_healthy_seconds: int
    progress_seconds: int
    capacity_seconds: int
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
class RollOrder:
    """How the services of a release roll.

    `first` is the service that has to be up before any other is touched, `probe` the one of which
    one task of the release, beside the service and without traffic, has to be up before that;
    either may be empty. `max_parallel` services of a wave roll at the same time.
    """

    first: str
    probe: str
    max_parallel: int


@dataclass(frozen=True, slots=True)
class Migration:
    """A task of the release that borrows network and roles from a service.

    `cpu` (units) and `memory` (MiB) are 0 where those of the task definition hold. `breaking`: the
    code before does not bear it, so there is no way back once it has begun. `undo` is the command
    that `on_rollback: run` runs.
    """

    service: str
    command: tuple[str, ...]
    timeout_seconds: int
    cpu: int = 0
    memory: int = 0
    environment: Mapping[str, str] = field(default_factory=dict)
    breaking: bool = False
    on_rollback: OnRollback = OnRollback.SKIP
    undo: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Migrations:
    expand: Migration | None
    contract: Migration | None


@dataclass(frozen=True, slots=True)
class Headroom:
    """Instances that are added before a release rolls, and taken back `back_after` it has ended.

    They are added to the EC2 Auto Scaling group `group`, or to that of a capacity provider;
    exactly one of the two is named.
    """

    group: str
    capacity_provider: str
    scale_out: int
    back_after_seconds: int


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
    order: RollOrder
    migrations: Migrations
    headroom: Headroom | None
    schedules: tuple[str, ...]
    on_failure: OnFailure
    hold_after_rollback: HoldUntil
    settle_seconds: int
    log_lines: int
    log_groups: tuple[str, ...]
    target_groups: tuple[str, ...]
    scaling_groups: tuple[str, ...]
    commands: tuple[Command, ...]
    dump_readers: tuple[str, ...]


def document(application: Application) -> dict[str, object]:
    """Return the normalised document: every field by its name, every default filled in."""
    plain: dict[str, object] = json.loads(json.dumps(asdict(application)))
    return plain
