"""Which tasks does a service have, and what do they say they run?"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal

from functions.domain.errors import RetryableError
from functions.domain.evidence.redaction import redacted
from functions.domain.rollout.look import Health, Task
from functions.domain.stop_reason.cause import ContainerStop, Stop

if TYPE_CHECKING:
    from mypy_boto3_ecs import ECSClient

AT_ONCE = 100
"""DescribeTasks takes so many tasks."""


def of_service(
    client: "ECSClient", cluster: str, service: str, desired: Literal["RUNNING", "STOPPED"]
) -> list[dict[str, Any]]:
    """Read all tasks of a service by their desired status; ECS shows stopped ones for an hour."""
    return of_services(client, cluster, [service], desired)[service]


def of_services(
    client: "ECSClient",
    cluster: str,
    services: Iterable[str],
    desired: Literal["RUNNING", "STOPPED"],
) -> dict[str, list[dict[str, Any]]]:
    """Read the tasks of several services, by the names of these: described together."""
    listed = {each: _listed(client, cluster, each, desired) for each in services}
    arns = [arn for each in listed.values() for arn in each]
    found: dict[str, dict[str, Any]] = {}
    for start in range(0, len(arns), AT_ONCE):
        answer = client.describe_tasks(cluster=cluster, tasks=arns[start : start + AT_ONCE])
        found |= {each["taskArn"]: dict(each) for each in answer["tasks"]}
    return {name: [found[arn] for arn in each if arn in found] for name, each in listed.items()}


def _listed(
    client: "ECSClient", cluster: str, service: str, desired: Literal["RUNNING", "STOPPED"]
) -> list[str]:
    pages = client.get_paginator("list_tasks").paginate(
        cluster=cluster, serviceName=service, desiredStatus=desired
    )
    return [arn for page in pages for arn in page["taskArns"]]


def of_deployment(
    client: "ECSClient", cluster: str, service: str, deployment: str, since: datetime
) -> list[dict[str, Any]]:
    """Read the tasks of one deployment, in the order of their ids: all but those stopped before.

    Filtered here, because ListTasks takes `startedBy` as its only filter (scheduler-rules R13.4).
    """
    # Running ones first: a task that stops in between is then seen twice, never missed.
    described = [
        *of_service(client, cluster, service, "RUNNING"),
        *of_service(client, cluster, service, "STOPPED"),
    ]
    ours = {
        each["taskArn"]: each
        for each in described
        if each.get("startedBy") == deployment and each.get("stoppedAt", since) >= since
    }
    return [ours[arn] for arn in sorted(ours)]


def one(client: "ECSClient", cluster: str, arn: str, *, checked: bool = False) -> Task:
    """Read one task that we have started; `checked` as for `fact`."""
    answer = client.describe_tasks(cluster=cluster, tasks=[arn])
    if not answer["tasks"]:
        # ECS has just answered RunTask with it: its read side lags behind.
        raise RetryableError(f"ECS does not know the task {arn} yet.")
    return fact(answer["tasks"][0], checked=checked)


def fact(task: Mapping[str, Any], *, checked: bool = False) -> Task:
    """Return what a look says of a task; `checked` says whether a container check is defined.

    ECS calls the health of a task UNKNOWN that nothing checks, too (API: Task.healthStatus).
    """
    return Task(
        id=task["taskArn"].rpartition("/")[2],
        last_status=task["lastStatus"],
        desired_status=task["desiredStatus"],
        digests=digests(task),
        stop=_stop(task) if task["desiredStatus"] == "STOPPED" else None,
        health=Health(task.get("healthStatus", "UNKNOWN")) if checked else Health.NONE,
        started_at=task.get("startedAt"),
        stopped_at=task.get("stoppedAt"),
        runtime_ids={
            each["name"]: each["runtimeId"]
            for each in task.get("containers", [])
            if each.get("runtimeId")
        },
    )


def digests(task: Mapping[str, Any]) -> dict[str, str]:
    """Return what each container reports; ECS knows digests of ECR images only."""
    return {
        each["name"]: each["imageDigest"]
        for each in task.get("containers", [])
        if each.get("imageDigest")
    }


def _plain(text: str | None) -> str | None:
    """Return a text of AWS without secrets: it may quote a command or what an agent was told."""
    return None if text is None else redacted(text)


def _stop(task: Mapping[str, Any]) -> Stop:
    return Stop(
        task=task["taskArn"].rpartition("/")[2],
        code=task.get("stopCode"),
        reason=_plain(task.get("stoppedReason")),
        containers=tuple(
            ContainerStop(each["name"], each.get("exitCode"), _plain(each.get("reason")))
            for each in task.get("containers", [])
        ),
        health=task.get("healthStatus"),
        started="startedAt" in task,
    )
