"""Whose hand was on the services since the last release?"""

from collections.abc import Iterator, Mapping

from functions.domain.catalogue import Application
from functions.domain.known import Facts, Known
from functions.domain.preflight.definitions import Definitions
from functions.domain.preflight.drift import base_of
from functions.domain.preflight.sight import Unread
from functions.domain.release import Stable
from functions.domain.rollout.look import named_revision
from functions.domain.task_definition import by_key, is_ours


def notes(
    application: Application, facts: Mapping[str, Facts], known: Known, seen: Definitions
) -> tuple[str, ...]:
    """Return a sentence for each base and each switch that Pilothouse did not make."""
    return tuple(
        said
        for service in application.services
        if service.key in facts and service.key in known.stables
        for said in _of(facts[service.key], known.stables[service.key], known, seen)
    )


def _of(facts: Facts, stable: Stable, known: Known, seen: Definitions) -> Iterator[str]:
    ours = stable.part.revision
    if ours and facts.base != stable.part.base and _number(facts.base) > _number(ours):
        yield (
            "A revision registered by your own tooling after ours "
            f"({named_revision(facts.base)}) is the base now."
        )
    if facts.runs and facts.runs != (ours or stable.part.base) and _foreign(facts, known, seen):
        yield (
            f"{facts.key} was switched by hand or by CloudFormation to "
            f"{named_revision(facts.runs)}, which is not the stable revision."
        )


def _foreign(facts: Facts, known: Known, seen: Definitions) -> bool:
    """Say whether what runs is plainly none of ours: by the ledger, and by the revision's tags."""
    if facts.runs == facts.base:
        return True
    if base_of(facts, known) is not None:
        return False
    runs = seen.runs.get(facts.key)
    if runs is None or isinstance(runs, Unread):
        return False
    return not is_ours(by_key(runs.get("tags") or ()))


def _number(revision: str) -> int:
    number = revision.rpartition(":")[2]
    return int(number) if number.isdigit() else 0
