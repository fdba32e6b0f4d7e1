"""Which capacity belongs to which cluster of a region?"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

from rehearsal.ecs.capacity.instances import Standing
from rehearsal.ecs.capacity.launching import ScalingGroup
from rehearsal.ecs.capacity.plans import ManagedScaling, provider_name
from rehearsal.ecs.capacity.rooms import Room
from rehearsal.ecs.capacity.scaling import Scaling
from rehearsal.ecs.tasks.book import Book
from rehearsal.ecs.tasks.lifecycle import Lifecycle
from rehearsal.ecs.tasks.task import Change, Task
from rehearsal.ecs.world import World

FindProvider = Callable[[str], dict[str, Any] | None]
"""The `autoScalingGroupProvider` of a capacity provider that somebody has created."""


@dataclass(slots=True)
class Rooms:
    world: World
    lifecycle: Lifecycle
    book: Book
    wake: Callable[[str], object]
    """Look at the services of a cluster."""
    provider: FindProvider
    _rooms: dict[str, Room] = field(default_factory=dict)
    _groups: dict[str, ScalingGroup] = field(default_factory=dict)

    def of(self, cluster_arn: str) -> Room:
        """Return the capacity of a cluster, made by its plan the first time."""
        found = self._rooms.get(cluster_arn)
        if found is None:
            found = self._rooms[cluster_arn] = self._made(cluster_arn)
            plan = self.world.capacity.plan(cluster_arn)
            if plan is not None:
                found.configure(plan)
        return found

    def knows(self, cluster_arn: str, name: str) -> bool:
        """Say whether there is such a capacity provider for a cluster."""
        return name == provider_name(cluster_arn) or self.provider(name) is not None

    def count(self, cluster_arn: str) -> int:
        """Return how many container instances are registered."""
        present = self.of(cluster_arn).instances.values()
        return sum(each.standing is not Standing.INACTIVE for each in present)

    def groups(self) -> list[ScalingGroup]:
        """Return the Auto Scaling groups of all clusters."""
        found = (self._group(arn) for arn in list(self._rooms))
        return [group for group in found if group is not None]

    def heard(self, task: Task, change: Change) -> None:
        """Take note that a task is not to go on, or has stopped."""
        place = task.placement.place
        if place is None or place.wish is None:
            return
        if change is Change.LEAVING:
            self.of(task.placement.cluster_arn).leaving(task)
        elif change is Change.STOPPED:
            self.of(task.placement.cluster_arn).released(task)

    def _made(self, cluster_arn: str) -> Room:
        room = Room(
            self.world,
            cluster_arn,
            self.lifecycle,
            lambda: self.book.all(cluster_arn),
            self.book.live,
            lambda: self.wake(cluster_arn),
            lambda name: self._managed(cluster_arn, name),
        )
        scaling = Scaling(room)
        room.on_wait, room.on_idle, room.on_need = scaling.waits, scaling.is_idle, scaling.look
        return room

    def _group(self, cluster_arn: str) -> ScalingGroup | None:
        room = self.of(cluster_arn)
        if room.plan is None or room.plan.group is None:
            return None
        if cluster_arn not in self._groups:
            self._groups[cluster_arn] = ScalingGroup.of(room, room.plan.group)
        return self._groups[cluster_arn]

    def _managed(self, cluster_arn: str, name: str | None) -> ManagedScaling | None:
        """Return how a capacity provider scales: as planned, or as it was created."""
        plan = self.of(cluster_arn).plan
        if plan is not None and name == provider_name(cluster_arn):
            group = self._group(cluster_arn)
            if plan.managed_scaling is None or group is None:
                return plan.managed_scaling
            return replace(plan.managed_scaling, min=group.min, max=group.max)
        scaling = ((self.provider(name) if name is not None else None) or {}).get(
            "managedScaling"
        ) or {}
        if scaling.get("status") != "ENABLED":
            return None
        return ManagedScaling(most_at_once=int(scaling["maximumScalingStepSize"]))
