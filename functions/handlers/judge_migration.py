"""Did the migration succeed, fail, or is it still at work?"""

from dataclasses import dataclass
from datetime import datetime

from functions.aws import clients, tasks
from functions.domain.migration import Run, judge
from functions.domain.plan import Migrate
from functions.domain.reason import Reason
from functions.domain.rollout import TICK_SECONDS
from functions.domain.turn import Turn
from functions.domain.verdict import Word
from functions.edge import entrypoint, logger


@dataclass(frozen=True, slots=True)
class Request:
    """`task` is what RunTask started, `failures` what it said instead."""

    execution: str
    now: datetime
    migrate: Migrate
    task: str | None
    failures: tuple[str, ...]
    started_at: datetime


@dataclass(frozen=True, slots=True)
class Answer:
    """`running` says that the task is still at work although the verdict is reached."""

    verdict: Word
    message: str
    reason: Reason | None
    running: bool
    looked_at: str
    not_before: str
    wait_seconds: int


@entrypoint(Request, Answer)
def handler(request: Request) -> Answer:
    run = _run(request)
    migrate = request.migrate
    verdict = judge(run, migrate.phase, migrate.container, migrate.timeout_seconds)
    logger.info("migration judged", phase=migrate.phase, verdict=verdict)
    turn = Turn.after(request.now, TICK_SECONDS)
    return Answer(
        verdict.verdict,
        verdict.message,
        verdict.reason,
        run.task is not None and run.stop is None,
        turn.looked_at,
        turn.not_before,
        turn.wait_seconds,
    )


def _run(request: Request) -> Run:
    if request.task is None:
        return Run(request.now, request.started_at, None, request.failures)
    found = tasks.one(clients.ecs(), request.migrate.cluster, request.task)
    return Run(
        request.now,
        request.started_at,
        found.id,
        status=found.last_status,
        stop=found.stop if found.last_status == "STOPPED" else None,
    )
