"""Which steps make this release the running one?"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from functions.aws import ledger, plans
from functions.domain import request as requests
from functions.domain.admission import Admission
from functions.domain.catalogue import Application
from functions.domain.ending.end import called
from functions.domain.ledger import Claim, Opening, planned
from functions.domain.plan import Plan
from functions.edge import entrypoint, logger


@dataclass(frozen=True, slots=True)
class Request:
    execution: str
    now: datetime
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
    application = request.application
    made = plans.make(
        request.ledger,
        application,
        request.request,
        request.admission,
        request.deployment,
        request.now,
    )
    opening = Opening(
        application.application,
        request.deployment,
        request.request,
        request.claim.owner,
        request.opened_at,
    )
    plan = made.plan
    writes = planned(opening, request.admission, plan, made.recorded, made.known, request.claim)
    logger.info("release planned", decision=plan.decision, reason=plan.message)
    return Answer(plan, ledger.transact(request.ledger, writes), called(plan))
