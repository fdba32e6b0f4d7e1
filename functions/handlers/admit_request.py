"""May this request become a deployment at all?"""

from dataclasses import dataclass
from typing import Any

from functions.aws import clients, ledger, registry
from functions.domain import request as requests
from functions.domain.admission import Admission, Found, admit
from functions.domain.catalogue import Application
from functions.domain.image import left_out
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
    found = _found(request)
    admission = admit(request.request, request.application, found, left_out)
    opening = Opening(
        request.application.application,
        request.deployment,
        request.request,
        request.owner,
        request.now,
    )
    logger.info("request admitted", decision=admission.decision, reason=admission.message)
    return Answer(admission, ledger.transact(request.ledger, opened(opening, admission)))


def _found(request: Request) -> Found:
    wanted = request.request.image
    if wanted is None:
        return Found()
    application = request.application
    image = registry.find(clients.ecr(), application.repository, wanted)
    if isinstance(image, str):
        return Found(problem=image)
    name = application.application
    return Found(
        image=image,
        bad=ledger.why_bad(clients.dynamodb(), request.ledger, name, image.digest),
        hold=ledger.hold(clients.dynamodb(), request.ledger, name),
    )
