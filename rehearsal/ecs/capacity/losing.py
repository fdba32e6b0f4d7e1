"""What happens to tasks when their capacity goes: lost, drained, interrupted? (R12.2, R12.3)"""

from rehearsal.ecs.capacity import refusals
from rehearsal.ecs.capacity.instances import Instance, Standing
from rehearsal.ecs.capacity.rooms import Room
from rehearsal.ecs.errors import invalid
from rehearsal.ecs.tasks.task import Stop, Task

INTERRUPTED = "Your Spot Task was interrupted."
DEREGISTERED = "Container instance deregistration forced by user."
UNHEALTHY_HOST = "The infrastructure that the task ran on has failed."
"""Ours: no stopped task of a lost zone of Fargate was published."""
SPOT = "FARGATE_SPOT"


def lose_instance(room: Room, name: str | None = None) -> str:
    """Terminate an instance without warning, any if none is named; return its id."""
    instance = named(room, name)
    reason = f"Host EC2 (instance {instance.ec2_id}) terminated."
    _remove(room, instance, Stop("TerminationNotice", reason))
    return instance.id


def deregister(room: Room, instance: Instance, *, force: bool) -> None:
    """Have ECS forget an instance; its tasks are orphans, which count as stopped."""
    if any(task.live for task in instance.tasks()) and not force:
        raise invalid("Found running tasks on the instance.")
    _remove(room, instance, Stop("UserInitiated", DEREGISTERED))


def set_standing(room: Room, instance: Instance, standing: Standing) -> None:
    """Drain an instance, or have it take tasks again. What is pending there goes at once."""
    if instance.standing is standing:
        return
    instance.standing = standing
    room.tell(instance)
    if standing is Standing.DRAINING:
        for task in instance.tasks():
            if task.pending and task.deployment is not None:
                reason = f"Scaling activity initiated by (deployment {task.deployment.id})"
                room.lifecycle.stop(task, Stop("ServiceSchedulerInitiated", reason))
    room.seat_waiting()
    room.wake()


def set_connected(room: Room, name: str | None, *, connected: bool) -> str:
    """Cut off the agent of an instance, or have it back: its tasks go on, it takes no new ones."""
    instance = named(room, name)
    instance.agent_connected = connected
    room.tell(instance)
    if connected:
        room.seat_waiting()
        room.wake()
    return instance.id


def lose_zone(room: Room, zone: str) -> None:
    """Take away a zone with all that is in it, until the capacity is restored."""
    full = zone if len(zone) > 1 else room.cluster_arn.split(":")[3] + zone
    if full not in room.zones:
        raise ValueError(f"There is no zone {full}; there are {', '.join(room.zones)}.")
    room.closed.append(full)
    for instance in [each for each in room.instances.values() if each.zone == full]:
        if instance.standing is not Standing.INACTIVE:
            lose_instance(room, instance.id)
    for task in _live(room):
        if task.placement.zone == full:
            room.lifecycle.lose(task, Stop("InfrastructureHealth", UNHEALTHY_HOST))


def lose_spot(room: Room) -> int:
    """Interrupt all Fargate Spot tasks, and give no new ones a place; return how many."""
    room.withdrawn[SPOT] = refusals.FARGATE
    spot = [task for task in _live(room) if task.placement.capacity_provider == SPOT]
    notice = room.world.settings.spot_notice_seconds
    for task in spot:
        room.lifecycle.stop(task, Stop("SpotInterruption", INTERRUPTED), within=notice)
    return len(spot)


def restore(room: Room) -> None:
    """Give back what was withdrawn, and the zones that were lost."""
    room.withdrawn.clear()
    room.closed.clear()
    room.seat_waiting()
    room.on_need()
    room.wake()


def _remove(room: Room, instance: Instance, stop: Stop) -> None:
    instance.standing, instance.agent_connected = Standing.INACTIVE, False
    tasks, instance.awaited = instance.tasks(), []
    room.tell(instance)
    for task in tasks:
        room.lifecycle.lose(task, stop)
    room.on_need()
    room.wake()


def named(room: Room, name: str | None) -> Instance:
    """Find an instance, or draw one of those that could run tasks."""
    present = [each for each in room.instances.values() if each.standing is not Standing.INACTIVE]
    if name is None and present:
        return room.world.random.choice(present)
    found = room.find(name) if name is not None else None
    if found is None or found.standing is Standing.INACTIVE:
        raise ValueError(f"{room.cluster_arn} has no container instance {name or 'to lose'}.")
    return found


def _live(room: Room) -> list[Task]:
    return [task for task in room.tasks() if task.live]
