"""Which migrations were begun, which of their tasks does ECS still show, and how is one of them?"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from functions.aws import ledger, tasks
from functions.domain.errors import RetryableError
from functions.domain.migration.begin import Started, starter
from functions.domain.migration.ran import Ran, State
from functions.domain.rollout.look import Task

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_ecs import ECSClient
    from mypy_boto3_ecs.literals import DesiredStatusType

MOST = 20
"""Of so many migrations, the newest, it is looked whether a task is still at work."""

DESIRED: "tuple[DesiredStatusType, ...]" = ("RUNNING", "STOPPED")
"""A task that is about to stop is listed among the stopped ones."""


def begun(client: "DynamoDBClient", table: str, application: str, release: int) -> tuple[Ran, ...]:
    """Read what the ledger knows of the newest migrations, and of those of a release."""
    own = ledger.migrations(client, table, application, release)
    newest = ledger.migrations(client, table, application)[:MOST]
    return (*own, *(each for each in newest if each.release != release))


def started(client: "ECSClient", application: str, ran: Sequence[Ran]) -> tuple[Started, ...]:
    """Read the task of each migration that may have one at work; ECS shows it for an hour after.

    That of one that was given up may run on, if it could not be stopped.
    """
    ends = (State.PASSED, State.UNDONE)
    return tuple(
        task for each in ran if each.state not in ends for task in _tasks(client, application, each)
    )


def _tasks(client: "ECSClient", application: str, ran: Ran) -> Iterator[Started]:
    """Yield the task of the last attempt.

    `startedBy` has to be the only filter (R13.4); that the desired status is none is documented
    nowhere, but what others rely on. Refused, it would be told as a pause, and nothing run.
    """
    started_by = starter(application, ran.release, ran.phase, ran.deployment)
    pages = client.get_paginator("list_tasks")
    try:
        arns = [
            arn
            for desired in DESIRED
            for page in pages.paginate(
                cluster=ran.cluster, startedBy=started_by, desiredStatus=desired
            )
            for arn in page["taskArns"]
        ]
    except client.exceptions.ClusterNotFoundException:
        return
    if arns:
        answer = client.describe_tasks(cluster=ran.cluster, tasks=arns[:2])
        for task in answer["tasks"]:
            ended = task["lastStatus"] == "STOPPED"
            yield Started(ran.release, ran.phase, task["taskArn"], ended)


def running(client: "ECSClient", cluster: str, started_by: str) -> list[str]:
    """Return the tasks, by ARN, that were started by this text and are not to stop yet."""
    pages = client.get_paginator("list_tasks").paginate(
        cluster=cluster, startedBy=started_by, desiredStatus="RUNNING"
    )
    try:
        return [arn for page in pages for arn in page["taskArns"]]
    except client.exceptions.ClusterNotFoundException:
        return []


@dataclass(frozen=True, slots=True)
class Seen:
    """A task with its definition, None where there is none."""

    task: Task | None = None
    definition: Mapping[str, Any] = field(default_factory=dict)


def look(
    client: "ECSClient", cluster: str, task: str | None, revision: str, *, may_be_gone: bool
) -> Seen:
    """Read a task that RunTask started of `revision`; one that is gone has ended long ago.

    Raises RetryableError where ECS does not show one that it must.
    """
    if task is None:
        return Seen()
    definition = client.describe_task_definition(taskDefinition=revision)["taskDefinition"]
    containers = definition.get("containerDefinitions", ())
    checked = any(each.get("essential", True) and each.get("healthCheck") for each in containers)
    try:
        return Seen(tasks.one(client, cluster, task, checked=checked), dict(definition))
    except RetryableError:
        if may_be_gone:
            return Seen()
        raise
