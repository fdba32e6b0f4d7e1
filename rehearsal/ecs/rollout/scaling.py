"""Who changes how many tasks a service wants, and what of it reaches a deployment? (R10.6)"""

from typing import Literal

from rehearsal.ecs.rollout import announcing
from rehearsal.ecs.rollout.deployments import Rollout
from rehearsal.ecs.rollout.ecs_service import Service
from rehearsal.ecs.scalable import Limits
from rehearsal.ecs.world import World

By = Literal["user", "autoscaling"]


def scale(world: World, service: Service, desired: int, *, by: By) -> bool:
    """Set the desired count; return False where it stays as it is.

    Application Auto Scaling keeps to the limits of its target, and takes nothing away from a
    service that is being deployed.
    """
    if by == "autoscaling":
        desired = _allowed(service, desired, _limits(world, service))
    if desired == service.desired:
        return False
    reach_sources(world, service, desired - service.desired, by=by)
    service.spec = {**service.spec, "desiredCount": desired}
    if by == "autoscaling":
        announcing.action(world, service, "INFO", "SERVICE_DESIRED_COUNT_UPDATED")
    return True


def reach_sources(world: World, service: Service, added: int, *, by: By) -> None:
    """Let a change of the desired count during a deployment, or after a failed one, reach both."""
    source = service.last_completed
    rollout = service.primary.rollout
    if source is None or rollout is Rollout.COMPLETED:
        return
    if rollout is Rollout.FAILED:
        # Its own losses are still given back to it, as far as it may have them.
        added = max(0, added)
    if added < 0 or by == "autoscaling" or world.settings.manual_scale_out_reaches_sources:
        source.owed = max(0, source.owed + added)


def _allowed(service: Service, desired: int, limits: Limits | None) -> int:
    before = service.desired
    if limits is not None:
        desired = min(max(desired, limits.least), limits.most)
    growing = desired > before
    if not growing and service.primary.rollout is Rollout.IN_PROGRESS:
        return before
    suspended = limits is not None and (limits.out_suspended if growing else limits.in_suspended)
    return before if suspended else desired


def _limits(world: World, service: Service) -> Limits | None:
    region, account = service.arn.split(":")[3:5]
    return world.scalable.find(account, region, service.cluster_name, service.name)
