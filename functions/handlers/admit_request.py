"""May this request become a deployment at all?"""

from dataclasses import dataclass
from typing import Any

from functions.aws import admitting, ledger
from functions.domain import request as requests
from functions.domain.admission import Admission
from functions.domain.catalogue import Application
from functions.domain.ledger import Opening, opened
from functions.edge import entrypoint, logger


@dataclass(frozen=True, slots=True)
class Request:
    execution: str
    now: str
    application: Application
    ledger: str
    deployment: int
    request: requests.Request
    owner: str


@dataclass(frozen=True, slots=True)
class Answer:
    """`writes` are the TransactItems that open the record."""

    admission: Admission
    writes: list[dict[str, Any]]


@entrypoint(Request, Answer)
def handler(request: Request) -> Answer:
    admission = admitting.admitted(request.application, request.ledger, request.request)
    opening = Opening(
        request.application.application,
        request.deployment,
        request.request,
        request.owner,
        request.now,
    )
    logger.info("request admitted", decision=admission.decision, reason=admission.message)
    return Answer(admission, ledger.transact(request.ledger, opened(opening, admission)))
