"""When does a check that is made again and again change its mind? (scheduler-rules R5.2, R5.3)

Nothing is simulated check by check: an app answers well or not for long stretches, and where a
verdict falls in a stretch is arithmetic. So a steady service costs nothing.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from math import ceil, floor, inf
from typing import NamedTuple


@dataclass(frozen=True, slots=True)
class Check:
    """Seconds; the first check is made one `interval` after the checking begins."""

    interval: float
    passes: int
    """So many in a row make it healthy."""
    failures: int
    """So many in a row make it unhealthy."""
    timeout: float = 0.0
    """How late the result of a check is that nobody answers."""
    start_period: float = 0.0
    """Failures until then do not count, before the first success."""


class Phase(NamedTuple):
    """From a time on, in seconds since the checking began, the app answers well, or does not."""

    at: float
    well: bool
    seen: bool = True
    """Whether a check without numbers notices: not that a process begins, nor that it is gone."""


class Verdict(NamedTuple):
    at: float
    healthy: bool


def verdicts(check: Check, phases: Iterable[Phase]) -> Iterator[Verdict]:
    """Go through the times at which the checks come to another result than before."""
    known: bool | None = None
    streak, well, ever = 0, False, False
    for began, ended, answers in _stretches(phases):
        first = max(1, ceil(round(began / check.interval, 6)))
        if not answers and not ever:
            first = max(first, floor(check.start_period / check.interval) + 1)
        last = inf if ended == inf else ceil(round(ended / check.interval, 6)) - 1
        if last < first:
            continue
        streak = streak if answers == well else 0
        well, ever = answers, ever or answers
        needed = max(1, (check.passes if answers else check.failures) - streak)
        if known is not answers and first + needed - 1 <= last:
            known = answers
            late = 0.0 if answers else check.timeout
            yield Verdict((first + needed - 1) * check.interval + late, answers)
        if last == inf:
            return
        streak += int(last) - first + 1


def _stretches(phases: Iterable[Phase]) -> Iterator[tuple[float, float, bool]]:
    known = list(phases)
    ends = [each.at for each in known[1:]] + [inf]
    for phase, end in zip(known, ends, strict=True):
        if end > phase.at:
            yield max(phase.at, 0.0), end, phase.well


def next_tick(seconds: float, ticker: float) -> float:
    """Return when a ticker that began with the seconds comes next; 0 is none."""
    return seconds if ticker <= 0 else ceil(round(seconds / ticker, 6)) * ticker
