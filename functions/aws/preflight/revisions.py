"""Which revisions does ECS have: those that run, and those to go back to?"""

from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING

from functions.aws import task_definitions
from functions.aws.preflight.asking import asked
from functions.domain.known import Facts, Known
from functions.domain.preflight.drift import to_compare
from functions.domain.preflight.manifest import Manifest
from functions.domain.preflight.naming import Document
from functions.domain.preflight.sight import Unread
from functions.domain.recovery.restorable import Restorable
from functions.domain.release import Part

if TYPE_CHECKING:
    from mypy_boto3_ecs import ECSClient

ACTION = "ecs:DescribeTaskDefinition"


def running(
    client: "ECSClient", facts: Mapping[str, Facts], known: Known
) -> dict[str, Document | Unread]:
    """Return the revision that runs, of each service of which it is not of the same base."""
    return {
        key: asked(ACTION, partial(_document, client, facts[key].runs))
        for key in to_compare(facts, known)
    }


def stables(
    client: "ECSClient",
    facts: Mapping[str, Facts],
    known: Known,
    manifests: Mapping[str, Manifest] | Unread,
) -> dict[str, Restorable | Unread]:
    """Return how each service could be taken back; `manifests` are by digest.

    Only a revision that neither runs nor is of the base of the release has to be asked for.
    """
    return {
        key: _restorable(client, facts[key], stable.part, manifests)
        for key, stable in known.stables.items()
        if key in facts
    }


def _restorable(
    client: "ECSClient", facts: Facts, part: Part, manifests: Mapping[str, Manifest] | Unread
) -> Restorable | Unread:
    if isinstance(manifests, Unread):
        return manifests
    gone = tuple(image for image in sorted(set(part.images.values())) if _gone(image, manifests))
    if facts.runs in (part.revision, part.base) or part.base == facts.base:
        return Restorable(part.base, part.revision, gone)
    found = asked(ACTION, lambda: _left(client, part))
    return found if isinstance(found, Unread) else Restorable(found, None, gone)


def _gone(image: str, manifests: Mapping[str, Manifest]) -> bool:
    found = manifests.get(image.partition("@")[2])
    return bool(found and found.gone)


def _left(client: "ECSClient", part: Part) -> str | None:
    """Return the revision that the part can be made again of, if one is left."""
    each = (name for name in (part.revision, part.base) if name)
    return next((name for name in each if task_definitions.find(client, name)), None)


def _document(client: "ECSClient", revision: str) -> Document:
    return task_definitions.describe_raw(client, revision).document
