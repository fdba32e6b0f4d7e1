"""What do the processes of a running task do by themselves: print, end, be killed, come back?"""

from collections.abc import Callable

from rehearsal.ecs.tasks import printing
from rehearsal.ecs.tasks.checks import Phase
from rehearsal.ecs.tasks.endings import Ending, ending
from rehearsal.ecs.tasks.health import Listener, watch_container
from rehearsal.ecs.tasks.targets import Targets
from rehearsal.ecs.tasks.task import Container, Health, Status, Task
from rehearsal.ecs.world import World

RESTART_PERIOD = 300.0


class Processes:
    """`gone` is told of a task whose essential container has ended for good."""

    def __init__(
        self,
        world: World,
        targets: Targets,
        enter: Callable[[Task, Status], None],
        gone: Callable[[Task], None],
        listener: Listener,
    ) -> None:
        self._world = world
        self._targets = targets
        self._enter = enter
        self._gone = gone
        self._tell = listener

    def start(self, task: Task, container: Container, ago: float = 0.0) -> None:
        """Let a process begin, or have begun some seconds ago; what it will do is decided now."""
        container.status = "RUNNING"
        container.born = task.seconds(self._world.now()) - ago
        container.phases += _life(container)
        end = ending(task, container, self._world.settings)
        if end is None:
            printing.write(self._world, task, container)
        else:
            task.timeline.add(max(end.seconds - ago, 0.0), lambda: self._end(task, container, end))

    def finish(self, task: Task, container: Container, end: Ending) -> None:
        """End a process that others wait for before they start."""
        printing.write(self._world, task, container)
        container.status, container.exit_code = "STOPPED", end.code
        container.reason = end.reason

    def _end(self, task: Task, container: Container, end: Ending) -> None:
        printing.write(self._world, task, container)
        now = task.seconds(self._world.now())
        container.phases = [each for each in container.phases if each.at <= now]
        container.phases.append(Phase(now, well=False, seen=False))
        if _restarts(container, end.code, now):
            self._restart(task, container)
            return
        container.status, container.exit_code = "STOPPED", end.code
        container.reason = end.reason
        if container.essential:
            # After the other containers that end at this very instant, with codes of their own.
            task.timeline.add(0, lambda: self._gone(task))
        else:
            self._targets.changed(task, container)
            self._enter(task, task.last)

    def _restart(self, task: Task, container: Container) -> None:
        """Begin anew in the same task: ECS stops nothing and tells nobody (R1.12)."""
        container.restarts += 1
        self.start(task, container)
        self._targets.changed(task, container)
        if container.checked:
            container.health = Health.UNKNOWN
            watch_container(self._world, task, container, self._tell)


def _life(container: Container) -> list[Phase]:
    acts, born = container.behaviour, container.born
    phases = []
    if acts.healthy_after is not None:
        phases.append(Phase(born + acts.healthy_after, well=True))
    if acts.unhealthy_after is not None:
        phases.append(Phase(born + acts.unhealthy_after, well=False))
    return [Phase(born, well=False, seen=False), *sorted(phases, key=lambda each: each.at)]


def _restarts(container: Container, code: int, now: float) -> bool:
    policy = container.spec.get("restartPolicy") or {}
    if not policy.get("enabled") or code in (policy.get("ignoredExitCodes") or ()):
        return False
    return bool(now - container.born >= (policy.get("restartAttemptPeriod") or RESTART_PERIOD))
