"""What do services run now that a release of them has failed?"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from functions.aws import tasks
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
    return Standing(
        runs=primary.get("taskDefinition", ""),
        gave_up=primary.get("rolloutState") == "FAILED",
        started=subject.deployment is not None,
        status=ours.get("status", ""),
        service_deployment=ours.get("serviceDeploymentArn", ""),
        returns_to=_returns_to(ours, deployments),
        reported={} if subject.pinned else _reported(client, cluster, subject.service),
    )


def _service_deployment(client: "ECSClient", cluster: str, subject: Subject) -> dict[str, Any]:
    """Return the service deployment of ours; nothing where there is none or it cannot be read.

    They are tied by their service revision, which ends in the number of `ecs-svc/<n>`
    (scheduler-rules R1.9: observed, not documented). Without it the service is updated.
    """
    if subject.deployment is None:
        return {}
    ends = f"/{_number(subject.deployment)}"
    try:
        listed = client.list_service_deployments(
            cluster=cluster, service=subject.service, maxResults=10
        )
        arns = [
            each["serviceDeploymentArn"]
            for each in listed["serviceDeployments"]
            if each.get("targetServiceRevisionArn", "").endswith(ends)
        ]
        if not arns:
            return {}
        found = client.describe_service_deployments(serviceDeploymentArns=arns[:1])
    except client.exceptions.ClientError as error:
        if isinstance(translated(error), RetryableError):
            raise
        return {}
    return dict(found["serviceDeployments"][0]) if found["serviceDeployments"] else {}


def _returns_to(ours: Mapping[str, Any], deployments: Sequence[Mapping[str, Any]]) -> str:
    """Return the revision ECS goes back to, or would; empty where nobody can tell.

    Of several sources only ECS knows which one has been completed (scheduler-rules R8.11).
    """
    back = (ours.get("rollback") or {}).get("serviceRevisionArn")
    sources = [back] if back else [each["arn"] for each in ours.get("sourceServiceRevisions", [])]
    if len(sources) != 1:
        return ""
    revisions = {_number(each["id"]): each["taskDefinition"] for each in deployments}
    revision: str = revisions.get(_number(sources[0]), "")
    return revision


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


def _number(name: str) -> str:
    return name.rpartition("/")[2]
