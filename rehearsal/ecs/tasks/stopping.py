"""How does a task stop: by decision, by itself, or before it ran?"""

from collections.abc import Callable

from rehearsal.ecs.tasks.task import Change, Status, Stop, Task
from rehearsal.ecs.world import World

EXITED = Stop("EssentialContainerExited", "Essential container in task exited")


class Stopping:
    def __init__(
        self,
        world: World,
        enter: Callable[[Task, Status], None],
        listener: Callable[[Task, Change], None],
    ) -> None:
        self._world = world
        self._enter = enter
        self._tell = listener

    def stop(self, task: Task, stop: Stop) -> None:
        """Stop a live task: drain its targets, end its containers, give back its network."""
        was_running = task.running
        self._leave(task, stop)
        if not was_running:
            self._enter(task, task.last)
            task.timeline.add(0, lambda: self._deprovision(task))
            task.timeline.add(self._world.settings.stop_pending_seconds, lambda: self._finish(task))
            return
        self._enter(task, Status.DEACTIVATING)
        drained = self._drain_seconds(task)
        half = self._world.settings.stop_seconds / 2
        task.timeline.add(drained, lambda: self._enter(task, Status.STOPPING))
        task.timeline.add(drained + half, lambda: self._deprovision(task))
        task.timeline.add(drained + 2 * half, lambda: self._finish(task))

    def fail(self, task: Task, error: str, seconds: float) -> None:
        """Give up a task that cannot start; its containers have a reason and no exit code."""
        self._leave(task, Stop("TaskFailedToStart", error))
        task.execution_stopped_at = self._world.now()
        for container in task.containers:
            container.status = "STOPPED"
            if container.pull_error or container.behaviour.pull_error:
                container.reason = error
        self._enter(task, Status.DEPROVISIONING)
        task.timeline.add(seconds, lambda: self._finish(task))

    def exited(self, task: Task) -> None:
        """Stop a task whose essential container is gone. Its place is free at once (R5.9)."""
        if not task.live:
            return
        self._leave(task, EXITED)
        self._enter(task, Status.DEACTIVATING)
        self._deprovision(task)
        self._finish(task)

    def _leave(self, task: Task, stop: Stop) -> None:
        task.timeline.clear()
        task.desired = "STOPPED"
        task.stop = stop
        task.stopping_at = self._world.now()
        task.targets = dict.fromkeys(task.targets, "draining")
        self._tell(task, Change.LEAVING)

    def _deprovision(self, task: Task) -> None:
        task.execution_stopped_at = self._world.now()
        for container in task.containers:
            if container.status == "RUNNING":
                container.exit_code = container.behaviour.term_code
            container.status = "STOPPED"
        self._enter(task, Status.DEPROVISIONING)

    def _finish(self, task: Task) -> None:
        task.stopped_at = self._world.now()
        task.targets = dict.fromkeys(task.targets, "unused")
        self._enter(task, Status.STOPPED)
        self._tell(task, Change.STOPPED)

    def _drain_seconds(self, task: Task) -> float:
        default = self._world.settings.deregistration_delay_seconds
        groups = self._world.target_groups
        return max((groups.drain_seconds(arn, default) for arn in task.targets), default=0.0)
