"""May a deployment of ECS go on, which asks at a lifecycle hook? No state asks this."""

import os
from dataclasses import dataclass
from typing import Any

from functions.aws import clients, hooked
from functions.domain.hook import (
    ASKS,
    CALL_BACK_SECONDS,
    Status,
    asks_before,
    objection,
    unanswered,
)
from functions.edge import entrypoint, logger


@dataclass(frozen=True, slots=True)
class _Details:
    """Which service ECS deploys, and to which revision; both as ARNs."""

    service_arn: str | None = None
    target_service_revision_arn: str | None = None


@dataclass(frozen=True, slots=True)
class Request:
    """The event of ECS: where its details stand is documented in two ways, so both are read.

    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/deployment-lifecycle-hooks.html
    """

    service_arn: str | None = None
    target_service_revision_arn: str | None = None
    execution_details: _Details | None = None
    hook_details: Any = None


@dataclass(frozen=True, slots=True)
class Answer:
    """`call_back_delay` is in seconds; ECS hands `hook_details` back when it asks again."""

    hook_status: Status
    call_back_delay: int | None = None
    hook_details: dict[str, Any] | None = None


@entrypoint(Request, Answer, of_aws=True)
def handler(request: Request) -> Answer:
    try:
        why = _objection(request)
    except Exception:
        # Whatever it is: ECS would take a function that fails for a deployment that has failed.
        logger.exception("could not look")
        return _later(request)
    logger.info("hook answered", objection=why)
    return Answer(Status.FAILED if why else Status.SUCCEEDED)


def _objection(request: Request) -> str | None:
    details = request.execution_details or _Details()
    asked = details.target_service_revision_arn or request.target_service_revision_arn
    revision, origin = hooked.target(clients.ecs(), asked or "")
    if origin is None:
        return None
    known = hooked.known(clients.dynamodb(), os.environ["LEDGER"], revision, origin)
    why = objection(origin, known)
    service = details.service_arn or request.service_arn or ""
    # On the way back ECS asks for the same revision, and must not be kept from leaving it.
    return why if why and not hooked.goes_back(clients.ecs(), service) else None


def _later(request: Request) -> Answer:
    asks = asks_before(request.hook_details) + 1
    status = unanswered(asks)
    if status is Status.SUCCEEDED:
        return Answer(status)
    given = request.hook_details if isinstance(request.hook_details, dict) else {}
    return Answer(status, CALL_BACK_SECONDS, {**given, ASKS: asks})
