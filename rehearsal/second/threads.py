"""What does moto's interpreter wait with? Its `threading` and `time`, on the clock's time.

moto starts a thread per execution, iteration and Task, and waits with events and sleeps of real
seconds. These stand in for both modules there: threads and locks are real, the seconds are not.
"""

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from types import SimpleNamespace
from typing import Any

from rehearsal.second.clock import ThreadClock


class Event:
    """`threading.Event`; whoever waits here does not work, and works again when it is woken."""

    def __init__(self, clock: ThreadClock) -> None:
        self._clock = clock
        self._set = False
        self._waiting: list[threading.Event] = []

    def is_set(self) -> bool:
        return self._set

    def set(self) -> None:
        with self._clock.lock:
            self._set = True
            for sleeper in tuple(self._waiting):
                self._wake(sleeper)

    def clear(self) -> None:
        self._set = False

    def wait(self, timeout: float | None = None) -> bool:
        with self._clock.lock:
            if self._set:
                return True
            sleeper = threading.Event()
            self._waiting.append(sleeper)
            timer = timeout is not None and self._clock.at(timeout, lambda: self._wake(sleeper))
            self._clock.rest()
        sleeper.wait()
        if timer:
            timer.cancel()
        return self._set

    def _wake(self, sleeper: threading.Event) -> None:
        """Count a thread as working before it does, so that time cannot slip past it."""
        with self._clock.lock:
            if sleeper in self._waiting:
                self._waiting.remove(sleeper)
                self._clock.begin()
                sleeper.set()


class Thread:
    """`threading.Thread`, as far as moto uses it."""

    def __init__(
        self,
        clock: ThreadClock,
        target: Callable[..., object],
        args: Sequence[Any] = (),
        **_: object,
    ) -> None:
        self._ended = Event(clock)
        self._target, self._args = target, args
        self._thread = clock.thread(self._run)

    @property
    def native_id(self) -> int | None:
        return self._thread.native_id

    def start(self) -> None:
        self._thread.start()

    def join(self, timeout: float | None = None) -> None:
        self._ended.wait(timeout)

    def is_alive(self) -> bool:
        return not self._ended.is_set()

    def _run(self) -> None:
        try:
            self._target(*self._args)
        finally:
            self._ended.set()


def stand_ins(clock: ThreadClock) -> Mapping[str, object]:
    """Return what stands in for a module's own names, by these names."""

    def event() -> Event:
        return Event(clock)

    def thread(target: Callable[..., object], **given: Any) -> Thread:  # noqa: ANN401
        return Thread(clock, target, **given)

    threads = SimpleNamespace(
        Thread=thread, Event=event, Lock=threading.Lock, RLock=threading.RLock
    )
    times = SimpleNamespace(sleep=lambda seconds: Event(clock).wait(seconds), time=time.time)
    return {"threading": threads, "Thread": thread, "Event": event, "time": times}
