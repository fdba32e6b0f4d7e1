"""What does a service say about itself after a pass: targets, steady state, being stuck?"""

from rehearsal.ecs.capacity.refusals import UNPLACED
from rehearsal.ecs.rollout import announcing, messages
from rehearsal.ecs.rollout.deployments import Rollout
from rehearsal.ecs.rollout.ecs_service import Service
from rehearsal.ecs.rollout.starting import Starting
from rehearsal.ecs.world import World


def report_targets(world: World, service: Service) -> None:
    """Tell of the targets that came and went since the last pass (R2.11)."""
    for group, number in service.registered.items():
        messages.say(world, service, messages.registered(number, group))
    for (deployment, group), number in service.deregistered.items():
        messages.say(world, service, messages.deregistered(number, group))
        messages.say(world, service, messages.draining(number), task_set=deployment)
    service.registered.clear()
    service.deregistered.clear()


def report_steady(world: World, service: Service) -> None:
    """Say so when a service reaches its steady state: when nothing had to be moved (R3.10)."""
    steady = is_steady(service) and service.moved_at != world.now()
    if steady and not service.steady:
        messages.say(world, service, messages.STEADY)
        announcing.action(world, service, "INFO", "SERVICE_STEADY_STATE")
        if providers := announcing.providers(service):
            name = "CAPACITY_PROVIDER_STEADY_STATE"
            announcing.action(world, service, "INFO", name, **providers)
    if steady:
        messages.resolve(service, UNPLACED)
    service.steady = steady
    messages.last(world, service, messages.STEADY, true=steady)


def is_steady(service: Service) -> bool:
    primary = service.primary
    return (
        primary.rollout is Rollout.COMPLETED
        and len(primary.live()) == len(primary.healthy()) == service.desired
    )


def report_stuck(world: World, service: Service, starting: Starting) -> None:
    stuck = _is_stuck(service, starting)
    if stuck:
        messages.complain(world, service, messages.STUCK)
    else:
        messages.resolve(service, messages.STUCK)
    messages.last(world, service, messages.STUCK, true=stuck)


def _is_stuck(service: Service, starting: Starting) -> bool:
    """Say whether floor and ceiling leave no move for ever (R4.7)."""
    tasks = list(service.tasks())
    return (
        service.primary.rollout is Rollout.IN_PROGRESS
        and starting.missing(service) > 0
        and len(tasks) >= service.ceiling
        and all(task.live and task.healthy for task in tasks)
        and len(tasks) <= service.floor
    )
