"""How does a service stand, in one look?"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from functions.aws import makers, service_deployments, targets, tasks
from functions.domain.errors import TerminalError
from functions.domain.rollout.look import (
    Deployment,
    Event,
    Look,
    ServiceDeployment,
    Task,
    Waiting,
)
from functions.domain.rollout.strategy import percents

if TYPE_CHECKING:
    from mypy_boto3_ecs import ECSClient
    from mypy_boto3_elbv2 import ElasticLoadBalancingv2Client

MOST_EVENTS = 30
"""Of the hundred that DescribeServices gives, so many are looked at: the newest."""


@dataclass(frozen=True, slots=True)
class Subject:
    """Which deployment is looked at; what stopped before `since` is not news.

    Where ECS chooses the deployment itself, as on a way back that it makes, it is the one of
    `revision`, and `service_deployment` is the ARN of the one that goes back.
    """

    cluster: str
    service: str
    revision: str
    deployment: str | None
    since: datetime
    service_deployment: str | None = None


@dataclass(frozen=True, slots=True)
class Eyes:
    """The clients that a look needs."""

    ecs: "ECSClient"
    elbv2: "ElasticLoadBalancingv2Client"


def look(eyes: Eyes, subject: Subject, at: datetime) -> Look:
    """Read the service, the tasks of the deployment watched, and its service deployment."""
    found = _described(eyes.ecs, subject)
    deployments = tuple(_deployment(dict(each)) for each in found["deployments"])
    primary = next((each for each in deployments if each.status == "PRIMARY"), None)
    watched = subject.deployment or _chosen(primary, subject)
    definition = _definition(eyes.ecs, subject)
    seen = _tasks(eyes, found, subject, watched, definition)
    configuration = found.get("deploymentConfiguration") or {}
    return Look(
        at=at,
        deployments=deployments,
        tasks=seen.tasks,
        service_deployment=_service_deployment(eyes.ecs, subject, watched),
        deleted=found["status"] != "ACTIVE",
        desired=found.get("desiredCount", 0),
        groups=seen.groups,
        daemon=found.get("schedulingStrategy") == "DAEMON",
        grace_seconds=found.get("healthCheckGracePeriodSeconds") or 0,
        percents=percents(configuration),
        events=_events(found),
        source=_source(eyes.ecs, primary, watched, subject.since),
        definition=definition,
    )


def _described(client: "ECSClient", subject: Subject) -> dict[str, Any]:
    cluster, service = subject.cluster, subject.service
    answer = client.describe_services(cluster=cluster, services=[service])
    if not answer["services"]:
        raise TerminalError(f"The service {service} is gone from the cluster {cluster}.")
    return dict(answer["services"][0])


def _chosen(primary: Deployment | None, subject: Subject) -> str | None:
    """Return the deployment that ECS has chosen for the revision asked for, once it has."""
    if primary is None or primary.task_definition != subject.revision:
        return None
    return primary.id


@dataclass(frozen=True, slots=True)
class _Seen:
    tasks: tuple[Task, ...]
    groups: int


def _definition(client: "ECSClient", subject: Subject) -> dict[str, Any]:
    answer = client.describe_task_definition(taskDefinition=subject.revision)
    return dict(answer["taskDefinition"])


def _tasks(
    eyes: Eyes,
    found: Mapping[str, Any],
    subject: Subject,
    watched: str | None,
    definition: Mapping[str, Any],
) -> _Seen:
    if watched is None:
        return _Seen((), 0)
    described = tasks.of_deployment(
        eyes.ecs, subject.cluster, subject.service, watched, subject.since
    )
    running = [each for each in described if each["desiredStatus"] == "RUNNING"]
    standing = targets.of_tasks(eyes.elbv2, eyes.ecs, found, running)
    containers = definition.get("containerDefinitions", [])
    checked = any(each.get("essential", True) and each.get("healthCheck") for each in containers)
    facts = (tasks.fact(each, checked=checked) for each in described)
    placed = (replace(each, targets=standing.by_task.get(each.id, ())) for each in facts)
    return _Seen(tuple(placed), standing.groups)


def _deployment(found: Mapping[str, Any]) -> Deployment:
    return Deployment(
        id=found["id"],
        status=found["status"],
        task_definition=found["taskDefinition"],
        rollout_state=found.get("rolloutState", ""),
        rollout_reason=found.get("rolloutStateReason", ""),
        desired=found.get("desiredCount", 0),
        running=found.get("runningCount", 0),
        pending=found.get("pendingCount", 0),
        created_at=found.get("createdAt"),
    )


def _events(found: Mapping[str, Any]) -> tuple[Event, ...]:
    events = found.get("events") or ()
    return tuple(Event(each["createdAt"], each["message"]) for each in events[:MOST_EVENTS])


def _source(
    client: "ECSClient", primary: Deployment | None, watched: str | None, since: datetime
) -> str:
    """Say whose the primary deployment is, where it is not the one watched and newer."""
    if primary is None or watched is None or primary.id == watched:
        return ""
    if primary.created_at is not None and primary.created_at <= since:
        return ""
    return makers.whose(client, primary.task_definition)


def _service_deployment(
    client: "ECSClient", subject: Subject, watched: str | None
) -> ServiceDeployment | None:
    """Read it if there is one: without it a rollback is still seen by the ids of `deployments`."""
    arn = subject.service_deployment
    if arn is None and watched is not None:
        arn = service_deployments.find(client, subject.cluster, subject.service, watched)
    found = service_deployments.read(client, arn) if arn else None
    return _fact(found) if found else None


def _fact(found: Mapping[str, Any]) -> ServiceDeployment:
    rollback = found.get("rollback") or {}
    revision = rollback.get("serviceRevisionArn", "")
    hooks = found.get("lifecycleHookDetails") or ()
    return ServiceDeployment(
        arn=found["serviceDeploymentArn"],
        status=found["status"],
        status_reason=found.get("statusReason") or "",
        rollback_reason=rollback.get("reason") or "",
        goes_back_to=service_deployments.deployment_of(revision) if revision else "",
        alarms=tuple((found.get("alarms") or {}).get("triggeredAlarmNames") or ()),
        stage=found.get("lifecycleStage") or "",
        hook=any(hook.get("status") == "AWAITING_ACTION" for hook in hooks),
        waits=tuple(map(_waiting, filter(_asks_a_person, hooks))),
        traffic=(found.get("targetServiceRevision") or {}).get("requestedProductionTrafficWeight"),
    )


def _asks_a_person(hook: Mapping[str, Any]) -> bool:
    return hook.get("targetType") == "PAUSE" and hook.get("status") == "AWAITING_ACTION"


def _waiting(hook: Mapping[str, Any]) -> Waiting:
    return Waiting(hook["hookId"], hook.get("expiresAt"), hook.get("timeoutAction") or "")
