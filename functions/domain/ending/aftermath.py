"""What do later deployments rest on, once one has ended?"""

from collections.abc import Mapping
from dataclasses import asdict, replace

from functions.domain.catalogue import HoldUntil
from functions.domain.ending.end import End, Outcome
from functions.domain.opening import Opening
from functions.domain.plan import Kind, Pin, Plan
from functions.domain.reason import Blame
from functions.domain.recovery.hold import Hold, Holder, lifted_by_promotion, replaceable
from functions.domain.release import Release, Stable, named
from functions.domain.writes import (
    Change,
    Delete,
    Put,
    Write,
    bad_key,
    bad_on_key,
    hold_key,
    release_key,
    stable_key,
)


def aftermath(
    opening: Opening,
    plan: Plan | None,
    end: End,
    at: str,
    revisions: Mapping[str, str],
    pins: tuple[Pin, ...],
    until: HoldUntil,
) -> tuple[Write, ...]:
    """Return what later deployments rest on: what is stable, what is bad, and the hold."""
    if plan is None or plan.release is None:
        return ()
    return (
        *_settled(opening, plan, plan.release, end, at, revisions, pins),
        *_holding(opening, plan, plan.release, end, at, until),
    )


def _settled(
    opening: Opening,
    plan: Plan,
    release: Release,
    end: End,
    at: str,
    revisions: Mapping[str, str],
    pins: tuple[Pin, ...],
) -> tuple[Write, ...]:
    """Return the stable release, or the mark of one that was turned back."""
    if end.outcome is Outcome.PROMOTED:
        good = (Delete(bad_key(opening.application, release.digest)),) if release.digest else ()
        return (*stabilised(opening, plan, release, at, revisions), *good)
    if plan.kind is not Kind.FORWARD or not (end.holds or _turned_back(end)):
        return ()
    bad = _marked_bad(opening, release, end, at)
    back = end.outcome is Outcome.ROLLED_BACK
    return (*bad, *_pinned(opening, revisions, pins)) if back else bad


def _turned_back(end: End) -> bool:
    """Say whether the services went back, or should have, and not by a fault of ours.

    A fault on the way back says nothing new, and whoever closes after one may have lost the claim.
    """
    if end.outcome is not Outcome.ROLLBACK_FAILED:
        return end.outcome is Outcome.ROLLED_BACK
    return end.reason is None or end.reason.blame is not Blame.PILOTHOUSE


def _holding(
    opening: Opening, plan: Plan, release: Release, end: End, at: str, until: HoldUntil
) -> tuple[Write, ...]:
    """Hold the pushes so far after going back, or lift a hold that a person has overruled."""
    promoted = end.outcome is Outcome.PROMOTED
    if promoted and lifted_by_promotion(plan.hold, opening.request):
        return (Delete(hold_key(opening.application)),)
    by_hand = plan.kind is Kind.BY_HAND
    back = end.holds or _turned_back(end) or (promoted and by_hand)
    if not back or not replaceable(plan.hold):
        return ()
    called = named(release.number, release.image_tag)
    went = "failed" if end.holds else "was turned back"
    why = (
        f"a person rolled back to {called} by deployment #{opening.number}"
        if by_hand
        else f"deployment #{opening.number} of {called} {went}"
    )
    hold = Hold(Holder.PILOTHOUSE, until, at, why, opening.number)
    return (Put({**hold_key(opening.application), **asdict(hold)}),)


def _pinned(
    opening: Opening, revisions: Mapping[str, str], pins: tuple[Pin, ...]
) -> tuple[Write, ...]:
    """Note the revisions that a way back had to register: from now on they are what is stable."""
    fresh = {
        pin.key: (pin.release, revisions[pin.key])
        for pin in pins
        if revisions.get(pin.key, pin.revision) != pin.revision
    }
    stables = (
        Change(stable_key(opening.application, key), {("part", "revision"): revision})
        for key, (_, revision) in fresh.items()
    )
    releases = (
        Change(
            release_key(opening.application, number),
            {
                ("parts", key, "revision"): revision
                for key, (release, revision) in fresh.items()
                if release == number
            },
        )
        for number in sorted({release for release, _ in fresh.values()})
    )
    return (*stables, *releases)


def stabilised(
    opening: Opening, plan: Plan, release: Release, at: str, revisions: Mapping[str, str]
) -> tuple[Write, ...]:
    """Return what makes a release the stable one, but for services where nothing of it was seen."""
    parts = {
        key: replace(part, revision=revisions.get(key, part.revision))
        for key, part in release.parts.items()
    }
    # Going back, and deploying what is stable already, do not change what came before it.
    kept = plan.kind is Kind.BY_HAND or plan.before == release.number
    before = release.before if kept else plan.before
    verified = replace(release, parts=parts, verified_at=at, before=before)
    stables = [each for key, each in verified.stables().items() if key not in plan.unseen]
    if not stables:
        return ()
    return (
        Put(release_item(opening.application, verified)),
        *(Put({**stable_item(opening, each), "verified_at": at}) for each in stables),
    )


def _marked_bad(opening: Opening, release: Release, end: End, at: str) -> tuple[Write, ...]:
    """Mark the digest bad, so that no push deploys it again.

    Where the release is not to blame it is so on these bases only.
    """
    if release.digest is None or end.reason is None:
        return ()
    went = "failed" if end.holds else "had to be turned back"
    why = f"Deployment #{opening.number} of this image {went}: {end.reason.message}"
    mark = {"why": why, "at": at, "deployment": opening.number}
    if end.reason.blame is Blame.RELEASE:
        return (Put({**bad_key(opening.application, release.digest), **mark}),)
    key = bad_on_key(opening.application, release.digest, opening.number)
    bases = {service: part.base for service, part in release.parts.items()}
    return (Put({**key, **mark, "bases": bases}),)


def release_item(application: str, release: Release) -> dict[str, object]:
    return {**release_key(application, release.number), **asdict(release)}


def stable_item(opening: Opening, stable: Stable) -> dict[str, object]:
    key = stable_key(opening.application, stable.key)
    return {**key, **asdict(stable), "verified_at": opening.opened_at}
