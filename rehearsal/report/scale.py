"""Where on the page is a moment? Time runs evenly, but for quiet stretches, which are squeezed."""

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import ceil, log2

from rehearsal.report.words import clock, roughly, span

QUIET = 45.0
"""A stretch without news is drawn in full up to here, and ever less of it from here on."""
GROWTH = 6.0
STEPS = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 43200, 86400)
TICKS = 12
LETTER, GAP = 0.95, 0.8
"""Of the times on the axis, in percent of the narrowest that it is ever drawn."""
SMALL = 0.82
"""How wide a letter of the length of a squeezed stretch is."""
NEAR_THE_END = 96.0
MARGIN = 0.985
"""So much of the width is time: what happens at the end needs a place too."""


@dataclass(frozen=True, slots=True)
class Tick:
    place: float
    text: str
    looks: tuple[str, ...] = ()

    def edges(self, zoom: int) -> tuple[float, float]:
        """Return from where to where its text is."""
        width = LETTER * len(self.text) / zoom
        before = {"first": 0.0, "last": width}.get(self.looks[-1] if self.looks else "", width / 2)
        return self.place - before, self.place - before + width

    def clear_of(self, other: "Tick", zoom: int) -> bool:
        (left, right), (start, end) = self.edges(zoom), other.edges(zoom)
        return right + GAP / zoom <= start or end + GAP / zoom <= left


@dataclass(frozen=True, slots=True)
class Scale:
    """`at` are the moments where something happens, `drawn` how far from the start they are.

    Those that are `deciding` are written on the axis before any other.
    """

    at: tuple[float, ...]
    drawn: tuple[float, ...]
    deciding: tuple[float, ...] = ()

    def x(self, seconds: float) -> float:
        """Return the place of a moment in percent of the width."""
        index = min(max(bisect_right(self.at, seconds) - 1, 0), len(self.at) - 2)
        start, end = self.at[index], self.at[index + 1]
        share = min(max((seconds - start) / (end - start), 0.0), 1.0)
        drawn = self.drawn[index] + share * (self.drawn[index + 1] - self.drawn[index])
        return 100 * MARGIN * drawn / self.drawn[-1]

    def breaks(self) -> list[tuple[float, float, str]]:
        """Return where time is squeezed: from, to, and how long it is in words."""
        bands = [(self.x(start), self.x(end), end - start) for start, end in self._squeezed()]
        middles = [(left + right) / 2 for left, right, _ in bands]
        # A text may stand out of its band, but not reach the next one's.
        around = pairwise([0.0, *middles, 100.0])
        rooms = [min(before, after) for before, after in pairwise(b - a for a, b in around)]
        return [
            (left, right, _length(seconds, room))
            for (left, right, seconds), room in zip(bands, rooms, strict=True)
        ]

    def ticks(self, zoom: int = 1, given: Sequence[Tick] = ()) -> list[Tick]:
        """Return the times to write on the axis besides those given, as far as they have room.

        What decides comes first, then the ends of squeezed stretches, then even times.
        """
        found: list[Tick] = []
        for tick in self._wanted(zoom):
            if all(tick.clear_of(each, zoom) for each in (*given, *found)):
                found.append(tick)
        return sorted(found, key=lambda each: each.place)

    def _wanted(self, zoom: int) -> Iterator[Tick]:
        yield self._tick(0.0)
        yield from (self._tick(each, "deciding") for each in self.deciding)
        for ends in self._squeezed():
            yield from map(self._tick, ends)
        yield from map(self._tick, self._even(zoom))

    def _tick(self, seconds: float, look: str = "") -> Tick:
        place = self.x(seconds)
        at_the_edge = {0.0: "first"}.get(place, "last" if place > NEAR_THE_END else "")
        return Tick(place, clock(seconds), tuple(filter(None, (look, at_the_edge))))

    def _even(self, zoom: int) -> Iterator[float]:
        """Yield times at even steps, none within a squeezed stretch."""
        most = TICKS * zoom
        step = next((each for each in STEPS if self.drawn[-1] / each <= most), STEPS[-1])
        for start, end in pairwise(self.at):
            if end - start <= 2 * QUIET:
                yield from (step * each for each in range(ceil(start / step), int(end // step) + 1))

    def _squeezed(self) -> Iterator[tuple[float, float]]:
        return (each for each in pairwise(self.at) if each[1] - each[0] > 2 * QUIET)


def scale(moments: Iterable[float], end: float, deciding: Iterable[float] = ()) -> Scale:
    """Make a scale from 0 to the end; the moments are those where something is to be seen."""
    end = max(end, 1.0)
    at = sorted({0.0, end, *(each for each in moments if 0 <= each <= end)})
    drawn = [0.0]
    for start, stop in pairwise(at):
        drawn.append(drawn[-1] + _drawn(stop - start))
    return Scale(tuple(at), tuple(drawn), tuple(dict.fromkeys(deciding)))


def _length(seconds: float, room: float) -> str:
    """Return a length of time in as many words as there is room for."""
    forms = (f"{span(seconds)} later", span(seconds))
    return next((each for each in forms if SMALL * len(each) <= room), roughly(seconds))


def _drawn(seconds: float) -> float:
    return seconds if seconds <= QUIET else QUIET + GROWTH * log2(seconds / QUIET)
