"""What would become of this request, if it was deployed now?"""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from functions.aws import admitting, clients, ledger, plans
from functions.domain import request as requests
from functions.domain.admission import Decision
from functions.domain.catalogue import Application
from functions.domain.preflight.shown import shown
from functions.domain.writes import counters_key
from functions.edge import entrypoint, logger


@dataclass(frozen=True, slots=True)
class Request:
    execution: str
    now: datetime
    application: Application
    ledger: str
    request: requests.Request


@dataclass(frozen=True, slots=True)
class Answer:
    """`plan` is what a person reads in the console."""

    plan: dict[str, Any]


@entrypoint(Request, Answer)
def handler(request: Request) -> Answer:
    application, asked = request.application, request.request
    admission = admitting.admitted(application, request.ledger, asked)
    if admission.decision is not Decision.DEPLOY:
        return Answer({"plan": application.application, "verdict": admission.message})
    made = plans.make(request.ledger, application, asked, admission, _next(request), request.now)
    logger.info("plan drafted", decision=made.plan.decision, reason=made.plan.message)
    plan = replace(made.plan, steps=made.steps)
    return Answer(shown(application, plan, made.findings, made.token))


def _next(request: Request) -> int:
    """Return the number that the deployment would have."""
    key = counters_key(request.application.application)
    item = ledger.read(clients.dynamodb(), request.ledger, key) or {}
    return int(item.get("deployments", 0)) + 1
