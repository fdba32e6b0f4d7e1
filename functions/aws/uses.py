"""Which revisions do services, tasks and schedules of an application still use?"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from functions.aws import schedules
from functions.aws.schedules import Eyes
from functions.domain.catalogue import Application
from functions.domain.scheduled import references

if TYPE_CHECKING:
    from mypy_boto3_ecs import ECSClient

SERVICES_AT_ONCE = 10
TASKS_AT_ONCE = 100
"""DescribeServices and DescribeTasks take so many."""


def services(client: "ECSClient", cluster: str, names: Sequence[str]) -> dict[str, dict[str, Any]]:
    """Return the active services by name, as DescribeServices gives them."""
    found: dict[str, dict[str, Any]] = {}
    for start in range(0, len(names), SERVICES_AT_ONCE):
        try:
            answer = client.describe_services(
                cluster=cluster, services=list(names[start : start + SERVICES_AT_ONCE])
            )
        except client.exceptions.ClusterNotFoundException:
            return {}
        found |= {each["serviceName"]: dict(each) for each in answer["services"]}
    return {name: each for name, each in found.items() if each["status"] == "ACTIVE"}


def used(client: "ECSClient", application: Application, families: Iterable[str]) -> frozenset[str]:
    """Return the revisions, by ARN, that a service names or a task of these families runs.

    A draining service counts as gone, and a task that is on its way out needs no revision.
    """
    names = [each.service for each in application.services]
    named = services(client, application.cluster, names).values()
    of_services = (revision for each in named for revision in _of_service(each))
    of_tasks = (
        revision for each in families for revision in _of_tasks(client, application.cluster, each)
    )
    return frozenset((*of_services, *of_tasks))


def scheduled(eyes: Eyes, names: tuple[str, ...]) -> frozenset[str]:
    """Return what the targets of these schedules and rules name, each as `family:7` or `family`."""
    found = schedules.look(eyes, names).found if names else ()
    return frozenset(named.rpartition("/")[2] for each in found for named in references(each))


def _of_service(service: Mapping[str, Any]) -> Iterator[str]:
    for each in (service, *service.get("deployments", ()), *service.get("taskSets", ())):
        if each.get("taskDefinition"):
            yield each["taskDefinition"]


def _of_tasks(client: "ECSClient", cluster: str, family: str) -> Iterator[str]:
    """Yield what tasks of a family run, those that no service started included."""
    try:
        pages = client.get_paginator("list_tasks").paginate(
            cluster=cluster, family=family, desiredStatus="RUNNING"
        )
        arns = [arn for page in pages for arn in page["taskArns"]]
    except client.exceptions.ClusterNotFoundException:
        return
    for start in range(0, len(arns), TASKS_AT_ONCE):
        answer = client.describe_tasks(cluster=cluster, tasks=arns[start : start + TASKS_AT_ONCE])
        yield from (each["taskDefinitionArn"] for each in answer["tasks"])
