"""In which order do the processes of a task end that is told to stop, and with which code?

Containers stop in the reverse order of `dependsOn`, one rank after the other (R1.4). A process
that obeys ends at once; one that does not is killed when its `stopTimeout` is over.
"""

from typing import NamedTuple

from rehearsal.ecs.tasks.task import Container, Task

STOP_TIMEOUT = 30.0
LONGEST_ON_FARGATE = 120.0
KILLED = 137


class End(NamedTuple):
    container: Container
    seconds: float
    """Since the first stop signal."""
    code: int


def ends(task: Task) -> list[End]:
    """Return how the containers that run now will end, in the order of their ends."""
    running = [each for each in task.containers if each.status == "RUNNING"]
    if not any(each.behaviour.ignores_sigterm for each in running):
        return [End(each, 0.0, each.behaviour.term_code) for each in running]
    found: list[End] = []
    began = 0.0
    for rank in _ranks(running):
        taken = {each.name: _patience(task, each) for each in rank}
        for each in rank:
            ignores = each.behaviour.ignores_sigterm
            code = KILLED if ignores else each.behaviour.term_code
            found.append(End(each, began + taken[each.name], code))
        began += max(taken.values())
    return found


def longest(task: Task) -> float:
    """Return how long it takes at most until no process of the task is left."""
    return max((each.seconds for each in ends(task)), default=0.0)


def _patience(task: Task, container: Container) -> float:
    if not container.behaviour.ignores_sigterm:
        return 0.0
    given = container.spec.get("stopTimeout")
    seconds = STOP_TIMEOUT if given is None else float(given)
    if task.placement.launch_type == "FARGATE":
        return min(seconds, LONGEST_ON_FARGATE)
    return seconds


def _ranks(containers: list[Container]) -> list[list[Container]]:
    """Group containers so that each stands after all those that depend on it."""
    left, ranks = list(containers), []
    while left:
        needed = {
            each["containerName"]
            for one in left
            for each in one.spec.get("dependsOn") or []
            if each["containerName"] != one.name
        }
        # A circle, which ECS refuses at the registration, would end all at once.
        rank = [each for each in left if each.name not in needed] or left
        ranks.append(rank)
        left = [each for each in left if each not in rank]
    return ranks
