"""What does one pass over a service stop and start? (scheduler-rules B2, rolling deployments)"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from rehearsal.ecs.capacity.victims import order_victims
from rehearsal.ecs.rollout import alarms, announcing, breaker, messages, verdicts
from rehearsal.ecs.rollout.deployments import Deployment, Progress, Rollout
from rehearsal.ecs.rollout.ecs_service import Service
from rehearsal.ecs.rollout.starting import Starting
from rehearsal.ecs.rollout.success import is_held_for_bake, is_successful
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
    protecting: list[str] = field(default_factory=list)
    """What is said in this pass of tasks that are kept for their protection."""

    def run(self) -> bool:
        """Return whether anything was done; a pass without effect needs no next one."""
        turned = self._judge()
        if self.service.primary.rollout is not Rollout.FAILED:
            self._move()
            # A try that found no place counts at once; what is tripped completes later at best.
            if not (turned or self._judge()) and is_successful(self.world, self.service):
                verdicts.complete(self.world, self.service)
                self.acted = True
        self._tidy()
        return self.acted

    def _judge(self) -> bool:
        """Step 1: fail what breaker or alarms end, and go back where that is possible."""
        world, service = self.world, self.service
        if service.current.progress is Progress.ROLLBACK_REQUESTED:
            verdicts.stop(world, service)
        elif breaker.trips(service, world.now(), world.settings):
            verdicts.fail(world, service, verdicts.BREAKER)
        elif ringing := alarms.fired(world, service):
            service.current.triggered = ringing
            verdicts.fail(world, service, verdicts.ALARM)
        else:
            return False
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
        self._start(room)
        self._replace_unhealthy(self.service.primary, room)
        self._trim_surplus(self.service.primary)

    def _drop_pending_sources(self) -> None:
        """Step 2: what never completed will not be needed any more (R10.2)."""
        for source in self.service.sources:
            if not source.completed_once:
                self._stop(self._free(source.pending()))

    def _stop_sources(self) -> None:
        """Step 3: the floor holds back healthy tasks, and sick ones while it is not reached."""
        surplus = self._healthy() - self.service.floor
        if surplus < 0 or is_held_for_bake(self.world, self.service):
            return
        going: list[Task] = []
        healthy: list[Task] = []
        for pool in self._pools():
            running = self._free([task for each in pool for task in each.running()])
            going += [task for task in running if not task.healthy]
            healthy += self._ordered([task for task in running if task.healthy], surplus)
        self._complain_of_protection(self.service.sources, surplus - len(healthy))
        displaced = [task for task in self.service.primary.running() if self._has_to_move(task)]
        healthy += self._ordered(self._free(displaced), surplus)
        self._stop(going + healthy[:surplus])

    def _has_to_move(self, task: Task) -> bool:
        """Say whether an instance that drains has to lose a task; a daemon goes last (R4.11)."""
        alone = task.instance is not None and len(task.instance.held) == 1
        return task.displaced and (alone or not self.service.is_daemon)

    def _pools(self) -> list[list[Deployment]]:
        """Return the sources in the order in which their tasks go (R10.3)."""
        sources = self.service.sources
        if not self.world.settings.never_completed_sources_go_first:
            return [sources]
        return [[each] for each in sorted(sources, key=lambda each: each.completed_once)]

    def _start(self, room: int) -> None:
        """Step 4: what a source lost, then what the PRIMARY lacks."""
        steps = [self.starting.refill, self.starting.fill]
        if not self.world.settings.sources_are_refilled_first:
            steps.reverse()
        for step in steps:
            started = step(self.service, room)
            room -= started
            self.acted = self.acted or started > 0

    def _replace_unhealthy(self, deployment: Deployment, room: int) -> None:
        """Step 5: replacement first where the ceiling allows, else one at a time (R5.5)."""
        sick = self._sick(deployment)
        at_once = (
            self.world.settings.failing_revision_replacement == "immediate"
            and breaker.is_judged(self.service, deployment)
        )
        present = len(deployment.live()) if at_once else len(deployment.healthy()) + len(sick)
        surplus = present - self.service.desired
        if sick and surplus > 0:
            self._stop(self._any(sick)[:surplus], unhealthy=True)
        elif room == 0 and self.starting.missing(self.service, deployment) > 0:
            self._make_room(sick)

    def _make_room(self, sick: Sequence[Task]) -> None:
        if any(task.stop is not None and task.stop.unhealthy for task in self.service.tasks()):
            return
        sick_sources = [task for each in self.service.sources for task in self._sick(each)]
        self._stop((self._any(sick) or self._any(sick_sources))[:1], unhealthy=True)

    def _trim_surplus(self, deployment: Deployment) -> None:
        """Step 6: what is least missed goes first."""
        live = [task for task in deployment.live() if not task.displaced]
        surplus = len(live) - self.service.desired - self.service.rebalancing
        if surplus <= 0 or self.service.unhealthy(deployment, self.world.now()):
            return
        going = self._by_loss(live)
        self._complain_of_protection([deployment], surplus - len(going))
        self._stop(going[:surplus])

    def _by_loss(self, live: Sequence[Task]) -> list[Task]:
        """Return the tasks that may go, the least missed first."""
        free = self._ordered(self._free(live), len(live))
        return sorted(free, key=lambda task: (task.healthy, task.running))

    def _tidy(self) -> None:
        """Keep of the sources what has tasks, and what can still be gone back to (R3.1)."""
        service, primary = self.service, self.service.primary
        wanted = primary.rollout is not Rollout.COMPLETED
        kept = [
            each
            for each in service.sources
            if each.tasks or (wanted and each.rollout is Rollout.COMPLETED)
        ]
        service.deployments = [primary, *kept]
        primary.desired = service.desired
        for source in kept if self.world.settings.sources_show_what_is_left else ():
            source.desired = len(source.live())
        messages.resolve(service, messages.PROTECTED, but=self.protecting)

    def _stop(self, tasks: Sequence[Task], *, unhealthy: bool = False) -> None:
        if not tasks:
            return
        self.acted = True
        self.service.moved_at = self.world.now()
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
            announcing.action(self.world, self.service, "INFO", "TASKS_STOPPED")

    def _complain_of_protection(self, deployments: Sequence[Deployment], blocked: int) -> None:
        """Say which revision keeps tasks that would go but for their protection (R12.1)."""
        now = self.world.now()
        for each in deployments if blocked > 0 else ():
            kept = sum(task.is_protected(now) for task in each.live())
            if kept:
                text = messages.protected(each.id, kept)
                self.protecting.append(text)
                messages.complain(self.world, self.service, text)

    def _healthy(self) -> int:
        return sum(1 for task in self.service.tasks() if task.healthy or self._may_count(task))

    def _may_count(self, task: Task) -> bool:
        """Say whether a task of a rollback counts before its checks say anything."""
        primary = self.service.primary
        back = primary.rollout is Rollout.IN_PROGRESS and primary.completed_once
        counts = back and self.world.settings.unknown_health_counts_on_the_way_back
        unknown = task.running and task.has_checks and not task.fails_checks
        return counts and unknown and task.deployment is primary

    def _free(self, tasks: Sequence[Task]) -> list[Task]:
        """Leave out the tasks that scale-in and deployments must not stop (R12.1)."""
        now = self.world.now()
        return [task for task in tasks if not task.is_protected(now)]

    def _sick(self, deployment: Deployment) -> list[Task]:
        sick = self.service.unhealthy(deployment, self.world.now())
        return self._free(sick) if self.world.settings.protection_covers_health else sick

    def _ordered(self, tasks: Sequence[Task], most: int) -> list[Task]:
        """Return so many tasks that nothing is wrong with, who goes first at first (R4.9)."""
        live = [task for task in self.service.tasks() if task.live]
        strategies = self.service.spec.get("placementStrategy") or []
        return order_victims(tasks, live, strategies, self.world.random, most)

    def _any(self, tasks: Sequence[Task]) -> list[Task]:
        return self.world.random.sample(tasks, len(tasks))


def scaled_in(task: Task) -> Stop:
    """Return why the scheduler stops a task that nothing is wrong with (R1.7)."""
    deployment = task.deployment.id if task.deployment is not None else ""
    reason = f"Scaling activity initiated by (deployment {deployment})"
    return Stop("ServiceSchedulerInitiated", reason)


def _sick(task: Task) -> Stop:
    return Stop("ServiceSchedulerInitiated", messages.stop_reason(task), unhealthy=True)
