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
from functions.domain.stop_reason import ending
from functions.domain.stop_reason.cause import Stop, cause_of_event
from functions.domain.verdict import Verdict, Word, failed

NOT_UP = ("PROVISIONING", "PENDING", "ACTIVATING")
"""The release has not run yet: it cannot be what takes so long."""


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
    return None if run.stop is None else ending.exit_code(run.stop, container)


def judge(run: Run, phase: str, container: str, timeout_seconds: int) -> Verdict:
    if run.task is None:
        return _refused(phase, run.failures or ("ECS started no task and gave no reason",))
    if run.stop is not None:
        return _ended(phase, container, run.stop)
    if run.seconds >= timedelta(seconds=timeout_seconds):
        why = f"it did not end within {moment.span(timeout_seconds)}, and its task is stopped"
        blame = Blame.PLATFORM if run.status in NOT_UP else Blame.RELEASE
        return _failed(phase, why, (f"task {run.task} was {run.status}",), blame)
    return Verdict(Word.WAIT, f"The {phase} migration is {run.status.lower()}.")


def _refused(phase: str, said: tuple[str, ...]) -> Verdict:
    """Fail with the words of RunTask, and who is to blame where they tell it (R13.1)."""
    causes = (cause_of_event(each) for each in said)
    blame = next((each.blame for each in causes if each.code is not Code.UNKNOWN), Blame.PLATFORM)
    return _failed(phase, f"its task was not started: {'; '.join(said)}", said, blame)


def _ended(phase: str, container: str, stop: Stop) -> Verdict:
    end = ending.ending(stop, container)
    if end.well:
        return Verdict(Word.PASS, f"The {phase} migration ended with exit code 0.")
    by_itself = end.exit_code is not None and not end.taken
    blame = Blame.RELEASE if by_itself else end.why.blame
    return _failed(phase, end.said, end.why.evidence, blame)


def _failed(
    phase: str, why: str, evidence: tuple[str, ...], blame: Blame = Blame.RELEASE
) -> Verdict:
    again = (
        " Nothing speaks against the release: deploy it again by hand."
        if blame in ending.TAKEN
        else ""
    )
    message = f"The {phase} migration failed: {why.rstrip('.')}.{again}"
    return failed(Reason(Code.MIGRATION_FAILED, blame, message, evidence))
