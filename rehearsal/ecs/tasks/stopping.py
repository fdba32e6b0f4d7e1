"""How does a task stop: by decision, by itself, with its host, or before it ran?"""

from collections.abc import Callable
from functools import partial

from rehearsal.ecs.tasks.depending import KILLED_BEFORE, complaint
from rehearsal.ecs.tasks.killing import End, ends, longest
from rehearsal.ecs.tasks.targets import Targets
from rehearsal.ecs.tasks.task import Change, Container, Status, Stop, Task
from rehearsal.ecs.world import World

EXITED = Stop("EssentialContainerExited", "Essential container in task exited")


class Stopping:
    def __init__(
        self,
        world: World,
        targets: Targets,
        enter: Callable[[Task, Status], None],
        listener: Callable[[Task, Change], None],
    ) -> None:
        self._world = world
        self._targets = targets
        self._enter = enter
        self._tell = listener

    def stop(self, task: Task, stop: Stop, within: float | None = None) -> None:
        """Stop a live task: drain its targets, end its containers, give back its network.

        `within` so many seconds every process is dead, whatever has not ended by then (R12.3).
        """
        was_running = task.running
        drained = self._leave(task, stop)
        if not was_running:
            self._enter(task, task.last)
            task.timeline.add(0, lambda: self._deprovision(task))
            task.timeline.add(self._world.settings.stop_pending_seconds, lambda: self._finish(task))
            return
        self._enter(task, Status.DEACTIVATING)
        half = self._world.settings.stop_seconds / 2
        if within is not None:
            drained = min(drained, max(0.0, within - longest(task) - half))
        task.timeline.add(drained, lambda: self._signal(task))
        last = self._end(task, drained + half, within)
        task.timeline.add(last + half, lambda: self._finish(task))

    def fail(self, task: Task, error: str, seconds: float) -> None:
        """Give up a task that cannot start; its containers have a reason and no exit code."""
        self._leave(task, Stop("TaskFailedToStart", error))
        task.execution_stopped_at = self._world.now()
        if error.startswith("CannotPull"):
            task.pull_started_at = task.connectivity_at
            task.pull_stopped_at = self._world.now()
        for container in task.containers:
            container.status = "STOPPED"
            acts = container.behaviour
            about_it = container.pull_error or acts.pull_error or acts.start_error
            if about_it and error.startswith("Cannot"):
                container.reason = error
        self._enter(task, Status.DEPROVISIONING)
        task.timeline.add(seconds, lambda: self._finish(task))

    def waited(self, task: Task, container: Container, on: Container) -> None:
        """Give up a task one of whose containers waits in vain for another one."""
        self._leave(task, Stop("TaskFailedToStart", "Task failed to start"))
        task.execution_stopped_at = self._world.now()
        for each in task.containers:
            if each.status != "STOPPED":
                each.status, each.exit_code = "STOPPED", KILLED_BEFORE
        container.reason = complaint(container, on)
        self._enter(task, Status.DEPROVISIONING)
        task.timeline.add(self._world.settings.fail_seconds, lambda: self._finish(task))

    def exited(self, task: Task) -> None:
        """Stop a task whose essential container is gone (R1.4).

        Its place is free as soon as the other containers have ended too: nothing waits for its
        targets (R5.9).
        """
        if not task.live:
            return
        self._leave(task, EXITED)
        task.execution_stopped_at = self._world.now()
        if not any(end.seconds for end in ends(task)):
            self._enter(task, Status.DEACTIVATING)
            self._deprovision(task)
            self._finish(task)
            return
        self._enter(task, task.last)
        last = self._end(task, 0.0, None)
        task.timeline.add(last, lambda: self._finish(task))

    def lose(self, task: Task, stop: Stop) -> None:
        """End a task whose host is gone: at once, and nobody knows how its processes ended."""
        if task.last is Status.STOPPED:
            return
        if task.live:
            self._leave(task, stop)
        task.timeline.clear()
        task.execution_stopped_at = task.execution_stopped_at or self._world.now()
        for container in task.containers:
            container.status = "STOPPED"
        self._finish(task)

    def _leave(self, task: Task, stop: Stop) -> float:
        task.timeline.clear()
        task.desired = "STOPPED"
        task.stop = stop
        task.stopping_at = self._world.now()
        drained = self._targets.leave(task)
        self._tell(task, Change.LEAVING)
        return drained

    def _signal(self, task: Task) -> None:
        self._targets.forget(task)
        self._enter(task, Status.STOPPING)

    def _end(self, task: Task, after: float, within: float | None) -> float:
        """Plan the ends of all processes; return when the last of them is."""
        limit = float("inf") if within is None else within
        dues: dict[float, list[End]] = {}
        for end in ends(task):
            due = min(after + end.seconds, limit)
            # What is cut short is killed, and so gets another code than it would have.
            code = end.code if after + end.seconds <= limit else 137
            dues.setdefault(due, []).append(End(end.container, end.seconds, code))
        last = max(dues, default=after)
        for due, those in sorted(dues.items(), key=lambda each: each[0]):
            if due < last:
                task.timeline.add(due, partial(self._ended, task, those))
        final = dues.get(last, [])
        task.timeline.add(last, lambda: self._deprovision(task, final))
        return last

    def _ended(self, task: Task, those: list[End]) -> None:
        for end in those:
            end.container.status, end.container.exit_code = "STOPPED", end.code
        if any(end.container.essential for end in those):
            task.execution_stopped_at = task.execution_stopped_at or self._world.now()
        self._enter(task, task.last)

    def _deprovision(self, task: Task, those: list[End] | None = None) -> None:
        task.execution_stopped_at = task.execution_stopped_at or self._world.now()
        for end in ends(task) if those is None else those:
            end.container.exit_code = end.code
        for container in task.containers:
            container.status = "STOPPED"
        self._enter(task, Status.DEPROVISIONING)

    def _finish(self, task: Task) -> None:
        task.stopped_at = self._world.now()
        self._targets.forget(task)
        self._enter(task, Status.STOPPED)
        self._tell(task, Change.STOPPED)
