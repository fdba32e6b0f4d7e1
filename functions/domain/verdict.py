"""What a look at the world concludes."""

from collections.abc import Sequence
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


def gravest(verdicts: Sequence[Verdict]) -> Verdict:
    """Return the verdict of a step whose parts each have one: an error, else the first failure."""
    for word in (Word.ERROR, Word.FAIL):
        found = next((each for each in verdicts if each.verdict is word), None)
        if found is not None:
            return found
    return Verdict(Word.PASS, " ".join(each.message for each in verdicts))


def failed(reason: Reason) -> Verdict:
    return Verdict(Word.FAIL, reason.message, reason)
