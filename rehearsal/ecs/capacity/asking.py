"""Does ECS understand where a task is to run, and what holds if nobody said?"""

from collections.abc import Callable, Sequence
from typing import Any

from rehearsal.ecs.capacity.places import ALWAYS_FARGATE
from rehearsal.ecs.errors import RefusedError, invalid

Document = dict[str, Any]

PLATFORMS = ("LATEST", "1.4.0", "1.3.0", "1.2.0", "1.1.0", "1.0.0")
BOTH = (
    "Specifying both a launch type and capacity provider strategy is not supported. "
    "Remove one and try again."
)
NOT_OF_CLUSTER = (
    "The specified capacity provider strategy cannot contain a capacity provider that is not "
    "associated with the cluster. Associate the capacity provider with the cluster and try again."
)


def understood(
    asked: Document, default: Sequence[Document], knows: Callable[[str], bool]
) -> Document:
    """Return what is asked for, with the cluster's default strategy where nothing is said."""
    strategy = asked.get("capacityProviderStrategy")
    if strategy and asked.get("launchType"):
        raise invalid(BOTH)
    if not strategy and not asked.get("launchType") and default:
        strategy = [dict(each) for each in default]
        asked = {**asked, "capacityProviderStrategy": strategy}
    names = [str(each["capacityProvider"]) for each in strategy or []]
    if not all(name in ALWAYS_FARGATE or knows(name) for name in names):
        raise invalid(NOT_OF_CLUSTER)
    if asked.get("platformVersion") not in (None, *PLATFORMS):
        message = "The specified platform version does not exist."
        raise RefusedError("PlatformUnknownException", message)
    return asked


def platform(asked: Document) -> str:
    """Return the version of Fargate's platform that a task gets."""
    version = asked.get("platformVersion") or "LATEST"
    return "1.4.0" if version == "LATEST" else str(version)
