"""What does an EC2 Auto Scaling group do when its numbers change?

It launches what lacks and terminates what is too much, whatever runs there. Where a capacity
provider scales it, ECS sets its desired capacity to what is there (`scaling.py`).
"""

from dataclasses import dataclass, field

from rehearsal.ecs.capacity import losing
from rehearsal.ecs.capacity.instances import Instance, Standing
from rehearsal.ecs.capacity.plans import GroupPlan
from rehearsal.ecs.capacity.rooms import Room

SOONEST, LATEST = 60.0, 120.0
"""Seconds from a launch to an instance that tasks are placed on; usual, not documented."""


@dataclass(slots=True)
class ScalingGroup:
    room: Room
    name: str
    min: int
    max: int
    desired: int
    joins: bool = True
    coming: int = 0
    strays: dict[str, str] = field(default_factory=dict)
    """Instances that never join the cluster: their zones by their EC2 ids."""
    suspended: set[str] = field(default_factory=set)
    """Processes, such as Launch."""

    @classmethod
    def of(cls, room: Room, plan: GroupPlan) -> "ScalingGroup":
        return cls(room, plan.name, plan.min, plan.max, len(room.active()), plan.joins)

    @property
    def is_managed(self) -> bool:
        plan = self.room.plan
        return plan is not None and plan.managed_scaling is not None

    def members(self) -> list[Instance]:
        present = self.room.instances.values()
        return [each for each in present if each.standing is not Standing.INACTIVE]

    def settle(self) -> None:
        """Launch what lacks, terminate what is too much: first what never joined."""
        if self.is_managed:
            self.desired = max(self.min, self._number())
        self._launch(self.desired)
        for _ in range(self._number() - self.coming - self.desired):
            self._end(next(iter(self.strays), None) or self.members()[0].ec2_id)

    def change(self, least: int, most: int, desired: int) -> None:
        self.min, self.max = least, most
        if self.is_managed:
            self._launch(desired)
            self._look_at_idle()
        else:
            self.desired = desired
        self.settle()

    def terminate(self, ec2_id: str, *, decrement: bool) -> None:
        self.desired -= decrement
        self._end(ec2_id)
        self.settle()

    def _number(self) -> int:
        return len(self.members()) + len(self.strays) + self.coming

    def _launch(self, desired: int) -> None:
        for _ in range(0 if "Launch" in self.suspended else desired - self._number()):
            self.coming += 1
            world = self.room.world
            world.after(world.random.uniform(SOONEST, LATEST), self._arrive)

    def _look_at_idle(self) -> None:
        for each in self.members():
            if not each.held:
                self.room.on_idle(each)

    def _arrive(self) -> None:
        self.coming -= 1
        if not self.joins:
            zones = self.room.zones
            self.strays[f"i-{self.room.world.hex(17)}"] = zones[len(self.strays) % len(zones)]
            return
        known = set(self.room.instances)
        self.room.add(1)
        for each in list(self.room.instances.values()):
            if each.id not in known and not each.held:
                self.room.on_idle(each)

    def _end(self, ec2_id: str) -> None:
        if self.strays.pop(ec2_id, None) is None:
            losing.lose_instance(self.room, ec2_id)
