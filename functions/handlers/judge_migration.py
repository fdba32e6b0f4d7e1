"""Did the migration succeed, fail, or is it still at work?"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from functions.aws import clients, keeping, tasks
from functions.domain.migration.judge import Run, judge
from functions.domain.plan import Migrate
from functions.domain.reason import Reason
from functions.domain.rollout.judge import TICK_SECONDS
from functions.domain.rollout.look import Task
from functions.domain.turn import Turn
from functions.domain.verdict import Word, quoting
from functions.edge import entrypoint, logger


@dataclass(frozen=True, slots=True)
class Request:
    """`task` is what RunTask started of `revision`, `failures` what it said instead."""

    execution: str
    now: datetime
    migrate: Migrate
    revision: str
    task: str | None
    failures: tuple[str, ...]
    started_at: datetime


@dataclass(frozen=True, slots=True)
class Answer:
    """`running` says that the task is still at work although the verdict is reached.

    `evidence` is what is worth keeping of a task that has ended.
    """

    verdict: Word
    message: str
    reason: Reason | None
    running: bool
    evidence: dict[str, Any] | None
    looked_at: str
    not_before: str
    wait_seconds: int


@entrypoint(Request, Answer)
def handler(request: Request) -> Answer:
    migrate, found = request.migrate, _found(request)
    run = _run(request, found)
    lines = _lines(request, found) if run.stop else {}
    verdict = judge(run, migrate.phase, migrate.container, migrate.timeout_seconds)
    logger.info("migration judged", phase=migrate.phase, verdict=verdict)
    turn = Turn.after(request.now, TICK_SECONDS)
    told = {run.task: lines.get(migrate.container, ())} if run.task else {}
    return Answer(
        verdict.verdict,
        verdict.message,
        quoting(verdict, told).reason,
        run.task is not None and run.stop is None,
        keeping.ended(run, migrate.phase, lines),
        turn.looked_at,
        turn.not_before,
        turn.wait_seconds,
    )


def _found(request: Request) -> Task | None:
    if request.task is None:
        return None
    return tasks.one(clients.ecs(), request.migrate.cluster, request.task)


def _run(request: Request, found: Task | None) -> Run:
    if found is None:
        return Run(request.now, request.started_at, None, request.failures)
    stop = found.stop if found.last_status == "STOPPED" else None
    return Run(request.now, request.started_at, found.id, status=found.last_status, stop=stop)


def _lines(request: Request, found: Task | None) -> Mapping[str, tuple[str, ...]]:
    if found is None:
        return {}
    answer = clients.ecs().describe_task_definition(taskDefinition=request.revision)
    definition = answer["taskDefinition"]
    return keeping.of_task(clients.logs, definition, found, request.migrate.log_lines)
