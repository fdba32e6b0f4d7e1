"""What can be said of a release, and when was it said?"""

from dataclasses import dataclass
from enum import StrEnum


class Word(StrEnum):
    SUCCESS = "success"
    FAILURE = "failure"
    REPLACED = "replaced"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Said:
    """A verdict; `at` is on the clock of its world, `why` the reason in its own words."""

    word: Word
    at: float
    why: str = ""
