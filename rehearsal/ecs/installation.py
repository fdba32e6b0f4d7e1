"""What can a rehearsal turn and read while the scheduler is in place?"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from rehearsal.ecs import cloudwatch, usage
from rehearsal.ecs.answers import directly
from rehearsal.ecs.balancing.answers import Balancing
from rehearsal.ecs.balancing.groups import TargetGroups
from rehearsal.ecs.balancing.standing import Target, routed, standing
from rehearsal.ecs.capacity import Capacity, ClusterCapacity, group_answers, losing, refusals
from rehearsal.ecs.capacity.launching import ScalingGroup
from rehearsal.ecs.capacity.rooms import Room
from rehearsal.ecs.region import Region
from rehearsal.ecs.rollout import scaling
from rehearsal.ecs.rollout.ecs_service import Service
from rehearsal.ecs.shifting import holding
from rehearsal.ecs.world import World
from rehearsal.sdk import Answer


@dataclass(frozen=True, slots=True)
class Installation:
    world: World
    region: Callable[[str, str], Region]
    """By account and region."""
    regions: Callable[[], list[Region]]
    """Those that somebody has used."""
    uninstall: Callable[[], None]

    @property
    def capacity(self) -> Capacity:
        return self.world.capacity

    @property
    def target_groups(self) -> TargetGroups:
        return self.world.target_groups

    def configure_cluster(self, cluster: str, capacity: ClusterCapacity) -> None:
        """Say what capacity a cluster has, by name or ARN, also before it is created."""
        self.world.capacity.plans[cluster] = capacity
        for room in self._rooms_of(cluster):
            room.configure(capacity)

    def withdraw(
        self, cluster: str, refusal: str = refusals.FARGATE, provider: str | None = None
    ) -> None:
        """Refuse every task of a cluster a place, or those of one provider or launch type."""
        self.room(cluster).withdrawn[provider or "*"] = refusal

    def restore(self, cluster: str) -> None:
        """Give back what was withdrawn, Spot capacity, and zones that were lost."""
        losing.restore(self.room(cluster))

    def limit(self, cluster: str, tasks: int | None) -> None:
        """Let a cluster have room for so many tasks; None lifts the limit."""
        room = self.room(cluster)
        room.limit = tasks
        room.wake()

    def add_instances(self, cluster: str, number: int) -> None:
        room = self.room(cluster)
        if not room.zones:
            raise ValueError(f"All zones of {cluster} are lost, no instance can be added.")
        room.add(number)

    def lose_instance(self, cluster: str, instance: str | None = None) -> str:
        """Terminate an instance without warning, one drawn if none is named; return its id."""
        return losing.lose_instance(self.room(cluster), instance)

    def connect_agent(
        self, cluster: str, instance: str | None = None, *, connected: bool = True
    ) -> str:
        """Have the agent of an instance back, or cut it off."""
        return losing.set_connected(self.room(cluster), instance, connected=connected)

    def lose_zone(self, cluster: str, zone: str) -> None:
        """Take away a zone, such as `a`, with all that runs in it."""
        losing.lose_zone(self.room(cluster), zone)

    def lose_spot(self, cluster: str) -> int:
        """Interrupt all Fargate Spot tasks; none finds a place until `restore`."""
        return losing.lose_spot(self.room(cluster))

    def room(self, cluster: str) -> Room:
        """Return the capacity of a cluster that is there, by name or ARN."""
        found = self._rooms_of(cluster)
        if len(found) != 1:
            raise ValueError(f"There are {len(found)} clusters {cluster}; name one that is there.")
        return found[0]

    def scaling_group(self, name: str) -> ScalingGroup:
        """Return an Auto Scaling group of a cluster that is there."""
        found = [
            each for region in self.regions() for each in region.rooms.groups() if each.name == name
        ]
        if len(found) != 1:
            raise ValueError(f"There are {len(found)} Auto Scaling groups {name}.")
        return found[0]

    def service(self, arn: str) -> Service:
        return self._region_of(arn).service_of(arn)

    def hold_at_hook(
        self, service_arn: str, *, stage: str = holding.STAGE, minutes: int = holding.MINUTES
    ) -> str:
        """Hold the service deployment that is going on at a PAUSE hook; return the hook's id."""
        region = self._region_of(service_arn)
        service = region.service_of(service_arn)
        return holding.hold(region, service, stage=stage, minutes=minutes)

    def continue_(self, service_arn: str) -> None:
        region = self._region_of(service_arn)
        holding.let_go(region, region.service_of(service_arn))

    def scale(self, service_arn: str, desired: int, *, by: scaling.By = "user") -> bool:
        """Change the desired count as a person or Application Auto Scaling does.

        False where it stays as it is: scaling in is suspended while a deployment goes on.
        """
        region = self._region_of(service_arn)
        service = region.service_of(service_arn)
        changed = scaling.scale(region.world, service, desired, by=by)
        if changed:
            region.scheduler.wake_now(service)
        return changed

    def target_health(self, target_group_arn: str) -> list[Target]:
        """Return the registered targets of a group, with ELB's words for their states."""
        return standing(self._region_of(target_group_arn), target_group_arn)

    def routed(self, target_group_arn: str) -> list[Target]:
        """Return the targets that get requests."""
        return routed(self._region_of(target_group_arn), target_group_arn)

    def answers(self, account: str, region: str) -> dict[tuple[str, str], Answer]:
        """Return what answers in place of moto: for ECS, Elastic Load Balancing and CloudWatch."""
        ours = partial(self.region, account, region)
        used = partial(_used, ours)
        told = cloudwatch.answers(self.world, account, region, used) | usage.answers(ours)
        ours_besides = Balancing(ours).answers() | group_answers.answers(ours)
        return directly.answers(ours) | ours_besides | told

    def _region_of(self, arn: str) -> Region:
        region, account = arn.split(":")[3:5]
        return self.region(account, region)

    def _rooms_of(self, cluster: str) -> list[Room]:
        name = cluster.rpartition("/")[2]
        found = []
        for region in self.regions():
            arn = region.cluster_arn(name)
            if arn is not None and cluster in (name, arn):
                found.append(region.rooms.of(arn))
        return found


def _used(region: Callable[[], Region], dimensions: dict[str, str]) -> float | None:
    return usage.used(region(), dimensions)
