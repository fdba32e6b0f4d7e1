"""What does ECS answer about the scale-in protection of tasks? (R12.1)"""

from collections.abc import Callable
from datetime import timedelta

from rehearsal.ecs.answers.task_documents import present
from rehearsal.ecs.errors import invalid
from rehearsal.ecs.region import Region
from rehearsal.ecs.rollout.ecs_service import Service
from rehearsal.ecs.tasks.task import Task
from rehearsal.ecs.world import Document

MOST_TASKS = 10
MINUTES = range(1, 2881)
DEFAULT_MINUTES = 120
NOT_OF_A_SERVICE = "The specified task is not part of an Amazon ECS service."
BLOCKED = (
    "Can't set task protection as one or more protected tasks are preventing the service "
    "deployment from reaching a steady state."
)

Answer = tuple[list[Document], list[Document]]
"""The protected tasks and the failures."""


def update_task_protection(region: Region, asked: Document) -> Document:
    minutes = asked.get("expiresInMinutes", DEFAULT_MINUTES)
    if minutes not in MINUTES:
        raise invalid(f"expiresInMinutes must be between {MINUTES[0]} and {MINUTES[-1]}.")
    wanted = bool(asked["protectionEnabled"])

    def change(task: Task, service: Service) -> str | None:
        if wanted and _would_block(region, service, task):
            return "DEPLOYMENT_BLOCKED"
        until = region.now() + timedelta(minutes=minutes)
        task.protected_until = until if wanted else None
        region.scheduler.wake(service)
        return None

    return _answer(region, asked, asked["tasks"], change)


def get_task_protection(region: Region, asked: Document) -> Document:
    names = asked.get("tasks") or [
        task.arn
        for task in region.tasks.all(region.cluster(asked.get("cluster")).arn)
        if task.is_protected(region.now())
    ]
    return _answer(region, asked, names, lambda task, service: None)


def _answer(
    region: Region,
    asked: Document,
    names: list[str],
    act: Callable[[Task, Service], str | None],
) -> Document:
    cluster = region.cluster(asked.get("cluster"))
    if asked.get("tasks") and len(names) > MOST_TASKS:
        raise invalid(f"At most {MOST_TASKS} tasks can be named, not {len(names)}.")
    shown, failures = [], []
    for name in names:
        task = region.tasks.find(name, cluster.arn)
        if task is None:
            arn = name if name.startswith("arn:") else _arn(region, cluster.name, name)
            failures.append({"arn": arn, "reason": "MISSING"})
        elif task.service is None or not task.live:
            failures.append(_failure(task, "TASK_NOT_VALID", NOT_OF_A_SERVICE))
        elif (reason := act(task, task.service)) is not None:
            failures.append(_failure(task, reason, BLOCKED))
        else:
            shown.append(_protection(region, task))
    return {"protectedTasks": shown, "failures": failures}


def _would_block(region: Region, service: Service, task: Task) -> bool:
    """Say whether more tasks would be protected than the service wants."""
    now = region.now()
    protected = sum(each.is_protected(now) for each in service.tasks() if each is not task)
    return protected + 1 > service.desired


def _protection(region: Region, task: Task) -> Document:
    protected = task.is_protected(region.now())
    return present(
        taskArn=task.arn,
        protectionEnabled=protected,
        expirationDate=task.protected_until if protected else None,
    )


def _failure(task: Task, reason: str, detail: str) -> Document:
    return {"arn": task.arn, "reason": reason, "detail": detail}


def _arn(region: Region, cluster: str, name: str) -> str:
    return f"arn:aws:ecs:{region.region}:{region.account}:task/{cluster}/{name}"
