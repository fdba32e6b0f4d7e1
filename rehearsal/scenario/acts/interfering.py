"""How does somebody other than Pilothouse change a service?"""

from collections.abc import Callable, Mapping
from typing import Any

from rehearsal.prepare import base
from rehearsal.scenario.format import actions
from rehearsal.scenario.stage.called import arn, known, named, protect
from rehearsal.scenario.stage.preparing import Prepared
from rehearsal.template import ACCOUNT

ROLES = f"arn:aws:iam::{ACCOUNT}:role/"


def interfere(prepared: Prepared, other: actions.Interference) -> None:
    INTERFERES[type(other)](prepared, other)


def _update(prepared: Prepared, other: actions.UpdateService) -> None:
    application, service = named(prepared.world, other.update_service)
    configuration = {
        "minimumHealthyPercent": other.minimum_healthy_percent,
        "maximumPercent": other.maximum_percent,
    }
    grace = other.grace_period
    asked: dict[str, Any] = {
        "desiredCount": other.desired,
        "forceNewDeployment": True if other.force else None,
        "healthCheckGracePeriodSeconds": None if grace is None else round(grace),
        "deploymentConfiguration": _given(configuration) or None,
    }
    if other.image is not None:
        asked["taskDefinition"] = _register(prepared, other.update_service, other.image)
    prepared.world.client("ecs").update_service(
        cluster=application.cluster, service=service.service, **_given(asked)
    )


def _stop(prepared: Prepared, other: actions.StopTask) -> None:
    application, _ = named(prepared.world, other.stop_task)
    running = [task for task in known(prepared.world, other.stop_task).tasks() if task.running]
    for task in running[: other.tasks]:
        prepared.world.client("ecs").stop_task(
            cluster=application.cluster, task=task.arn, reason=other.reason
        )


def _deploy(prepared: Prepared, other: actions.CloudFormationDeploy) -> None:
    application, service = named(prepared.world, other.cloudformation_deploy)
    role = f"{ROLES}{other.role}" if other.role else None
    asked = {"cpu": other.cpu, "memory": other.memory, "taskRoleArn": role}
    more = {name: str(value) for name, value in asked.items() if value is not None}
    tag = other.image or prepared.bases[other.cloudformation_deploy]
    revision = _register(prepared, other.cloudformation_deploy, tag, more, other.environment)
    if other.deploy:
        prepared.world.client("ecs").update_service(
            cluster=application.cluster, service=service.service, taskDefinition=revision
        )


def _register(
    prepared: Prepared,
    name: str,
    tag: str,
    more: Mapping[str, str] | None = None,
    environment: Mapping[str, str] | None = None,
) -> str:
    """Register a new base with an image; return its ARN."""
    application, service = named(prepared.world, name)
    about = prepared.service(application, service.key)
    definition = {**prepared.definition(application, service.key, tag), **(more or {})}
    prepared.bases[name] = tag
    made = prepared.container(about, {**about.environment, **(environment or {})})
    asked = base(application, service, tag, made, definition)
    return prepared.world.register(asked)


def _scale(prepared: Prepared, other: actions.Scale) -> None:
    world, name = prepared.world, arn(prepared.world, other.scale)
    if world.scheduler.scale(name, other.to, by="autoscaling"):
        # Application Auto Scaling asks for it by a call, which whoever listens has to hear.
        cluster, desired = name.split("/")[-2], world.scheduler.service(name).desired
        world.client("ecs").update_service(cluster=cluster, service=name, desiredCount=desired)


def _protect(prepared: Prepared, other: actions.Protect) -> None:
    protect(
        prepared.world, other.protect, other.tasks, enabled=other.enabled, minutes=other.minutes
    )


def _deregister(prepared: Prepared, other: actions.Deregister) -> None:
    runs = known(prepared.world, other.deregister).primary.definition.arn
    prepared.world.client("ecs").deregister_task_definition(taskDefinition=runs)


def _given(members: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in members.items() if value is not None}


INTERFERES: Mapping[type, Callable[[Prepared, Any], None]] = {
    actions.UpdateService: _update,
    actions.StopTask: _stop,
    actions.CloudFormationDeploy: _deploy,
    actions.Scale: _scale,
    actions.Protect: _protect,
    actions.Deregister: _deregister,
}
