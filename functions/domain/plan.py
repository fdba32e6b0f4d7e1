"""Which steps make this release the running one, and which go back?"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from functions.domain.admission import Decision
from functions.domain.catalogue import Application, Service
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


@dataclass(frozen=True, slots=True)
class Roll:
    key: str
    service: str
    cluster: str
    digests: Mapping[str, tuple[str, ...]]
    progress_seconds: int
    overall_seconds: int


@dataclass(frozen=True, slots=True)
class Migrate:
    """`run` is what RunTask is asked, but for revision and token, as the state wants it."""

    phase: str
    key: str
    cluster: str
    container: str
    timeout_seconds: int
    run: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Bake:
    minutes: int
    alarms: tuple[str, ...]


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

    `before` is the release that was stable when the plan was made.
    """

    kind: Kind
    decision: Decision
    message: str
    release: Release | None = None
    before: int | None = None
    steps: tuple[Step, ...] = ()


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


def back(application: Application, stables: Mapping[str, Stable]) -> tuple[Step, ...]:
    """Return the steps that bring services back, the last one first, with a last look at all."""
    parts = {key: stable.part for key, stable in stables.items()}
    ordered = [
        tuple(service for service in wave if service.key in parts)
        for wave in reversed(waves(application.services))
    ]
    rolls = (_roll(application, wave, parts) for wave in ordered if wave)
    return (_pin(stables), *rolls, Step(Do.BAKE, bake=Bake(0, ())))


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
                progress_seconds=service.deadlines.progress_seconds,
                overall_seconds=service.deadlines.overall_seconds,
            )
            for service in wave
        ),
    )


def _bake(application: Application) -> Bake:
    """Return the one bake of the release: the longest, with the alarms of all services."""
    minutes = max(service.bake.minutes for service in application.services)
    alarms = sorted({name for service in application.services for name in service.bake.alarms})
    return Bake(minutes, tuple(alarms))
