"""Did the migration succeed?

The exit code of the one container decides. No exit code, a task that never started, a refused start
and a task that somebody stopped are failures, never successes; sidecars do not decide
(scheduler-rules R13.5).
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from functions.domain import moment
from functions.domain.reason import Blame, Code, Reason
from functions.domain.rollout.look import Health
from functions.domain.stop_reason.cause import Stop, cause, cause_of_event
from functions.domain.verdict import Verdict, Word, failed

NOT_UP = ("PROVISIONING", "PENDING", "ACTIVATING")
"""The release has not run yet: it cannot be what takes so long."""

TAKEN = (Blame.PLATFORM, Blame.CAPACITY, Blame.PERSON)
"""Who takes a task away: what its containers then end with says nothing of the release."""


@dataclass(frozen=True, slots=True)
class Run:
    """The task as one look finds it; `stop` is set once it has stopped.

    `health` is what its container checks say, `up_since` when it came to run.
    """

    at: datetime
    started_at: datetime
    task: str | None
    failures: tuple[str, ...] = ()
    status: str = "PROVISIONING"
    stop: Stop | None = None
    health: Health = Health.NONE
    up_since: datetime | None = None

    @property
    def seconds(self) -> timedelta:
        return self.at - self.started_at


def exit_code(run: Run, container: str) -> int | None:
    """Return what the one container ended with, None where it has not, or nobody knows."""
    containers = run.stop.containers if run.stop is not None else ()
    return next((each.exit_code for each in containers if each.name == container), None)


def judge(run: Run, phase: str, container: str, timeout_seconds: int) -> Verdict:
    if run.task is None:
        return _refused(phase, run.failures or ("ECS started no task and gave no reason",))
    if run.stop is not None:
        return _ended(phase, container, run.stop, exit_code(run, container))
    if run.seconds >= timedelta(seconds=timeout_seconds):
        why = f"it did not end within {moment.span(timeout_seconds)}"
        blame = Blame.PLATFORM if run.status in NOT_UP else Blame.RELEASE
        return _failed(phase, why, (f"task {run.task} was {run.status}",), blame)
    return Verdict(Word.WAIT, f"The {phase} migration is {run.status.lower()}.")


def _refused(phase: str, said: tuple[str, ...]) -> Verdict:
    """Fail with the words of RunTask, and who is to blame where they tell it (R13.1)."""
    causes = (cause_of_event(each) for each in said)
    blame = next((each.blame for each in causes if each.code is not Code.UNKNOWN), Blame.PLATFORM)
    return _failed(phase, f"its task was not started: {'; '.join(said)}", said, blame)


def _ended(phase: str, container: str, stop: Stop, exited: int | None) -> Verdict:
    why = cause(stop)
    # A task that was taken away has an exit code as well, also 0: what it ends with on a signal.
    taken = why.blame in TAKEN
    if exited == 0 and not taken:
        return Verdict(Word.PASS, f"The {phase} migration ended with exit code 0.")
    if exited is not None and not taken:
        said = f"container {container} exited with code {exited}"
        return _failed(phase, said, why.evidence)
    said = f"it has no exit code ({why.code}: {why.message})"
    if exited is not None:
        said = f"its task was taken away ({why.code}: {why.message})"
    return _failed(phase, said, why.evidence, why.blame)


def _failed(
    phase: str, why: str, evidence: tuple[str, ...], blame: Blame = Blame.RELEASE
) -> Verdict:
    again = (
        " Nothing speaks against the release: deploy it again by hand." if blame in TAKEN else ""
    )
    message = f"The {phase} migration failed: {why.rstrip('.')}.{again}"
    return failed(Reason(Code.MIGRATION_FAILED, blame, message, evidence))
