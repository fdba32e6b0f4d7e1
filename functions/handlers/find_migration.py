"""Was the migration begun before, and is it to be run now?"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from functions.aws import clients, ledger, migrations
from functions.domain.migration.begin import Course, Decision, Wanted, names, what_to_do
from functions.domain.migration.noted import begun
from functions.domain.migration.ran import Ran, found
from functions.domain.opening import Claim
from functions.domain.plan import Migrate
from functions.domain.reason import Reason
from functions.domain.rollout.judge import COALESCED_SECONDS
from functions.domain.turn import Turn
from functions.edge import entrypoint, logger


@dataclass(frozen=True, slots=True)
class Request:
    """`since` is when it was first looked for."""

    execution: str
    now: datetime
    ledger: str
    application: str
    deployment: int
    claim: Claim
    migrate: Migrate
    since: datetime


@dataclass(frozen=True, slots=True)
class _Found:
    """`task` is the ARN of one that is taken over; `started_by` and `client_token` for RunTask."""

    ran: Ran
    task: str | None
    started_by: str
    client_token: str


@dataclass(frozen=True, slots=True)
class Answer:
    """A look as that at its task, and the attempt that it found, or that is to be begun.

    `writes` are the TransactItems of its start, `told` is what is known of one that is not run.
    """

    verdict: Course
    message: str
    reason: Reason | None
    running: bool
    evidence: None
    looked_at: str
    not_before: str
    wait_seconds: int
    found: _Found | None
    writes: list[dict[str, Any]]
    told: dict[str, Any] | None


@entrypoint(Request, Answer)
def handler(request: Request) -> Answer:
    application, migrate = request.application, request.migrate
    ran = migrations.begun(clients.dynamodb(), request.ledger, application, migrate.release)
    tasks = migrations.started(clients.ecs(), application, ran)
    decision = what_to_do(_wanted(request), ran, tasks, request.now, request.since)
    logger.info("migration looked for", phase=migrate.phase, course=decision.course)
    turn = Turn.after(request.now, COALESCED_SECONDS)
    return Answer(
        verdict=decision.course,
        message=decision.message,
        reason=decision.reason,
        running=False,
        evidence=None,
        looked_at=turn.looked_at,
        not_before=turn.not_before,
        wait_seconds=turn.wait_seconds,
        found=_found(request, decision),
        writes=_writes(request, decision, ran),
        told=_told(decision),
    )


def _wanted(request: Request) -> Wanted:
    migrate = request.migrate
    return Wanted(
        deployment=request.deployment,
        release=migrate.release,
        phase=migrate.phase,
        cluster=migrate.cluster,
        timeout_seconds=migrate.timeout_seconds,
        breaking=migrate.breaking,
        again=migrate.again,
    )


def _found(request: Request, decision: Decision) -> _Found | None:
    if decision.ran is None:
        return None
    named = names(request.application, decision.ran, request.ledger)
    return _Found(decision.ran, decision.task, *named)


def _writes(request: Request, decision: Decision, ran: Sequence[Ran]) -> list[dict[str, Any]]:
    if decision.course is not Course.BEGIN or decision.ran is None:
        return []
    before = found(ran, decision.ran.release, decision.ran.phase)
    attempt = before.attempt if before else 0
    writes = begun(request.claim, request.application, decision.ran, attempt)
    return ledger.transact(request.ledger, writes)


def _told(decision: Decision) -> dict[str, Any] | None:
    ran = decision.ran
    if ran is None or decision.course not in (Course.PASSED, Course.REFUSED):
        return None
    return {
        "phase": ran.phase,
        "exit_code": ran.exit_code,
        "task": ran.task,
        "message": decision.message,
        "log_lines": [],
    }
