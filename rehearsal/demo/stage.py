"""What is there to be shown, and what does a stage have to be able to do?"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from types import TracebackType
from typing import Literal, Protocol

Mood = Literal["", "good", "bad", "wait", "dim"]


class Light(StrEnum):
    """How a task is, in the word that counts it."""

    RUNNING = "running"
    STARTING = "starting"
    STOPPING = "stopping"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Group:
    """The tasks of one revision; `tag` is what people call its image."""

    revision: str
    tag: str
    lights: tuple[Light, ...]

    @property
    def counts(self) -> str:
        return counted(self.lights)


@dataclass(frozen=True, slots=True)
class Row:
    """A service, or the tasks of a migration."""

    name: str
    groups: tuple[Group, ...]

    @property
    def counts(self) -> str:
        return counted(light for group in self.groups for light in group.lights)


@dataclass(frozen=True, slots=True)
class Sentence:
    """`who` does `what`, a state or a verdict; `text` says the rest."""

    who: str
    what: str
    text: str
    mood: Mood = ""


@dataclass(frozen=True, slots=True)
class Line:
    at: datetime
    sentence: Sentence


@dataclass(frozen=True, slots=True)
class News:
    """An announcement: subject and text of the mail, as the subscribers of the topic get it."""

    subject: str
    text: str
    code: str = ""
    """Of the reason; a good outcome has none."""


@dataclass(frozen=True, slots=True)
class Frame:
    """What one moment showed: `rows` and `states` as it ended, `lines` and `news` as they came."""

    at: datetime
    rows: tuple[Row, ...]
    states: tuple[str, ...] = ()
    """Where the executions stand, by the names of the states in the console."""
    lines: tuple[Line, ...] = ()
    news: tuple[News, ...] = ()


class Stage(Protocol):
    """Where a story is shown; used in a `with`."""

    def __enter__(self) -> "Stage": ...

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None: ...

    def say(self, text: str, mood: Mood = "") -> None:
        """Show a line as it is."""

    def chapter(self, title: str) -> None:
        """Show that something new begins."""

    def play(self, frames: Sequence[Frame]) -> None:
        """Show a chapter."""

    def curtain(self) -> None:
        """Take away what moves: from here on there are only lines."""


def time_of(at: datetime) -> str:
    return f"{at:%H:%M:%S}"


def counted(lights: Iterable[Light]) -> str:
    found = Counter(lights)
    return ", ".join(f"{found[each]} {each}" for each in Light if found[each])
