"""Has what a person had run ended, and how?"""

from dataclasses import dataclass
from datetime import datetime

from functions.aws import clients, keeping, tasks
from functions.domain.one_off.chosen import Task
from functions.domain.one_off.judge import Look, judge, why
from functions.domain.rollout.look import Task as Found
from functions.domain.verdict import Word
from functions.edge import entrypoint, logger


@dataclass(frozen=True, slots=True)
class Request:
    """`arn` is of the task that RunTask started, `failures` what it said instead."""

    execution: str
    now: datetime
    task: Task
    arn: str | None
    failures: tuple[str, ...]
    started_at: datetime


@dataclass(frozen=True, slots=True)
class Answer:
    """`message` is the sentence, `cause` that with the last of the `log_lines` of its container.

    `stop` says that the task is to be stopped.
    """

    verdict: Word
    message: str
    cause: str
    exit_code: int | None
    log_lines: tuple[str, ...]
    stop: bool
    wait_seconds: int


@entrypoint(Request, Answer)
def handler(request: Request) -> Answer:
    task = request.task
    found = tasks.one(clients.ecs(), task.cluster, request.arn) if request.arn else None
    judged = judge(task, _look(request, found))
    over = found is not None and judged.verdict is not Word.WAIT
    lines = _lines(request, found) if found is not None and over else ()
    logger.info("task judged", verdict=judged.verdict, reason=judged.message)
    return Answer(
        judged.verdict,
        judged.message,
        why(judged, lines),
        judged.exit_code,
        lines,
        judged.stop,
        judged.wait_seconds,
    )


def _look(request: Request, found: Found | None) -> Look:
    if found is None:
        refused = request.failures or ("ECS started no task and gave no reason",)
        return Look(request.now, request.started_at, "", refused=refused)
    stop = found.stop if found.last_status == "STOPPED" else None
    return Look(request.now, request.started_at, found.last_status, stop)


def _lines(request: Request, found: Found) -> tuple[str, ...]:
    answer = clients.ecs().describe_task_definition(taskDefinition=request.task.revision)
    lines = keeping.of_task(clients.logs, answer["taskDefinition"], found, request.task.log_lines)
    return tuple(lines.get(request.task.container, ()))
