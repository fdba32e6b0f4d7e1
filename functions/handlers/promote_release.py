"""What makes a release that has passed its bake the stable one, before its contract begins?"""

from dataclasses import dataclass
from typing import Any

from functions.aws import ledger
from functions.domain import request as requests
from functions.domain.catalogue import Application
from functions.domain.errors import TerminalError
from functions.domain.ledger import promoted
from functions.domain.opening import Claim, Opening
from functions.domain.plan import Plan
from functions.edge import entrypoint, logger


@dataclass(frozen=True, slots=True)
class Request:
    """`revisions` are those that the release was pinned to, by service key."""

    execution: str
    now: str
    application: Application
    ledger: str
    deployment: int
    request: requests.Request
    owner: str
    claim: Claim
    opened_at: str
    plan: Plan
    revisions: dict[str, str]


@dataclass(frozen=True, slots=True)
class Answer:
    """`writes` are the TransactItems."""

    writes: list[dict[str, Any]]


@entrypoint(Request, Answer)
def handler(request: Request) -> Answer:
    opening = Opening(
        request.application.application,
        request.deployment,
        request.request,
        request.owner,
        request.opened_at,
    )
    if request.plan.release is None:
        raise TerminalError("The plan has no release to promote.")
    release = request.plan.release
    writes = promoted(opening, request.plan, release, request.now, request.revisions, request.claim)
    logger.info("release promoted", release=release.number)
    return Answer(ledger.transact(request.ledger, writes))
