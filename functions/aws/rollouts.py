"""How does a service stand, in one look?"""

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from functions.aws import tasks
from functions.domain.errors import TerminalError
from functions.domain.look import Deployment, Look

if TYPE_CHECKING:
    from mypy_boto3_ecs import ECSClient


@dataclass(frozen=True, slots=True)
class Subject:
    """Which deployment is looked at; what stopped before `since` is not news."""

    cluster: str
    service: str
    deployment: str
    since: datetime


def look(client: "ECSClient", subject: Subject, at: datetime) -> Look:
    """Read the service, the tasks of the deployment watched, and its service deployment."""
    cluster, service = subject.cluster, subject.service
    answer = client.describe_services(cluster=cluster, services=[service])
    if not answer["services"]:
        raise TerminalError(f"The service {service} is gone from the cluster {cluster}.")
    found = answer["services"][0]
    watched = _service_deployment(client, subject)
    return Look(
        at=at,
        deployments=tuple(_deployment(dict(each)) for each in found["deployments"]),
        tasks=tuple(
            tasks.of_deployment(client, cluster, service, subject.deployment, subject.since)
        ),
        awaits_hook=any(
            hook.get("status") == "AWAITING_ACTION"
            for hook in watched.get("lifecycleHookDetails", [])
        ),
        service_deployment=watched.get("status"),
        deleted=found["status"] != "ACTIVE",
    )


def _deployment(found: dict[str, Any]) -> Deployment:
    return Deployment(
        id=found["id"],
        status=found["status"],
        task_definition=found["taskDefinition"],
        rollout_state=found.get("rolloutState", ""),
        rollout_reason=found.get("rolloutStateReason", ""),
        desired=found.get("desiredCount", 0),
        running=found.get("runningCount", 0),
        created_at=found.get("createdAt"),
    )


def _service_deployment(client: "ECSClient", subject: Subject) -> dict[str, Any]:
    """Return the service deployment of a deployment, empty where none is found.

    They are tied by their service revision, which ends in the number of `ecs-svc/<n>`
    (scheduler-rules R1.9: observed, not documented). Without it a rollback by ECS is still
    seen by the ids of `deployments`.
    """
    number = subject.deployment.rpartition("/")[2]
    listed = client.list_service_deployments(
        cluster=subject.cluster, service=subject.service, maxResults=10
    )
    for each in listed["serviceDeployments"]:
        if each.get("targetServiceRevisionArn", "").endswith(f"/{number}"):
            arn = each["serviceDeploymentArn"]
            found = client.describe_service_deployments(serviceDeploymentArns=[arn])
            return dict(found["serviceDeployments"][0]) if found["serviceDeployments"] else {}
    return {}
