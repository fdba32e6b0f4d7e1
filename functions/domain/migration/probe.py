"""Does one task of the release come up, and stay up?

It is started beside its service and gets no traffic: its containers' health checks decide, and
without any, that it goes on running for a while.
"""

from datetime import timedelta

from functions.domain import moment
from functions.domain.migration.judge import NOT_UP, Run
from functions.domain.reason import Blame, Code, Reason
from functions.domain.rollout.look import Health
from functions.domain.stop_reason.cause import cause, cause_of_event
from functions.domain.verdict import Verdict, Word, failed

STEADY_SECONDS = 30


def probe(run: Run, key: str, timeout_seconds: int) -> Verdict:
    """Return what is to be thought of one task of the service `key`."""
    if run.task is None:
        said = "; ".join(run.failures) or "ECS started no task and gave no reason"
        why = cause_of_event(said)
        return _down(key, why.code, why.blame, f"it was not started: {said}", (said,))
    if run.stop is not None:
        why = cause(run.stop)
        return _down(key, why.code, why.blame, why.message, why.evidence)
    health = "" if run.health is Health.NONE else f", its health {run.health}"
    seen = (f"task {run.task} was {run.status}{health}",)
    if run.status == "RUNNING" and run.health is Health.UNHEALTHY:
        said = "the health check of its container fails"
        return _down(key, Code.HEALTH_CHECK_CONTAINER, Blame.RELEASE, said, seen)
    if _up(run):
        return Verdict(Word.PASS, f"One task of {key} came up.")
    if run.seconds >= timedelta(seconds=timeout_seconds):
        blame = Blame.PLATFORM if run.status in NOT_UP else Blame.RELEASE
        said = f"it took longer than {moment.span(timeout_seconds)}"
        return _down(key, Code.DEADLINE_EXCEEDED, blame, said, seen)
    return Verdict(Word.WAIT, f"One task of {key} is {run.status.lower()}.")


def _up(run: Run) -> bool:
    if run.status != "RUNNING":
        return False
    if run.health is not Health.NONE:
        return run.health is Health.HEALTHY
    return run.up_since is not None and run.at - run.up_since >= timedelta(seconds=STEADY_SECONDS)


def _down(key: str, code: Code, blame: Blame, why: str, evidence: tuple[str, ...]) -> Verdict:
    message = f"One task of {key} did not come up: {why.rstrip('.')}."
    return failed(Reason(code, blame, message, evidence))
