"""Which steps make this release the running one, and which go back?"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from types import MappingProxyType

from functions.domain import catalogue
from functions.domain.admission import Decision
from functions.domain.catalogue import Application, Service
from functions.domain.recovery.hold import Hold
from functions.domain.release import Part, Release, Stable


class Do(StrEnum):
    PIN = "pin"
    MIGRATE = "migrate"
    ROLL = "roll"
    BAKE = "bake"


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


@dataclass(frozen=True, slots=True)
class Migrate:
    """`run` is what RunTask is asked, but for revision and token, as the state wants it."""

    phase: str
    key: str
    cluster: str
    container: str
    timeout_seconds: int
    run: Mapping[str, object]
    log_lines: int = 0


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


@dataclass(frozen=True, slots=True)
class Plan:
    """`decision` other than Deploy means that there is nothing to do, and `message` says why.

    `before` is the release that was stable when the plan was made, `hold` the one in force then.
    """

    kind: Kind
    decision: Decision
    message: str
    release: Release | None = None
    before: int | None = None
    steps: tuple[Step, ...] = ()
    hold: Hold | None = None


def forward(
    application: Application,
    release: Release,
    migrate: Migrate | None,
) -> tuple[Step, ...]:
    """Return the steps of a release: pin, expand, roll wave by wave, bake.

    A bake of no minutes is one last look at all services: an earlier wave may have been replaced.
    """
    steps = [_pin(release.stables())]
    if migrate is not None:
        steps.append(Step(Do.MIGRATE, migrate=migrate))
    steps += [_roll(application, wave, release.parts) for wave in waves(application.services)]
    return (*steps, Step(Do.BAKE, bake=_bake(application)))


def back(
    application: Application,
    stables: Mapping[str, Stable],
    ways: Mapping[str, Way] = MappingProxyType({}),
) -> tuple[Step, ...]:
    """Return the steps that bring services back, the last one first, with a last look at all.

    A service that `ways` does not name is updated. Where ECS chooses the revision, the pin has
    nothing to do: it only says which one runs then.
    """
    parts = {key: stable.part for key, stable in stables.items()}
    ordered = [
        tuple(service for service in wave if service.key in parts)
        for wave in reversed(waves(application.services))
    ]
    rolls = (_back(_roll(application, wave, parts), ways) for wave in ordered if wave)
    return (_pin(stables), *rolls, Step(Do.BAKE, bake=Bake(0, ())))


def _back(step: Step, ways: Mapping[str, Way]) -> Step:
    taken = ((roll, ways.get(roll.key, Way())) for roll in step.rolls)
    rolls = tuple(
        replace(
            roll,
            how=way.how,
            revision=way.revision,
            service_deployment=way.service_deployment,
            turned_back=way.turned_back,
        )
        for roll, way in taken
    )
    return replace(step, rolls=rolls)


def waves(services: Sequence[Service]) -> tuple[tuple[Service, ...], ...]:
    """Group services so that each comes after those it names in `after`.

    The catalogue has no cycles: `parse` refused them.
    """
    placed: set[str] = set()
    left, grouped = list(services), []
    while left:
        wave = tuple(service for service in left if placed.issuperset(service.after))
        grouped.append(wave)
        placed.update(service.key for service in wave)
        left = [service for service in left if service.key not in placed]
    return tuple(grouped)


def rolled(steps: Sequence[Step], through: int) -> frozenset[str]:
    """Return the keys of the services that steps up to and including `through` have touched."""
    return frozenset(roll.key for step in steps[: through + 1] for roll in step.rolls)


def _pin(stables: Mapping[str, Stable]) -> Step:
    pins = (
        Pin(
            key=key,
            release=stable.release,
            base=stable.part.base,
            images=stable.part.images,
            revision=stable.part.revision,
            image_tag=stable.image_tag,
        )
        for key, stable in sorted(stables.items())
    )
    return Step(Do.PIN, pins=tuple(pins))


def _roll(application: Application, wave: Sequence[Service], parts: Mapping[str, Part]) -> Step:
    return Step(
        Do.ROLL,
        rolls=tuple(
            Roll(
                key=service.key,
                service=service.service,
                cluster=application.cluster,
                digests=parts[service.key].digests,
                task_healthy_seconds=service.deadlines.task_healthy_seconds,
                progress_seconds=service.deadlines.progress_seconds,
                capacity_seconds=service.deadlines.capacity_seconds,
                overall_seconds=service.deadlines.overall_seconds,
                log_lines=application.log_lines,
            )
            for service in wave
        ),
    )


def _bake(application: Application) -> Bake:
    """Return the one bake of the release, which is as long as that of any service.

    Where services differ about what cannot be judged, the most careful of them decides.
    """
    services = tuple(Baking(service.key, service.bake) for service in application.services)
    rules = [each.rules for each in services]
    careful = (catalogue.Unsure.ROLLBACK, catalogue.Unsure.HOLD, catalogue.Unsure.PROMOTE)
    return Bake(
        minutes=max(each.minutes for each in rules),
        services=services,
        extend_seconds=max(each.extend_seconds for each in rules),
        error=min((each.error for each in rules), key=careful.index),
    )
