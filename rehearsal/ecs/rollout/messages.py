"""What does ECS write into the events of a service? (scheduler-rules R2.8, word by word)"""

from collections.abc import Collection, Mapping, Sequence
from datetime import timedelta
from uuid import NAMESPACE_URL, uuid5

from rehearsal.ecs.rollout.ecs_service import Service
from rehearsal.ecs.tasks.targets import failing, place
from rehearsal.ecs.tasks.task import Health, Task
from rehearsal.ecs.world import World

STEADY = "has reached a steady state."
IMPAIRED = "is unable to consistently start tasks successfully."
PROTECTED = "was unable to reach steady state because"
STUCK = (
    "was unable to stop or start tasks during a deployment because of the service deployment "
    "configuration. Update the minimumHealthyPercent or maximumPercent value and try again."
)


def say(world: World, service: Service, text: str, *, task_set: str | None = None) -> None:
    repeat(world, service)
    subject = f"service {service.name}" + (f", taskSet {task_set}" if task_set else "")
    service.events.appendleft(
        {"id": world.uuid(), "createdAt": world.now(), "message": f"({subject}) {text}"}
    )
    world.changed(service)


def repeat(world: World, service: Service) -> None:
    """Say again what is still so after six hours (R2.7); nobody needs to wake up for that."""
    pause = timedelta(seconds=world.settings.message_repeat_seconds)
    for text, said in service.lasting.items():
        at = said + pause
        while at <= world.now():
            message = f"(service {service.name}) {text}"
            name = str(uuid5(NAMESPACE_URL, f"{service.arn} {at} {text}"))
            service.events.appendleft({"id": name, "createdAt": at, "message": message})
            service.lasting[text] = service.said[text] = at
            at += pause


def last(world: World, service: Service, text: str, *, true: bool) -> None:
    """Note what is so from now on, or is so no more."""
    if true:
        service.lasting.setdefault(text, world.now())
    else:
        service.lasting.pop(text, None)


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


def resolve(service: Service, begins: str, *, but: Collection[str] = ()) -> None:
    """Forget complaints whose cause is gone: the next time they are made again at once (R2.7)."""
    for text in [each for each in service.said if each.startswith(begins) and each not in but]:
        del service.said[text]


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


def failed(deployment: str, why: str) -> str:
    return f"(deployment {deployment}) deployment failed: {why}"


def rolling_back(deployment: str) -> str:
    return f"rolling back to deployment {deployment}."


def protected(deployment: str, number: int) -> str:
    return (
        f"{PROTECTED} (taskSet {deployment}) was unable to scale in "
        f"due to (reason {number} tasks under protection)"
    )


def unbalanced(zones: Mapping[str, int]) -> str:
    return f"is not AZ balanced with {_by_zone(zones)}. AZ Rebalancing in progress."


def rebalancing(task: Task) -> str:
    return f"has started 1 tasks in {task.placement.zone} to AZ Rebalance: {_ids([task])}."


def balanced(zones: Mapping[str, int]) -> str:
    return f"is AZ balanced with {_by_zone(zones)}."


def unhealthy(task: Task) -> str:
    group = failing_group(task)
    if group is None:
        return f"(task {task.id}) failed container health checks."
    address, port = place(task, group)
    on = f"(instance {address}) " if address.startswith("i-") else ""
    _, why = failing(task, group)
    return (
        f"(task {task.id}) {on}(port {port}) is unhealthy in (target-group {group}) "
        f"due to (reason {why})."
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


def _by_zone(zones: Mapping[str, int]) -> str:
    return ", ".join(f"{number} tasks in {zone}" for zone, number in sorted(zones.items()))


def _ids(tasks: Sequence[Task]) -> str:
    return " ".join(f"(task {task.id})" for task in tasks)
