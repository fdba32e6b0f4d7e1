"""What is written down of a task when it changes?"""

from typing import Any

from rehearsal.ecs.tasks.task import Health, Task
from rehearsal.recording.people import People, subject

LOG_LINES = 5
UNREMARKABLE = frozenset({"ServiceSchedulerInitiated", "UserInitiated"})
"""Codes of stops by decision, whose logs explain nothing."""


def described(task: Task, people: People) -> dict[str, Any]:
    """Return the entry of a task as it is now; the same again means that nothing has changed."""
    container = subject(task.containers)
    about: dict[str, Any] = {
        "service": people.purpose(task),
        "task": task.id,
        "revision": task.definition.arn.rpartition("/")[2],
        "image": people.image(container),
        "digest": container.digest,
        "status": task.last.value,
        "healthy": task.healthy,
        "health": _health(task),
        "zone": task.placement.zone,
    }
    if task.deployment is not None:
        about["deployment"] = task.deployment.id
    if task.instance is not None:
        about["instance"] = task.instance.ec2_id
    if task.placement.capacity_provider:
        about["capacity_provider"] = task.placement.capacity_provider
    if task.stop is not None:
        about |= _ended(task)
    return about


def _health(task: Task) -> str:
    """Return what the checks say, of the load balancer too; a task that leaves is past them."""
    if task.healthy:
        return Health.HEALTHY.value
    return Health.UNHEALTHY.value if task.fails_checks else Health.UNKNOWN.value


def _ended(task: Task) -> dict[str, Any]:
    assert task.stop is not None
    codes = {each.name: each.exit_code for each in task.containers if each.exit_code is not None}
    failed = task.stop.unhealthy or task.stop.code not in UNREMARKABLE
    reasons = [each.reason for each in task.containers if each.reason]
    return {
        "stop": {"code": task.stop.code, "reason": task.stop.reason, "failed": failed},
        "exit_codes": codes,
        "container_reason": next(iter(reasons), None),
        "log": _log(task) if failed and task.started_at is not None else None,
    }


def _log(task: Task) -> str:
    """Return the last lines of what the containers of a failed task had to say."""
    said = (line for each in task.containers for line in each.behaviour.log.splitlines())
    return "\n".join(list(said)[-LOG_LINES:])
