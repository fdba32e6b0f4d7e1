"""What does one pass over a service stop and start? (scheduler-rules B2, rolling deployments)"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from rehearsal.ecs.rollout import breaker, messages, verdicts
from rehearsal.ecs.rollout.deployments import Deployment, Rollout
from rehearsal.ecs.rollout.ecs_service import Service
from rehearsal.ecs.rollout.starting import Starting
from rehearsal.ecs.tasks.task import Stop, Task
from rehearsal.ecs.world import World


@dataclass(slots=True)
class Pass:
    """The steps of B2, in their order: first stop what may go, then start what fits."""

    world: World
    service: Service
    starting: Starting
    stop_task: Callable[[Task, Stop], None]
    acted: bool = False

    def run(self) -> bool:
        """Return whether anything was done; a pass without effect needs no next one."""
        tripped = self._judge()
        if self.service.primary.rollout is not Rollout.FAILED:
            self._move()
            # A try that found no place counts at once; what is tripped completes later at best.
            if not (tripped or self._judge()):
                self._complete()
        self._tidy()
        return self.acted

    def _judge(self) -> bool:
        """Step 1: fail what the breaker trips, and go back where that is possible."""
        if not breaker.trips(self.service):
            return False
        verdicts.fail(self.world, self.service)
        self.acted = True
        return True

    @property
    def room(self) -> int:
        counting = self.world.settings.ceiling_counts_stopping
        occupied = sum(1 for task in self.service.tasks() if task.live or counting)
        return max(0, self.service.ceiling - occupied)

    def _move(self) -> None:
        self._drop_pending_sources()
        self._stop_sources()
        room = self.room
        started = self.starting.refill(self.service, room)
        started += self.starting.fill(self.service, room - started)
        self.acted = self.acted or started > 0
        self._replace_unhealthy(room)
        self._trim_surplus()

    def _drop_pending_sources(self) -> None:
        """Step 2: what never completed will not be needed any more (R10.2)."""
        for source in self.service.sources:
            if not source.completed_once:
                self._stop(source.pending())

    def _stop_sources(self) -> None:
        """Step 3: the floor holds back healthy tasks, and sick ones while it is not reached."""
        surplus = self._healthy() - self.service.floor
        if surplus < 0:
            return
        going: list[Task] = []
        healthy: list[Task] = []
        for source in sorted(self.service.sources, key=lambda each: each.completed_once):
            going += [task for task in source.running() if not task.healthy]
            healthy += self._any(source.healthy())
        self._stop(going + healthy[:surplus])

    def _replace_unhealthy(self, room: int) -> None:
        """Step 5: replacement first where the ceiling allows, else one at a time (R5.5)."""
        primary = self.service.primary
        sick = self.service.unhealthy(primary, self.world.now())
        surplus = len(primary.healthy()) + len(sick) - self.service.desired
        if sick and surplus > 0:
            self._stop(self._any(sick)[:surplus], unhealthy=True)
        elif room == 0 and self.starting.missing(self.service) > 0:
            self._make_room(sick)

    def _make_room(self, sick: Sequence[Task]) -> None:
        if any(task.stop is not None and task.stop.unhealthy for task in self.service.tasks()):
            return
        now = self.world.now()
        sick_sources = [
            task for each in self.service.sources for task in self.service.unhealthy(each, now)
        ]
        self._stop((self._any(sick) or self._any(sick_sources))[:1], unhealthy=True)

    def _trim_surplus(self) -> None:
        """Step 6: what is least missed goes first."""
        primary = self.service.primary
        live = primary.live()
        surplus = len(live) - self.service.desired
        if surplus <= 0 or self.service.unhealthy(primary, self.world.now()):
            return
        by_loss = sorted(self._any(live), key=lambda task: (task.healthy, task.running))
        self._stop(by_loss[:surplus])

    def _complete(self) -> None:
        """Step 7: the target runs all, is healthy, and nothing of a source is left (R3.9)."""
        service, primary = self.service, self.service.primary
        if primary.rollout is not Rollout.IN_PROGRESS:
            return
        wanted = service.desired
        done = (
            len(primary.live()) == len(primary.healthy()) == wanted
            and not any(source.tasks for source in service.sources)
            and self._baked(primary)
        )
        if done:
            verdicts.complete(self.world, service)
            self.acted = True

    def _baked(self, primary: Deployment) -> bool:
        now = self.world.now()
        primary.baking_since = primary.baking_since or now
        return now >= self.service.baked_at(primary)

    def _tidy(self) -> None:
        """Keep of the sources what has tasks, and what can still be gone back to (R3.1)."""
        service = self.service
        kept = [each for each in service.sources if each.tasks or each.rollout is Rollout.COMPLETED]
        service.deployments = [service.primary, *kept]
        service.primary.desired = service.desired
        for source in kept:
            source.desired = len(source.live())

    def _stop(self, tasks: Sequence[Task], *, unhealthy: bool = False) -> None:
        if not tasks:
            return
        self.acted = True
        pending = [task for task in tasks if task.pending]
        running = [task for task in tasks if task.running]
        for task in running if unhealthy else ():
            messages.say(self.world, self.service, messages.unhealthy(task))
        for task in tasks:
            self.stop_task(task, _sick(task) if unhealthy else scaled_in(task))
        if pending:
            messages.say(self.world, self.service, messages.stopped_pending(len(pending)))
        if running:
            messages.say(self.world, self.service, messages.stopped(running))

    def _healthy(self) -> int:
        return sum(1 for task in self.service.tasks() if task.healthy)

    def _any(self, tasks: Sequence[Task]) -> list[Task]:
        return self.world.random.sample(tasks, len(tasks))


def scaled_in(task: Task) -> Stop:
    """Return why the scheduler stops a task that nothing is wrong with (R1.7)."""
    deployment = task.deployment.id if task.deployment is not None else ""
    reason = f"Scaling activity initiated by (deployment {deployment})"
    return Stop("ServiceSchedulerInitiated", reason)


def _sick(task: Task) -> Stop:
    return Stop("ServiceSchedulerInitiated", messages.stop_reason(task), unhealthy=True)
