"""Did the migration succeed?

The exit code of the one container decides. No exit code, a task that never started and a refused
start are failures, never successes; sidecars do not decide (scheduler-rules R13.5).
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from functions.domain import moment
from functions.domain.reason import Blame, Code, Reason
from functions.domain.stop_reason.cause import Stop, cause, cause_of_event
from functions.domain.verdict import Verdict, Word, failed

NOT_UP = ("PROVISIONING", "PENDING", "ACTIVATING")
"""The release has not run yet: it cannot be what takes so long."""


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
        return _refused(phase, run.failures or ("ECS started no task and gave no reason",))
    if run.stop is not None:
        return _ended(phase, container, run.stop)
    if run.at - run.started_at >= timedelta(seconds=timeout_seconds):
        why = f"it did not end within {moment.span(timeout_seconds)}"
        blame = Blame.PLATFORM if run.status in NOT_UP else Blame.RELEASE
        return _failed(phase, why, (f"task {run.task} was {run.status}",), blame)
    return Verdict(Word.WAIT, f"The {phase} migration is {run.status.lower()}.")


def _refused(phase: str, said: tuple[str, ...]) -> Verdict:
    """Fail with the words of RunTask, and who is to blame where they tell it (R13.1)."""
    causes = (cause_of_event(each) for each in said)
    blame = next((each.blame for each in causes if each.code is not Code.UNKNOWN), Blame.PLATFORM)
    return _failed(phase, f"its task was not started: {'; '.join(said)}", said, blame)


def _ended(phase: str, container: str, stop: Stop) -> Verdict:
    exit_code = next((each.exit_code for each in stop.containers if each.name == container), None)
    if exit_code == 0:
        return Verdict(Word.PASS, f"The {phase} migration ended with exit code 0.")
    why = cause(stop)
    # A task that was taken away has an exit code as well: that of the signal it got.
    taken = why.blame in (Blame.PLATFORM, Blame.CAPACITY, Blame.PERSON)
    if exit_code is not None and not taken:
        said = f"container {container} exited with code {exit_code}"
        return _failed(phase, said, why.evidence)
    said = f"it has no exit code ({why.code}: {why.message})"
    if exit_code is not None:
        said = f"its task was taken away ({why.code}: {why.message})"
    return _failed(phase, said, why.evidence, why.blame)


def _failed(
    phase: str, why: str, evidence: tuple[str, ...], blame: Blame = Blame.RELEASE
) -> Verdict:
    message = f"The {phase} migration failed: {why.rstrip('.')}."
    return failed(Reason(Code.MIGRATION_FAILED, blame, message, evidence))
