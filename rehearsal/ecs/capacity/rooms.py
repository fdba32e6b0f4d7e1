"""What capacity has one cluster now, and who has which part of it?"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta

from rehearsal.ecs import events
from rehearsal.ecs.capacity import choosing, refusals
from rehearsal.ecs.capacity.choosing import Wish
from rehearsal.ecs.capacity.instances import Held, Instance, Standing, registered
from rehearsal.ecs.capacity.places import Place, Request, Wait, launched_by, wished
from rehearsal.ecs.capacity.plans import ClusterCapacity, ManagedScaling
from rehearsal.ecs.capacity.refusals import Refusal
from rehearsal.ecs.tasks.lifecycle import Lifecycle
from rehearsal.ecs.tasks.task import Task
from rehearsal.ecs.world import World

LETTERS = "abcdef"


@dataclass(slots=True)
class Room:
    world: World
    cluster_arn: str
    lifecycle: Lifecycle
    tasks: Callable[[], Iterator[Task]]
    """All tasks of the cluster."""
    live: Callable[[], int]
    """How many tasks of the account are live."""
    wake: Callable[[], object]
    """Have the services of the cluster looked at again."""
    scaled_by: Callable[[str | None], ManagedScaling | None]
    """How a capacity provider starts instances, if it does."""
    plan: ClusterCapacity | None = None
    limit: int | None = None
    """So many tasks of this cluster that are not stopping."""
    withdrawn: dict[str, str] = field(default_factory=dict)
    """Reasons, by capacity provider or launch type; `*` stands for all of them."""
    closed: list[str] = field(default_factory=list)
    """Zones that are lost."""
    instances: dict[str, Instance] = field(default_factory=dict)
    """By id, in the order of their registration."""
    waiting: dict[str, Task] = field(default_factory=dict)
    """Tasks that wait for an instance, by id."""
    on_wait: Callable[[Task], object] = lambda task: None
    on_idle: Callable[[Instance], object] = lambda instance: None
    on_need: Callable[[], object] = lambda: None
    """Have managed scaling look at what waits."""

    @property
    def zones(self) -> list[str]:
        """Return the zones that tasks and instances go to."""
        region = self.cluster_arn.split(":")[3]
        number = self.plan.zones if self.plan is not None else 3
        every = [region + letter for letter in LETTERS[:number]]
        return [zone for zone in every if zone not in self.closed]

    def active(self) -> list[Instance]:
        return [each for each in self.instances.values() if each.can_run]

    def place(self, request: Request) -> Place | Refusal:
        """Find a place for a task; nothing is taken before the task is there."""
        launch_type, provider = launched_by(request.asked, request.peers)
        refusal = self._refusal(provider or launch_type)
        if refusal is not None:
            return refusal
        if launch_type == "FARGATE":
            return self._on_fargate(request, provider)
        if self.plan is None and not self.instances and self.scaled_by(provider) is None:
            # A cluster that nobody described has room for everything.
            return Place(launch_type, self.world.random.choice(self.zones), provider)
        return self._on_instance(wished(request, provider), request.on)

    def fitting(self, request: Request) -> list[Instance]:
        """Return the instances that could run a task if they were empty."""
        wish = wished(request, launched_by(request.asked, request.peers)[1])
        return [each for each in self.active() if choosing.fits(each, wish)]

    def settle(self, task: Task) -> None:
        """Give a task the place that was found for it."""
        place = task.placement.place
        if place is None or place.wish is None:
            return
        if place.instance is None:
            self.waiting[task.id] = task
            self.on_wait(task)
            return
        place.instance.held[task.id] = Held(task, place.wish.needs, place.ports)
        if place.wait is Wait.RELEASE:
            place.instance.awaited.append(task)
        self.tell(place.instance)

    def leaving(self, task: Task) -> None:
        """Count as free most of what a task has that is not to go on."""
        self.waiting.pop(task.id, None)
        if task.instance is not None:
            self.seat_waiting()

    def released(self, task: Task) -> None:
        """Take back what a stopped task had, for those who wait for it."""
        instance = task.instance
        if instance is None or instance.held.pop(task.id, None) is None:
            return
        self.tell(instance)
        self._resume(instance)
        self.seat_waiting()
        if not instance.held:
            self.on_idle(instance)

    def seat_waiting(self) -> None:
        """Place what waits for an instance, in the order in which it came."""
        for task in list(self.waiting.values()):
            place = task.placement.place
            if place is None or place.wish is None:
                continue
            found = self._find(place.wish, self.active())
            if isinstance(found, Refusal):
                continue
            del self.waiting[task.id]
            task.placement = replace(task.placement, zone=found.zone, place=found)
            self.settle(task)
            self.lifecycle.placed(task)

    def configure(self, plan: ClusterCapacity) -> None:
        """Have this capacity from now on; instances are added, never taken away."""
        self.plan = plan
        self.add(max(0, plan.instances - len(self.active())))

    def add(self, number: int) -> None:
        """Register instances, in the zones that have the fewest; where all are lost, none."""
        self._forget()
        plan = self.plan or ClusterCapacity()
        for _ in range(number if self.zones else 0):
            mine = [each.zone for each in self.active()]
            zone = min(self.zones, key=mine.count)
            made = registered(self.world, self.cluster_arn, zone, plan)
            self.instances[made.id] = made
            self.tell(made)
        self.seat_waiting()
        self.wake()

    def lacking(self, task: Task) -> str:
        """Say in ECS's words why a task still waits for an instance."""
        if not self.active():
            there = any(each.standing is not Standing.INACTIVE for each in self.instances.values())
            return "NO ACTIVE INSTANCES" if there else "EMPTY CAPACITY PROVIDER"
        place = task.placement.place
        found = self._find(place.wish, self.active()) if place and place.wish else None
        return found.reason if isinstance(found, Refusal) else refusals.CPU

    def tell(self, instance: Instance) -> None:
        """Put on the bus that an instance, or what is left of it, has changed."""
        instance.version += 1
        instance.updated_at = now = self.world.now()
        detail = events.instance_detail(instance, now)
        self.world.emit("ECS Container Instance State Change", instance.arn, detail)

    def find(self, name: str) -> Instance | None:
        """Find an instance by id, ARN or EC2 id."""
        self._forget()
        key = name.rpartition("/")[2]
        named = (each for each in self.instances.values() if key in (each.id, each.ec2_id))
        return next(named, None)

    def _forget(self) -> None:
        """Drop the instances that have been gone for so long that nobody sees them any more."""
        over = self.world.now() - timedelta(seconds=self.world.settings.visible_seconds)
        for each in list(self.instances.values()):
            if each.standing is Standing.INACTIVE and (each.updated_at or over) <= over:
                del self.instances[each.id]

    def _refusal(self, wanted: str) -> Refusal | None:
        capacity = self.world.capacity
        reason = capacity.refusal or self.withdrawn.get("*") or self.withdrawn.get(wanted)
        if reason is not None:
            return refusals.withdrawn(reason, capacity.detail)
        full = capacity.limit is not None and self.live() >= capacity.limit
        if self.limit is not None:
            full = full or sum(task.live for task in self.tasks()) >= self.limit
        return refusals.limited(capacity.detail) if full else None

    def _on_fargate(self, request: Request, provider: str | None) -> Place | Refusal:
        zones = self.zones
        if not zones:
            return refusals.withdrawn(refusals.FARGATE)
        if request.is_of_service:
            mine = [task.placement.zone for task in request.peers if task.live]
            least = min(map(mine.count, zones))
            zones = [zone for zone in zones if mine.count(zone) == least]
        return Place("FARGATE", self.world.random.choice(zones), provider)

    def _on_instance(self, wish: Wish, on: Instance | None) -> Place | Refusal:
        found = self._find(wish, self.active() if on is None else [on])
        provider, most = wish.provider, self.world.settings.most_provisioning
        if isinstance(found, Place) or on is not None or self.scaled_by(provider) is None:
            return found
        if len(self.waiting) >= most:
            return refusals.too_many_waiting(most)
        return Place("EC2", "", provider, wish=wish, wait=Wait.INSTANCE)

    def _find(self, wish: Wish, instances: Sequence[Instance]) -> Place | Refusal:
        found = choosing.choose(
            instances,
            wish,
            self.world.random,
            counting_stopping=not self.world.settings.stopping_frees_cpu_and_memory,
        )
        if isinstance(found, Refusal):
            return found
        instance = found.instance
        cpu, memory = instance.left(counting_stopping=True)
        is_free = wish.needs.cpu <= cpu and wish.needs.memory <= memory
        wait = None if is_free else Wait.RELEASE
        return Place("EC2", instance.zone, wish.provider, instance, found.ports, wish, wait)

    def _resume(self, instance: Instance) -> None:
        """Let tasks go on whose promised part of an instance is really free now."""
        for task in list(instance.awaited):
            held, (cpu, memory) = instance.held.get(task.id), instance.free_now()
            if held is None or not task.live:
                instance.awaited.remove(task)
            elif held.needs.cpu <= cpu and held.needs.memory <= memory:
                instance.awaited.remove(task)
                self.lifecycle.proceed(task)
