"""Where on the page is a moment? Time runs evenly, but for quiet stretches, which are squeezed."""

from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise
from math import ceil, log2

from rehearsal.report.words import clock, roughly

QUIET = 45.0
"""A stretch without news is drawn in full up to here, and ever less of it from here on."""
GROWTH = 6.0
STEPS = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 43200, 86400)
TICKS = 12
APART = 4.5
MARGIN = 0.985
"""So much of the width is time: what happens at the end needs a place too."""


@dataclass(frozen=True, slots=True)
class Scale:
    """`at` are the moments where something happens, `drawn` how far from the start they are."""

    at: tuple[float, ...]
    drawn: tuple[float, ...]

    def x(self, seconds: float) -> float:
        """Return the place of a moment in percent of the width."""
        index = min(max(bisect_right(self.at, seconds) - 1, 0), len(self.at) - 2)
        start, end = self.at[index], self.at[index + 1]
        share = min(max((seconds - start) / (end - start), 0.0), 1.0)
        drawn = self.drawn[index] + share * (self.drawn[index + 1] - self.drawn[index])
        return 100 * MARGIN * drawn / self.drawn[-1]

    def breaks(self) -> list[tuple[float, float, str]]:
        """Return where time is squeezed: from, to, and how long it is about."""
        return [
            (self.x(start), self.x(end), roughly(end - start))
            for start, end in pairwise(self.at)
            if end - start > 2 * QUIET
        ]

    def ticks(self, zoom: int = 1) -> list[tuple[float, str]]:
        """Return the places to write a time at, none within a squeezed stretch."""
        most = TICKS * zoom
        step = next((each for each in STEPS if self.drawn[-1] / each <= most), STEPS[-1])
        found: list[tuple[float, str]] = []
        for start, end in pairwise(self.at):
            if end - start > 2 * QUIET:
                continue
            for number in range(ceil(start / step), int(end // step) + 1):
                place = self.x(number * step)
                if not found or place - found[-1][0] >= APART / zoom:
                    found.append((place, clock(number * step)))
        return found


def scale(moments: Iterable[float], end: float) -> Scale:
    """Make a scale from 0 to the end; the moments are those where something is to be seen."""
    end = max(end, 1.0)
    at = sorted({0.0, end, *(each for each in moments if 0 <= each <= end)})
    drawn = [0.0]
    for start, stop in pairwise(at):
        drawn.append(drawn[-1] + _drawn(stop - start))
    return Scale(tuple(at), tuple(drawn))


def _drawn(seconds: float) -> float:
    return seconds if seconds <= QUIET else QUIET + GROWTH * log2(seconds / QUIET)
