"""When does a running task become healthy, and when unhealthy? (scheduler-rules R4.4, §5)"""

from collections.abc import Callable, Sequence

from rehearsal.ecs.tasks.checks import Check, Phase, Verdict, next_tick, verdicts
from rehearsal.ecs.tasks.task import Change, Container, Health, Task
from rehearsal.ecs.world import Document, World

Listener = Callable[[Task, Change], None]

NUMBERS = ("interval", "timeout", "retries", "startPeriod")


def watch(world: World, task: Task, tell: Listener) -> None:
    """Plan what is to be known of the health of a task that begins to run."""
    for container in task.containers:
        watch_container(world, task, container, tell)
    if not task.has_checks and task.service is not None:
        task.timeline.add(world.settings.gate_seconds, lambda: _pass_gate(task, tell))


def watch_container(world: World, task: Task, container: Container, tell: Listener) -> None:
    """Plan the reports of a container's own check from its start, or its restart, on."""
    if not container.checked or container.status != "RUNNING":
        return
    life, check = container.restarts, own_check(container.spec)
    phases = [Phase(each.at - container.born, each.well, each.seen) for each in container.phases]
    phases = [each for each in phases if each.at >= 0]
    ago = task.seconds(world.now()) - container.born
    ticker = world.settings.agent_report_seconds if task.placement.launch_type == "EC2" else 0.0
    found = directly(phases) if check is None else verdicts(check, phases)
    for verdict in found:
        at = verdict.at if check is None else next_tick(verdict.at, ticker)
        health = Health.HEALTHY if verdict.healthy else Health.UNHEALTHY

        def tell_of(health: Health = health) -> None:
            if container.restarts == life:
                report(task, container, health, tell)

        task.timeline.add(max(at - ago, 0.0), tell_of)


def own_check(spec: Document) -> Check | None:
    """Return the numbers of a container's check, if it was given any (R5.3)."""
    given = spec.get("healthCheck") or {}
    if not any(given.get(name) is not None for name in NUMBERS):
        return None
    return Check(
        interval=float(given.get("interval") or 30),
        passes=1,
        failures=int(given.get("retries") or 3),
        start_period=float(given.get("startPeriod") or 0),
    )


def directly(phases: Sequence[Phase], least: float = 0.0) -> list[Verdict]:
    """Return what a check without numbers says: what the app does, as soon as it does it."""
    seen = [each for each in phases if each.seen]
    before = [each for each in seen if each.at <= 0][-1:]
    after = [each for each in seen if each.at > 0]
    return [
        Verdict(max(each.at, least if each.well else 0.0), each.well) for each in before + after
    ]


def report(task: Task, container: Container, health: Health, tell: Listener) -> None:
    """Take what a container's check says from now on."""
    container.health = health
    judge(task, tell)


def report_target(task: Task, group: str, state: str, tell: Listener) -> None:
    if task.targets.get(group) not in ("draining", "unused"):
        task.targets[group] = state
        judge(task, tell)


def judge(task: Task, tell: Listener) -> None:
    task.was_healthy = task.was_healthy or task.healthy
    tell(task, Change.HEALTH)


def _pass_gate(task: Task, tell: Listener) -> None:
    task.gate_passed = True
    judge(task, tell)
