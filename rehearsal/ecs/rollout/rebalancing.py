"""How does a steady service spread over its zones again? (R12.4)"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from rehearsal.ecs.capacity.refusals import Refusal
from rehearsal.ecs.rollout import announcing, messages
from rehearsal.ecs.rollout.ecs_service import Service
from rehearsal.ecs.rollout.starting import Starting
from rehearsal.ecs.tasks.task import Task
from rehearsal.ecs.world import Document, World

ZONE = "ecs.availability-zone"


@dataclass(slots=True)
class Rebalancing:
    """Start one task where there are fewest; stop one where there are most when it is healthy."""

    world: World
    service: Service
    starting: Starting

    def run(self) -> bool:
        """Return whether anything was done."""
        service = self.service
        moving = self._moving()
        if moving is not None:
            return self._arrive(moving)
        if not self._may_begin():
            return False
        zones = self._zones()
        if not self._is_uneven(zones):
            self._settle(zones)
            return False
        return self._begin(service, zones)

    def _begin(self, service: Service, zones: Mapping[str, int]) -> bool:
        service.batches += 1
        started = self.starting.launcher.for_service(service, service.primary)
        if isinstance(started, Refusal):
            return False
        if service.moving is None:
            messages.say(self.world, service, messages.unbalanced(zones))
            announcing.action(self.world, service, "INFO", "SERVICE_REBALANCING_STARTED")
        service.moving = started.id
        service.rebalancing = 1
        messages.say(self.world, service, messages.rebalancing(started))
        return True

    def _moving(self) -> Task | None:
        """Return the task that is to take the place of another one."""
        service = self.service
        if not service.rebalancing or service.moving is None:
            return None
        found = service.primary.tasks.get(service.moving)
        if found is None or not found.live:
            service.rebalancing = 0
            return None
        return found

    def _arrive(self, moving: Task) -> bool:
        """Let one task of the fullest zone be too many, as soon as its successor is healthy."""
        if not moving.healthy:
            return False
        self.service.rebalancing = 0
        return True

    def _settle(self, zones: Mapping[str, int]) -> None:
        if self.service.moving is not None:
            self.service.moving = None
            messages.say(self.world, self.service, messages.balanced(zones))
            announcing.action(self.world, self.service, "INFO", "SERVICE_REBALANCING_COMPLETED")

    def _may_begin(self) -> bool:
        service, now = self.service, self.world.now()
        waits = service.primary.next_start_at
        return (
            service.steady
            and is_eligible(service)
            and not service.sources
            and not any(task.displaced for task in service.tasks())
            and (waits is None or waits <= now)
        )

    def _zones(self) -> dict[str, int]:
        zones = self.starting.launcher.zones(self.service, self.service.primary)
        placed = [task.placement.zone for task in self.service.primary.live()]
        return {zone: placed.count(zone) for zone in zones}

    def _is_uneven(self, zones: Mapping[str, int]) -> bool:
        """Say whether a move helps, and whether there is a task that may go."""
        if not zones or max(zones.values()) - min(zones.values()) <= 1:
            return False
        fullest = max(zones.values())
        now = self.world.now()
        return any(
            zones.get(task.placement.zone) == fullest and not task.is_protected(now)
            for task in self.service.primary.live()
        )


def is_eligible(service: Service) -> bool:
    spec = service.spec
    strategies: Sequence[Document] = spec.get("placementStrategy") or []
    return (
        spec.get("availabilityZoneRebalancing") == "ENABLED"
        and not service.is_daemon
        and int(service.configuration["maximumPercent"]) > 100
        and not any(each.get("loadBalancerName") for each in spec.get("loadBalancers") or [])
        and not any(
            ZONE in str(each.get("expression")) for each in spec.get("placementConstraints") or []
        )
        and (not strategies or ZONE in str(strategies[0].get("field")))
    )
