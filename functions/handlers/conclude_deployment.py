"""How did the deployment end, and what is written and told?"""

from dataclasses import asdict, dataclass
from typing import Any

from functions.aws import clients, gathering, ledger
from functions.domain import request as requests
from functions.domain.admission import Admission
from functions.domain.catalogue import Application
from functions.domain.ending import closing
from functions.domain.ending.end import Course, End, end_document
from functions.domain.ending.ended import Evidence, to_tell
from functions.domain.ending.news import news, token
from functions.domain.fault import Fault
from functions.domain.ledger import closed
from functions.domain.opening import Claim, Done, Opening
from functions.domain.plan import Do, Plan, Step
from functions.domain.verdict import Verdict, first_bad, gravest
from functions.domain.writes import Put, Write
from functions.edge import entrypoint, logger


@dataclass(frozen=True, slots=True)
class Request:
    """What the state machine knows of its course; see `end.Course`.

    `steps` are those taken last, `verdicts` come of the last of them, `failures` of the one
    that failed before. `bucket` keeps the evidence, `unkept` says why it could not be kept. `left`
    are services that did not go back, `ran` says how each migration ended.
    """

    execution: str
    now: str
    application: Application
    ledger: str
    bucket: str
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
    unkept: str | None
    left: tuple[str, ...]
    holds: bool
    ran: tuple[dict[str, Any], ...]


@dataclass(frozen=True, slots=True)
class Answer:
    """What is left to do, in this order: keep the evidence, write under the `token`, tell."""

    end: dict[str, Any]
    evidence: dict[str, Any] | None
    writes: list[dict[str, Any]]
    token: str
    news: dict[str, Any]
    unnumbered: bool = False


@entrypoint(Request, Answer)
def handler(request: Request) -> Answer:
    name = request.application.application
    end = closing.end(name, _course(request))
    gathered = gathering.gather(
        clients.s3(), request.bucket, name, request.deployment, request.unkept
    )
    writes = _writes(request, end, gathered.evidence)
    record = writes[0].item
    told = news(record, end, request.bucket)
    logger.info("deployment concluded", outcome=end.outcome, reason=end.message)
    return Answer(
        end_document(end),
        gathered.document(record),
        ledger.transact(request.ledger, [*writes, to_tell(told)]),
        token(record, end),
        asdict(told),
    )


def _writes(request: Request, end: End, evidence: Evidence) -> tuple[Put, *tuple[Write, ...]]:
    application = request.application
    opening = Opening(
        application.application,
        request.deployment,
        request.request,
        request.owner,
        request.opened_at,
    )
    return closed(
        opening,
        request.admission,
        request.plan,
        end,
        request.now,
        request.claim,
        _done(request),
        evidence,
        application.hold_after_rollback,
    )


def _done(request: Request) -> Done:
    return Done(
        request.revisions,
        {key: str(each["message"]) for key, each in request.rolled.items()},
        tuple(pin for step in request.steps for pin in step.pins),
        request.ran,
        {key: each.get("stages") or () for key, each in request.rolled.items()},
    )


def _course(request: Request) -> Course:
    return Course(
        admission=request.admission,
        plan=request.plan,
        verdict=gravest(request.verdicts),
        failure=first_bad(request.failures or request.verdicts),
        recovery=request.recovery,
        recovering=request.recovering,
        fault=request.fault,
        expired=request.expired,
        rolling=request.recovering or _any(Do.ROLL, request.steps[: request.step + 1]),
        promoted=_any(Do.PROMOTE, request.steps[: request.step]),
        left=request.left,
        holds=request.holds,
        waits=_waits(request),
    )


def _waits(request: Request) -> bool:
    """Say whether the last step taken was to find out about the contract of another release."""
    taken = request.steps[: request.step]
    last = taken[-1].migrate if taken else None
    release = request.plan.release if request.plan else None
    return last is not None and release is not None and last.release != release.number


def _any(do: Do, taken: tuple[Step, ...]) -> bool:
    return any(step.do is do for step in taken)
