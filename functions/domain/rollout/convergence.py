"""Why does a rollout not come to an end? The shapes that it can have, by name."""

import math
from itertools import takewhile

from functions.domain.reason import Blame, Code, Reason
from functions.domain.rollout.look import Event, Look, named_revision
from functions.domain.rollout.memory import Memory
from functions.domain.stop_reason.cause import cause, cause_of_event, waits_for_capacity
from functions.domain.verdict import Verdict, failed

HEALTH = (Code.HEALTH_CHECK_ELB, Code.HEALTH_CHECK_CONTAINER)
CRASHES = (Code.APP_EXIT, Code.APP_EXIT_ZERO, Code.OUT_OF_MEMORY)
CANNOT_MOVE = "because of the service deployment configuration"
"""What the service scheduler says of percentages that leave no room (observed: R2.8)."""
STEADY = "has reached a steady state"
"""What it says once all tasks of a service run (R2.8)."""


def cannot_move(look: Look, memory: Memory) -> Verdict | None:
    """Fail where minimum and maximum leave no room to start a task or to stop one.

    The minimum rounds up, the maximum down (scheduler-rules R4.2). On its own way back ECS needs
    none: it shows the deployment that it turns back as the primary one for a moment longer.
    """
    watched = look.service_deployment
    if watched is not None and watched.status.startswith("ROLLBACK"):
        return None
    said = [each for each in _told(look, memory) if CANNOT_MOVE in each]
    others = any(each.running for each in look.deployments if each is not look.primary)
    if not said and (not others or look.daemon or look.percents.native or _room(look)):
        return None
    desired, percents = look.desired, look.percents
    tasks = "1 task" if desired == 1 else f"{desired} tasks"
    numbers = (
        f"with {tasks}, at least {percents.minimum} % healthy and at most {percents.maximum} %, "
        "no task can be started and none stopped"
    )
    # Static ports and protected tasks take the room that the numbers leave: ECS knows.
    why = said[0].rstrip(".") if said and _room(look) else numbers
    message = f"Percentages that can never move: {why}."
    return failed(Reason(Code.NEVER_CONVERGES, Blame.CONFIGURATION, message, (why, *said[:1])))


def _room(look: Look) -> bool:
    floor = math.ceil(look.desired * look.percents.minimum / 100)
    ceiling = math.floor(look.desired * look.percents.maximum / 100)
    return floor < look.desired or ceiling > look.desired or look.desired == 0


def starvation(look: Look) -> Reason | None:
    """Return what is missing where tasks cannot be placed; None where all are there.

    ECS says it once and repeats it hours later (scheduler-rules R2.7), so what it said stays true
    as long as tasks are lacking and it has not called the service steady since.
    """
    primary = look.primary
    wanted = primary.desired if primary else look.desired
    if sum(1 for task in look.tasks if task.desired_status == "RUNNING") >= wanted:
        return None
    told = [cause_of_event(each) for each in _since_steady(look)]
    told += [
        cause(task.stop)
        for task in sorted(look.tasks, key=lambda each: each.id)
        if task.stop is not None
    ]
    return next((each for each in told if waits_for_capacity(each.code)), None)


def _told(look: Look, memory: Memory) -> list[str]:
    """Return what the scheduler has said since the update, the newest first."""
    return [each.text for each in _newest_first(look) if each.at >= memory.since]


def _since_steady(look: Look) -> list[str]:
    said = [each.text for each in _newest_first(look)]
    return list(takewhile(lambda text: STEADY not in text, said))


def _newest_first(look: Look) -> list[Event]:
    return sorted(look.events, key=lambda each: (each.at, each.text), reverse=True)


def shape(memory: Memory, *, rolled: bool) -> str:
    """Return how tasks fail as a rollout goes on: at once, or after they were healthy.

    Once it is `rolled` all of them were.
    """
    if len(memory.failed) < 2:
        return ""
    after = [code for task, code in memory.failed.items() if rolled or memory.was_healthy(task)]
    if not after:
        return "Crash loop" if set(memory.failed.values()) <= set(CRASHES) else ""
    return "Flapping" if set(after) & set(HEALTH) else "Limping"


def stuck_draining(look: Look) -> str | None:
    """Say which old tasks have not gone although all new ones are healthy, or None."""
    primary = look.primary
    healthy = sum(1 for task in look.tasks if look.healthy(task))
    old = [each for each in look.deployments if each is not primary and each.running]
    if primary is None or healthy < primary.desired or not old:
        return None
    left = sorted(f"{each.running} of {named_revision(each.task_definition)}" for each in old)
    new = "all new tasks are healthy" if primary.desired else "no new task is wanted"
    return f"{new}, but old tasks have not gone: {', '.join(left)}"
