"""What does the scheduler want of a clock?"""

from collections.abc import Callable
from datetime import datetime
from typing import Protocol


class Timer(Protocol):
    def cancel(self) -> None: ...


class Clock(Protocol):
    def now(self) -> datetime:
        """Return an aware time."""
        ...

    def at(self, delay: float, action: Callable[[], object], /) -> Timer:
        """Call back after so many seconds, never at once."""
        ...
