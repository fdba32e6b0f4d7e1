"""Has this revision won, has it lost, or is it too early to say?"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from functions.domain import moment
from functions.domain.look import Deployment, Look, Task, named_revision, newer, runs
from functions.domain.reason import Blame, Code, Reason
from functions.domain.stop_reason import cause, counts_against_release
from functions.domain.verdict import Verdict, Word, failed

TOLERATED_STOPS = 2
"""So many tasks of a deployment may fail before the release does: one is an accident."""

TICK_SECONDS = 60
TICK_WHILE_AWAITED_SECONDS = 900
"""The next look at the latest, while tasks move and while a hook or a person is awaited."""

COALESCED_SECONDS = 10
"""At most one look in this time, however many events wake us."""


@dataclass(frozen=True, slots=True)
class Expected:
    """What was asked for: this deployment, of this revision, running these digests."""

    deployment: str
    revision: str
    digests: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Clocks:
    """What a roll remembers from look to look.

    `since` is when the service was updated: what stopped before is not news. `started_at` and
    `progressed_at` (when the most tasks so far, `best`, were first seen running) are what the
    deadlines count from; both stand still while a hook is awaited, `held` says whether the last
    look found one.
    """

    since: datetime
    started_at: datetime
    progressed_at: datetime
    looked_at: datetime
    best: int = 0
    held: bool = False


@dataclass(frozen=True, slots=True)
class Patience:
    progress_seconds: int
    overall_seconds: int


def judge(look: Look, expected: Expected, clocks: Clocks, patience: Patience) -> Verdict:
    """Return the verdict. Identity comes first: a steady service of another revision is no success.

    Failures outrank success, and success outranks the clocks.
    """
    return (
        _lost_identity(look, expected, clocks.since)
        or _tasks_fail(look, expected)
        or _declared_failed(look, expected)
        or _won(look, expected)
        or _out_of_time(look, expected, clocks, patience)
        or Verdict(Word.WAIT, _progress(look))
    )


def advance(clocks: Clocks, look: Look) -> Clocks:
    """Restart the progress clock when more tasks than ever run; hold both while a hook waits."""
    # A hook that is gone since the last look may have gone just now.
    held = look.awaits_hook or clocks.held
    running = sum(1 for task in look.tasks if runs(task))
    progressed = held or running > clocks.best
    return Clocks(
        since=clocks.since,
        started_at=clocks.started_at + (look.at - clocks.looked_at if held else timedelta()),
        progressed_at=look.at if progressed else clocks.progressed_at,
        looked_at=look.at,
        best=max(running, clocks.best),
        held=look.awaits_hook,
    )


def next_look_seconds(look: Look) -> int:
    return TICK_WHILE_AWAITED_SECONDS if look.awaits_hook else TICK_SECONDS


def failing_stops(tasks: Sequence[Task]) -> tuple[Reason, ...]:
    """Return the causes of the stops that speak against the release, in the order of task ids."""
    causes = [cause(task.stop) for task in sorted(tasks, key=lambda each: each.id) if task.stop]
    return tuple(each for each in causes if counts_against_release(each))


def _lost_identity(look: Look, expected: Expected, since: datetime) -> Verdict | None:
    primary = look.primary
    if look.deleted:
        return deleted()
    if primary is None or primary.id == expected.deployment:
        return None
    if _rolled_back(look, expected):
        said = f"ECS rolled the service back to {named_revision(primary.task_definition)}"
        return _with_causes(Code.ROLLED_BACK_BY_ECS, said, look, expected)
    if not newer(primary, since):
        return None
    return failed(
        Reason(
            Code.REPLACED_BY_OTHER,
            Blame.PERSON,
            f"Another deployment replaced ours: {primary.id} of "
            f"{named_revision(primary.task_definition)} is now the primary one.",
            (f"expected {expected.deployment} of {named_revision(expected.revision)}",),
        )
    )


def deleted() -> Verdict:
    said = "Somebody deleted the service meanwhile."
    return failed(Reason(Code.REPLACED_BY_OTHER, Blame.PERSON, said, (said,)))


def _rolled_back(look: Look, expected: Expected) -> bool:
    """Say whether ECS itself put another deployment in the place of ours (R8.9, R11.1)."""
    if look.service_deployment is not None and look.service_deployment != "IN_PROGRESS":
        return look.service_deployment.startswith("ROLLBACK")
    return any(
        each.id == expected.deployment and each.rollout_state == "FAILED"
        for each in look.deployments
    )


def _tasks_fail(look: Look, expected: Expected) -> Verdict | None:
    causes = failing_stops(look.tasks)
    conclusive = any(each.code is Code.IMAGE_NOT_FOUND for each in causes)
    if len(causes) <= TOLERATED_STOPS and not conclusive:
        return None
    tasks = "1 task" if len(causes) == 1 else f"{len(causes)} tasks"
    return failed(
        Reason(
            causes[-1].code,
            causes[-1].blame,
            f"{tasks} of {named_revision(expected.revision)} failed: {causes[-1].message}.",
            tuple(line for each in causes[-3:] for line in each.evidence),
        )
    )


def _declared_failed(look: Look, expected: Expected) -> Verdict | None:
    primary = look.primary
    if primary is None or primary.rollout_state != "FAILED":
        return None
    why = primary.rollout_reason.rstrip(".") or "ECS declared the deployment failed"
    return _with_causes(Code.NEVER_CONVERGES, why, look, expected)


def _won(look: Look, expected: Expected) -> Verdict | None:
    primary = look.primary
    if primary is None or primary.rollout_state != "COMPLETED":
        return None
    if primary.task_definition != expected.revision:
        return None
    running = [task for task in look.tasks if runs(task)]
    if len(running) < primary.desired:
        return None
    wrong = wrong_digest(look, expected)
    if wrong is not None or not all(_as_expected(task, expected) for task in running):
        # A task that has not reported its digest yet is waited for.
        return wrong
    return Verdict(Word.PASS, _runs_all(running, primary))


def _as_expected(task: Task, expected: Expected) -> bool:
    return all(task.digests.get(name) in good for name, good in expected.digests.items())


def _differs(task: Task, expected: Expected) -> bool:
    return any(
        name in task.digests and task.digests[name] not in good
        for name, good in expected.digests.items()
    )


def _runs_all(running: Sequence[Task], primary: Deployment) -> str:
    revision = named_revision(primary.task_definition)
    if not primary.desired:
        return f"No task is wanted now: the next one runs {revision}."
    return f"{len(running)} of {primary.desired} tasks run {revision}."


def wrong_digest(look: Look, expected: Expected) -> Verdict | None:
    """Fail where a running task reports another image than the release has."""
    odd = min(
        (task for task in look.tasks if runs(task) and _differs(task, expected)),
        key=lambda task: task.id,
        default=None,
    )
    if odd is None:
        return None
    ran = ", ".join(f"{name} {digest}" for name, digest in sorted(odd.digests.items()))
    return failed(
        Reason(
            Code.UNKNOWN,
            Blame.PLATFORM,
            f"A task of {named_revision(expected.revision)} runs another image than the release.",
            (f"task {odd.id} reports {ran}",),
        )
    )


def _out_of_time(
    look: Look, expected: Expected, clocks: Clocks, patience: Patience
) -> Verdict | None:
    if look.at - clocks.started_at >= timedelta(seconds=patience.overall_seconds):
        limit = f"Not done after {moment.span(patience.overall_seconds)} in all"
    elif _lacks_tasks(look) and look.at - clocks.progressed_at >= timedelta(
        seconds=patience.progress_seconds
    ):
        limit = f"No further task came up for {moment.span(patience.progress_seconds)}"
    else:
        return None
    return _with_causes(Code.DEADLINE_EXCEEDED, limit, look, expected)


def _lacks_tasks(look: Look) -> bool:
    """Say whether tasks are still to come up; once all run, only the old ones have to go."""
    running = sum(1 for task in look.tasks if runs(task))
    return look.primary is None or running < look.primary.desired


def _with_causes(code: Code, said: str, look: Look, expected: Expected) -> Verdict:
    """Fail with the cause of the tasks where they tell one: the most specific is the code."""
    causes = failing_stops(look.tasks)
    if not causes:
        progress = _progress(look)
        # Without a word from its tasks a release that is late is not to blame: capacity may be.
        blame = Blame.PLATFORM if code is Code.DEADLINE_EXCEEDED else Blame.RELEASE
        return failed(Reason(code, blame, f"{said}: {progress}", (progress,)))
    last = causes[-1]
    why = f"{said}: a task of {named_revision(expected.revision)} failed, {last.message}."
    evidence = (line for each in causes[-3:] for line in each.evidence)
    return failed(Reason(last.code, last.blame, why, (said, *evidence)))


def _progress(look: Look) -> str:
    primary = look.primary
    if primary is None:
        return "the service lists no deployment."
    held = ", a lifecycle hook is awaited" if look.awaits_hook else ""
    revision = named_revision(primary.task_definition)
    return f"{primary.running} of {primary.desired} tasks of {revision} are running{held}."
