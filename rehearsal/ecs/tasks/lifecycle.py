"""How does a task go from PROVISIONING to STOPPED? (scheduler-rules §1)"""

import re
from collections.abc import Callable

from rehearsal.ecs import events
from rehearsal.ecs.tasks.health import watch
from rehearsal.ecs.tasks.stopping import Stopping
from rehearsal.ecs.tasks.task import Change, Container, Status, Stop, Task
from rehearsal.ecs.world import LogLine, World

CANNOT_PULL = "CannotPullContainerError: "
NAMED_ERROR = re.compile(r"[A-Z]\w*Error: ")


class Lifecycle:
    """Moves tasks through their states; every move is an event with a version of its own."""

    def __init__(self, world: World, listener: Callable[[Task, Change], None]) -> None:
        self._world = world
        self._tell = listener
        self._stopping = Stopping(world, self.enter, listener)

    def begin(self, task: Task) -> None:
        self.enter(task, Status.PROVISIONING)
        error = _start_error(task)
        if error is not None:
            self._begin_in_vain(task, error)
            return
        seconds = max(each.behaviour.starts_in for each in task.containers)
        task.timeline.add(seconds * 0.25, lambda: self._pend(task))
        task.timeline.add(seconds * 0.5, lambda: self._activate(task))
        task.timeline.add(seconds, lambda: self._run(task))

    def stop(self, task: Task, stop: Stop) -> None:
        self._stopping.stop(task, stop)

    def enter(self, task: Task, status: Status) -> None:
        """Take a state and tell the bus."""
        task.last = status
        task.version += 1
        task.updated_at = self._world.now()
        self._world.emit("ECS Task State Change", task.arn, events.task_detail(task))

    def _begin_in_vain(self, task: Task, error: str) -> None:
        seconds = max(each.behaviour.fails_in for each in task.containers)
        last = min(seconds, self._world.settings.fail_seconds)
        task.timeline.add((seconds - last) * 0.5, lambda: self._pend(task))
        task.timeline.add(seconds - last, lambda: self._stopping.fail(task, error, last))

    def _pend(self, task: Task) -> None:
        task.connectivity_at = self._world.now()
        self.enter(task, Status.PENDING)

    def _activate(self, task: Task) -> None:
        task.pull_started_at = self._world.now()
        self.enter(task, Status.ACTIVATING)

    def _run(self, task: Task) -> None:
        now = self._world.now()
        began = task.pull_started_at or now
        task.pull_stopped_at = began + (now - began) / 2
        task.started_at = now
        for container in task.containers:
            container.status = "RUNNING"
            self._plan_exit(task, container)
        watch(self._world, task, self._tell)
        self.enter(task, Status.RUNNING)
        self._tell(task, Change.RUNNING)

    def _plan_exit(self, task: Task, container: Container) -> None:
        acts = container.behaviour
        alone = task.service is None
        after = acts.task_takes if alone else acts.exits_after
        code = acts.task_exit_code if alone else acts.exit_code
        if after is None:
            self._log(task, container)
        else:
            task.timeline.add(after, lambda: self._exit(task, container, code))

    def _exit(self, task: Task, container: Container, code: int) -> None:
        self._log(task, container)
        container.status, container.exit_code = "STOPPED", code
        container.reason = container.behaviour.exit_reason if code else None
        if container.essential:
            # After the other containers that end at this very instant, with codes of their own.
            task.timeline.add(0, lambda: self._stopping.exited(task))
        else:
            self.enter(task, task.last)

    def _log(self, task: Task, container: Container) -> None:
        options = (container.spec.get("logConfiguration") or {}).get("options") or {}
        if (
            self._world.logs is None
            or not container.behaviour.log
            or "awslogs-group" not in options
        ):
            return
        stream = f"{options.get('awslogs-stream-prefix', 'ecs')}/{container.name}/{task.id}"
        group = options["awslogs-group"]
        self._world.logs(LogLine(group, stream, container.behaviour.log, self._world.now()))


def _start_error(task: Task) -> str | None:
    """Return why the task cannot start; what the registry lacks comes first."""
    for container in task.containers:
        told = container.pull_error or container.behaviour.pull_error
        if told is not None:
            return told if NAMED_ERROR.match(told) else CANNOT_PULL + told
    return None
