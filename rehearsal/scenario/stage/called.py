"""Which service of ECS do people mean by `orders/web`, and what does it run?"""

from functions.domain.catalogue import Application, Service
from rehearsal.ecs.rollout import ecs_service
from rehearsal.template import ACCOUNT, REGION
from rehearsal.world import World

AT_ONCE = 10
"""UpdateTaskProtection takes so many tasks."""


def named(world: World, name: str) -> tuple[Application, Service]:
    """Return the application and the service of the catalogue."""
    application = world.applications[name.partition("/")[0]]
    key = name.partition("/")[2]
    return application, next(each for each in application.services if each.key == key)


def arn(world: World, name: str) -> str:
    application, service = named(world, name)
    place = f"{application.cluster}/{service.service}"
    return f"arn:aws:ecs:{REGION}:{ACCOUNT}:service/{place}"


def known(world: World, name: str) -> ecs_service.Service:
    """Return the service as the scheduler has it."""
    return world.scheduler.service(arn(world, name))


def protect(
    world: World, name: str, tasks: int | None, *, enabled: bool = True, minutes: int
) -> None:
    """Put running tasks under scale-in protection, or out of it; all of them without a number."""
    application, _ = named(world, name)
    running = [task.arn for task in known(world, name).tasks() if task.running][:tasks]
    for start in range(0, len(running), AT_ONCE):
        world.client("ecs").update_task_protection(
            cluster=application.cluster,
            tasks=running[start : start + AT_ONCE],
            protectionEnabled=enabled,
            **({"expiresInMinutes": minutes} if enabled else {}),
        )
