"""Which tasks does a service start now, and what holds them back? (B2 step 4, R5.8, R7)"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from rehearsal.ecs import events
from rehearsal.ecs.rollout import breaker, messages
from rehearsal.ecs.rollout.breaker import Failure
from rehearsal.ecs.rollout.deployments import Deployment
from rehearsal.ecs.rollout.ecs_service import Service
from rehearsal.ecs.tasks.task import Task
from rehearsal.ecs.world import World


@dataclass(slots=True)
class Starting:
    world: World
    launch: Callable[[Service, Deployment], Task]
    live: Callable[[], int]
    """How many tasks of the account are live: they take up its capacity."""

    def refill(self, service: Service, room: int) -> int:
        """Step 4a: give back to the last completed source what it lost, while it is needed."""
        source = service.last_completed
        if source is None:
            return 0
        self._give_up_sick(service, source)
        healthy = sum(1 for task in service.tasks() if task.healthy)
        if healthy >= service.floor:
            return 0
        return self._start(service, source, min(source.owed, room))

    def fill(self, service: Service, room: int) -> int:
        """Step 4b: bring the PRIMARY to its desired count."""
        self._give_up_sick(service, service.primary)
        return self._start(service, service.primary, min(self.missing(service), room))

    def missing(self, service: Service) -> int:
        """Return how many tasks the PRIMARY lacks; one in place of each sick one."""
        primary, now = service.primary, self.world.now()
        sound = len(primary.live()) - len(service.unhealthy(primary, now))
        return service.desired - sound

    def next_due(self, service: Service) -> datetime | None:
        """Return when time alone lets something start again."""
        source = service.last_completed
        waiting = [service.primary] if self.missing(service) > 0 else []
        waiting += [source] if source is not None and source.owed else []
        now = self.world.now()
        dues = [each.next_start_at for each in waiting if each.next_start_at is not None]
        return min((due for due in dues if due > now), default=None)

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
        placed = self.world.capacity.room(wanted, self.live())
        if placed == 0:
            self._not_placed(service, deployment)
            return 0
        service.batches += 1
        tasks = [self.launch(service, deployment) for _ in range(placed)]
        replaced = min(deployment.replacing, placed)
        deployment.replacing -= replaced
        deployment.owed = max(0, deployment.owed - placed)
        messages.say(self.world, service, messages.started(tasks, replaced))
        return placed

    def _not_placed(self, service: Service, deployment: Deployment) -> None:
        """Count a try that found no room, unless room is about to come by itself (R7.4)."""
        if any(not task.live or not task.healthy for task in service.tasks()):
            return
        capacity = self.world.capacity
        messages.say(self.world, service, messages.unplaced(capacity.detail))
        self._tell(
            service,
            "ERROR",
            "SERVICE_TASK_PLACEMENT_FAILURE",
            reason=capacity.reason,
            **_providers(service),
        )
        service.batches += 1
        breaker.count(service, deployment, Failure.START)
        self.delay(service, deployment, service.batches)

    def delay(self, service: Service, deployment: Deployment, batch: int) -> None:
        """Put off the next start after a failed one, and say so when it becomes a habit."""
        settings = self.world.settings
        if not breaker.throttle(deployment, batch, self.world.now(), settings):
            return
        habit = deployment.attempts >= settings.impaired_from_attempt
        if habit and messages.complain(self.world, service, messages.IMPAIRED):
            self._tell(service, "WARN", "SERVICE_TASK_START_IMPAIRED")

    def _tell(self, service: Service, kind: str, name: str, **more: object) -> None:
        detail = events.service_detail(kind, name, service.cluster_arn, self.world.now(), **more)
        self.world.emit("ECS Service Action", service.arn, detail)


def _providers(service: Service) -> dict[str, list[str]]:
    strategy = service.spec.get("capacityProviderStrategy")
    base = service.cluster_arn.rpartition(":")[0]
    arns = [f"{base}:capacity-provider/{each['capacityProvider']}" for each in strategy or []]
    return {"capacityProviderArns": arns} if arns else {}
