"""What do services run now that a release of them has failed?"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from functions.aws import service_deployments, tasks
from functions.aws.failures import translated
from functions.domain.errors import RetryableError
from functions.domain.recovery.standing import Standing

if TYPE_CHECKING:
    from mypy_boto3_ecs import ECSClient

AT_ONCE = 10
"""DescribeServices takes so many services."""


@dataclass(frozen=True, slots=True)
class Subject:
    """A service that the release has touched.

    `deployment` is the id of the one that the release made, if it did; `pinned` says that what is
    stable is known by its revision, and not only by what its tasks report.
    """

    key: str
    service: str
    deployment: str | None
    pinned: bool


def look(client: "ECSClient", cluster: str, subjects: Sequence[Subject]) -> dict[str, Standing]:
    """Read how each service stands, by its key; one that is gone is left out."""
    found: dict[str, Mapping[str, Any]] = {}
    for start in range(0, len(subjects), AT_ONCE):
        names = [each.service for each in subjects[start : start + AT_ONCE]]
        answer = client.describe_services(cluster=cluster, services=names)
        found |= {each["serviceName"]: dict(each) for each in answer["services"]}
    there = ((each, found[each.service]) for each in subjects if each.service in found)
    return {
        subject.key: _standing(client, cluster, subject, service)
        for subject, service in there
        if service["status"] == "ACTIVE"
    }


def _standing(
    client: "ECSClient", cluster: str, subject: Subject, service: Mapping[str, Any]
) -> Standing:
    deployments = service.get("deployments", [])
    primary: Mapping[str, Any] = next(
        (each for each in deployments if each["status"] == "PRIMARY"), {}
    )
    ours = _service_deployment(client, cluster, subject)
    returns_to = _returns_to(ours, deployments)
    there = sum(
        each.get("runningCount", 0) for each in deployments if each["taskDefinition"] == returns_to
    )
    return Standing(
        runs=primary.get("taskDefinition", ""),
        gave_up=primary.get("rolloutState") == "FAILED",
        deployment=subject.deployment or "",
        status=ours.get("status", ""),
        service_deployment=ours.get("serviceDeploymentArn", ""),
        returns_to=returns_to,
        lacks=there < service["desiredCount"],
        reported={} if subject.pinned else _reported(client, cluster, subject.service),
    )


def _service_deployment(client: "ECSClient", cluster: str, subject: Subject) -> dict[str, Any]:
    """Return the service deployment of ours; nothing where there is none or it cannot be read.

    Without it the service is updated.
    """
    if subject.deployment is None:
        return {}
    try:
        arn = service_deployments.find(client, cluster, subject.service, subject.deployment)
        return (service_deployments.read(client, arn) if arn else None) or {}
    except client.exceptions.ClientError as error:
        if isinstance(translated(error), RetryableError):
            raise
        return {}


def _returns_to(ours: Mapping[str, Any], deployments: Sequence[Mapping[str, Any]]) -> str:
    """Return the revision ECS goes back to, or would; empty where nobody can tell.

    Of several sources only ECS knows which one has been completed (scheduler-rules R8.11).
    """
    back = (ours.get("rollback") or {}).get("serviceRevisionArn")
    sources = [back] if back else [each["arn"] for each in ours.get("sourceServiceRevisions", [])]
    if len(sources) != 1:
        return ""
    revisions: dict[str, str] = {each["id"]: each["taskDefinition"] for each in deployments}
    return revisions.get(service_deployments.deployment_of(sources[0]), "")


def _reported(
    client: "ECSClient", cluster: str, service: str
) -> dict[str, tuple[Mapping[str, str], ...]]:
    """Return what the running tasks of each revision report."""
    found: dict[str, tuple[Mapping[str, str], ...]] = {}
    for task in tasks.of_service(client, cluster, service, "RUNNING"):
        if task["lastStatus"] == "RUNNING":
            revision = task["taskDefinitionArn"]
            found[revision] = (*found.get(revision, ()), tasks.digests(task))
    return found
