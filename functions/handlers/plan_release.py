"""Which steps make this release the running one?"""

from dataclasses import dataclass
from typing import Any

from functions.aws import clients, inventory, ledger
from functions.domain import request as requests
from functions.domain.admission import Admission
from functions.domain.adoption import adopt
from functions.domain.catalogue import Application
from functions.domain.ending.closing import called
from functions.domain.image import Tagged, newer
from functions.domain.ledger import Claim, Opening, planned
from functions.domain.plan import Plan
from functions.domain.planning import plan
from functions.domain.release import Image, Release
from functions.edge import entrypoint, logger


@dataclass(frozen=True, slots=True)
class Request:
    execution: str
    now: str
    application: Application
    ledger: str
    deployment: int
    request: requests.Request
    admission: Admission
    claim: Claim
    opened_at: str


@dataclass(frozen=True, slots=True)
class Answer:
    """`writes` are the TransactItems that put adoption, release and plan on record.

    `called` is what people call the release.
    """

    plan: Plan
    writes: list[dict[str, Any]]
    called: str


@entrypoint(Request, Answer)
def handler(request: Request) -> Answer:
    application, image = request.application, request.admission.image
    recorded = ledger.known(clients.dynamodb(), request.ledger, application.application)
    keys = frozenset(service.key for service in application.services)
    wanted = inventory.Wanted(image.repository if image else None, keys - recorded.stables.keys())
    facts = inventory.facts(clients.ecs(), application, wanted)
    known = adopt(recorded, facts)

    def older(candidate: Image, current: Release) -> bool:
        return _older(application, candidate, current)

    made = plan(application, request.request, image, request.deployment, facts, known, older)
    opening = Opening(
        application.application,
        request.deployment,
        request.request,
        request.claim.owner,
        request.opened_at,
    )
    writes = planned(opening, request.admission, made, recorded, known, request.claim)
    logger.info("release planned", decision=made.decision, reason=made.message)
    return Answer(made, ledger.transact(request.ledger, writes), called(made))


def _older(application: Application, candidate: Image, current: Release) -> bool:
    ours = Tagged(candidate.tag, candidate.pushed_at)
    theirs = Tagged(current.image_tag, current.pushed_at)
    return newer(application.images.order, ours, theirs) is False
