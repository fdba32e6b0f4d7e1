"""What does ECS put on the bus? AWS's own shapes, member by member.

A task's health is in none of them: whoever needs it has to ask (R2.3).
"""

from datetime import datetime
from functools import lru_cache

from functions.domain import moment
from rehearsal.ecs.answers import instance_documents
from rehearsal.ecs.answers.task_documents import attachments, event_container, shared
from rehearsal.ecs.capacity.instances import Instance
from rehearsal.ecs.tasks.task import Task
from rehearsal.ecs.world import Document


def task_detail(task: Task) -> Document:
    """Return the detail of `ECS Task State Change`."""
    detail = {
        key: _text(value) if isinstance(value, datetime) else value
        for key, value in shared(task).items()
    }
    detail["attachments"] = attachments(task, "eni")
    detail["containers"] = [event_container(task, each) for each in task.containers]
    return detail


def deployment_detail(name: str, deployment: str, reason: str, at: datetime) -> Document:
    """Return the detail of `ECS Deployment State Change` (R2.5)."""
    return {
        "eventType": "ERROR" if name.endswith("FAILED") else "INFO",
        "eventName": name,
        "deploymentId": deployment,
        "updatedAt": moment.text(at),
        "reason": reason,
    }


def service_detail(kind: str, name: str, cluster: str, at: datetime, **more: object) -> Document:
    """Return the detail of `ECS Service Action` (R2.6)."""
    return {
        "eventType": kind,
        "eventName": name,
        "clusterArn": cluster,
        "createdAt": moment.text(at),
        **more,
    }


def hook_detail(
    name: str, hook: Document, stage: str, deployment: Document, at: datetime
) -> Document:
    """Return the detail of `ECS Hook State Change`."""
    return {
        "eventType": "ERROR" if name.endswith(("FAILED", "TIMED_OUT")) else "INFO",
        "eventName": name,
        "hookId": hook["hookId"],
        "hookType": hook["targetType"],
        "expiresAt": moment.text(hook["expiresAt"]),
        "lifecycleStage": stage,
        "clusterArn": deployment["clusterArn"],
        "serviceArn": deployment["serviceArn"],
        "serviceDeploymentArn": deployment["serviceDeploymentArn"],
        "updatedAt": moment.text(at),
    }


def instance_detail(instance: Instance, at: datetime) -> Document:
    """Return the detail of `ECS Container Instance State Change`."""
    return instance_documents.event(instance, moment.text(at))


@lru_cache(maxsize=1024)
def _text(at: datetime) -> str:
    """Write a time as text: each one stands in several events of a task, and of its like."""
    return moment.text(at)
