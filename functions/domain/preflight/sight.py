"""Is a thing there that a task definition names, and how is that told?"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias

from functions.domain.preflight.finding import Finding, Grade


class Sight(StrEnum):
    """GOING: it is to be deleted, and nobody can use it any more."""

    THERE = "there"
    MISSING = "missing"
    GOING = "going"


@dataclass(frozen=True, slots=True)
class Unread:
    """What could not be found out: why, in a sentence, and the permission that asking takes.

    `action` is empty where it was not asked for.
    """

    why: str
    action: str = ""


Seen: TypeAlias = Sight | Unread


def unknown(check: str, subject: str, what: str, unread: Unread) -> Finding:
    """Say that it could not be found out; nothing is ever stopped by that."""
    takes = f"That takes the permission {unread.action}. " if unread.action else ""
    advice = f"{takes}The release is not stopped by it: look yourself."
    message = f"{what} could not be found out: {unread.why.rstrip('.')}."
    return Finding(check, Grade.UNKNOWN, subject, message, advice)


def listed(words: Iterable[str]) -> str:
    return ", ".join(sorted(set(words)))
