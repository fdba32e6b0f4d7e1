"""Which pushes does a hold refuse, and what lifts it?"""

from dataclasses import dataclass
from enum import StrEnum

from functions.domain.catalogue import HoldUntil
from functions.domain.release import Image
from functions.domain.request import By, Request

TO_THE_SECOND = len("2026-11-21T12:00:00")
"""ECR tells when an image was pushed to the second (API: ImageDetail.imagePushedAt)."""


class Holder(StrEnum):
    """Whose the hold is: what Pilothouse holds by itself never binds a person."""

    PILOTHOUSE = "pilothouse"
    PERSON = "person"


@dataclass(frozen=True, slots=True)
class Hold:
    """Deployments by push are suspended `since` (ISO 8601) by a deployment of this number.

    `why` ends a sentence: "deployment #12 was turned back".
    """

    by: Holder
    until: HoldUntil
    since: str
    why: str
    deployment: int


def held(hold: Hold | None, by: By, pushed_at: str) -> str | None:
    """Return why a request is held, or None; only pushes are."""
    if hold is None or by is not By.PUSH:
        return None
    since, where = _shown(hold.since), f"since {hold.why}"
    if hold.by is Holder.PERSON:
        return f"Pushes are held since {since}: {hold.why}. Only a person lifts this hold."
    if hold.until is HoldUntil.UNTIL_PERSON:
        return (
            f"Pushes are held from {since} on, {where}: "
            "deploy an image by hand, and the hold is lifted when it is promoted."
        )
    if pushed_at[:TO_THE_SECOND] > hold.since[:TO_THE_SECOND]:
        return None
    return (
        f"Everything pushed up to {since} is held, {where}: "
        "push a newer build, or deploy this one by hand."
    )


def when_pushed(request: Request, image: Image | None) -> str:
    """Return when ECR says the image was pushed, else the time of the event, else nothing."""
    event = request.push.time if request.push else ""
    return (image.pushed_at if image else None) or event


def lifted_by_start(hold: Hold | None, request: Request) -> bool:
    """Say whether a request that goes through lifts the hold: a newer push."""
    return _is(hold, HoldUntil.UNTIL_NEWER) and request.by is By.PUSH


def lifted_by_promotion(hold: Hold | None, request: Request) -> bool:
    """Say whether the hold is lifted once the request is promoted: an image that a person chose."""
    return (
        _is(hold, HoldUntil.UNTIL_PERSON) and request.by is By.PERSON and request.image is not None
    )


def replaceable(hold: Hold | None) -> bool:
    """Say whether a later hold of ours may take its place: never that of a person."""
    return hold is None or hold.by is Holder.PILOTHOUSE


def _is(hold: Hold | None, until: HoldUntil) -> bool:
    return hold is not None and hold.by is Holder.PILOTHOUSE and hold.until is until


def _shown(since: str) -> str:
    """Return a time as people read it: `2026-11-21 12:00 UTC`."""
    return f"{since[:10]} {since[11:16]} UTC"
