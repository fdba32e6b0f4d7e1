"""Which steps make this release the running one, and which go back?"""

from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from types import MappingProxyType

from functions.domain import catalogue
from functions.domain.catalogue import Application, Service, Strategy
from functions.domain.plan import (
    Bake,
    Baking,
    Do,
    Follow,
    Migrate,
    Pin,
    Roll,
    Step,
    Way,
)
from functions.domain.release import Part, Release, Stable


@dataclass(frozen=True, slots=True)
class Tasks:
    """The tasks that a release runs besides its services; None where it has none of a kind.

    `before` is the contract of the release that runs, where its end is to be found out first.
    """

    before: Migrate | None = None
    expand: Migrate | None = None
    probe: Migrate | None = None
    contract: Migrate | None = None
    undo: Migrate | None = None


NONE = Tasks()


def forward(
    application: Application,
    release: Release,
    tasks: Tasks = NONE,
    runs: Mapping[str, str] = MappingProxyType({}),
) -> tuple[Step, ...]:
    """Return the steps of a release: pin, expand, roll wave by wave, bake, contract.

    `runs` is what each service runs now: a schedule that names no revision would run the new one
    as soon as it is registered, so schedules name what runs before that. A bake of no minutes is
    one last look at all services: an earlier wave may have been replaced.
    """
    headroom = application.headroom
    return (
        *_migrate(tasks.before),
        *((Step(Do.HEADROOM, headroom=headroom),) if headroom else ()),
        *_follow(application, runs),
        _pin(release.stables()),
        *_migrate(tasks.expand),
        *_migrate(tasks.probe),
        *_forward(application, release.parts),
        *_follow(application, {}),
        Step(Do.BAKE, bake=_bake(application)),
        *_contracted(tasks.contract),
    )


def contracting(release: Release, contract: Migrate) -> tuple[Step, ...]:
    """Return the steps that only run the contract migration of a release that runs already.

    It is promoted once more: whatever becomes of its contract, it stays the stable one.
    """
    return (_pin(release.stables()), *_contracted(contract))


def back(
    application: Application,
    stables: Mapping[str, Stable],
    ways: Mapping[str, Way] = MappingProxyType({}),
    undo: Migrate | None = None,
) -> tuple[Step, ...]:
    """Return the steps that bring services back, the last one first, with a last look at all.

    A service that `ways` does not name is updated. Where ECS chooses the revision, the pin has
    nothing to do: it only says which one runs then.
    """
    parts = {key: stable.part for key, stable in stables.items()}
    ordered = [
        tuple(service for service in wave if service.key in parts)
        for wave in reversed(in_order(application))
    ]
    rolls = (_back(_roll(application, wave, parts), ways) for wave in ordered if wave)
    return (
        _pin(stables),
        *rolls,
        *_follow(application, {}, frozenset(parts)),
        *_migrate(undo),
        Step(Do.BAKE, bake=Bake(0, ())),
    )


def _migrate(task: Migrate | None) -> tuple[Step, ...]:
    return (Step(Do.MIGRATE, migrate=task),) if task else ()


def _contracted(task: Migrate | None) -> tuple[Step, ...]:
    """Return the contract, before which the release is stable: no way leads behind it."""
    return (Step(Do.PROMOTE), *_migrate(task)) if task else ()


def _follow(
    application: Application, revisions: Mapping[str, str], only: frozenset[str] | None = None
) -> tuple[Step, ...]:
    """Return the step that has the schedules run these revisions, or those just pinned."""
    families = {
        service.family: service.key
        for service in application.services
        if only is None or service.key in only
    }
    if not application.schedules:
        return ()
    follow = Follow(application.schedules, application.cluster, families, revisions)
    return (Step(Do.FOLLOW, follow=follow),)


def _forward(application: Application, parts: Mapping[str, Part]) -> Iterator[Step]:
    """Yield the waves; where several services roll at once, each stops if another one fails."""
    for wave in in_order(application):
        step = _roll(application, wave, parts)
        rolls = (replace(each, siblings=len(wave) > 1) for each in step.rolls)
        yield replace(step, rolls=tuple(rolls))


def in_order(application: Application) -> tuple[tuple[Service, ...], ...]:
    """Return the waves, the one service that goes first by itself before them.

    A wave of more services than may roll at the same time is several: what has not begun when one
    fails is never touched.
    """
    first, most = application.order.first, application.order.max_parallel
    ahead = tuple(each for each in application.services if each.key == first)
    rest = waves([each for each in application.services if each.key != first], {first})
    parted = (wave[at : at + most] for wave in rest for at in range(0, len(wave), most))
    return (*((ahead,) if ahead else ()), *parted)


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


def waves(
    services: Sequence[Service], before: AbstractSet[str] = frozenset()
) -> tuple[tuple[Service, ...], ...]:
    """Group services so that each comes after those it names in `after`.

    Those in `before` are placed already. The catalogue has no cycles: `parse` refused them.
    """
    placed = set(before)
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
                recreate=service.strategy is Strategy.RECREATE,
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
