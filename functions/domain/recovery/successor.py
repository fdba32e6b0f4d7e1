"""Is something newer about to replace the release that failed?"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from functions.domain.admission import Decision
from functions.domain.catalogue import Application
from functions.domain.image import Tagged, newer
from functions.domain.known import Known
from functions.domain.recovery.hold import held
from functions.domain.release import Release, short
from functions.domain.request import By

WAITS_SECONDS = 4 * 3600
"""So long a deployment waits for the claim; after that it is no longer there."""


@dataclass(frozen=True, slots=True)
class Pending:
    """A deployment on record that waits for its turn; `owner` is its execution ARN."""

    number: int
    by: By
    decision: str
    digest: str | None
    image_tag: str | None
    pushed_at: str
    opened_at: datetime
    owner: str

    @property
    def called(self) -> str:
        return f"deployment #{self.number} ({self.image_tag or short(self.digest or '')})"


def successors(
    pending: Sequence[Pending],
    application: Application,
    failed: Release,
    known: Known,
    now: datetime,
) -> tuple[Pending, ...]:
    """Return those that will replace the release that failed at once, the newest first.

    Each waits for the claim with another image that nothing speaks against; whether its execution
    still runs is for the caller to find out.
    """
    found = (each for each in pending if _goes_on(each, application, failed, known, now))
    return tuple(sorted(found, key=lambda each: -each.number))


def _goes_on(
    each: Pending, application: Application, failed: Release, known: Known, now: datetime
) -> bool:
    bad = {*known.bad, *(mark.digest for mark in known.bad_on)}
    return (
        each.decision == Decision.DEPLOY
        and each.digest is not None
        and each.digest != failed.digest
        and each.digest not in bad
        and now - each.opened_at < timedelta(seconds=WAITS_SECONDS)
        and held(known.hold, each.by, each.pushed_at) is None
        and not _below(each, application, known.current)
    )


def _below(each: Pending, application: Application, current: Release | None) -> bool:
    """Say whether a push is below what is stable: planning will leave it alone."""
    if each.by is not By.PUSH or current is None:
        return False
    theirs = Tagged(current.image_tag, current.pushed_at)
    return newer(application.images.order, Tagged(each.image_tag, each.pushed_at), theirs) is False
