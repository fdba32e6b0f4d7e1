"""How does the story look where nothing moves and nothing has a colour: a pipe, a log, a test?"""

import shutil
import textwrap
from collections.abc import Sequence
from datetime import datetime
from types import TracebackType
from typing import TextIO

from rehearsal.demo.stage import Frame, Light, Mood, Row, time_of

WHO = 12
MARGIN = 8 + 2 + WHO + 2
UNBROKEN = 10_000
"""Lines of a file are not broken, so that they can be searched."""


class Plain:
    """Aligned lines, without pacing."""

    def __init__(self, out: TextIO) -> None:
        self._out = out
        self._width = shutil.get_terminal_size().columns if out.isatty() else UNBROKEN
        self._shown: dict[str, str] = {}

    def __enter__(self) -> "Plain":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.curtain()

    def say(self, text: str, mood: Mood = "") -> None:
        self._write(text)

    def chapter(self, title: str) -> None:
        self._write(f"\n{title}\n{'-' * len(title)}")
        self._shown.clear()

    def play(self, frames: Sequence[Frame]) -> None:
        for frame in frames:
            for line in frame.lines:
                sentence = line.sentence
                what = f"{sentence.what}: " if sentence.what else ""
                self._tell(line.at, sentence.who, f"{what}{sentence.text}")
            for row in frame.rows:
                self._count(frame.at, row)
            for news in frame.news:
                self._tell(frame.at, "NEWS", news.subject)
                self._write(textwrap.indent(news.text, " " * MARGIN))

    def curtain(self) -> None:
        """Do nothing: here nothing moves."""

    def _count(self, at: datetime, row: Row) -> None:
        """Show a row when what runs or failed has changed; the rest is too much to read."""
        settled = "; ".join(_settled(row))
        if row.groups and settled != self._shown.get(row.name, settled):
            counts = "; ".join(f"{each.tag} {each.counts}" for each in row.groups)
            self._tell(at, row.name, f"tasks: {counts}")
        self._shown[row.name] = settled

    def _tell(self, at: datetime, who: str, text: str) -> None:
        first = f"{time_of(at)}  {who:{WHO}}  "
        self._write(
            textwrap.fill(text, self._width, initial_indent=first, subsequent_indent=" " * MARGIN)
        )

    def _write(self, text: str) -> None:
        print(text, file=self._out, flush=True)


def _settled(row: Row) -> list[str]:
    lights = (Light.RUNNING, Light.FAILED)
    return [f"{each.tag} {[each.lights.count(light) for light in lights]}" for each in row.groups]
