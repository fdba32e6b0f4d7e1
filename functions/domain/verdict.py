"""What a look at the world concludes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from functions.domain.reason import Reason


class Word(StrEnum):
    PASS = "Pass"  # noqa: S105  the word of DESIGN §2, no password
    FAIL = "Fail"
    WAIT = "Wait"
    NO_DATA = "NoData"
    ERROR = "Error"
    STOPPED = "Stopped"
    """Neither won nor lost: it was left where it stood, since another service failed."""
    CONTINUE = "Continue"
    """Not a conclusion: the child hands on to a fresh one, before its history grows too long."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """`message` is the sentence a person reads; `reason` is there when the verdict is Fail."""

    verdict: Word
    message: str
    reason: Reason | None = None


def gravest(verdicts: Sequence[Verdict]) -> Verdict:
    """Return the verdict of a step whose parts each have one: an error, else the first bad one.

    One that was stopped is graver only than those that passed: what it was stopped for says why.
    """
    for word in (Word.ERROR, Word.FAIL, Word.NO_DATA, Word.STOPPED):
        found = next((each for each in verdicts if each.verdict is word), None)
        if found is not None:
            return found
    return Verdict(Word.PASS, " ".join(each.message for each in verdicts))


def first_bad(verdicts: Sequence[Verdict]) -> Verdict | None:
    """Return what speaks against the release, also where somebody else could not be looked at."""
    return next((each for each in verdicts if each.verdict in (Word.FAIL, Word.NO_DATA)), None)


def quoting(verdict: Verdict, lines: Mapping[str, Sequence[str]]) -> Verdict:
    """Add to a verdict the last log lines of the first task that its evidence names.

    `lines` are by task id.
    """
    if verdict.reason is None:
        return verdict
    told = (
        tuple(lines[task])
        for said in verdict.reason.evidence
        for task in sorted(lines)
        if lines[task] and f"task {task}:" in said
    )
    return replace(verdict, reason=replace(verdict.reason, log_lines=next(told, ())))


def failed(reason: Reason) -> Verdict:
    return Verdict(Word.FAIL, reason.message, reason)
