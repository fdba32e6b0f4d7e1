"""What does ECS write into the events of a service? (scheduler-rules R2.8, word by word)"""

from collections.abc import Sequence
from datetime import timedelta

from rehearsal.ecs.rollout.ecs_service import Service
from rehearsal.ecs.tasks.task import Health, Task
from rehearsal.ecs.world import World

STEADY = "has reached a steady state."
IMPAIRED = "is unable to consistently start tasks successfully."
STUCK = (
    "was unable to stop or start tasks during a deployment because of the service deployment "
    "configuration. Update the minimumHealthyPercent or maximumPercent value and try again."
)


def say(world: World, service: Service, text: str, *, task_set: str | None = None) -> None:
    subject = f"service {service.name}" + (f", taskSet {task_set}" if task_set else "")
    service.events.appendleft(
        {"id": world.uuid(), "createdAt": world.now(), "message": f"({subject}) {text}"}
    )


def complain(world: World, service: Service, text: str) -> bool:
    """Say what stays true for long: once, and again after six hours (R2.7)."""
    now = world.now()
    before = service.said.get(text)
    if before is not None and now - before < timedelta(
        seconds=world.settings.message_repeat_seconds
    ):
        return False
    service.said[text] = now
    say(world, service, text)
    return True


def started(tasks: Sequence[Task], replaced: int) -> str:
    text = f"has started {len(tasks)} tasks: {_ids(tasks)}."
    if not replaced:
        return text
    return f"{text} Amazon ECS replaced {replaced} tasks due to an unhealthy status."


def stopped(tasks: Sequence[Task]) -> str:
    return f"has stopped {len(tasks)} running tasks: {_ids(tasks)}."


def stopped_pending(number: int) -> str:
    return f"stopped {number} pending tasks."


def registered(number: int, group: str) -> str:
    return f"registered {number} targets in (target-group {group})"


def deregistered(number: int, group: str) -> str:
    return f"deregistered {number} targets in (target-group {group})"


def draining(number: int) -> str:
    return f"has begun draining connections on {number} tasks."


def completed(deployment: str) -> str:
    return f"(deployment {deployment}) deployment completed."


def failed(deployment: str) -> str:
    return f"(deployment {deployment}) deployment failed: tasks failed to start."


def rolling_back(deployment: str) -> str:
    return f"rolling back to deployment {deployment}."


def unplaced(reason: str) -> str:
    return f"was unable to place a task. Reason: {reason}"


def unhealthy(task: Task) -> str:
    group = failing_group(task)
    if group is None:
        return f"(task {task.id}) failed container health checks."
    return (
        f"(task {task.id}) (port {port_behind(task, group)}) is unhealthy in (target-group {group})"
        " due to (reason Health checks failed with these codes: [503])."
    )


def stop_reason(task: Task) -> str:
    """Return the `stoppedReason` of a task that is stopped for its health (R1.7)."""
    group = failing_group(task)
    if group is None:
        return "Task failed container health checks"
    return f"Task failed ELB health checks in (target-group {group})"


def failing_group(task: Task) -> str | None:
    """Return the target group that fails; the container's own check is named before it."""
    if task.health is Health.UNHEALTHY:
        return None
    return next((group for group, state in task.targets.items() if state == "unhealthy"), None)


def port_behind(task: Task, group: str) -> int:
    balancers = task.deployment.load_balancers if task.deployment is not None else []
    found = (each for each in balancers if each.get("targetGroupArn") == group)
    return int(next((each.get("containerPort") or 0 for each in found), 0))


def _ids(tasks: Sequence[Task]) -> str:
    return " ".join(f"(task {task.id})" for task in tasks)
