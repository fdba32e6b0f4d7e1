"""How does a cluster come by its capacity, lose it, and get it back?"""

from typing import Any

from rehearsal.ecs.capacity import ClusterCapacity
from rehearsal.ecs.capacity.account import addresses
from rehearsal.ecs.capacity.plans import GroupPlan, ManagedScaling
from rehearsal.ecs.region import Region
from rehearsal.scenario.format import actions
from rehearsal.scenario.format.before import Before, Cluster
from rehearsal.world import World


def configure(world: World, before: Before) -> None:
    """Say what capacity each cluster has; the clusters themselves need not be there yet."""
    for name in {each.cluster: None for each in world.applications.values()}:
        world.scheduler.configure_cluster(name, _plan(before.clusters.get(name, Cluster())))


def limit(world: World, before: Before) -> None:
    """Give the account its quotas, before anything runs in it."""
    if before.fargate_vcpus is not None:
        quotas = dict.fromkeys(("FARGATE", "FARGATE_SPOT"), before.fargate_vcpus)
        world.scheduler.world.account.vcpus.update(quotas)


def narrow(world: World, before: Before, region: Region) -> None:
    """Leave so many addresses free as a scenario says, beside those in use."""
    if before.free_addresses is not None:
        taken = addresses(region.tasks.all())
        world.scheduler.world.account.addresses = taken + before.free_addresses


def launch(before: Before, cluster: str) -> dict[str, Any]:
    """Return how CreateService asks for this capacity."""
    return _plan(before.clusters.get(cluster, Cluster())).launch(cluster)


def is_ec2(before: Before, cluster: str) -> bool:
    return before.clusters.get(cluster, Cluster()).capacity == "ec2"


def change_capacity(world: World, room: actions.Room) -> None:
    if room.restore or room.refuse is None:
        world.scheduler.restore(room.cluster)
    else:
        world.scheduler.withdraw(room.cluster, room.refuse)


def lose(world: World, loss: actions.Loss) -> None:
    if loss.zone is not None:
        world.scheduler.lose_zone(loss.cluster, loss.zone)
    elif loss.spot:
        world.scheduler.lose_spot(loss.cluster)
    else:
        for _ in range(loss.instance or 1):
            world.scheduler.lose_instance(loss.cluster)


def add_instances(world: World, addition: actions.Addition) -> None:
    world.scheduler.add_instances(addition.cluster, addition.count)


def _plan(cluster: Cluster) -> ClusterCapacity:
    scales = cluster.capacity == "ec2" and cluster.managed_scaling
    return ClusterCapacity(
        capacity=cluster.capacity,
        instances=cluster.instances if cluster.capacity == "ec2" else 0,
        cpu=cluster.cpu,
        memory=cluster.memory,
        zones=cluster.zones,
        managed_scaling=ManagedScaling() if scales else None,
        group=_group(cluster),
    )


def _group(cluster: Cluster) -> GroupPlan | None:
    group = cluster.group if cluster.capacity == "ec2" else None
    return GroupPlan(group.name, group.min, group.max, group.joins) if group else None


def groups(world: World) -> dict[str, dict[str, int]]:
    """Return the Auto Scaling groups of all clusters, by their names."""
    found = {}
    for region in world.scheduler.regions():
        for group in region.rooms.groups():
            group.settle()
            inside = len(group.room.active())
            found[group.name] = {"desired": group.desired, "min": group.min, "instances": inside}
    return found
