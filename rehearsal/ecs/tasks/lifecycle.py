"""How does a task go from PROVISIONING to STOPPED? (scheduler-rules §1)"""

from collections.abc import Callable, Mapping
from datetime import timedelta
from functools import partial

from rehearsal.ecs import events
from rehearsal.ecs.capacity.places import Wait
from rehearsal.ecs.tasks import complaints, depending
from rehearsal.ecs.tasks.depending import Order
from rehearsal.ecs.tasks.health import watch
from rehearsal.ecs.tasks.processes import Processes
from rehearsal.ecs.tasks.stopping import Stopping
from rehearsal.ecs.tasks.targets import Targets
from rehearsal.ecs.tasks.task import Change, Status, Stop, Task
from rehearsal.ecs.world import World

MERGED = (Status.PENDING, Status.ACTIVATING, Status.STOPPING, Status.DEPROVISIONING)
"""States that ECS may not tell of singly (R2.4)."""


class Lifecycle:
    """Moves tasks through their states; every move is an event with a version of its own."""

    def __init__(self, world: World, listener: Callable[[Task, Change], None]) -> None:
        self._world = world
        self._tell = listener
        self.targets = Targets(world, listener)
        self._stopping = Stopping(world, self.targets, self.enter, listener)
        self._processes = Processes(
            world, self.targets, self.enter, self._stopping.exited, listener
        )

    def begin(self, task: Task) -> None:
        self.enter(task, Status.PROVISIONING)
        self.placed(task)

    def placed(self, task: Task) -> None:
        """Let a task start that has a place, or wait for what its place lacks."""
        wait = task.placement.place.wait if task.placement.place is not None else None
        if wait is Wait.RELEASE:
            task.timeline.add(0, lambda: self._pend(task))
        elif wait is None:
            self.proceed(task)

    def proceed(self, task: Task) -> None:
        """Start a task that has all it needs."""
        task.timeline.clear()
        error = _start_error(task)
        if error is not None:
            self._begin_in_vain(task, error)
            return
        seconds = max(each.behaviour.starts_in for each in task.containers)
        task.timeline.add(seconds * 0.25, lambda: self._pend(task))
        task.timeline.add(seconds * 0.5, lambda: self._activate(task))
        order = depending.order(task, self._world.settings)
        if order is None:
            task.timeline.add(seconds, lambda: self._run(task, {}))
        else:
            self._start_in_order(task, seconds, order)

    def _start_in_order(self, task: Task, seconds: float, order: Order) -> None:
        """Let the containers that others wait for start and end before the task is RUNNING."""
        until = order.last if order.broken_at is None else order.broken_at
        for container, end in order.ends:
            if end.seconds <= until:
                task.timeline.add(
                    seconds + end.seconds, partial(self._processes.finish, task, container, end)
                )
        if order.broken is not None:
            task.timeline.add(seconds + until, partial(self._stopping.waited, task, *order.broken))
        else:
            ages = {name: until - start for name, start in order.starts.items()}
            task.timeline.add(seconds + until, lambda: self._run(task, ages))

    def stop(self, task: Task, stop: Stop, within: float | None = None) -> None:
        """Stop a live task; `within` so many seconds, where it is not given the usual time."""
        self._stopping.stop(task, stop, within)

    def lose(self, task: Task, stop: Stop) -> None:
        """End a task at once, as its host is gone."""
        self._stopping.lose(task, stop)

    def enter(self, task: Task, status: Status) -> None:
        """Take a state and tell the bus."""
        task.last = status
        task.updated_at = self._world.now()
        decided = task.told != task.desired
        if self._world.settings.every_state_is_told or decided or status not in MERGED:
            task.told = task.desired
            task.version += 1
            self._world.emit("ECS Task State Change", task.arn, events.task_detail(task))
        self._world.changed(task)

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

    def _run(self, task: Task, ages: Mapping[str, float]) -> None:
        """Be RUNNING; `ages` says how long ago containers have started."""
        now = self._world.now()
        began = task.pull_started_at or now
        waited = timedelta(seconds=max(ages.values(), default=0.0))
        task.pull_stopped_at = began + (now - waited - began) / 2
        task.started_at = now
        for container in task.containers:
            if not container.awaited:
                self._processes.start(task, container, ages.get(container.name, 0.0))
        watch(self._world, task, self._tell)
        self.targets.enter(task)
        self.enter(task, Status.RUNNING)
        self._tell(task, Change.RUNNING)


def _start_error(task: Task) -> str | None:
    """Return why the task cannot start; what the registry lacks comes first."""
    for container in task.containers:
        told = container.pull_error or container.behaviour.pull_error
        if told is not None:
            return complaints.whole(told, container.spec["image"])
    told_by_aws = (each.behaviour.start_error for each in task.containers)
    return next((each for each in told_by_aws if each is not None), None)
