"""Did the migration succeed?

The exit code of the one container decides. No exit code, a task that never started and a refused
start are failures, never successes; sidecars do not decide (scheduler-rules R13.5).
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from functions.domain import moment
from functions.domain.reason import Blame, Code, Reason
from functions.domain.stop_reason import Stop, cause
from functions.domain.verdict import Verdict, Word, failed


@dataclass(frozen=True, slots=True)
class Run:
    """The task as one look finds it; `stop` is set once it has stopped."""

    at: datetime
    started_at: datetime
    task: str | None
    failures: tuple[str, ...] = ()
    status: str = "PROVISIONING"
    stop: Stop | None = None


def judge(run: Run, phase: str, container: str, timeout_seconds: int) -> Verdict:
    if run.task is None:
        why = "; ".join(run.failures) or "ECS started no task and gave no reason"
        return _failed(phase, f"its task was not started: {why}", run.failures or (why,))
    if run.stop is not None:
        return _ended(phase, container, run.stop)
    if run.at - run.started_at >= timedelta(seconds=timeout_seconds):
        why = f"it did not end within {moment.span(timeout_seconds)}"
        return _failed(phase, why, (f"task {run.task} was {run.status}",))
    return Verdict(Word.WAIT, f"The {phase} migration is {run.status.lower()}.")


def _ended(phase: str, container: str, stop: Stop) -> Verdict:
    exit_code = next((each.exit_code for each in stop.containers if each.name == container), None)
    if exit_code == 0:
        return Verdict(Word.PASS, f"The {phase} migration ended with exit code 0.")
    why = cause(stop)
    if exit_code is not None:
        return _failed(phase, f"container {container} exited with code {exit_code}", why.evidence)
    return _failed(phase, f"it has no exit code ({why.code}: {why.message})", why.evidence)


def _failed(phase: str, why: str, evidence: tuple[str, ...]) -> Verdict:
    message = f"The {phase} migration failed: {why.rstrip('.')}."
    return failed(Reason(Code.MIGRATION_FAILED, Blame.RELEASE, message, evidence))
