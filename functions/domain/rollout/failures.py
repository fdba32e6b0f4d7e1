"""Which tasks speak against a release, and how many of them are too many?"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from functions.domain import moment
from functions.domain.reason import Blame, Code, Reason
from functions.domain.rollout.look import Health, Look, Target, Task, runs
from functions.domain.stop_reason.blame import BLAME
from functions.domain.stop_reason.cause import cause, conclusive, counts_against_release

ONE_IN = 20
MOST_TOLERATED = 10


@dataclass(frozen=True, slots=True)
class Failure:
    """A task that speaks against the release."""

    task: str
    reason: Reason


def tolerated(desired: int) -> int:
    """Return how many tasks may fail before the release does: one is an accident."""
    return max(1, min(desired // ONE_IN, MOST_TOLERATED))


def failures(tasks: Sequence[Task]) -> tuple[Failure, ...]:
    """Return the stops that speak against the release, in the order of task ids."""
    found = (
        Failure(task.id, cause(task.stop))
        for task in sorted(tasks, key=lambda each: each.id)
        if task.stop is not None
    )
    return tuple(each for each in found if counts_against_release(each.reason))


def excused(tasks: Sequence[Task]) -> Reason | None:
    """Return why a task stopped without speaking against the release, the last one; None else.

    What scaled in, or was stopped by a person, says nothing of why tasks are missing.
    """
    newest_last = sorted(tasks, key=lambda each: (_stopped_at(each), each.id))
    told = [cause(task.stop) for task in newest_last if task.stop is not None]
    fitting = [
        each
        for each in told
        if each.blame in (Blame.PLATFORM, Blame.CAPACITY) and each.code is not Code.UNKNOWN
    ]
    return fitting[-1] if fitting else None


def _stopped_at(task: Task) -> float:
    return task.stopped_at.timestamp() if task.stopped_at else 0.0


def late(look: Look, task_healthy_seconds: int) -> tuple[Failure, ...]:
    """Return the tasks that run for too long without being healthy.

    In its grace period ECS itself does not act on a load balancer's checks, so that one holds
    where it is longer.
    """
    limit = max(task_healthy_seconds, look.grace_seconds)
    return tuple(
        Failure(task.id, _late(look, task, look.at - task.started_at))
        for task in sorted(look.tasks, key=lambda each: each.id)
        if runs(task)
        and not look.healthy(task)
        and task.started_at is not None
        and look.at - task.started_at >= timedelta(seconds=limit)
    )


def _late(look: Look, task: Task, age: timedelta) -> Reason:
    said = checks(look, task)
    minutes, seconds = age // timedelta(minutes=1), age // timedelta(seconds=1)
    message = f"not healthy after {moment.span(minutes * 60 or seconds)} ({said})"
    return Reason(sick_code(task), Blame.RELEASE, message, (f"task {task.id}: {said}",))


def sick_code(task: Task) -> Code:
    """Return which check of a task that runs has not passed."""
    if task.health in (Health.UNHEALTHY, Health.UNKNOWN):
        return Code.HEALTH_CHECK_CONTAINER
    return Code.HEALTH_CHECK_ELB


def checks(look: Look, task: Task) -> str:
    """Say what the checks of a task say."""
    said = [] if task.health is Health.NONE else [f"container health {task.health.value}"]
    said += [_target(each) for each in task.targets]
    if len(task.targets) < look.groups:
        said.append("not registered in its target group yet")
    return ", ".join(said)


def _target(target: Target) -> str:
    why = ": ".join(filter(None, (target.reason, target.description.rstrip("."))))
    return f"target {target.state}, {why}" if why else f"target {target.state}"


def sick(look: Look) -> tuple[str, ...]:
    """Say of each task that runs without being healthy what its checks say."""
    return tuple(
        f"task {task.id}: {checks(look, task)}"
        for task in sorted(look.tasks, key=lambda each: each.id)
        if runs(task) and not look.healthy(task)
    )


def counted(failed: Mapping[str, str], found: Iterable[Failure]) -> dict[str, str]:
    """Return all failures so far, task id to cause: ECS forgets a stop within the hour."""
    return {**failed, **{each.task: each.reason.code.value for each in found}}


def too_many(failed: Mapping[str, str], desired: int) -> bool:
    """Say whether the release has failed: by a conclusive cause, or by its number of failures."""
    return len(failed) > tolerated(desired) or any(
        conclusive(Code(each)) for each in failed.values()
    )


def leading(failed: Mapping[str, str]) -> Code:
    """Return the cause to name: a conclusive one, else the most frequent."""
    codes = Counter(Code(each) for each in failed.values())
    return min(codes, key=lambda code: (not conclusive(code), -codes[code], code.value))


def blame_of(code: Code) -> Blame:
    """Return who is to blame for a failure that is remembered by its cause alone."""
    return Blame.CONFIGURATION if code is Code.UNKNOWN else BLAME[code]


def how_many(failed: Mapping[str, str]) -> str:
    return "1 task" if len(failed) == 1 else f"{len(failed)} tasks"
