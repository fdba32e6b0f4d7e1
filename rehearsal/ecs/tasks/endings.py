"""What ends a process of a task, when, and with which code?"""

from typing import NamedTuple

from rehearsal.ecs.settings import Settings
from rehearsal.ecs.tasks.task import Container, Task

KILLED = 137
OUT_OF_MEMORY = {
    "FARGATE": "OutOfMemoryError: container killed due to memory usage",
    "EC2": "OutOfMemoryError: Container killed due to memory usage",
}


class Ending(NamedTuple):
    seconds: float
    """Since its start."""
    code: int
    reason: str | None


def ending(task: Task, container: Container, settings: Settings) -> Ending | None:
    """Return what ends it first, if anything does; the kernel comes before an end of its own."""
    acts, found = container.behaviour, []
    oom = acts.oom_after
    if acts.heap is not None and acts.heap > _memory(task, container):
        oom = settings.oom_seconds if oom is None else min(oom, settings.oom_seconds)
    if oom is not None:
        reason = OUT_OF_MEMORY.get(task.placement.launch_type, OUT_OF_MEMORY["EC2"])
        found.append(Ending(oom, KILLED, reason))
    is_job = task.service is None or container.awaited
    after = acts.task_takes if is_job else acts.exits_after
    code = acts.task_exit_code if is_job else acts.exit_code
    if after is not None:
        found.append(Ending(after, code, acts.exit_reason if code else None))
    return min(found, key=lambda each: each.seconds, default=None)


def _memory(task: Task, container: Container) -> float:
    """Return the MiB that a container may take: its own limit, or that of its task."""
    given = task.placement.overrides.get("memory") or task.definition.document.get("memory")
    limits = [float(each) for each in (container.spec.get("memory"), given) if each]
    return min(limits, default=float("inf"))
