"""Did the migration succeed, fail, or is it still at work?"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

from functions.aws import clients, keeping, ledger, migrations
from functions.domain.migration.judge import Run, exit_code, judge
from functions.domain.migration.noted import ended
from functions.domain.migration.probe import probe
from functions.domain.migration.ran import Ran
from functions.domain.migration.stopping import Stopping, awaited
from functions.domain.opening import Claim
from functions.domain.plan import Gate, Migrate
from functions.domain.reason import Reason
from functions.domain.rollout.judge import COALESCED_SECONDS, TICK_SECONDS
from functions.domain.rollout.look import Task
from functions.domain.turn import Turn
from functions.domain.verdict import Verdict, Word, quoting
from functions.edge import entrypoint, logger


@dataclass(frozen=True, slots=True)
class Request:
    """`task` is what RunTask started of `revision`, `failures` what it said instead.

    `ran` is the attempt it is of, `stopping` says that it was told to stop, and why.
    """

    execution: str
    now: datetime
    ledger: str
    application: str
    claim: Claim
    migrate: Migrate
    revision: str
    ran: Ran
    task: str | None
    failures: tuple[str, ...]
    started_at: datetime
    stopping: Stopping | None


@dataclass(frozen=True, slots=True)
class Answer:
    """`running` says that the task is to be stopped, now that the verdict is reached.

    `evidence` is what is worth keeping of a task that has ended, `writes` are the TransactItems
    that note its end, and `told` is what the deployment says of it.
    """

    verdict: Word
    message: str
    reason: Reason | None
    running: bool
    evidence: dict[str, Any] | None
    looked_at: str
    not_before: str
    wait_seconds: int
    writes: list[dict[str, Any]]
    told: dict[str, Any] | None


@entrypoint(Request, Answer)
def handler(request: Request) -> Answer:
    seen = _seen(request)
    run = _run(request, seen.task)
    lines = _lines(request, seen) if run.stop else {}
    verdict = _verdict(request, run, lines.get(request.migrate.container, ()))
    logger.info("migration judged", phase=request.migrate.phase, verdict=verdict.verdict)
    running = run.task is not None and run.stop is None and request.stopping is None
    over = verdict.verdict is not Word.WAIT and not running
    turn = Turn.after(request.now, _tick(request))
    return Answer(
        **_said(verdict),
        running=running,
        evidence=keeping.ended(run, request.migrate.phase, lines),
        looked_at=turn.looked_at,
        not_before=turn.not_before,
        wait_seconds=turn.wait_seconds,
        writes=_writes(request, run, verdict) if over else [],
        told=_told(request, run, verdict, lines) if over else None,
    )


def _seen(request: Request) -> migrations.Seen:
    return migrations.look(
        clients.ecs(),
        request.migrate.cluster,
        request.task,
        request.revision,
        may_be_gone=request.stopping is not None,
    )


def _run(request: Request, found: Task | None) -> Run:
    if found is None:
        return Run(request.now, request.started_at, None, request.failures)
    return Run(
        request.now,
        request.started_at,
        found.id,
        status=found.last_status,
        stop=found.stop if found.last_status == "STOPPED" else None,
        health=found.health,
        up_since=found.started_at,
    )


def _lines(request: Request, seen: migrations.Seen) -> Mapping[str, tuple[str, ...]]:
    if seen.task is None:
        return {}
    return keeping.of_task(clients.logs, seen.definition, seen.task, request.migrate.log_lines)


def _verdict(request: Request, run: Run, lines: Sequence[str]) -> Verdict:
    migrate = request.migrate
    if request.stopping is not None:
        verdict = awaited(run, request.stopping)
    elif migrate.gate is Gate.HEALTHY:
        verdict = probe(run, migrate.key, migrate.timeout_seconds)
    else:
        verdict = judge(run, migrate.phase, migrate.container, migrate.timeout_seconds)
    return quoting(verdict, {run.task: lines} if run.task else {})


def _tick(request: Request) -> int:
    """Return the seconds to the next look: nobody tells that a task is healthy, or stops."""
    soon = request.stopping is not None or request.migrate.gate is Gate.HEALTHY
    return COALESCED_SECONDS if soon else TICK_SECONDS


def _said(verdict: Verdict) -> dict[str, Any]:
    return {each.name: getattr(verdict, each.name) for each in fields(verdict)}


def _writes(request: Request, run: Run, verdict: Verdict) -> list[dict[str, Any]]:
    exited, task = exit_code(run, request.migrate.container), _id(request)
    noted = ended(request.claim, request.application, request.ran, verdict, exited, task)
    return ledger.transact(request.ledger, noted)


def _told(
    request: Request, run: Run, verdict: Verdict, lines: Mapping[str, tuple[str, ...]]
) -> dict[str, Any]:
    return {
        "phase": request.migrate.phase,
        "exit_code": exit_code(run, request.migrate.container),
        "task": _id(request),
        "message": verdict.message,
        "log_lines": list(lines.get(request.migrate.container, ())),
    }


def _id(request: Request) -> str:
    return (request.task or "").rpartition("/")[2]
