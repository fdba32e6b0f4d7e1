"""What does ECS answer about tasks?"""

import json
import re
from collections.abc import Callable

from rehearsal.ecs.answers import pages
from rehearsal.ecs.answers.task_documents import described, present
from rehearsal.ecs.capacity.choosing import refuse_unknown
from rehearsal.ecs.capacity.places import launched_by
from rehearsal.ecs.capacity.refusals import Refusal
from rehearsal.ecs.errors import invalid
from rehearsal.ecs.region import Region
from rehearsal.ecs.tasks.task import Status, Stop, Task
from rehearsal.ecs.world import Document

AWSVPC = "Network Configuration must be provided when networkMode 'awsvpc' is specified."
ALONE = ("serviceName", "family", "launchType", "containerInstance")
"""What cannot be asked for together with `startedBy` (R13.4)."""
STARTER = re.compile(r"[A-Za-z0-9_/-]{0,128}|AWS Step Functions")
"""The last is what Step Functions itself writes (R14.5)."""
TOKEN = re.compile(r"[!-~]{1,64}")
MOST_OVERRIDES = 8192
"""Characters of JSON."""


def run_task(region: Region, asked: Document) -> Document:
    cluster = region.cluster(asked.get("cluster"))
    _check_words(asked)
    asked = region.understood(cluster, asked)
    before = region.runs.repeated(cluster.arn, asked)
    if before is not None:
        return {"tasks": [_remembered(task) for task in before], "failures": []}
    definition = region.definitions.usable(asked["taskDefinition"])
    if not definition.active:
        raise invalid("TaskDefinition is inactive")
    if definition.document.get("networkMode") == "awsvpc" and not asked.get("networkConfiguration"):
        raise invalid(AWSVPC)
    refuse_unknown(asked, launched_by(asked)[0])
    tasks, refusal = region.runs.run(cluster.arn, definition, asked)
    return {
        "tasks": [described(task, with_tags=True) for task in tasks],
        "failures": _not_placed(refusal, asked.get("count", 1) - len(tasks)),
    }


def _check_words(asked: Document) -> None:
    """Refuse what is too long or has other signs than it may have (R13.3, R13.4)."""
    if not STARTER.fullmatch(asked.get("startedBy") or ""):
        raise invalid(
            "startedBy must be up to 128 letters, numbers, hyphens, slashes, underscores."
        )
    token = asked.get("clientToken")
    if token is not None and not TOKEN.fullmatch(token):
        raise invalid("clientToken must be up to 64 characters of ASCII from 33 to 126.")
    overrides = json.dumps(asked.get("overrides") or {}, separators=(",", ":"))
    if len(overrides) > MOST_OVERRIDES:
        raise invalid("Container Overrides length must be at most 8192")


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
    asked_of = asked.get("serviceName")
    tasks = (
        region.tasks.of_group(cluster.arn, f"service:{asked_of.rpartition('/')[2]}")
        if asked_of
        else region.tasks.all(cluster.arn)
    )
    found = [(task.order, task.arn) for task in tasks if all(fits(task) for fits in filters)]
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
    if asked.get("containerInstance"):
        named = str(asked["containerInstance"]).rpartition("/")[2]
        filters.append(lambda task: task.instance is not None and task.instance.id == named)
    if asked.get("launchType"):
        filters.append(lambda task: task.placement.launch_type == asked["launchType"])
    return filters


def _remembered(task: Task) -> Document:
    if task.last is Status.STOPPED:
        return present(taskArn=task.arn, lastStatus=task.last.value)
    return described(task, with_tags=True)


def _not_placed(refusal: Refusal | None, number: int) -> list[Document]:
    """Return why tasks found no place: each instance says why, or each task does."""
    if refusal is None:
        return []
    failures = [
        present(arn=each.arn, reason=each.reason, detail=each.detail) for each in refusal.failures
    ]
    return failures * number if refusal.is_per_task else failures


def _task_arn(region: Region, cluster: str, name: str) -> str:
    if name.startswith("arn:"):
        return name
    return f"arn:aws:ecs:{region.region}:{region.account}:task/{cluster}/{name}"
