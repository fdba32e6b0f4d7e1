"""When does a running task become healthy, and when unhealthy? (scheduler-rules R4.4, §5)"""

from collections.abc import Callable

from rehearsal.ecs.tasks.task import Change, Container, Health, Task
from rehearsal.ecs.world import World

Listener = Callable[[Task, Change], None]


def watch(world: World, task: Task, tell: Listener) -> None:
    """Plan every change of health of a task that begins to run."""
    for container in task.containers:
        if container.checked:
            _watch_container(task, container, tell)
    for group in task.targets:
        _watch_target(world, task, group, tell)
    if not task.has_checks and task.service is not None:
        task.timeline.add(world.settings.gate_seconds, lambda: _pass_gate(task, tell))


def report(task: Task, container: Container, health: Health, tell: Listener) -> None:
    """Take what a container's check says from now on."""
    container.health = health
    _judge(task, tell)


def report_target(task: Task, group: str, state: str, tell: Listener) -> None:
    if task.targets.get(group) != "draining":
        task.targets[group] = state
        _judge(task, tell)


def _watch_container(task: Task, container: Container, tell: Listener) -> None:
    acts = container.behaviour
    if acts.healthy_after is not None:
        task.timeline.add(acts.healthy_after, lambda: report(task, container, Health.HEALTHY, tell))
    if acts.unhealthy_after is not None:
        task.timeline.add(
            acts.unhealthy_after, lambda: report(task, container, Health.UNHEALTHY, tell)
        )


def _watch_target(world: World, task: Task, group: str, tell: Listener) -> None:
    acts = _behind(task, group).behaviour
    if acts.healthy_after is not None:
        after = max(acts.healthy_after, world.target_groups.healthy_seconds(group))
        task.timeline.add(after, lambda: report_target(task, group, "healthy", tell))
    if acts.unhealthy_after is not None:
        task.timeline.add(
            acts.unhealthy_after, lambda: report_target(task, group, "unhealthy", tell)
        )


def _behind(task: Task, group: str) -> Container:
    """Return the container that a target group sends its requests to."""
    balancers = task.deployment.load_balancers if task.deployment is not None else []
    name = next(
        (each.get("containerName") for each in balancers if each.get("targetGroupArn") == group),
        None,
    )
    return next((each for each in task.containers if each.name == name), task.containers[0])


def _pass_gate(task: Task, tell: Listener) -> None:
    task.gate_passed = True
    _judge(task, tell)


def _judge(task: Task, tell: Listener) -> None:
    task.was_healthy = task.was_healthy or task.healthy
    tell(task, Change.HEALTH)
