"""Which tasks does a service start now, and what holds them back? (B2 step 4, R5.8, R7)"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from rehearsal.ecs.capacity.instances import Instance
from rehearsal.ecs.capacity.refusals import UNPLACED, Refusal
from rehearsal.ecs.rollout import announcing, breaker, messages
from rehearsal.ecs.rollout.deployments import Deployment, Rollout
from rehearsal.ecs.rollout.ecs_service import Service
from rehearsal.ecs.tasks.task import Task
from rehearsal.ecs.world import World

if TYPE_CHECKING:
    from rehearsal.ecs.tasks.launching import Launcher


@dataclass(slots=True)
class Starting:
    world: World
    launcher: "Launcher"

    def refill(self, service: Service, room: int) -> int:
        """Step 4a: give back to the last completed source what it lost, while it is needed.

        B2 does not say when it is not: here, as long as the floor is reached without it.
        """
        source = service.last_completed
        if source is None or service.primary.rollout is Rollout.COMPLETED:
            return 0
        self._give_up_sick(service, source)
        healthy = sum(1 for task in service.tasks() if task.healthy)
        if healthy >= service.floor and self.world.settings.refilled_below_floor_only:
            return 0
        return self._start(service, source, min(source.owed, room))

    def look_after(self, service: Service, source: Deployment, room: int) -> int:
        """Give back to a source what it lost where nothing else will take its place (R8.13)."""
        self._give_up_sick(service, source)
        lacking = max(0, self.missing(service, source))
        if self.world.settings.failed_deployment_restores_sources:
            source.owed = max(source.owed, lacking - len(service.primary.healthy()))
        source.owed = min(source.owed, lacking)
        return self._start(service, source, min(source.owed, room))

    def fill(self, service: Service, room: int, deployment: Deployment | None = None) -> int:
        """Step 4b: bring the PRIMARY, or the one that is named, to the desired count."""
        filled = deployment or service.primary
        self._give_up_sick(service, filled)
        missing = self.missing(service, filled)
        wanted = min(missing, room)
        return self._start(service, filled, min(wanted, 1) if self._probes(filled) else wanted)

    def missing(self, service: Service, deployment: Deployment | None = None) -> int:
        """Return how many tasks the PRIMARY lacks; one in place of each sick one."""
        filled, now = deployment or service.primary, self.world.now()
        sick = service.unhealthy(filled, now)
        # What is on an instance that is drained will go, so it is not counted (R12.2).
        sound = [task for task in filled.live() if not task.displaced and task not in sick]
        return service.desired - len(sound)

    def _probes(self, deployment: Deployment) -> bool:
        """Say whether the first task goes ahead to resolve the images (R6.3)."""
        return self.world.settings.digest_stagger_seconds > 0 and not deployment.begun

    def next_due(self, service: Service) -> datetime | None:
        """Return when time alone lets something start again."""
        source = service.last_completed
        waiting = [service.primary] if self.missing(service) > 0 else []
        waiting += [source] if source is not None and source.owed else []
        now = self.world.now()
        dues = [due for each in waiting for due in (each.next_start_at, each.look_again_at)]
        return min((due for due in dues if due is not None and due > now), default=None)

    def _give_up_sick(self, service: Service, deployment: Deployment) -> None:
        for task in service.unhealthy(deployment, self.world.now()):
            if not task.given_up:
                task.given_up = True
                deployment.replacing += 1
                deployment.owed += deployment is not service.primary

    def _start(self, service: Service, deployment: Deployment, wanted: int) -> int:
        now = self.world.now()
        throttled = deployment.next_start_at is not None and now < deployment.next_start_at
        if wanted <= 0 or throttled:
            return 0
        service.batches += 1
        tasks, refusal = self._place(service, deployment, wanted)
        if tasks:
            self._started(service, deployment, tasks)
        if refusal is None:
            messages.resolve(service, UNPLACED)
        else:
            self._not_placed(service, deployment, wanted - len(tasks), refusal)
        return len(tasks)

    def _started(self, service: Service, deployment: Deployment, tasks: list[Task]) -> None:
        now = self.world.now()
        if self._probes(deployment):
            stagger = self.world.settings.digest_stagger_seconds
            deployment.next_start_at = now + timedelta(seconds=stagger)
        deployment.begun = True
        deployment.refusals, deployment.look_again_at = 0, None
        service.moved_at = now
        placed = len(tasks)
        replaced = min(deployment.replacing, placed)
        deployment.replacing -= replaced
        deployment.owed = max(0, deployment.owed - placed)
        messages.say(self.world, service, messages.started(tasks, replaced))
        announcing.action(self.world, service, "INFO", "TASKS_STARTED")

    def _place(
        self, service: Service, deployment: Deployment, wanted: int
    ) -> tuple[list[Task], Refusal | None]:
        """Start as many tasks as find a place; what one does not find, the next will not."""
        if service.is_daemon:
            return self._place_daemons(service, deployment, wanted)
        tasks: list[Task] = []
        while len(tasks) < wanted:
            started = self.launcher.for_service(service, deployment)
            if isinstance(started, Refusal):
                return tasks, started
            tasks.append(started)
        return tasks, None

    def count_daemons(self, service: Service) -> None:
        """Let a DAEMON want as many tasks as there are instances for it (R4.11)."""
        found = len(self.launcher.stations(service, service.primary))
        service.spec = {**service.spec, "desiredCount": found}

    def _place_daemons(
        self, service: Service, deployment: Deployment, wanted: int
    ) -> tuple[list[Task], Refusal | None]:
        """Start one task on each instance that has none; one that is full holds up no other."""
        tasks: list[Task] = []
        refusal = None
        for instance in self._vacant(service, self.launcher.stations(service, deployment)):
            if len(tasks) == wanted:
                break
            started = self.launcher.for_service(service, deployment, instance)
            if isinstance(started, Refusal):
                refusal = started
            else:
                tasks.append(started)
        return tasks, refusal

    def _vacant(self, service: Service, stations: Sequence[Instance]) -> list[Instance]:
        taken = {task.instance.id for task in service.tasks() if task.instance is not None}
        return [each for each in stations if each.id not in taken]

    def _not_placed(
        self, service: Service, deployment: Deployment, left: int, refusal: Refusal
    ) -> None:
        """Tell of a try that found no room for all it wanted, and count it (R7.4, R7.5).

        Tasks that are stopping excuse it: their room is about to come.
        """
        settings, now = self.world.settings, self.world.now()
        if refusal.passes and any(not task.live for task in service.tasks()):
            return
        coming = [task for task in deployment.live() if not (task.healthy or task.fails_checks)]
        partial = any(refusal.passes or task.created_at == now for task in coming)
        counts = settings.partial_refusal_counts or not partial
        if not counts and deployment.look_again_at is not None and now < deployment.look_again_at:
            return
        messages.complain(self.world, service, refusal.message)
        announcing.action(
            self.world,
            service,
            "ERROR",
            "SERVICE_TASK_PLACEMENT_FAILURE",
            reason=refusal.reason,
            **announcing.providers(service),
        )
        if not counts:
            breaker.look_again(deployment, now, settings)
            return
        per_task = settings.placement_failure_counts_per == "task"
        breaker.count(service, deployment, now, left if per_task else 1)
        self.delay(service, deployment, service.batches)

    def delay(self, service: Service, deployment: Deployment, batch: int) -> None:
        """Put off the next start after a failed one, and say so when it becomes a habit."""
        settings = self.world.settings
        if not breaker.throttle(deployment, batch, self.world.now(), settings):
            return
        habit = deployment.attempts >= settings.impaired_from_attempt
        if habit and messages.complain(self.world, service, messages.IMPAIRED):
            announcing.action(self.world, service, "WARN", "SERVICE_TASK_START_IMPAIRED")
