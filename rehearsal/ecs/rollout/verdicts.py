"""How does a deployment begin, complete, fail and go back? (R2.5, R8, R10, R11)"""

from typing import Any

from rehearsal.ecs import events
from rehearsal.ecs.rollout import breaker, messages
from rehearsal.ecs.rollout.deployments import Deployment, Progress, Rollout, ServiceDeployment
from rehearsal.ecs.rollout.ecs_service import Service
from rehearsal.ecs.tasks.definitions import Definition
from rehearsal.ecs.world import World

REPLACED = "Replaced by a new service deployment."
TRIPPED = "ECS deployment circuit breaker: tasks failed to start."
TRIPPED_EVENT = "ECS deployment circuit breaker: task failed to start."
"""The API speaks of tasks, the bus of a task (R3.5)."""
ROLLED_BACK = "Service deployment rolled back because the circuit breaker threshold was exceeded."

REVISION_MEMBERS = (
    "capacityProviderStrategy",
    "launchType",
    "platformVersion",
    "loadBalancers",
    "serviceRegistries",
    "networkConfiguration",
    "serviceConnectConfiguration",
    "volumeConfigurations",
    "vpcLatticeConfigurations",
)
"""What a service revision holds besides its task definition, as the API names it."""


def deploy(world: World, service: Service, definition: Definition) -> Deployment:
    """Make a new PRIMARY; nothing moves before the next pass (R3.3)."""
    now = world.now()
    number = world.number()
    base = service.arn.replace(":service/", ":{}/")
    arn = f"{base.format('service-revision')}/{number}"
    made = Deployment(number, arn, definition, _settings(service), now, now)
    made.reason = f"ECS deployment {made.id} in progress."
    if service.history:
        _supersede(world, service)
    service.deployments.insert(0, made)
    service.history.append(_record(world, service, made))
    service.spec["taskDefinition"] = definition.arn
    service.said.clear()
    service.steady = False
    return made


def begin(world: World, service: Service) -> None:
    """Let the newest service deployment start, and the one it replaces end."""
    now = world.now()
    for each in service.history[:-1]:
        if each.progress is Progress.STOP_REQUESTED:
            each.move(Progress.STOPPED, now, REPLACED)
    if service.current.progress is Progress.PENDING:
        service.current.move(Progress.IN_PROGRESS, now)
        _tell(world, service, service.primary, "IN_PROGRESS", service.primary.reason)


def complete(world: World, service: Service) -> None:
    deployment, record, now = service.primary, service.current, world.now()
    deployment.conclude(Rollout.COMPLETED, f"ECS deployment {deployment.id} completed.", now)
    deployment.owed = 0
    if record.breaker == "MONITORING":
        record.breaker = "MONITORING_COMPLETE"
    rolled_back = record.progress is Progress.ROLLBACK_IN_PROGRESS
    if not record.over:
        record.move(Progress.ROLLBACK_SUCCESSFUL if rolled_back else Progress.SUCCESSFUL, now)
    service.deployments = [deployment]
    messages.say(world, service, messages.completed(deployment.id))
    _tell(world, service, deployment, "COMPLETED", deployment.reason)


def fail(world: World, service: Service) -> None:
    """End what the breaker has tripped, and go back where that is wanted and possible."""
    failed, record, now = service.primary, service.current, world.now()
    failed.conclude(Rollout.FAILED, TRIPPED, now)
    record.breaker, record.threshold = "TRIGGERED", breaker.threshold(service)
    messages.say(world, service, messages.failed(failed.id))
    _tell(world, service, failed, "FAILED", TRIPPED_EVENT)
    target = service.last_completed
    if not service.breaker.get("rollback") or target is None:
        record.move(Progress.STOP_REQUESTED, now)
        record.move(Progress.STOPPED, now, TRIPPED)
    else:
        roll_back(world, service, target)


def roll_back(world: World, service: Service, target: Deployment) -> None:
    """Make an old deployment PRIMARY again, under its own id (R8.9)."""
    now = world.now()
    reason = f"ECS deployment circuit breaker: rolling back to deploymentId {target.id}."
    target.conclude(Rollout.IN_PROGRESS, reason, now)
    service.deployments.remove(target)
    service.deployments.insert(0, target)
    service.spec["taskDefinition"] = target.definition.arn
    service.current.rollback = {
        "reason": ROLLED_BACK,
        "startedAt": now,
        "serviceRevisionArn": target.revision_arn,
    }
    service.current.move(Progress.ROLLBACK_IN_PROGRESS, now, ROLLED_BACK)
    messages.say(world, service, messages.rolling_back(target.id))
    _tell(world, service, target, "IN_PROGRESS", reason)


def _supersede(world: World, service: Service) -> None:
    """Take the place of a deployment that is still going on (R10.1)."""
    record, now = service.current, world.now()
    if record.progress is Progress.ROLLBACK_IN_PROGRESS:
        record.move(Progress.ROLLBACK_FAILED, now, REPLACED)
    elif not record.over:
        record.move(Progress.STOP_REQUESTED, now, REPLACED)
    for hook in record.hooks:
        if hook["status"] == "AWAITING_ACTION":
            hook["status"] = "FAILED"
    for source in service.deployments:
        # Whoever is sick before the deployment begins is not replaced by his like (B2).
        for task in source.tasks.values():
            task.given_up = task.given_up or task.fails_checks
        source.owed = 0


def _record(world: World, service: Service, made: Deployment) -> ServiceDeployment:
    base = service.arn.replace(":service/", ":service-deployment/")
    now = world.now()
    return ServiceDeployment(
        f"{base}/{world.code()}",
        service.arn,
        service.cluster_arn,
        made,
        tuple(service.sources),
        service.configuration,
        now,
        now,
        breaker="MONITORING" if service.breaker.get("enable") else "DISABLED",
    )


def _settings(service: Service) -> dict[str, Any]:
    return {
        name: service.spec[name] for name in REVISION_MEMBERS if service.spec.get(name) is not None
    }


def _tell(world: World, service: Service, about: Deployment, word: str, reason: str) -> None:
    name = f"SERVICE_DEPLOYMENT_{word}"
    detail = events.deployment_detail(name, about.id, reason, world.now())
    world.emit("ECS Deployment State Change", service.arn, detail)
