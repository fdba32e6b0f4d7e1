"""How does a task come into its target groups, what do their checks say, and how does it leave?

The words are ELB's (scheduler-rules R5.1); `draining` and `unused` are no target of a live task
unless somebody took it out by hand.
"""

from collections.abc import Callable
from datetime import timedelta

from rehearsal.ecs.balancing.groups import TargetGroup
from rehearsal.ecs.tasks.checks import Phase, Verdict, verdicts
from rehearsal.ecs.tasks.health import directly, judge, report_target
from rehearsal.ecs.tasks.task import Change, Container, Registration, Task
from rehearsal.ecs.world import Document, World

__all__ = ["TargetGroup", "Targets", "behind", "failing", "place"]

REGISTERED = frozenset({"initial", "healthy", "unhealthy"})


class Targets:
    def __init__(self, world: World, tell: Callable[[Task, Change], None]) -> None:
        self._world = world
        self._tell = tell

    def enter(self, task: Task) -> None:
        for group in task.targets:
            self.register(task, group)

    def register(self, task: Task, group: str) -> None:
        """Check the task from now on, or once more after it was taken out."""
        task.targets[group] = "initial"
        task.registrations[group] = Registration(task.seconds(self._world.now()))
        self._plan(task, group)

    def deregister(self, task: Task, group: str) -> None:
        """Take a live task out of traffic by hand. ECS puts it back (settings)."""
        if task.targets.get(group) not in REGISTERED:
            return
        again = self._world.settings.reregister_seconds
        leaving = self._drain(task, group)
        task.timeline.add(leaving, lambda: self._drained(task, group))
        if again is not None and task.running:
            taken = task.registrations[group]
            task.timeline.add(again, lambda: self._put_back(task, group, taken))
        judge(task, self._tell)

    def leave(self, task: Task) -> float:
        """Take a task that stops out of all its groups; return the seconds until it is drained."""
        for group, state in task.targets.items():
            if task.started_at is None:
                task.targets[group] = "unused"
            elif state in REGISTERED:
                self._drain(task, group)
        now = self._world.now()
        ends = (each.drained_at for each in task.registrations.values())
        return max((max((at - now).total_seconds(), 0.0) for at in ends if at), default=0.0)

    def forget(self, task: Task) -> None:
        """Take note that the load balancer has let go of all its targets."""
        task.targets = dict.fromkeys(task.targets, "unused")

    def changed(self, task: Task, container: Container) -> None:
        """Look again where the container behind a target ended or was started again."""
        for group, state in task.targets.items():
            if state in REGISTERED and behind(task, group) is container:
                task.registrations[group].plan += 1
                self._plan(task, group)

    def _drain(self, task: Task, group: str) -> float:
        settings, groups = self._world.settings, self._world.target_groups
        seconds = groups.drain_seconds(group, settings.deregistration_delay_seconds)
        task.targets[group] = "draining"
        registration = task.registrations[group]
        registration.plan += 1
        registration.drained_at = self._world.now() + timedelta(seconds=seconds)
        return seconds

    def _drained(self, task: Task, group: str) -> None:
        at = task.registrations[group].drained_at
        if at is not None and at <= self._world.now():
            task.targets[group] = "unused"

    def _put_back(self, task: Task, group: str, taken: Registration) -> None:
        if task.running and task.registrations[group] is taken and taken.drained_at is not None:
            self.register(task, group)
            if task.service is not None:
                told = task.service.registered
                told[group] = told.get(group, 0) + 1
            judge(task, self._tell)

    def _plan(self, task: Task, group: str) -> None:
        registration, now = task.registrations[group], task.seconds(self._world.now())
        plan = registration.plan
        for verdict in self._verdicts(task, group):
            seconds = registration.at + verdict.at - now
            if seconds < 0:
                continue
            state = "healthy" if verdict.healthy else "unhealthy"

            def report(state: str = state) -> None:
                if registration.plan == plan and task.registrations[group] is registration:
                    registration.changed_at = self._world.now()
                    report_target(task, group, state, self._tell)

            task.timeline.add(seconds, report)

    def _verdicts(self, task: Task, group: str) -> list[Verdict]:
        container, settings = behind(task, group), self._world.target_groups.of(group)
        at = task.registrations[group].at
        phases = [Phase(each.at - at, each.well, each.seen) for each in container.phases]
        check = settings.check(answered=container.behaviour.unhealthy_code is not None)
        if check is None:
            return directly(phases, settings.healthy_seconds)
        return list(verdicts(check, phases))


def behind(task: Task, group: str) -> Container:
    """Return the container that a target group sends its requests to."""
    name = _balancer(task, group).get("containerName")
    return next((each for each in task.containers if each.name == name), task.containers[0])


def place(task: Task, group: str) -> tuple[str, int]:
    """Return the target of a task: the id, which is its address or its instance, and the port."""
    inside = int(_balancer(task, group).get("containerPort") or 0)
    if task.instance is None or task.placement.network is not None:
        return task.address, inside
    found = task.placement.place
    name, ports = behind(task, group).name, found.ports if found is not None else ()
    hosts = (each.host for each in ports if (each.container, each.inside) == (name, inside))
    return task.instance.ec2_id, next(hosts, inside)


def failing(task: Task, group: str) -> tuple[str, str]:
    """Return reason and description of the failing checks of a target, as ELB words them."""
    container = behind(task, group)
    if container.status != "RUNNING":
        return "Target.FailedHealthChecks", "Health checks failed"
    code = container.behaviour.unhealthy_code
    if code is None:
        return "Target.Timeout", "Request timed out"
    return "Target.ResponseCodeMismatch", f"Health checks failed with these codes: [{code}]"


def _balancer(task: Task, group: str) -> Document:
    balancers = task.deployment.load_balancers if task.deployment is not None else []
    return next((each for each in balancers if each.get("targetGroupArn") == group), {})
