"""What is a plan: which steps does it have, and what does each hold?"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from functions.domain import catalogue
from functions.domain.admission import Decision
from functions.domain.preflight.finding import Finding
from functions.domain.reason import Code
from functions.domain.recovery.hold import Hold
from functions.domain.release import Release


class Do(StrEnum):
    PIN = "pin"
    MIGRATE = "migrate"
    ROLL = "roll"
    BAKE = "bake"
    FOLLOW = "follow"
    HEADROOM = "headroom"
    PROMOTE = "promote"


class Kind(StrEnum):
    """Why the steps are taken. Only FORWARD goes back when it fails."""

    FORWARD = "forward"
    BY_HAND = "rollback by hand"


@dataclass(frozen=True, slots=True)
class Pin:
    """Register `base` with `images`; nothing to do where `revision` is there already."""

    key: str
    release: int
    base: str
    images: Mapping[str, str]
    revision: str | None
    image_tag: str | None


class How(StrEnum):
    """How a service comes to run a revision.

    UPDATE asks ECS for it, STOP has ECS turn back the service deployment that is under way, WATCH
    changes nothing, since ECS is going back to it, or runs it, already.
    """

    UPDATE = "update"
    STOP = "stop"
    WATCH = "watch"


@dataclass(frozen=True, slots=True)
class Way:
    """How one service goes back; the fields are those of `Roll`."""

    how: How = How.UPDATE
    revision: str | None = None
    service_deployment: str | None = None
    turned_back: str | None = None


@dataclass(frozen=True, slots=True)
class Roll:
    """`service_deployment` is the ARN of the one to stop; `revision` is set where ECS chooses it.

    `turned_back` is the id of the deployment that is gone back from, `log_lines` is how many of a
    container that failed are read.
    """

    key: str
    service: str
    cluster: str
    digests: Mapping[str, tuple[str, ...]]
    task_healthy_seconds: int
    progress_seconds: int
    capacity_seconds: int
    overall_seconds: int
    log_lines: int = 0
    how: How = How.UPDATE
    revision: str | None = None
    service_deployment: str | None = None
    turned_back: str | None = None
    recreate: bool = False
    siblings: bool = False


class Gate(StrEnum):
    """What a task that is run has to do: end with exit code 0, or come up and stay up."""

    EXIT = "exit"
    HEALTHY = "healthy"


@dataclass(frozen=True, slots=True)
class Migrate:
    """A task of release number `release` that is run once: expand, contract, undo, or a probe.

    `run` is what RunTask is asked, but for revision and token, as the state wants it. `revision`
    is set where it is not the one that the release was just pinned to. `breaking` and a contract
    leave no way back once begun; `again` runs it although it failed before: a person asks for it.
    """

    phase: str
    key: str
    cluster: str
    container: str
    timeout_seconds: int
    run: Mapping[str, object]
    log_lines: int = 0
    release: int = 0
    breaking: bool = False
    again: bool = False
    gate: Gate = Gate.EXIT
    revision: str | None = None


@dataclass(frozen=True, slots=True)
class Follow:
    """Schedules and rules, by `names`, whose targets run a family of the application.

    `families` says which service each family is of, `revisions` what the target of a service is to
    run; a service that is not in it has just been pinned.
    """

    names: tuple[str, ...]
    cluster: str
    families: Mapping[str, str]
    revisions: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Baking:
    """A service in the bake of its release, and the rules of the catalogue for it."""

    key: str
    rules: catalogue.Bake


@dataclass(frozen=True, slots=True)
class Bake:
    """`minutes` are those of the service that bakes longest; each is watched for its own.

    `extend_seconds` and `error` are for all of it: how long a bake at most goes on that cannot be
    judged, and what becomes of it then.
    """

    minutes: int
    services: tuple[Baking, ...]
    extend_seconds: int = 1_800
    error: catalogue.Unsure = catalogue.Unsure.HOLD


@dataclass(frozen=True, slots=True)
class Step:
    """One step; `do` says which of the fields is filled."""

    do: Do
    pins: tuple[Pin, ...] = ()
    rolls: tuple[Roll, ...] = ()
    migrate: Migrate | None = None
    bake: Bake | None = None
    follow: Follow | None = None
    headroom: catalogue.Headroom | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """`decision` other than Deploy means that there is nothing to do, and `message` says why.

    `before` is the release that was stable when the plan was made, `hold` the one in force then.
    `findings` of the preflight are those that are not ok, `notes` what people are told of whose
    hand was seen on the services, `rollback_safe` is false once the code before does not bear the
    schema any more. Of services that are `unseen`, since they are scaled to zero, nothing becomes
    stable; each names the revision that it has set, by key. `condition` is why another release is
    not deployed before it is settled.
    """

    kind: Kind
    decision: Decision
    message: str
    release: Release | None = None
    before: int | None = None
    steps: tuple[Step, ...] = ()
    hold: Hold | None = None
    findings: tuple[Finding, ...] = ()
    notes: tuple[str, ...] = ()
    rollback_safe: bool = True
    unseen: Mapping[str, str] = field(default_factory=dict)
    condition: Code | None = None
