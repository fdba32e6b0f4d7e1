"""Decide whether AWS stored the revision that it was asked to register."""

from dataclasses import dataclass
from typing import Any

from functions.aws import clients
from functions.aws.task_definitions import document, find
from functions.domain.errors import RetryableError
from functions.domain.task_definition import differences
from functions.edge import entrypoint, logger

_SHOWN = 5


@dataclass(frozen=True, slots=True)
class Request:
    """`asked` are the arguments of the state that registered, `revision` is the ARN it got."""

    execution: str
    asked: dict[str, Any]
    revision: str


@dataclass(frozen=True, slots=True)
class Answer:
    revision: str
    problem: str | None = None


@entrypoint(Request, Answer)
def handler(request: Request) -> Answer:
    ecs = clients.ecs()
    stored = find(ecs, request.revision)
    if stored is None:
        # ECS took it a moment ago; what describes it may not know yet.
        raise RetryableError(f"ECS does not know {request.revision} yet.")
    paths = differences(document(ecs, request.asked), stored.document)
    logger.info("compared", revision=request.revision, differences=paths)
    return Answer(request.revision, _problem(request.revision, paths))


def _problem(revision: str, paths: tuple[str, ...]) -> str | None:
    if not paths:
        return None
    more = f" and {len(paths) - _SHOWN} more" if len(paths) > _SHOWN else ""
    return (
        f"AWS stored {revision.rpartition('/')[2]} otherwise than asked, in "
        f"{', '.join(paths[:_SHOWN])}{more}. No service was touched: compare the revision with its "
        "base in the ECS console."
    )
