"""What does ECS answer about tasks?"""

from collections.abc import Callable

from rehearsal.ecs.answers import pages
from rehearsal.ecs.answers.task_documents import described, present
from rehearsal.ecs.errors import invalid
from rehearsal.ecs.region import Region
from rehearsal.ecs.tasks.task import Status, Stop, Task
from rehearsal.ecs.world import Document

AWSVPC = "Network Configuration must be provided when networkMode 'awsvpc' is specified."
ALONE = ("serviceName", "family", "launchType", "containerInstance")
"""What cannot be asked for together with `startedBy` (R13.4)."""


def run_task(region: Region, asked: Document) -> Document:
    cluster = region.cluster(asked.get("cluster"))
    before = region.runs.repeated(cluster.arn, asked)
    if before is not None:
        return {"tasks": [_remembered(task) for task in before], "failures": []}
    definition = region.definitions.usable(asked["taskDefinition"])
    if not definition.active:
        raise invalid("TaskDefinition is inactive")
    if definition.document.get("networkMode") == "awsvpc" and not asked.get("networkConfiguration"):
        raise invalid(AWSVPC)
    tasks = region.runs.run(cluster.arn, definition, asked)
    return {
        "tasks": [described(task, with_tags=True) for task in tasks],
        "failures": _not_placed(region, asked.get("count", 1) - len(tasks)),
    }


def stop_task(region: Region, asked: Document) -> Document:
    task = region.task(asked.get("cluster"), asked["task"])
    if task.live:
        reason = asked.get("reason") or "Task stopped by user"
        region.lifecycle.stop(task, Stop("UserInitiated", reason))
    return {"task": described(task)}


def describe_tasks(region: Region, asked: Document) -> Document:
    cluster = region.cluster(asked.get("cluster"))
    names = asked.get("tasks") or []
    if not 1 <= len(names) <= pages.MOST:
        raise invalid(f"Between 1 and {pages.MOST} tasks can be described, not {len(names)}.")
    with_tags = "TAGS" in asked.get("include", [])
    found = {name: region.tasks.find(name, cluster.arn) for name in dict.fromkeys(names)}
    return {
        "tasks": [
            described(task, with_tags=with_tags) for task in found.values() if task is not None
        ],
        "failures": [
            {"arn": _task_arn(region, cluster.name, name), "reason": "MISSING"}
            for name, task in found.items()
            if task is None
        ],
    }


def list_tasks(region: Region, asked: Document) -> Document:
    cluster = region.cluster(asked.get("cluster"))
    filters = _filters(region, asked)
    found = [
        (task.order, task.arn)
        for task in region.tasks.all(cluster.arn)
        if all(fits(task) for fits in filters)
    ]
    shown, token = pages.page(found, asked)
    return pages.answer("taskArns", shown, token)


def _filters(region: Region, asked: Document) -> list[Callable[[Task], bool]]:
    """Translate the filters; a task that stops is listed by what is desired of it."""
    if asked.get("startedBy") and any(asked.get(name) for name in ALONE):
        raise invalid("startedBy must be the only filter.")
    desired = asked.get("desiredStatus", "RUNNING")
    filters: list[Callable[[Task], bool]] = [lambda task: task.desired == desired]
    if asked.get("serviceName"):
        service = region.service(asked.get("cluster"), asked["serviceName"])
        filters.append(lambda task: task.service is service)
    if asked.get("family"):
        filters.append(lambda task: task.definition.family == asked["family"])
    if asked.get("startedBy"):
        filters.append(lambda task: task.placement.purpose.started_by == asked["startedBy"])
    if asked.get("launchType"):
        filters.append(lambda task: task.placement.launch_type == asked["launchType"])
    return filters


def _remembered(task: Task) -> Document:
    if task.last is Status.STOPPED:
        return present(taskArn=task.arn, lastStatus=task.last.value)
    return described(task, with_tags=True)


def _not_placed(region: Region, number: int) -> list[Document]:
    if number <= 0:
        return []
    capacity = region.world.capacity
    return [{"reason": capacity.reason, "detail": capacity.detail}] * number


def _task_arn(region: Region, cluster: str, name: str) -> str:
    if name.startswith("arn:"):
        return name
    return f"arn:aws:ecs:{region.region}:{region.account}:task/{cluster}/{name}"
