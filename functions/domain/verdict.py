"""What a look at the world concludes."""

from dataclasses import dataclass
from enum import StrEnum

from functions.domain.reason import Reason


class Word(StrEnum):
    PASS = "Pass"  # noqa: S105  the word of DESIGN §2, no password
    FAIL = "Fail"
    WAIT = "Wait"
    ERROR = "Error"
    CONTINUE = "Continue"
    """Not a conclusion: the child hands on to a fresh one, before its history grows too long."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """`message` is the sentence a person reads; `reason` is there when the verdict is Fail."""

    verdict: Word
    message: str
    reason: Reason | None = None


def failed(reason: Reason) -> Verdict:
    return Verdict(Word.FAIL, reason.message, reason)
