"""Has a rollout taken too long, and what is it that does not come to an end?"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta

from functions.domain import moment
from functions.domain.reason import Blame, Code, Reason
from functions.domain.rollout.convergence import starvation, stuck_draining
from functions.domain.rollout.failures import (
    blame_of,
    excused,
    how_many,
    leading,
    sick,
    sick_code,
)
from functions.domain.rollout.look import Look, runs
from functions.domain.rollout.memory import Memory
from functions.domain.verdict import Verdict, failed


@dataclass(frozen=True, slots=True)
class Patience:
    """The clocks: of a task until it is healthy, of the next one to come up, of room to be found.

    The last is of all of it; what the strategy of the service takes by itself comes on top.
    """

    task_healthy_seconds: int
    progress_seconds: int
    capacity_seconds: int
    overall_seconds: int


def out_of_time(look: Look, memory: Memory, patience: Patience, so_far: str) -> Verdict | None:
    """Fail where a clock has run out, with what the tasks are short of."""
    overall = patience.overall_seconds + memory.own_seconds
    if look.at - memory.started_at >= timedelta(seconds=overall):
        return _stopped(look, memory, f"Not done after {moment.span(overall)} in all", so_far)
    if memory.held or not _lacks_tasks(look):
        return None
    stood, limit = (look.at - memory.progressed_at).total_seconds(), patience.progress_seconds
    if memory.starving:
        stood, limit = memory.starved_seconds, patience.capacity_seconds
    if stood < limit:
        return None
    return _stopped(look, memory, f"No further task came up for {moment.span(limit)}", so_far)


def _lacks_tasks(look: Look) -> bool:
    """Say whether tasks are still to come up; once all are healthy only the old ones have to go."""
    healthy = sum(1 for task in look.tasks if look.healthy(task))
    return look.primary is None or healthy < look.primary.desired


def _stopped(look: Look, memory: Memory, limit: str, so_far: str) -> Verdict:
    starving = starvation(look)
    if starving is not None:
        message = f"Placement starvation: {starving.message}. {limit}. {so_far}"
        evidence = (*starving.evidence, so_far)
        return failed(Reason(starving.code, Blame.CAPACITY, message, evidence))
    draining = stuck_draining(look)
    if draining is not None:
        message = f"Stuck draining: {draining}. {limit}."
        return failed(Reason(Code.NEVER_CONVERGES, Blame.PLATFORM, message, (draining,)))
    return _by_its_tasks(look, memory, limit, so_far)


def _by_its_tasks(look: Look, memory: Memory, limit: str, so_far: str) -> Verdict:
    unhealthy = sick(look)
    if unhealthy:
        code = min(sick_code(task) for task in look.tasks if runs(task) and not look.healthy(task))
        task, _, said = unhealthy[0].partition(": ")
        message = f"{limit}, and {task} is not healthy ({said}). {so_far}"
        return failed(Reason(code, Blame.RELEASE, message, (*unhealthy[:5], so_far)))
    if memory.failed:
        return _failed_before(memory.failed, limit, so_far)
    taken = excused(look.tasks)
    if taken is not None:
        message = f"{limit}, and what came up was lost: {taken.message}. {so_far}"
        return failed(replace(taken, message=message, evidence=(*taken.evidence, so_far)))
    # Without a word from its tasks a release that is late is not to blame: capacity may be.
    waiting = tuple(
        f"task {task.id} is {task.last_status}"
        for task in sorted(look.tasks, key=lambda each: each.id)
        if task.desired_status == "RUNNING" and not runs(task)
    )
    evidence = (so_far, *waiting[:5])
    return failed(Reason(Code.DEADLINE_EXCEEDED, Blame.PLATFORM, f"{limit}: {so_far}", evidence))


def _failed_before(tasks: Mapping[str, str], limit: str, so_far: str) -> Verdict:
    """Fail with what the few tasks died of that were tolerated until now."""
    code = leading(tasks)
    evidence = tuple(f"task {task}: {cause}" for task, cause in sorted(tasks.items())[:5])
    message = f"{limit}, and {how_many(tasks)} failed on the way ({code}). {so_far}"
    return failed(Reason(code, blame_of(code), message, (*evidence, so_far)))
