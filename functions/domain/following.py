"""Do the schedules of an application run the revisions they have to, and what is to be changed?"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import sha256

from functions.domain.reason import Blame, Code, Reason
from functions.domain.scheduled import Found, Kind, family, is_over, references, repointed
from functions.domain.verdict import Verdict, Word, failed

MOST_ROUNDS = 3
"""So often schedules are changed and looked at again: whoever changes them too may be quicker."""

_START = "StartDate"
_OURS = r"Throttl|Internal|TooMany|SdkClient"
"""Refusals that say nothing about what was asked for."""
_PASSING = rf"Conflict|Concurrent|NotFound|{_OURS}"
"""Refusals that another look and another try may answer."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """What AWS answered to a change instead of making it."""

    name: str
    error: str
    cause: str


@dataclass(frozen=True, slots=True)
class Look:
    """What there is, and the names of which nothing is there."""

    found: tuple[Found, ...]
    gone: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Round:
    """The so-manieth look of an execution, and what the changes after the last one came to."""

    execution: str
    number: int
    refusals: tuple[Refusal, ...] = ()


@dataclass(frozen=True, slots=True)
class Judgement:
    """`changes` are to be made when the verdict is Wait."""

    verdict: Verdict
    changes: tuple[Found, ...] = ()


def judge(look: Look, wanted: Mapping[str, str], at: Round, now: datetime) -> Judgement:
    """Return whether all targets of the families in `wanted` run the revisions in it.

    A schedule that is gone, or over at `now`, runs nothing any more: there is nothing to follow.
    """
    mine = [each for each in look.found if not is_over(each, now)]
    changes = [_keyed(each, at) for found in mine if (each := repointed(found, wanted)) is not None]
    if not changes:
        return Judgement(Verdict(Word.PASS, _followed(mine, look.gone, wanted)))
    against = _against(changes, at)
    if against is not None:
        return Judgement(against)
    names = _listed([each.name for each in changes])
    return Judgement(Verdict(Word.WAIT, f"To be changed: {names}."), tuple(changes))


def unreadable(why: str) -> Verdict:
    """Return the verdict where AWS does not let us look, for good."""
    message = f"The schedules cannot be read, so they cannot follow the image: {why}"
    return failed(Reason(Code.CONFIG_INVALID, Blame.CONFIGURATION, message, (why,)))


def _keyed(change: Found, at: Round) -> Found:
    if change.kind is Kind.RULE:
        return change
    token = sha256(f"{at.execution}/{at.number}/{change.name}".encode()).hexdigest()
    arguments = {**change.arguments, "ClientToken": token}
    # CreateSchedule refuses one that has passed; of UpdateSchedule AWS does not say. So it is kept
    # until AWS minds: a schedule that has begun does not need it any more.
    if any(each.name == change.name and _START in each.cause for each in at.refusals):
        arguments.pop(_START, None)
    return replace(change, arguments=arguments)


def _followed(found: Sequence[Found], gone: Sequence[str], wanted: Mapping[str, str]) -> str:
    following = {
        each.name: {name.rpartition("/")[2] for name in references(each) if family(name) in wanted}
        for each in found
    }
    names = [name for name, runs in following.items() if runs]
    said = "No schedule runs a task of these services."
    if names:
        runs = _listed(sorted(set().union(*following.values())))
        said = f"{_listed(names)} {'runs' if len(names) == 1 else 'run'} {runs} now."
    if not gone:
        return said
    return f"{said} {_listed(gone)} {'is' if len(gone) == 1 else 'are'} not there any more."


def _listed(names: Sequence[str]) -> str:
    return " and ".join(filter(None, (", ".join(names[:-1]), names[-1])))


def _against(changes: Sequence[Found], at: Round) -> Verdict | None:
    """Return why the changes are not made, or not made again; None where they may be."""
    unknown = next((each for each in changes if each.unknown), None)
    if unknown is not None:
        return failed(_unknown(unknown))
    refused = {each.name: each for each in at.refusals}
    last = at.number > MOST_ROUNDS
    for each in changes:
        refusal = refused.get(each.name)
        if refusal is not None and (last or not _may_pass(refusal)):
            return _refused(each, refusal)
    return failed(_contested(changes[0])) if last else None


def _may_pass(refusal: Refusal) -> bool:
    return bool(re.search(_PASSING, refusal.error)) or _START in refusal.cause


def _refused(change: Found, refusal: Refusal) -> Verdict:
    told = refusal.cause.partition(" (Service:")[0].rstrip(". ")
    said = f"could not be changed, {refusal.error}: {told}."
    if re.search(_OURS, refusal.error):
        return Verdict(Word.ERROR, f"The {change.kind} {change.name} {said}")
    role = " Name the role under roles in the catalogue." if "iam:PassRole" in told else ""
    return failed(_reason(change, said + role, refusal.cause))


def _unknown(change: Found) -> Reason:
    paths = ", ".join(change.unknown)
    said = (
        f"has {paths}, which this version of Pilothouse does not know and would lose: update "
        "Pilothouse, or take it out of schedules and have it name a revision of your choice."
    )
    return _reason(change, said, f"{change.name}: {paths}")


def _contested(change: Found) -> Reason:
    named = " and ".join(references(change))
    said = (
        f"was changed {MOST_ROUNDS} times and runs something else again: find out who else changes "
        "it, and deploy again."
    )
    return _reason(change, said, f"{change.name} was to run {named}")


def _reason(change: Found, said: str, evidence: str) -> Reason:
    message = f"The {change.kind} {change.name} {said}"
    return Reason(Code.CONFIG_INVALID, Blame.CONFIGURATION, message, (evidence,))
