"""Which steps make this release the running one, and which go back?"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType

from functions.domain import catalogue
from functions.domain.catalogue import Application, Service
from functions.domain.plan import (
    Bake,
    Baking,
    Do,
    Migrate,
    Pin,
    Roll,
    Step,
    Way,
)
from functions.domain.release import Part, Release, Stable


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
