"""How does a deployment begin, complete, fail and go back? (R2.5, R8, R10, R11)"""

from dataclasses import dataclass
from typing import Any

from rehearsal.ecs.rollout import alarms, announcing, breaker, messages
from rehearsal.ecs.rollout.deployments import (
    NEW_DEPLOYMENT,
    REVISION_MEMBERS,
    Deployment,
    Monitoring,
    Progress,
    Rollout,
    ServiceDeployment,
)
from rehearsal.ecs.rollout.ecs_service import Service
from rehearsal.ecs.shifting import sides
from rehearsal.ecs.tasks.definitions import Definition
from rehearsal.ecs.world import World

REPLACED = "Replaced by a new service deployment."
NO_CANDIDATE = "No rollback candidate was found to run the rollback."
DELETED = "The service was deleted."


@dataclass(frozen=True, slots=True)
class Cause:
    """Why a deployment ends before its time, in the words of each place that tells it."""

    reason: str
    """`rolloutStateReason` of what failed."""
    event: str
    """The same on the bus."""
    message: str
    """The same in the events of the service."""
    status: str
    """`statusReason` of the service deployment."""
    back: str
    """What stands before the name of the deployment that it goes back to."""


BREAKER = Cause(
    "ECS deployment circuit breaker: tasks failed to start.",
    "ECS deployment circuit breaker: task failed to start.",
    "tasks failed to start.",
    "Service deployment rolled back because the circuit breaker threshold was exceeded.",
    "ECS deployment circuit breaker: rolling back to deploymentId",
)
# Of an alarm the message and the status are known word by word, of a person's stop nothing at all.
ALARM = Cause(
    "ECS deployment failed: alarm detected.",
    "ECS deployment failed: alarm detected.",
    "alarm detected.",
    "Service deployment rolled back because of one or more active alarms.",
    "ECS deployment failed: alarm detected: rolling back to deploymentId",
)
STOPPED = Cause(
    "ECS deployment stopped.",
    "ECS deployment stopped.",
    "stopped by the user.",
    "Service deployment rolled back because a user stopped it.",
    "ECS deployment stopped: rolling back to deploymentId",
)


def deploy(world: World, service: Service, definition: Definition) -> Deployment:
    """Make a new PRIMARY; nothing moves before the next pass (R3.3)."""
    now = world.now()
    number = world.number()
    base = service.arn.replace(":service/", ":{}/")
    arn = f"{base.format('service-revision')}/{number}"
    made = Deployment(number, arn, definition, _settings(service), now, now)
    made.counts_stopping = world.settings.stopping_tasks_are_counted
    made.reason = f"ECS deployment {made.id} in progress."
    sides.place(made, service.deployments, shifts=service.shifts_traffic)
    if service.history:
        _supersede(world, service)
    service.deployments.insert(0, made)
    service.history.append(_record(world, service, made))
    service.spec["taskDefinition"] = definition.arn
    service.said.clear()
    service.rebalancing, service.moving = 0, None
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
        alarms.begin(world, service)
        primary = service.primary
        announcing.deployment(world, service, primary, "IN_PROGRESS", primary.reason)


def complete(world: World, service: Service) -> None:
    deployment, record, now = service.primary, service.current, world.now()
    deployment.conclude(Rollout.COMPLETED, f"ECS deployment {deployment.id} completed.", now)
    deployment.owed = 0
    record.end_monitoring()
    rolled_back = record.progress is Progress.ROLLBACK_IN_PROGRESS
    if not record.over:
        record.move(Progress.ROLLBACK_SUCCESSFUL if rolled_back else Progress.SUCCESSFUL, now)
    messages.say(world, service, messages.completed(deployment.id))
    announcing.deployment(world, service, deployment, "COMPLETED", deployment.reason)


def fail(world: World, service: Service, cause: Cause) -> None:
    """End what breaker, alarms or hooks turn down, and go back where wanted and possible."""
    failed, record, now = service.primary, service.current, world.now()
    failed.conclude(Rollout.FAILED, cause.reason, now)
    record.threshold = breaker.threshold(service)
    record.trigger(breaker=cause is BREAKER, alarms=cause is ALARM)
    messages.say(world, service, messages.failed(failed.id, cause.message))
    announcing.deployment(world, service, failed, "FAILED", _event(world, cause))
    wanted, target = _wants_rollback(service, cause), service.last_completed
    if wanted and target is not None:
        roll_back(world, service, target, cause)
        return
    record.move(Progress.STOP_REQUESTED, now)
    record.move(Progress.STOPPED, now, NO_CANDIDATE if wanted else cause.reason)


def abort(world: World, service: Service) -> None:
    """Stop a deployment where it is, and go nowhere."""
    now, record = world.now(), service.current
    record.end_monitoring()
    service.primary.conclude(Rollout.FAILED, STOPPED.reason, now)
    record.move(Progress.STOPPED, now, STOPPED.reason)


def stop(world: World, service: Service) -> None:
    """Do what StopServiceDeployment asked for (R11.2)."""
    record, target, now = service.current, service.last_completed, world.now()
    record.end_monitoring()
    if target is not None:
        roll_back(world, service, target, STOPPED)
        return
    service.primary.conclude(Rollout.FAILED, STOPPED.reason, now)
    record.move(Progress.STOPPED, now, NO_CANDIDATE)


def roll_back(world: World, service: Service, target: Deployment, cause: Cause) -> None:
    """Make an old deployment PRIMARY again, under its own id (R8.9)."""
    now = world.now()
    if cause is not BREAKER and not world.settings.every_rollback_keeps_the_id:
        target.number, target.created_at = world.number(), now
    reason = f"{cause.back} {target.id}."
    target.conclude(Rollout.IN_PROGRESS, reason, now)
    service.deployments.remove(target)
    service.deployments.insert(0, target)
    _restore(service, target)
    service.current.rollback = {
        "reason": cause.status,
        "startedAt": now,
        "serviceRevisionArn": target.revision_arn,
    }
    service.current.move(Progress.ROLLBACK_IN_PROGRESS, now, cause.status)
    messages.say(world, service, messages.rolling_back(target.id))
    announcing.deployment(world, service, target, "IN_PROGRESS", reason)


def abandon(world: World, service: Service) -> None:
    """End what was going on in a service that is deleted."""
    record, now = service.current, world.now()
    service.lasting.clear()
    record.end_monitoring()
    record.drop_hooks()
    if not record.over:
        record.move(Progress.STOPPED, now, DELETED)


def _restore(service: Service, target: Deployment) -> None:
    """Make what a service revision was made of what is asked for again."""
    kept = {name: value for name, value in service.spec.items() if name not in NEW_DEPLOYMENT}
    before = {name: target.settings[name] for name in NEW_DEPLOYMENT if name in target.settings}
    service.spec = {**kept, **before, "taskDefinition": target.definition.arn}


def _event(world: World, cause: Cause) -> str:
    """Return what the bus tells of a failure: the breaker's words may be those of the API."""
    as_api = cause is BREAKER and world.settings.bus_says == "tasks"
    return cause.reason if as_api else cause.event


def _wants_rollback(service: Service, cause: Cause) -> bool:
    if cause is BREAKER:
        return bool(service.breaker.get("rollback"))
    return bool(service.alarms.get("rollback")) if cause is ALARM else True


def _supersede(world: World, service: Service) -> None:
    """Take the place of a deployment that is still going on (R10.1)."""
    record, now = service.current, world.now()
    if record.progress is Progress.ROLLBACK_IN_PROGRESS:
        record.move(Progress.ROLLBACK_FAILED, now, REPLACED)
    elif not record.over:
        record.move(Progress.STOP_REQUESTED, now, REPLACED)
        if world.settings.superseded_deployment_is_told:
            announcing.deployment(world, service, service.primary, "FAILED", REPLACED)
    record.drop_hooks()
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
        breaker=Monitoring.MONITORING if service.breaker.get("enable") else Monitoring.DISABLED,
    )


def _settings(service: Service) -> dict[str, Any]:
    return {
        name: service.spec[name] for name in REVISION_MEMBERS if service.spec.get(name) is not None
    }
