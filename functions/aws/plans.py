"""What would be done now, and what does the preflight say of it?"""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from functions.aws import clients, inventory, ledger
from functions.aws.preflight import looking
from functions.domain.admission import Admission, Decision
from functions.domain.adoption import adopt
from functions.domain.catalogue import Application, document
from functions.domain.image import Tagged, newer
from functions.domain.known import Facts, Known
from functions.domain.plan import Plan, Step
from functions.domain.planning import plan
from functions.domain.preflight.finding import Finding
from functions.domain.preflight.weighing import stops, wanted, weighed
from functions.domain.release import Image, Release
from functions.domain.request import Request, in_short
from functions.domain.token import changed, token


@dataclass(frozen=True, slots=True)
class Made:
    """A plan, all that the preflight found, and what the plan rests on.

    `recorded` is what the ledger held, `known` the same with what was adopted since; `steps` are
    those that would be taken, also where the plan is stopped.
    """

    plan: Plan
    steps: tuple[Step, ...]
    findings: tuple[Finding, ...]
    token: str
    recorded: Known
    known: Known


def make(
    table: str,
    application: Application,
    request: Request,
    admission: Admission,
    number: int,
    at: datetime,
) -> Made:
    """Plan deployment `number` of what was admitted; reads only."""
    image = admission.image
    recorded = ledger.known(clients.dynamodb(), table, application.application)
    keys = frozenset(service.key for service in application.services)
    wish = inventory.Wanted(image.repository if image else None, keys - recorded.stables.keys())
    facts = inventory.facts(clients.ecs(), application, wish)
    known = adopt(recorded, facts)

    def older(candidate: Image, current: Release) -> bool:
        return _older(application, candidate, current)

    made = plan(application, request, image, number, facts, known, older)
    steps, findings = made.steps, tuple[Finding, ...]()
    if wanted(made):
        findings, notes = looking.look(application, facts, known, image, at)
        made = weighed(made, findings, notes, facts, force=request.force)
    parts = (*_parts(application, image, facts, recorded), stops(findings))
    now = token(in_short(request), parts)
    return Made(_unchanged(made, request, now), steps, findings, now, recorded, known)


def _older(application: Application, candidate: Image, current: Release) -> bool:
    ours = Tagged(candidate.tag, candidate.pushed_at)
    theirs = Tagged(current.image_tag, current.pushed_at)
    return newer(application.images.order, ours, theirs) is False


def _parts(
    application: Application, image: Image | None, facts: dict[str, Facts], recorded: Known
) -> tuple[object, ...]:
    """Return what a plan rests on, as `token.PARTS` names it, but for what the preflight stops."""
    return (
        image and image.digest,
        {key: (each.runs, each.steady) for key, each in facts.items()},
        {key: (each.base, each.containers) for key, each in facts.items()},
        _held(recorded),
        document(application),
    )


def _held(recorded: Known) -> list[Any]:
    stables = {key: (each.release, each.part.revision) for key, each in recorded.stables.items()}
    bad = sorted([*recorded.bad, *(each.digest for each in recorded.bad_on)])
    migrations = [(each.release, each.phase, each.state) for each in recorded.migrations]
    return [stables, recorded.hold, bad, migrations]


def _unchanged(made: Plan, request: Request, now: str) -> Plan:
    """Refuse a plan that is not the one whose token was given."""
    differs = changed(request.token, now) if request.token else ()
    if not differs:
        return made
    message = (
        f"Since the plan was made, {' and '.join(differs)} changed: plan again, and deploy that."
    )
    return replace(made, decision=Decision.REFUSED, message=message, steps=())
