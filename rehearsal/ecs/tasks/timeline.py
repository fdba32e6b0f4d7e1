"""What is due for one task, and when?"""

import heapq
from collections.abc import Callable
from datetime import datetime, timedelta
from itertools import count
from typing import TYPE_CHECKING

from rehearsal.ecs.world import World

if TYPE_CHECKING:
    from rehearsal.ecs.clock import Timer

Step = Callable[[], object]


class Timeline:
    """The steps ahead, with one timer for the next of them.

    Steps due at the same instant as a scheduler pass have to come before it, whatever the order of
    timers: the pass calls `catch_up` first.
    """

    __slots__ = ("_ahead", "_busy", "_order", "_timer", "_timer_due", "_world")

    def __init__(self, world: World) -> None:
        self._world = world
        self._ahead: list[tuple[datetime, int, Step]] = []
        self._order = count()
        self._timer: Timer | None = None
        self._timer_due: datetime | None = None
        self._busy = False

    def add(self, seconds: float, step: Step) -> None:
        due = self._world.now() + timedelta(seconds=seconds)
        heapq.heappush(self._ahead, (due, next(self._order), step))
        self._arm()

    def clear(self) -> None:
        self._ahead.clear()
        self._arm()

    def catch_up(self) -> None:
        if self._busy or not self._ahead:
            return
        self._busy = True
        now = self._world.now()
        while self._ahead and self._ahead[0][0] <= now:
            heapq.heappop(self._ahead)[2]()
        self._busy = False
        self._arm()

    def _arm(self) -> None:
        due = self._ahead[0][0] if self._ahead else None
        if self._busy or due == self._timer_due:
            return
        if self._timer is not None:
            self._timer.cancel()
        self._timer, self._timer_due = None, due
        if due is not None:
            seconds = (due - self._world.now()).total_seconds()
            self._timer = self._world.after(seconds, self._ring)

    def _ring(self) -> None:
        self._timer = self._timer_due = None
        self.catch_up()
