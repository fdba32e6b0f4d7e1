"""Decide what to register for one service of a release: the base, with its images pinned."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from functions.aws import clients
from functions.aws.task_definitions import Described, arguments, describe_raw, find
from functions.domain.task_definition import Origin, pin, pinned_before, tags_of
from functions.edge import entrypoint, logger


@dataclass(frozen=True, slots=True)
class Request:
    """`key` is the word people use for the service, `base` the ARN of the base revision.

    `images` says what each named container is pinned to.
    """

    execution: str
    now: str
    application: str
    deployment: int
    release: int
    key: str
    base: str
    images: dict[str, str]
    image_tag: str | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """Either a problem, or what to register: unless `revision` says that this was done before."""

    register: dict[str, Any] | None = None
    revision: str | None = None
    problem: str | None = None


@entrypoint(Request, Answer)
def handler(request: Request) -> Answer:
    ecs = clients.ecs()
    base = describe_raw(ecs, request.base)
    asked = _unread(request, base) or pin(base.document, request.images, _tags(request))
    if isinstance(asked, str):
        problem = f"{request.application}/{request.key} cannot be pinned. {asked}"
        logger.info("not pinned", problem=problem)
        return Answer(problem=f"{problem} Nothing was changed.")
    newest = find(ecs, base.document["family"])
    revision = _registered_before(asked, newest)
    logger.info("pinned", base=request.base, images=request.images, revision=revision)
    return Answer(register=arguments(ecs, asked), revision=revision)


def _unread(request: Request, base: Described) -> str | None:
    if not base.unknown:
        return None
    several = len(base.unknown) > 1
    return (
        f"The {'members' if several else 'member'} {', '.join(base.unknown)} of the base "
        f"{request.base.rpartition('/')[2]} {'are' if several else 'is'} not known to this "
        "version and would be lost: update Pilothouse."
    )


def _tags(request: Request) -> dict[str, str]:
    return tags_of(
        Origin(
            application=request.application,
            release=request.release,
            deployment=request.deployment,
            base=request.base,
            image_tag=request.image_tag,
        )
    )


def _registered_before(asked: Mapping[str, Any], newest: Described | None) -> str | None:
    """Return our own registration where a state is repeated: it must not register twice."""
    if newest is None or not pinned_before(asked, newest.document):
        return None
    revision: str = newest.document["taskDefinitionArn"]
    return revision
