"""What a document that a person wrote says, and what is wrong with it.

A reader never stops at the first mistake: it notes it, hands back a stand-in and goes on, so that
one look shows them all. A field that nobody asked for is an unknown one.
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from enum import StrEnum
from typing import Self, TypeVar

Path = tuple[str | int, ...]
Member = TypeVar("Member", bound=StrEnum)

# No wait of ours can be longer: a Standard execution ends after a year.
LONGEST_SECONDS = 365 * 86_400
_UNITS = {"s": 1, "m": 60, "h": 3_600, "d": 86_400}
_DURATION = re.compile(r"([0-9]{1,9})([smhd])")


@dataclass(frozen=True, slots=True)
class Problem:
    """One mistake: where it is, what is wrong, and what would be right."""

    path: Path
    what: str
    instead: str


@dataclass(frozen=True, slots=True)
class Shape:
    """What a text must look like, in a pattern for us and in words for people."""

    pattern: re.Pattern[str]
    words: str
    example: str


# People call services and commands by these, and executions are named after them.
KEY = Shape(
    re.compile(r"(?=.{1,20}\Z)[a-z](-?[a-z0-9])*"),
    "a name of at most 20 lower-case letters, digits and single -",
    "web",
)

TEXT = Shape(re.compile(r"(?s).*"), "a text", '"1"')


def duration(text: str) -> int | None:
    """Return the seconds that "90s", "5m", "2h" or "1d" mean, or None."""
    match = _DURATION.fullmatch(text)
    return int(match[1]) * _UNITS[match[2]] if match else None


def shown(value: object) -> str:
    if isinstance(value, Mapping):
        return "a mapping"
    if isinstance(value, list | tuple):
        return "a list"
    if value is None:
        return "nothing"
    text = json.dumps(value, default=str, ensure_ascii=False)
    return text if len(text) <= 60 else f"{text[:56]}…"


def hint(name: str, known: Iterable[str]) -> str:
    """Say what was probably meant, or what there is."""
    near = get_close_matches(name, list(known), n=1)
    return f"did you mean {near[0]}?" if near else f"known are {', '.join(known)}"


class Fields:
    """The fields of one mapping. Use it in a `with`, whose end reports the unknown ones."""

    def __init__(self, value: object, path: Path, problems: list[Problem]) -> None:
        self._path = path
        self._problems = problems
        # A dict, since it keeps both the order and each name only once.
        self._asked: dict[str, None] = {}
        self._values: Mapping[object, object] = {}
        if isinstance(value, Mapping):
            self._values = value
        elif value is not None:
            self.report(path, f"{shown(value)} is not a mapping", "write fields, as in name: value")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for name in map(str, self._values):
            if name in self._asked:
                continue
            self.report((*self._path, name), "is not a known field", hint(name, self._asked))

    def report(self, path: Path, what: str, instead: str) -> None:
        self._problems.append(Problem(path, what, instead))

    def given(self, name: str) -> bool:
        return self._take(name) is not None

    def text(self, name: str, shape: Shape, default: str | None = None) -> str:
        value = self._take(name)
        if value is not None:
            return self._shaped((*self._path, name), value, shape)
        if default is None:
            self.report((*self._path, name), "is missing", f"write for example {shape.example}")
        return default or ""

    def texts(
        self, name: str, shape: Shape, default: tuple[str, ...] | None = ()
    ) -> tuple[str, ...]:
        value, path = self._take(name), (*self._path, name)
        if isinstance(value, list | tuple) and (value or default is not None):
            items = enumerate(value)
            return tuple(self._shaped((*path, place), item, shape) for place, item in items)
        if value is not None:
            what = "is empty" if value == [] else f"{shown(value)} is not a list"
            self.report(path, what, f"write for example [{shape.example}]")
        elif default is None:
            self.report(path, "is missing", f"write for example [{shape.example}]")
        return default or ()

    def whole(self, name: str, default: int, least: int, most: int) -> int:
        value = self._take(name)
        if value is None:
            return default
        # True is an int in Python, but nobody means 1 by it.
        if isinstance(value, int) and not isinstance(value, bool) and least <= value <= most:
            return value
        what = f"{shown(value)} is not a whole number from {least:,} to {most:,}"
        self.report((*self._path, name), what, f"write for example {default}")
        return default

    def seconds(self, name: str, default: int, least: int = 1) -> int:
        value = self._take(name)
        if value is None:
            return default
        seconds = duration(value) if isinstance(value, str) else None
        if seconds is not None and least <= seconds <= LONGEST_SECONDS:
            return seconds
        what = f"{shown(value)} is not a duration from {least}s to 365d"
        self.report((*self._path, name), what, "write for example 90s, 15m, 2h or 1d")
        return default

    def choice(self, name: str, default: Member) -> Member:
        value = self._take(name)
        # YAML reads a bare off as false.
        text = "off" if value is False else value
        members = list(type(default))
        if value is None or text in members:
            return type(default)(text) if isinstance(text, str) else default
        near = get_close_matches(str(value), members, n=1) or [default]
        what = f"{shown(value)} is not one of {', '.join(members)}"
        self.report((*self._path, name), what, f"write for example {near[0]}")
        return default

    def switch(self, name: str) -> bool:
        value = self._take(name)
        if value is not None and not isinstance(value, bool):
            what = f"{shown(value)} is neither true nor false"
            self.report((*self._path, name), what, "write true, or leave it out")
        return value is True

    def mapping(self, name: str, shape: Shape) -> dict[str, str]:
        """Return texts under names of the given shape."""
        value, path = self._take(name), (*self._path, name)
        given = Fields(value, path, self._problems)._values.items()
        return {
            self._shaped((*path, str(key)), key, shape): self._shaped((*path, str(key)), each, TEXT)
            for key, each in given
        }

    def inner(self, name: str) -> "Fields":
        return Fields(self._take(name), (*self._path, name), self._problems)

    def each(self, name: str, example: str | None = None) -> Iterator[tuple[str, "Fields"]]:
        """Yield what stands under keys of the person's own choice; an example makes it required."""
        value, path = self._take(name), (*self._path, name)
        if not value and example:
            self.report(path, "names nothing", f"write for example {example}")
            return
        for key, inner in Fields(value, path, self._problems)._values.items():
            with Fields(inner, (*path, str(key)), self._problems) as fields:
                self._shaped((*path, str(key)), key, KEY)
                yield str(key), fields

    def _take(self, name: str) -> object:
        self._asked[name] = None
        return self._values.get(name)

    def _shaped(self, path: Path, value: object, shape: Shape) -> str:
        if not isinstance(value, str):
            quotable = isinstance(value, bool | int | float)
            instead = "put it in quotes" if quotable else f"write for example {shape.example}"
            self.report(path, f"{shown(value)} is not text", instead)
            return ""
        if not shape.pattern.fullmatch(value):
            what = f"{shown(value)} is not {shape.words}"
            self.report(path, what, f"write for example {shape.example}")
        return value
