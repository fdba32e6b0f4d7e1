"""May what ECS is deploying go on, when a lifecycle hook of a service asks?"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from functions.domain.ending.end import Outcome
from functions.domain.plan import Kind
from functions.domain.task_definition import Origin

MOST_ASKS = 10
CALL_BACK_SECONDS = 30
ASKS = "pilothouseAsks"
"""The member of `hookDetails` in which ECS hands back how often nothing could be found out."""


class Status(StrEnum):
    """What ECS understands; whatever else a hook says turns the deployment back."""

    SUCCEEDED = "SUCCEEDED"
    FAILED = "FAILED"
    IN_PROGRESS = "IN_PROGRESS"


@dataclass(frozen=True, slots=True)
class Acting:
    """The deployment that holds the claim.

    `release` and `kind` are None until it has a plan, `outcome` until it is over; `failing` is the
    service of a wave that failed first.
    """

    number: int
    release: int | None = None
    kind: str | None = None
    phase: str | None = None
    outcome: str | None = None
    failing: str | None = None


@dataclass(frozen=True, slots=True)
class Known:
    """What the ledger says of a revision of ours.

    `stable`: a service goes back to it. `verified`: its release has passed a bake. `bad` says why
    its image was turned back; `outcome` is that of the deployment that registered it, once over.
    """

    acting: Acting | None = None
    stable: bool = False
    verified: bool = False
    bad: str | None = None
    outcome: str | None = None


def objection(origin: Origin, known: Known) -> str | None:
    """Return why a revision must not go on, or None: what is gone back to is never kept."""
    acting = known.acting
    if known.stable:
        return None
    if acting is not None and acting.release == origin.release:
        return _turned_back(acting)
    if acting is not None and acting.number == origin.deployment:
        # Of another release than its own it registers only what it goes back to.
        return None
    if known.verified:
        return None
    return known.bad or _ended(origin.deployment, known.outcome)


def unanswered(asks: int) -> Status:
    """Return what to say when nothing could be found out, for the so-manieth time in a row.

    In the end it goes on: a fault of ours says nothing about a release, and Pilothouse itself
    watches it all the same.
    """
    return Status.IN_PROGRESS if asks < MOST_ASKS else Status.SUCCEEDED


def asks_before(details: object) -> int:
    """Return how often it was asked in vain, by the `hookDetails` that ECS hands back."""
    asks = details.get(ASKS) if isinstance(details, Mapping) else None
    return int(asks) if isinstance(asks, int | float) else 0


def _turned_back(acting: Acting) -> str | None:
    if acting.kind == Kind.BY_HAND:
        return None
    if acting.phase == "RollingBack":
        return f"Deployment #{acting.number} is turning this release back."
    if acting.failing is not None:
        return (
            f"Deployment #{acting.number} turns this release back, since {acting.failing} failed."
        )
    return _ended(acting.number, acting.outcome)


def _ended(number: int, outcome: str | None) -> str | None:
    if outcome in (None, Outcome.PROMOTED):
        return None
    return f"Deployment #{number}, which this revision is of, has ended {outcome}."
