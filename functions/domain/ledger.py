"""What does the ledger hold of a deployment, from its first moment to its last?"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace

from functions.domain.admission import Admission, Decision
from functions.domain.closing import End, Outcome, reason_document
from functions.domain.plan import Kind, Pin, Plan
from functions.domain.planning import Known
from functions.domain.reason import Blame
from functions.domain.release import Release, Stable
from functions.domain.request import Request
from functions.domain.writes import (
    Change,
    Check,
    Condition,
    Put,
    Write,
    bad_key,
    partition,
    record_key,
    release_key,
    stable_key,
)


@dataclass(frozen=True, slots=True)
class Claim:
    """The lease as a state machine holds it; `owner` is its execution ARN."""

    pk: str
    owner: str
    fence: int


@dataclass(frozen=True, slots=True)
class Opening:
    """What a record says from its first moment on."""

    application: str
    number: int
    request: Request
    owner: str
    opened_at: str


OURS_OR_NEW = "attribute_not_exists(#pk) OR #owner = :owner"
UNTIL_CLOSED = "attribute_not_exists(#outcome)"


def opened(opening: Opening, admission: Admission) -> tuple[Write, ...]:
    """Return the writes that open a record, and with it the decision on a push."""
    record = {**_record(opening, admission), "phase": "Pending", "message": admission.message}
    writes: list[Write] = [Put(record, Condition(OURS_OR_NEW, {"owner": opening.owner}))]
    if opening.request.push is not None:
        expression = f"{OURS_OR_NEW} OR #event <> :event"
        values = {"owner": opening.owner, "event": opening.request.push.event}
        writes.append(Put(_decision(opening, admission.decision), Condition(expression, values)))
    return tuple(writes)


def planned(
    opening: Opening,
    admission: Admission,
    plan: Plan,
    recorded: Known,
    known: Known,
    claim: Claim,
) -> tuple[Write, ...]:
    """Return the writes that put adoption, release and plan on record before the first change.

    `recorded` is what the ledger held, `known` the same with what was adopted since.
    """
    record = {
        **_record(opening, admission),
        "phase": "Progressing",
        "message": plan.message,
        **_planned(plan),
    }
    writes: list[Write] = [_held(claim), Put(record, Condition(UNTIL_CLOSED))]
    writes += [
        Put(_stable(opening, stable), Condition("attribute_not_exists(#pk)"))
        for key, stable in known.stables.items()
        if key not in recorded.stables
    ]
    releases = [each for each in known.releases if each not in recorded.releases]
    if plan.release is not None and plan.release.number == opening.number:
        releases.append(plan.release)
    writes += [Put(_release(opening.application, release)) for release in releases]
    return tuple(writes)


def closed(
    opening: Opening,
    admission: Admission,
    plan: Plan | None,
    end: End,
    at: str,
    revisions: Mapping[str, str],
    claim: Claim,
    rolled: Mapping[str, str],
    pins: tuple[Pin, ...],
) -> tuple[Write, ...]:
    """Return the writes that end a deployment.

    `rolled` is what each service said last, `pins` what the last steps taken had registered.
    """
    record = {
        **_record(opening, admission),
        **(_planned(plan) if plan else {}),
        **_ended(end),
        "services": dict(rolled),
        "revisions": dict(revisions),
        "closed_at": at,
    }
    writes: list[Write] = [Put(record, Condition(UNTIL_CLOSED))]
    if opening.request.push is not None:
        writes.append(Put(_decision(opening, _decided(admission, plan, end))))
    settled = _settled(opening, plan, end, at, revisions, pins)
    return (*writes, _held(claim), *settled) if settled else tuple(writes)


def _ended(end: End) -> dict[str, object]:
    return {
        "phase": end.phase,
        "outcome": end.outcome.value,
        "message": end.message,
        "reason": reason_document(end.reason),
    }


def _settled(
    opening: Opening,
    plan: Plan | None,
    end: End,
    at: str,
    revisions: Mapping[str, str],
    pins: tuple[Pin, ...],
) -> tuple[Write, ...]:
    """Return what later deployments rest on: a stable release, or a bad digest."""
    if plan is None or plan.release is None:
        return ()
    if end.outcome is Outcome.PROMOTED:
        return _stabilised(opening, plan, plan.release, at, revisions)
    turned_back = end.outcome in (Outcome.ROLLED_BACK, Outcome.ROLLBACK_FAILED)
    if turned_back and plan.kind is Kind.FORWARD:
        bad = _marked_bad(opening, plan.release, end, at)
        back = end.outcome is Outcome.ROLLED_BACK
        return (*bad, *_pinned(opening, revisions, pins)) if back else bad
    return ()


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


def _stabilised(
    opening: Opening, plan: Plan, release: Release, at: str, revisions: Mapping[str, str]
) -> tuple[Write, ...]:
    parts = {
        key: replace(part, revision=revisions.get(key, part.revision))
        for key, part in release.parts.items()
    }
    # Going back, and deploying what is stable already, do not change what came before it.
    kept = plan.kind is Kind.BY_HAND or plan.before == release.number
    before = release.before if kept else plan.before
    verified = replace(release, parts=parts, verified_at=at, before=before)
    stables = verified.stables().values()
    return (
        Put(_release(opening.application, verified)),
        *(Put({**_stable(opening, each), "verified_at": at}) for each in stables),
    )


def _marked_bad(opening: Opening, release: Release, end: End, at: str) -> tuple[Write, ...]:
    """Mark the digest bad where the release is to blame, so that no push deploys it again."""
    if release.digest is None or end.reason is None or end.reason.blame is not Blame.RELEASE:
        return ()
    why = f"Deployment #{opening.number} of this image had to be turned back: {end.reason.message}"
    item = {**bad_key(opening.application, release.digest), "why": why, "at": at}
    return (Put({**item, "deployment": opening.number}),)


def _record(opening: Opening, admission: Admission) -> dict[str, object]:
    image = admission.image
    return {
        **record_key(opening.application, opening.number),
        "application": opening.application,
        "number": opening.number,
        "by": opening.request.by.value,
        "asked": opening.request.image or f"rollback {opening.request.rollback}",
        "decision": admission.decision.value,
        "image_tag": image.tag if image else None,
        "digest": image.digest if image else None,
        "owner": opening.owner,
        "opened_at": opening.opened_at,
    }


def _planned(plan: Plan) -> dict[str, object]:
    return {
        "kind": plan.kind.value,
        "decision": plan.decision.value,
        "release": plan.release.number if plan.release else None,
        "before": plan.before,
        "steps": [step.do.value for step in plan.steps],
    }


def _decision(opening: Opening, decision: str) -> dict[str, object]:
    push = opening.request.push
    assert push is not None  # noqa: S101  the callers have asked
    return {
        "pk": partition(opening.application),
        "sk": f"push#{push.digest}#{push.tag}",
        "event": push.event,
        "pushed_at": push.time,
        "decision": str(decision),
        "deployment": opening.number,
        "owner": opening.owner,
    }


def _decided(admission: Admission, plan: Plan | None, end: End) -> str:
    if admission.decision is not Decision.DEPLOY:
        return admission.decision.value
    if plan is None:
        return end.outcome.value
    return "Deployed" if plan.decision is Decision.DEPLOY else plan.decision.value


def _release(application: str, release: Release) -> dict[str, object]:
    return {**release_key(application, release.number), **asdict(release)}


def _stable(opening: Opening, stable: Stable) -> dict[str, object]:
    key = stable_key(opening.application, stable.key)
    return {**key, **asdict(stable), "verified_at": opening.opened_at}


def _held(claim: Claim) -> Check:
    condition = Condition(
        "#owner = :owner AND #fence = :fence", {"owner": claim.owner, "fence": claim.fence}
    )
    return Check({"pk": claim.pk, "sk": "claim"}, condition)
