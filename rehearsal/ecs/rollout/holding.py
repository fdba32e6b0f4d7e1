"""How is a deployment held at a lifecycle hook, and let go on? (c7, R11.5)"""

from datetime import timedelta

from rehearsal.ecs import events
from rehearsal.ecs.region import Region
from rehearsal.ecs.rollout.deployments import ServiceDeployment
from rehearsal.ecs.rollout.ecs_service import Service
from rehearsal.ecs.world import Document, World

STAGE = "POST_SCALE_UP"
MINUTES = 1440
"""The default of a PAUSE hook; nothing happens here when they are over."""


def hold(region: Region, service: Service, *, stage: str, minutes: int) -> str:
    """Stop all progress of the newest service deployment until somebody continues it."""
    record, now = service.current, region.now()
    if record.over:
        raise ValueError(f"The last deployment of {service.name} is over, nothing can be held.")
    hook: Document = {
        "hookId": f"ecs-pause-{region.world.code(43)}",
        "targetType": "PAUSE",
        "status": "AWAITING_ACTION",
        "expiresAt": now + timedelta(minutes=minutes),
        "timeoutAction": "ROLLBACK",
    }
    record.stage = stage
    record.hooks.append(hook)
    _tell(region.world, record, hook, "HOOK_AWAITING_ACTION")
    return str(hook["hookId"])


def let_go(region: Region, service: Service) -> None:
    record = service.current
    for hook in record.hooks:
        if hook["status"] == "AWAITING_ACTION":
            hook["status"] = "SUCCEEDED"
            _tell(region.world, record, hook, "HOOK_SUCCEEDED")
    record.stage = None
    region.scheduler.wake_now(service)


def _tell(world: World, record: ServiceDeployment, hook: Document, name: str) -> None:
    place = {
        "clusterArn": record.cluster_arn,
        "serviceArn": record.service_arn,
        "serviceDeploymentArn": record.arn,
    }
    detail = events.hook_detail(name, hook, record.stage or STAGE, place, world.now())
    world.emit("ECS Hook State Change", record.arn, detail)
