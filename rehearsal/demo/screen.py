"""How does the story look in a terminal? Lines that scroll, above a board that moves."""

import math
import time
from collections.abc import Sequence
from datetime import datetime
from itertools import pairwise
from types import TracebackType

from rich.box import ROUNDED
from rich.console import Console
from rich.live import Live
from rich.panel import Panel
from rich.rule import Rule
from rich.table import Table
from rich.text import Text

from rehearsal.demo.stage import Frame, Light, Line, Mood, News, Row, time_of

CHAPTER_SECONDS = 3.0
TICK_SECONDS = 0.04
WIDEST = 100

LINE, NEWS, FRAME = 3.0, 15.0, 0.3
"""For how long each is looked at, in shares of a chapter."""

STYLES: dict[Mood, str] = {
    "": "",
    "good": "bold green",
    "bad": "bold red",
    "wait": "yellow",
    "dim": "dim",
}
COLOURS = ("cyan", "green", "magenta", "yellow", "blue")
"""Of the images, in the order in which they appear."""

GLYPHS = {Light.RUNNING: "●", Light.STARTING: "◔", Light.STOPPING: "○", Light.FAILED: "✗"}


class Screen:
    """Takes a few seconds for a chapter, divided by `speed`."""

    def __init__(self, console: Console | None = None, *, speed: float = 1.0) -> None:
        self._console = console or Console(highlight=False)
        self._live = Live(console=self._console, auto_refresh=False, transient=True)
        self._speed = speed
        self._due = 0.0
        self._colours: dict[str, str] = {}

    def __enter__(self) -> "Screen":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.curtain()

    def say(self, text: str, mood: Mood = "") -> None:
        self._console.print(Text(text, STYLES[mood]))

    def chapter(self, title: str) -> None:
        self._console.print()
        self._console.print(Rule(Text(title, "bold"), align="left", style="blue"))

    def play(self, frames: Sequence[Frame]) -> None:
        steps = list(pairwise((frames[0], *frames)))
        share = (
            CHAPTER_SECONDS / self._speed / sum(_gap(*step) + _reading(step[1]) for step in steps)
        )
        self._due = time.perf_counter()
        self._live.start()
        for before, frame in steps:
            self._pass(before, frame.at, share * _gap(before, frame))
            for line in frame.lines:
                self._console.print(_line(line))
                self._wait(share * LINE)
            self._live.update(self._board(frame, frame.at), refresh=True)
            for news in frame.news:
                self._console.print(self._news(news))
                self._wait(share * NEWS)

    def curtain(self) -> None:
        self._live.stop()

    def _pass(self, frame: Frame, until: datetime, seconds: float) -> None:
        """Let the clock run on a frame until the next one is due."""
        ticks = max(1, int(seconds / TICK_SECONDS))
        for tick in range(1, ticks + 1):
            self._wait(seconds / ticks)
            at = frame.at + (until - frame.at) * tick / ticks
            self._live.update(self._board(frame, at), refresh=True)

    def _wait(self, seconds: float) -> None:
        """Wait until a moment rather than for a time: drawing takes some of it."""
        self._due += seconds
        time.sleep(max(0.0, self._due - time.perf_counter()))

    def _board(self, frame: Frame, at: datetime) -> Panel:
        table = Table.grid(padding=(0, 2), expand=True)
        table.add_column(no_wrap=True, style="bold")
        table.add_column(no_wrap=True, ratio=1)
        table.add_column(no_wrap=True, justify="right")
        for row in frame.rows:
            table.add_row(row.name, self._lights(row), row.counts)
        states = Text("  ".join(frame.states) or "no workflow runs", no_wrap=True)
        return Panel(
            table,
            box=ROUNDED,
            width=self._width(),
            title=Text(f" {time_of(at)} ", "bold"),
            title_align="left",
            subtitle=states,
            subtitle_align="left",
            border_style="blue",
        )

    def _news(self, news: News) -> Panel:
        style = "red" if news.code else "green"
        title = f" {news.subject} " + (f"({news.code}) " if news.code else "")
        heading = Text(title, f"bold {style}")
        return Panel(
            Text(news.text),
            width=self._width(),
            title=heading,
            title_align="left",
            border_style=style,
        )

    def _width(self) -> int:
        """Leave two columns free: a ^C that the terminal shows there must not break the line."""
        return min(self._console.width - 2, WIDEST)

    def _lights(self, row: Row) -> Text:
        shown = Text()
        for group in row.groups:
            style = self._colours.setdefault(group.tag, COLOURS[len(self._colours) % len(COLOURS)])
            shown.append(f"{group.tag} ", style)
            for light in group.lights:
                shown.append(GLYPHS[light], "bold red" if light is Light.FAILED else style)
            shown.append("  ")
        return shown


def _gap(before: Frame, frame: Frame) -> float:
    """Return the share of the time between two frames: a minute gets five times a second's."""
    return FRAME + math.pow((frame.at - before.at).total_seconds(), 0.4)


def _reading(frame: Frame) -> float:
    return LINE * len(frame.lines) + NEWS * len(frame.news)


def _line(line: Line) -> Table:
    sentence = line.sentence
    text = Text()
    if sentence.what:
        text.append(f"{sentence.what}: ", STYLES[sentence.mood] or "bold")
    text.append(sentence.text)
    table = Table.grid(padding=(0, 2))
    table.add_column(style="dim", no_wrap=True)
    table.add_column(style="cyan", no_wrap=True, min_width=11)
    table.add_column()
    table.add_row(time_of(line.at), sentence.who, text)
    return table
