"""What does a service tell the bus of itself? (R2.5, R2.6)"""

from rehearsal.ecs import events
from rehearsal.ecs.rollout.deployments import Deployment
from rehearsal.ecs.rollout.ecs_service import Service
from rehearsal.ecs.world import World


def action(world: World, service: Service, kind: str, name: str, **more: object) -> None:
    """Send an `ECS Service Action`."""
    detail = events.service_detail(kind, name, service.cluster_arn, world.now(), **more)
    world.emit("ECS Service Action", service.arn, detail)


def deployment(world: World, service: Service, about: Deployment, word: str, reason: str) -> None:
    """Send an `ECS Deployment State Change`."""
    name = f"SERVICE_DEPLOYMENT_{word}"
    detail = events.deployment_detail(name, about.id, reason, world.now())
    world.emit("ECS Deployment State Change", service.arn, detail)


def providers(service: Service) -> dict[str, list[str]]:
    """Name the capacity providers of a service, as the events do."""
    strategy = service.spec.get("capacityProviderStrategy")
    base = service.cluster_arn.rpartition(":")[0]
    arns = [f"{base}:capacity-provider/{each['capacityProvider']}" for each in strategy or []]
    return {"capacityProviderArns": arns} if arns else {}
