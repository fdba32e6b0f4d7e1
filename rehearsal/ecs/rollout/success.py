"""When is a rolling deployment a success? (R3.9, R9.2, R11.4)"""

from rehearsal.ecs.rollout import alarms
from rehearsal.ecs.rollout.deployments import Rollout
from rehearsal.ecs.rollout.ecs_service import Service
from rehearsal.ecs.world import Document, World


def is_successful(world: World, service: Service) -> bool:
    """Step 7 of B2: enough is healthy, the sources are gone, the bake is over."""
    if service.primary.rollout is not Rollout.IN_PROGRESS or not _is_enough(service):
        return False
    if _early(service) is None:
        return _is_clean(service) and _is_baked(world, service)
    return _is_baked(world, service) and (_is_deferred(service) or _is_clean(service))


def is_held_for_bake(world: World, service: Service) -> bool:
    """Say whether the sources stay for now: an early success bakes before they go."""
    if _early(service) is None or service.primary.rollout is not Rollout.IN_PROGRESS:
        return False
    return _is_enough(service) and not _is_baked(world, service)


def _early(service: Service) -> Document | None:
    """Return the early success criteria, which are not for a way back."""
    return None if service.primary.completed_once else service.early


def _is_deferred(service: Service) -> bool:
    early = _early(service)
    return early is not None and early["sourceServiceRevisionCleanup"] == "DEFERRED"


def _is_enough(service: Service) -> bool:
    healthy = len(service.primary.healthy())
    if _early(service) is not None:
        return healthy >= service.enough
    return len(service.primary.live()) == healthy == service.desired


def _is_clean(service: Service) -> bool:
    return not any(source.tasks for source in service.sources)


def _is_baked(world: World, service: Service) -> bool:
    now, primary = world.now(), service.primary
    primary.baking_since = primary.baking_since or now
    return now >= alarms.baked_at(world, service)
