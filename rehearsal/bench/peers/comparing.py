"""What comes of a release in the hands of each of the contenders?"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar, Protocol

from rehearsal.bench.peers.course import Course
from rehearsal.bench.peers.rows import NAME, Row
from rehearsal.bench.peers.word import Said, Word
from rehearsal.scenario.acts.acting import Acting
from rehearsal.scenario.stage.behaving import behaviour
from rehearsal.scenario.stage.preparing import Prepared
from rehearsal.world import World

WATCHED = 7_200.0
"""Seconds, from when the contender is told to deploy."""


class Contender(Protocol):
    title: ClassVar[str]
    breaker: ClassVar[bool]
    """Whether its service has the circuit breaker on, with rollback and all defaults."""

    def __init__(self, prepared: Prepared) -> None: ...

    @property
    def said(self) -> Said | None:
        """Return the verdict, once there is one."""
        ...

    def start(self) -> None:
        """Deploy v2, in a greenlet that may wait."""
        ...


@dataclass(frozen=True, slots=True)
class Result:
    """All times in virtual seconds from UpdateService on; None where it never came to that.

    Where a contender says so without having updated anything, from what it said on.
    """

    word: Word
    why: str
    said_after: float | None
    stable_after: float | None
    lost: int
    least: int
    overhead: float
    """From the push, or whatever else the contender began with, to UpdateService."""


def compare(row: Row, contender: type[Contender], seed: int = 0) -> Result:
    """Have one contender deploy v2, and watch."""
    loaded = row.loaded(breaker=contender.breaker)
    with World(loaded.applications, seed) as world:
        prepared = Prepared(world, loaded.scenario.world)
        world.store("orders", "v2", behaviour(prepared.image("orders", "v2")))
        course, contending, acting = Course(world, NAME), contender(prepared), Acting(prepared)
        asked_at, updated_at = world.clock.seconds, None

        def updated() -> None:
            nonlocal updated_at
            updated_at = world.clock.seconds
            acting.schedule(loaded.scenario.timeline)

        _once(world, updated)
        world.clock.spawn(contending.start)
        world.clock.run(until=asked_at + WATCHED)
        said = contending.said
        began_at = said.at if updated_at is None and said else updated_at
        if acting.refused or began_at is None:
            raise RuntimeError(f"{row.truth}: {acting.refused or 'nothing was deployed'}")
        return _result(said, course, asked_at, began_at)


def _result(said: Said | None, course: Course, asked_at: float, began_at: float) -> Result:
    stable = course.stable_at
    return Result(
        word=said.word if said else Word.NONE,
        why=said.why if said else "",
        said_after=said.at - began_at if said else None,
        stable_after=None if stable is None else max(0.0, stable - began_at),
        lost=course.lost,
        least=course.least,
        overhead=began_at - asked_at,
    )


def _once(world: World, action: Callable[[], object]) -> None:
    """Do something directly before the first UpdateService."""
    done = False

    def hear(service: str, operation: str, _: object) -> None:
        nonlocal done
        if (service, operation) == ("ecs", "UpdateService") and not done:
            done = True
            action()

    world.sdk.before.append(hear)
