"""What does the ledger hold of a deployment, from its first moment to its last?"""

from collections.abc import Mapping

from functions.domain.admission import Admission, Decision
from functions.domain.catalogue import HoldUntil
from functions.domain.ending.aftermath import aftermath, release_item, stabilised, stable_item
from functions.domain.ending.end import End, Outcome
from functions.domain.ending.ended import UNKEPT, UNTIL_CLOSED, Evidence, closing, ended
from functions.domain.known import Known
from functions.domain.opening import Claim as Claim
from functions.domain.opening import Done as Done
from functions.domain.opening import Opening as Opening
from functions.domain.plan import Do, Plan
from functions.domain.recovery.hold import lifted_by_start, when_pushed
from functions.domain.release import Release
from functions.domain.tidying import unused
from functions.domain.writes import (
    Condition,
    Delete,
    Put,
    Write,
    hold_key,
    push_key,
    record_key,
)

OURS_OR_NEW = "attribute_not_exists(#pk) OR #owner = :owner"


def opened(opening: Opening, admission: Admission) -> tuple[Write, ...]:
    """Return the writes that open a record, and with it the decision on a push."""
    record = {**described(opening, admission), "phase": "Pending", "message": admission.message}
    writes: list[Write] = [Put(record, Condition(OURS_OR_NEW, {"owner": opening.owner}))]
    if opening.request.push is not None:
        expression = f"{OURS_OR_NEW} OR #event <> :event"
        values = {"owner": opening.owner, "event": opening.request.push.event}
        writes.append(Put(decision(opening, admission.decision), Condition(expression, values)))
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
    begun = {"phase": "Progressing", "message": plan.message, **_planned(plan)}
    record = {**described(opening, admission), **begun}
    writes: list[Write] = [claim.held(), Put(record, Condition(UNTIL_CLOSED))]
    writes += [
        Put(stable_item(opening, stable), Condition("attribute_not_exists(#pk)"))
        for key, stable in known.stables.items()
        if key not in recorded.stables
    ]
    if plan.decision is Decision.DEPLOY and lifted_by_start(plan.hold, opening.request):
        writes.append(Delete(hold_key(opening.application)))
    releases = [each for each in known.releases if each not in recorded.releases]
    if plan.release is not None and plan.release.number == opening.number:
        releases.append(plan.release)
    writes += [Put(release_item(opening.application, release)) for release in releases]
    return tuple(writes)


def promoted(
    opening: Opening,
    plan: Plan,
    release: Release,
    at: str,
    revisions: Mapping[str, str],
    claim: Claim,
) -> tuple[Write, ...]:
    """Return the writes that make a release stable while its deployment goes on."""
    return (claim.held(), *stabilised(opening, plan, release, at, revisions))


def closed(
    opening: Opening,
    admission: Admission,
    plan: Plan | None,
    end: End,
    at: str,
    claim: Claim,
    done: Done,
    evidence: Evidence = UNKEPT,
    until: HoldUntil = HoldUntil.UNTIL_NEWER,
) -> tuple[Put, *tuple[Write, ...]]:
    """Return the writes that end a deployment, that of its record first.

    `until` is what lifts the hold that going back leaves behind.
    """
    record = {
        **described(opening, admission),
        **(_planned(plan) if plan else {}),
        **ended(end, at, evidence),
        **({"rollback_safe": False} if _contracted(plan, end) else {}),
        **done.described(),
    }
    pushed = opening.request.push is not None
    decided = (Put(decision(opening, _decided(admission, plan, end))),) if pushed else ()
    rests = aftermath(opening, plan, end, at, done.revisions, done.pins, until)
    held = (claim.held(),) if rests else ()
    return (closing(record), *decided, *held, *rests, *unused(record))


def described(opening: Opening, admission: Admission) -> dict[str, object]:
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
        "pushed_at": when_pushed(opening.request, image),
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
        "notes": list(plan.notes),
        "findings": [f"{each.grade} {each.subject}: {each.message}" for each in plan.findings],
        "rollback_safe": plan.rollback_safe,
    }


def decision(opening: Opening, decision: str) -> dict[str, object]:
    push = opening.request.push
    assert push is not None  # noqa: S101  the callers have asked
    return {
        **push_key(opening.application, push.digest, push.tag),
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


def _contracted(plan: Plan | None, end: End) -> bool:
    """Say whether the contract has begun: a release with one is promoted before it."""
    contracts = plan is not None and any(step.do is Do.PROMOTE for step in plan.steps)
    return contracts and end.outcome is Outcome.PROMOTED
