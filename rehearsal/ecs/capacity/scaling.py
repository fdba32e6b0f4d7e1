"""When does managed scaling start instances, and when does it end them? (R7.4)

From zero it starts two. Tasks wait for them in PROVISIONING, and stop where nothing comes.
"""

from dataclasses import dataclass, field
from itertools import count

from rehearsal.ecs.capacity.choosing import obstacle
from rehearsal.ecs.capacity.instances import Held, Instance, Standing, blank
from rehearsal.ecs.capacity.plans import ClusterCapacity
from rehearsal.ecs.capacity.rooms import Room
from rehearsal.ecs.tasks.task import Stop, Task

FROM_ZERO = 2


@dataclass(slots=True)
class Scaling:
    room: Room
    coming: int = 0
    turns: dict[str, int] = field(default_factory=dict)
    """By instance, its last turn of being empty: what was planned for an earlier one is void."""
    numbers: "count[int]" = field(default_factory=count)

    def waits(self, task: Task) -> None:
        """Start instances for a task that waits, and let it wait so long and no longer."""
        world = self.room.world
        world.after(world.settings.provisioning_seconds, lambda: self._give_up(task))
        self.look()

    def look(self) -> None:
        """Start instances for what waits; what happens at one instant is counted together."""
        self.room.world.after(0, self._consider)

    def is_idle(self, instance: Instance) -> None:
        """End an instance that stays empty."""
        if not instance.can_run or self.room.scaled_by(instance.provider) is None:
            return
        turn = self.turns[instance.id] = next(self.numbers)
        world = self.room.world
        world.after(world.settings.scale_in_seconds, lambda: self._end(instance, turn))

    def _consider(self) -> None:
        number = 0 if self.coming else self._wanted()
        if number > 0:
            self.coming = number
            world = self.room.world
            world.after(world.settings.scale_out_seconds, self._arrive)

    def _arrive(self) -> None:
        number, self.coming = self.coming, 0
        known = set(self.room.instances)
        self.room.add(number)
        for instance in self.room.active():
            if instance.id not in known and not instance.held:
                self.is_idle(instance)
        self._consider()

    def _wanted(self) -> int:
        """Return how many instances are lacking, as far as the group may grow."""
        waiting = list(self.room.waiting.values())
        managed = self.room.scaled_by(waiting[0].placement.capacity_provider) if waiting else None
        if managed is None or not self.room.zones:
            return 0
        present = len(self.room.active())
        lacking = _lacking(self.room, waiting)
        if lacking and not present:
            lacking = max(lacking, FROM_ZERO)
        return max(0, min(lacking, managed.most_at_once, managed.max - present))

    def _give_up(self, task: Task) -> None:
        if task.id in self.room.waiting:
            reason = f"TaskFailedToStart: {self.room.lacking(task)}"
            self.room.lifecycle.stop(task, Stop("TaskFailedToStart", reason))

    def _end(self, instance: Instance, turn: int) -> None:
        if self.turns.get(instance.id) != turn:
            return
        del self.turns[instance.id]
        managed = self.room.scaled_by(instance.provider)
        spare = managed is not None and len(self.room.active()) > managed.min
        if spare and instance.can_run and not instance.held:
            instance.standing, instance.agent_connected = Standing.INACTIVE, False
            self.room.tell(instance)


def _lacking(room: Room, waiting: list[Task]) -> int:
    """Fill instances that are not there yet with what waits, in its order; return their number."""
    plan = room.plan or ClusterCapacity()
    filled: list[Instance] = []
    for task in waiting:
        wish = task.placement.place.wish if task.placement.place is not None else None
        if wish is None:
            continue
        zone = room.zones[len(filled) % len(room.zones)]
        tried = [*filled, blank(room.cluster_arn, zone, plan, room.world.now())]
        for each in tried:
            if obstacle(each, wish, counting_stopping=True) is None:
                each.held[task.id] = Held(task, wish.needs, each.bind(wish.needs.ports) or ())
                filled = tried if each is tried[-1] else filled
                break
    return len(filled)
