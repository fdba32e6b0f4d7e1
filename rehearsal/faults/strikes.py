"""Does a fault strike this time, and how often has it struck?"""

import random
from collections.abc import Callable

from rehearsal.clock import Clock
from rehearsal.faults.kinds import NAMES, AnyFault

Note = Callable[[str, str, str], object]


class Strike:
    """One fault in one rehearsal. It draws from a random of its own, whatever others draw."""

    def __init__(self, clock: Clock, fault: AnyFault, seed: str, note: Note) -> None:
        self.fault = fault
        self.kind = NAMES[type(fault)]
        self.clock = clock
        self.random = random.Random(seed)
        self.times = 0
        """How often it has struck: a scenario can say that it did at all."""
        self._note = note
        self._start = clock.seconds
        self._could = 0

    @property
    def chances(self) -> int:
        """How often it could have struck: a share of nothing is nothing."""
        return self._could

    @property
    def over(self) -> bool:
        """Whether it cannot strike any more."""
        ended = self.fault.until is not None and self._passed >= self.fault.until
        return ended or (self.fault.most is not None and self.times >= self.fault.most)

    def now(self, share: float = 1.0) -> bool:
        """Tell whether it strikes, now that it could, and count it."""
        if self.over or self._passed < self.fault.after:
            return False
        self._could += 1
        if self._could < self.fault.first or not self._drawn(share):
            return False
        self.times += 1
        return True

    def tell(self, text: str) -> None:
        self._note("fault", self.kind, text)

    @property
    def _passed(self) -> float:
        # As the clock rounds its times: 6 min after the start are 360 s, also as floats.
        return round(self.clock.seconds - self._start, 6)

    def _drawn(self, share: float) -> bool:
        probability = self.fault.probability
        likely = share * (1.0 if probability is None else probability)
        return likely >= 1 or self.random.random() < likely
