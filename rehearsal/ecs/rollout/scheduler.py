"""When is a service looked at, and what does the scheduler learn about its tasks in between?

A pass comes every ten seconds while something moves. A pass that did nothing is followed by none:
the next change of a task, call of the API or end of a delay asks for it. So a steady service, or
one that waits for a person, costs nothing however long it does.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta

from rehearsal.ecs.rollout import alarms, breaker, messages, standing, verdicts
from rehearsal.ecs.rollout.breaker import Failure
from rehearsal.ecs.rollout.deployments import Deployment, Rollout
from rehearsal.ecs.rollout.ecs_service import Service
from rehearsal.ecs.rollout.rebalancing import Rebalancing
from rehearsal.ecs.rollout.rolling import Pass
from rehearsal.ecs.rollout.stalled import StalledPass
from rehearsal.ecs.rollout.starting import Starting
from rehearsal.ecs.shifting import passing
from rehearsal.ecs.shifting.passing import ShiftingPass, is_shifting
from rehearsal.ecs.tasks.lifecycle import Lifecycle
from rehearsal.ecs.tasks.task import Change, Task
from rehearsal.ecs.world import World


class Scheduler:
    def __init__(self, world: World, lifecycle: Lifecycle, starting: Starting) -> None:
        self._world = world
        self._lifecycle = lifecycle
        self._starting = starting
        self._step = timedelta(seconds=world.settings.pass_seconds)

    def wake_now(self, service: Service) -> None:
        """Look as soon as the present call has its answer; passes count from here on."""
        service.pulse.anchor = self._world.now()
        service.pulse.last = None
        self._plan(service, service.pulse.anchor)

    def wake(self, service: Service, at: datetime | None = None) -> None:
        """Look at the next turn, or at the first one from a given time on."""
        now, pulse = self._world.now(), service.pulse
        turns = -((pulse.anchor - (at or now)) // self._step)
        due = pulse.anchor + turns * self._step
        if pulse.last is not None and due <= pulse.last:
            due = pulse.last + self._step
        self._plan(service, due)

    def heard(self, task: Task, change: Change) -> None:
        """Take note of what happened to a task of a service."""
        service, deployment = task.service, task.deployment
        if service is None or deployment is None:
            return
        if change is Change.RUNNING:
            for group in task.targets:
                service.registered[group] = service.registered.get(group, 0) + 1
        elif change is Change.HEALTH:
            if task.healthy and not task.known_healthy:
                breaker.forgive(service, deployment)
                habit = self._world.settings.impaired_from_attempt
                if all(each.attempts < habit for each in service.deployments):
                    messages.resolve(service, messages.IMPAIRED)
        elif change is Change.LEAVING:
            self._heard_leaving(service, deployment, task)
        else:
            self._heard_stopped(service, deployment, task)
        task.known_healthy = task.healthy
        self.wake(service)

    def _heard_leaving(self, service: Service, deployment: Deployment, task: Task) -> None:
        for group in task.targets if task.started_at is not None else ():
            key = deployment.id, group
            service.deregistered[key] = service.deregistered.get(key, 0) + 1
        by_scheduler = task.stop is not None and task.stop.code == "ServiceSchedulerInitiated"
        if deployment is service.last_completed and not by_scheduler and not task.given_up:
            deployment.owed += 1

    def _heard_stopped(self, service: Service, deployment: Deployment, task: Task) -> None:
        deployment.tasks.pop(task.id, None)
        now, failure = self._world.now(), breaker.kind_of(task, self._world.settings)
        if failure is not None:
            breaker.count(service, deployment, now)
        if failure is Failure.START:
            self._starting.delay(service, deployment, task.batch)
            if any(each.resolved is None and each.pull_error for each in task.containers):
                breaker.miss(service, deployment, task.batch, now)
        if service.status == "DRAINING" and not any(service.tasks()):
            service.status = "INACTIVE"

    def _plan(self, service: Service, due: datetime) -> None:
        pulse = service.pulse
        if pulse.timer is not None and pulse.due is not None and pulse.due <= due:
            return
        if pulse.timer is not None:
            pulse.timer.cancel()
        pulse.due = due
        seconds = (due - self._world.now()).total_seconds()
        pulse.timer = self._world.after(seconds, lambda: self._look(service))

    def _look(self, service: Service) -> None:
        service.pulse.timer = None
        self._world.changed(service)
        if service.status != "ACTIVE":
            return
        verdicts.begin(self._world, service)
        shifts = is_shifting(self._world, service)
        if service.current.held and not shifts:
            return
        # What is due for a task at this very instant does not ask for a second look.
        service.pulse.last = self._world.now()
        for task in list(service.tasks()):
            task.timeline.catch_up()
        standing.report_targets(self._world, service)
        if service.is_daemon:
            self._starting.count_daemons(service)
        acted = self._pass(service).run()
        standing.report_steady(self._world, service)
        acted = Rebalancing(self._world, service, self._starting).run() or acted
        if acted:
            self.wake(service)
        else:
            if not shifts:
                standing.report_stuck(self._world, service, self._starting)
            self._sleep(service)

    def _pass(self, service: Service) -> Pass:
        given = self._world, service, self._starting, self._lifecycle.stop
        if is_shifting(self._world, service):
            return ShiftingPass(*given, wake=lambda: self.wake_now(service))
        failed = service.primary.rollout is Rollout.FAILED
        return StalledPass(*given) if failed else Pass(*given)

    def _sleep(self, service: Service) -> None:
        """Look again when a delay is over; anything else will wake us."""
        now = self._world.now()
        for due in self._dues(service):
            if due is not None and due > now:
                self.wake(service, due)

    def _dues(self, service: Service) -> Iterator[datetime | None]:
        primary = service.primary
        yield self._starting.next_due(service)
        yield from passing.dues(self._world, service)
        yield breaker.due_at(service, self._world.settings)
        if primary.rollout is Rollout.IN_PROGRESS and primary.baking_since is not None:
            yield alarms.baked_at(self._world, service)
        for task in service.tasks():
            yield task.protected_until
            if task.fails_checks:
                yield service.grace_ends(task)
