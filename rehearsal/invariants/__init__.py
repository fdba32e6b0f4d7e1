"""Did the invariants of the design hold, over everything that happened in a world?"""

from collections.abc import Collection
from dataclasses import dataclass

from rehearsal.invariants.checks import CHECKS, Check
from rehearsal.invariants.ends import ENDS, end_is_true
from rehearsal.invariants.story import Story
from rehearsal.states.history import Execution
from rehearsal.world import World


@dataclass(frozen=True, slots=True)
class Broken:
    """A breach of the invariant of this number; `at` is when it was seen, in virtual seconds."""

    number: int
    name: str
    sentence: str
    at: float


class Invariants:
    """Make it before anything happens in the world, and before any fault is laid."""

    def __init__(self, world: World) -> None:
        self.story = Story(world)
        self._clock = world.clock
        self._at_ends: list[Broken] = []
        world.machines.on_state.append(self._happened)

    def broken(self, but: Collection[Check] = ()) -> list[Broken]:
        """Return every breach so far, but for what the caller itself has brought about."""
        return self._at_ends + [
            self._breach(number, check.__name__, sentence)
            for check, number in CHECKS.items()
            if check not in but
            for sentence in check(self.story)
        ]

    def _happened(self, execution: Execution, state: str, _: str) -> None:
        if state or execution.running:
            return
        end = self.story.closed_by(execution)
        number = ENDS.get(end.get("outcome", ""))
        if number is not None:
            self._at_ends += [
                self._breach(number, end_is_true.__name__, sentence)
                for sentence in end_is_true(self.story, end)
            ]

    def _breach(self, number: int, name: str, sentence: str) -> Broken:
        return Broken(number, name, sentence, self._clock.seconds)
