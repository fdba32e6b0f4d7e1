"""How did the deployment end, and what is written and told?"""

from dataclasses import dataclass
from typing import Any

from functions.aws import ledger
from functions.domain import closing, news
from functions.domain import request as requests
from functions.domain.admission import Admission
from functions.domain.catalogue import Application
from functions.domain.closing import Course, Fault, Outcome
from functions.domain.ledger import Claim, Opening, closed
from functions.domain.plan import Do, Plan, Step
from functions.domain.verdict import Verdict, gravest
from functions.edge import entrypoint, logger


@dataclass(frozen=True, slots=True)
class Request:
    """What the state machine knows of its course; see `closing.Course`.

    `steps` are those taken last, `verdicts` come of the last of them, `failures` of the one
    that failed before.
    """

    execution: str
    now: str
    application: Application
    ledger: str
    deployment: int
    request: requests.Request
    owner: str
    claim: Claim
    opened_at: str
    admission: Admission
    plan: Plan | None
    steps: tuple[Step, ...]
    step: int
    revisions: dict[str, str]
    rolled: dict[str, dict[str, Any]]
    verdicts: tuple[Verdict, ...]
    failures: tuple[Verdict, ...]
    recovery: str | None
    recovering: bool
    fault: Fault | None
    expired: bool


@dataclass(frozen=True, slots=True)
class _End:
    outcome: Outcome
    message: str


@dataclass(frozen=True, slots=True)
class Answer:
    """`writes` close the record under the idempotency `token`; `news` is announced."""

    end: _End
    writes: list[dict[str, Any]]
    token: str
    news: dict[str, Any]


@entrypoint(Request, Answer)
def handler(request: Request) -> Answer:
    name = request.application.application
    end = closing.end(name, _course(request))
    opening = Opening(name, request.deployment, request.request, request.owner, request.opened_at)
    writes = closed(
        opening,
        request.admission,
        request.plan,
        end,
        request.now,
        request.revisions,
        request.claim,
        {key: str(each["message"]) for key, each in request.rolled.items()},
        tuple(pin for step in request.steps for pin in step.pins),
    )
    told = news.announcement(opening, request.admission, request.plan, end)
    logger.info("deployment concluded", outcome=end.outcome, reason=end.message)
    return Answer(
        _End(end.outcome, end.message),
        ledger.transact(request.ledger, writes),
        news.token(opening, end),
        told,
    )


def _course(request: Request) -> Course:
    return Course(
        admission=request.admission,
        plan=request.plan,
        verdict=gravest(request.verdicts),
        failure=gravest(request.failures) if request.failures else None,
        recovery=request.recovery,
        recovering=request.recovering,
        fault=request.fault,
        expired=request.expired,
        rolling=request.recovering or _rolls(request.steps[: request.step + 1]),
    )


def _rolls(taken: tuple[Step, ...]) -> bool:
    return any(step.do is Do.ROLL for step in taken)
