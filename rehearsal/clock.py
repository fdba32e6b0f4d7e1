"""What time is it in the rehearsal, and who acts next?

One thread, one heap: everything that happens is a timer, everything that waits is a greenlet, and
nothing sleeps. While the clock runs, `datetime` and `time` of the whole process show its time, so
that moto, the handlers and the logs agree with it.
"""

import heapq
import itertools
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import copy_context
from datetime import UTC, datetime, timedelta
from typing import TypeAlias
from weakref import WeakSet

import greenlet
import time_machine

START = datetime(2026, 1, 1, tzinfo=UTC)

Action = Callable[[], object]
Greenlet: TypeAlias = greenlet.greenlet


class TimedOutError(Exception):
    """Nobody sent the signal in time."""


class Timer:
    """An action that is due at a time; a periodic one comes back until it is cancelled."""

    __slots__ = ("_clock", "action", "daemon", "pending", "period", "when")

    def __init__(
        self, clock: "Clock", action: Action, *, daemon: bool = False, period: float | None = None
    ) -> None:
        self.action = action
        self.daemon = daemon
        self.period = period
        self.when = 0.0
        self.pending = False
        self._clock = clock

    def cancel(self) -> None:
        self.period = None
        if self.pending:
            self.pending = False
            self._clock.forget(self)


class Signal:
    """Something one greenlet waits for and somebody else sends, once; the first to send wins.

    Sent before anybody waits, it is not lost: the wait returns at once.
    """

    __slots__ = ("_clock", "_error", "_value", "_waiter", "sent")

    def __init__(self, clock: "Clock") -> None:
        self.sent = False
        self._clock = clock
        self._value: object = None
        self._error: BaseException | None = None
        self._waiter: Greenlet | None = None

    def send(self, value: object = None) -> None:
        self._settle(value, None)

    def fail(self, error: BaseException) -> None:
        self._settle(None, error)

    def wait(self, timeout: float | None = None) -> object:
        """Return what is sent, raise the error sent instead, or `TimedOutError` when it is late."""
        if not self.sent:
            self._waiter = greenlet.getcurrent()
            try:
                self._clock.suspend(timeout)
            finally:
                self._waiter = None
        if not self.sent:
            raise TimedOutError
        if self._error is not None:
            raise self._error
        return self._value

    def _settle(self, value: object, error: BaseException | None) -> None:
        if self.sent:
            return
        self.sent, self._value, self._error = True, value, error
        if self._waiter is not None:
            self._clock.wake(self._waiter)


class VirtualTime:
    """A time of its own, which the process reads in place of the real one while it travels."""

    def __init__(self, start: datetime) -> None:
        self.start = start
        self.seconds = 0.0
        self._traveller: time_machine.Traveller | None = None

    def now(self) -> datetime:
        return self.start + timedelta(seconds=self.seconds)

    @contextmanager
    def travel(self) -> Iterator[None]:
        """Show virtual time to the process outside `run` as well: while a world is being set up."""
        if self._traveller is not None:
            yield
            return
        with time_machine.travel(self.now(), tick=False) as self._traveller:
            try:
                yield
            finally:
                self._traveller = None

    def _set(self, seconds: float) -> None:
        before, self.seconds = self.now(), seconds
        if self._traveller is not None:
            # Ten times as fast as move_to, which sets the time zone anew each time.
            self._traveller.shift(self.now() - before)


class Clock(VirtualTime):
    """Virtual time. Whoever is due at the same instant goes in the order they were scheduled."""

    def __init__(self, start: datetime = START) -> None:
        super().__init__(start)
        self.on_move: list[Callable[[float, float], None]] = []
        """Called with the old and the new time before time moves: where a demo paces itself."""
        self._heap: list[tuple[float, int, Timer]] = []
        self._order = itertools.count()
        self._awaited = 0
        self._wakes: dict[Greenlet, Timer] = {}
        self._spawned: WeakSet[Greenlet] = WeakSet()
        self._hub: Greenlet | None = None

    def iso(self) -> str:
        return self.now().isoformat(timespec="milliseconds").replace("+00:00", "Z")

    @property
    def can_wait(self) -> bool:
        """Whether the caller is a greenlet of this clock, which may sleep and wait."""
        return self._hub is not None and greenlet.getcurrent() is not self._hub

    def at(self, delay: float, action: Action, *, daemon: bool = False) -> Timer:
        """Do something after so many seconds. It must not wait; what waits is spawned.

        A daemon does not keep `run` going.
        """
        return self._push(Timer(self, action, daemon=daemon), delay)

    def every(self, period: float, action: Action, *, daemon: bool = True) -> Timer:
        return self._push(Timer(self, action, daemon=daemon, period=period), period)

    def spawn(self, function: Action, *, delay: float = 0.0) -> Greenlet:
        """Start a greenlet, which may wait. What it raises comes out of `run`."""
        let = greenlet.greenlet(function)
        let.gr_context = copy_context()
        self._spawned.add(let)
        self.at(delay, lambda: self._enter(let))
        return let

    def signal(self) -> Signal:
        return Signal(self)

    def sleep(self, seconds: float) -> None:
        self.suspend(seconds)

    def pause(self, seconds: float) -> None:
        """Let time pass for a caller who can wait, and none for one who cannot."""
        if self.can_wait:
            self.sleep(seconds)

    def suspend(self, timeout: float | None) -> None:
        """Stand still until woken or until the time is over; the first of both."""
        me, hub = greenlet.getcurrent(), self._hub
        if hub is None or me is hub:
            raise RuntimeError("only what the clock spawned can wait")
        timer = None if timeout is None else self.at(timeout, lambda: self._enter(me))
        try:
            hub.switch()
        finally:
            for each in (timer, self._wakes.pop(me, None)):
                if each is not None:
                    each.cancel()

    def wake(self, let: Greenlet) -> None:
        """End the suspension of a greenlet, at this instant but after those already due."""
        if let not in self._wakes:
            self._wakes[let] = self.at(0, lambda: self._enter(let))

    def kill(self, *lets: Greenlet) -> None:
        """End greenlets where they stand; their `finally` blocks run first, and must not wait."""
        for let in lets:
            if not let.dead:
                # A greenlet that ends goes on in its parent, which has to be us and not the hub.
                let.parent = greenlet.getcurrent()
                let.throw(greenlet.GreenletExit)

    def run(self, until: float | None = None, done: Callable[[], bool] | None = None) -> None:
        """Let time pass until nothing is left to do but for daemons, or to the given second.

        `done` is asked after each step and ends the run as well.
        """
        if self._hub is not None:
            raise RuntimeError("the clock is running already")
        self._hub = greenlet.getcurrent()
        try:
            with self.travel():
                while self._is_due(until):
                    self._step()
                    if done is not None and done():
                        return
                if until is not None:
                    self._move(until)
        finally:
            self._hub = None

    def close(self) -> None:
        """End whoever still waits. What nobody ends keeps its whole world in memory."""
        self.kill(*self._spawned)

    def forget(self, timer: Timer) -> None:
        """Keep count of what `run` still has to wait for; called by the timer."""
        if not timer.daemon:
            self._awaited -= 1

    def _push(self, timer: Timer, delay: float) -> Timer:
        # Microseconds, as `datetime` has them: sums of floats stay readable and comparable.
        timer.when, timer.pending = round(self.seconds + max(delay, 0.0), 6), True
        heapq.heappush(self._heap, (timer.when, next(self._order), timer))
        self._awaited += not timer.daemon
        return timer

    def _is_due(self, until: float | None) -> bool:
        while self._heap and not self._heap[0][2].pending:
            heapq.heappop(self._heap)
        if until is None:
            return self._awaited > 0
        return bool(self._heap) and self._heap[0][0] <= until

    def _step(self) -> None:
        when, _, timer = heapq.heappop(self._heap)
        self._move(when)
        timer.pending = False
        self.forget(timer)
        if timer.period is not None:
            self._push(timer, timer.period)
        timer.action()

    def _move(self, seconds: float) -> None:
        if seconds <= self.seconds:
            return
        for listener in self.on_move:
            listener(self.seconds, seconds)
        self._set(seconds)

    def _enter(self, let: Greenlet) -> None:
        if not let.dead:
            let.parent = self._hub
            let.switch()
