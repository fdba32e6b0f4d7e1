"""What time is it for real threads, and when may it move on?

Time stands still while any thread works, and moves to whoever is due next once all of them wait, at
so many times the speed of real time. So a busy machine makes a run slower, never another one.
"""

import heapq
import itertools
import threading
import time
from collections.abc import Callable
from datetime import datetime

from rehearsal.clock import START, VirtualTime

SPEED = 2000.0
"""Virtual seconds in a real one, while everybody waits."""

STUCK = 300.0
"""After so many real seconds of work without a wait, a thread must be waiting past the clock."""

Action = Callable[[], object]


class Timer:
    """What is due at a time: an action, or the end of somebody's patience."""

    def __init__(self, action: Action) -> None:
        self.action = action
        self.cancelled = False

    def cancel(self) -> None:
        self.cancelled = True


class ThreadClock(VirtualTime):
    """The thread that calls `run` moves time; every other one was started by `spawn`."""

    def __init__(self, start: datetime = START, speed: float = SPEED) -> None:
        super().__init__(start)
        self.speed = speed
        self.failures: list[BaseException] = []
        self.lock = threading.RLock()
        self._idle = threading.Condition(self.lock)
        self._working = 0
        self._heap: list[tuple[float, int, Timer]] = []
        self._order = itertools.count()

    def at(self, delay: float, action: Action) -> Timer:
        """Do something after so many seconds, while no thread works. It must not wait."""
        with self.lock:
            timer = Timer(action)
            when = round(self.seconds + max(delay, 0.0), 6)
            heapq.heappush(self._heap, (when, next(self._order), timer))
            return timer

    def spawn(self, function: Action, *, delay: float = 0.0) -> None:
        """Start a thread after so many seconds. What it raises comes out of `run`."""
        self.at(delay, lambda: self.thread(function).start())

    def thread(self, function: Action) -> threading.Thread:
        """Make a thread which counts as working from its start on, before it is scheduled."""
        return _Working(self, function)

    def begin(self) -> None:
        with self.lock:
            self._working += 1

    def rest(self) -> None:
        with self.lock:
            self._working -= 1
            self._idle.notify_all()

    def run(self, until: float | None = None, done: Callable[[], bool] | None = None) -> None:
        """Let time pass until the given second, or until `done`, which is asked in every pause."""
        with self.travel():
            while True:
                self._let_work()
                if done is not None and done():
                    return
                timer = self._next(until)
                if timer is None:
                    break
                timer.action()
        if done is not None:
            raise RuntimeError(f"Nothing is left to wait for at {self.seconds} s.")

    def _let_work(self) -> None:
        with self.lock:
            if not self._idle.wait_for(lambda: self._working == 0, STUCK):
                raise RuntimeError(f"{self._working} threads do not come to a pause.")
            if self.failures:
                raise self.failures[0]

    def _next(self, until: float | None) -> Timer | None:
        with self.lock:
            while self._heap and self._heap[0][2].cancelled:
                heapq.heappop(self._heap)
            if not self._heap or (until is not None and self._heap[0][0] > until):
                self._move(self.seconds if until is None else until)
                return None
            when, _, timer = heapq.heappop(self._heap)
            self._move(when)
            return timer

    def _move(self, seconds: float) -> None:
        gap = seconds - self.seconds
        if gap <= 0:
            return
        time.sleep(gap / self.speed)
        self._set(seconds)


class _Working(threading.Thread):
    def __init__(self, clock: ThreadClock, function: Action) -> None:
        super().__init__(daemon=True)
        self._clock = clock
        self._function = function

    def start(self) -> None:
        self._clock.begin()
        super().start()

    def run(self) -> None:
        try:
            self._function()
        except BaseException as error:
            self._clock.failures.append(error)
        finally:
            self._clock.rest()
