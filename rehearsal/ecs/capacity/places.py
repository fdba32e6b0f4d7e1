"""What is asked of a cluster's capacity, and what does it answer?"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum, auto
from typing import TYPE_CHECKING, Any

from rehearsal.ecs.capacity import needs
from rehearsal.ecs.capacity.choosing import BALANCE, Wish
from rehearsal.ecs.capacity.instances import Instance
from rehearsal.ecs.capacity.needs import Port

if TYPE_CHECKING:
    from rehearsal.ecs.tasks.definitions import Definition
    from rehearsal.ecs.tasks.task import Task

ALWAYS_FARGATE = ("FARGATE", "FARGATE_SPOT")


class Wait(Enum):
    INSTANCE = auto()
    """In PROVISIONING, for managed scaling to start an instance (R7.4)."""
    RELEASE = auto()
    """In PENDING, for a stopping task to let go of what the scheduler counts as free (R4.3)."""


@dataclass(frozen=True, slots=True)
class Request:
    definition: "Definition"
    asked: dict[str, Any]
    """The members of RunTask or of a service that say where a task may run."""
    group: str
    peers: Sequence["Task"] = ()
    """The tasks of the same service, or of the same call of RunTask."""
    is_of_service: bool = False
    """Then zones are kept in balance where no strategy is named."""
    on: Instance | None = None
    """The one instance that is meant, if it has to be this."""


@dataclass(frozen=True, slots=True)
class Place:
    launch_type: str
    zone: str
    provider: str | None = None
    instance: Instance | None = None
    ports: tuple[Port, ...] = ()
    wish: Wish | None = None
    """What was asked of the instances, where there are any."""
    wait: Wait | None = None


def launched_by(asked: dict[str, Any], peers: Sequence["Task"] = ()) -> tuple[str, str | None]:
    """Return the launch type of the next task, and the capacity provider behind it."""
    strategy = asked.get("capacityProviderStrategy")
    if not strategy:
        return str(asked.get("launchType") or "EC2"), None
    provider = next_provider(strategy, [task.placement.capacity_provider for task in peers])
    return ("FARGATE" if provider in ALWAYS_FARGATE else "EC2"), provider


def next_provider(strategy: Sequence[dict[str, Any]], taken: Sequence[str | None]) -> str:
    """Fill the base first, then keep the tasks beyond it in the ratio of the weights."""
    for each in strategy:
        if taken.count(each["capacityProvider"]) < int(each.get("base") or 0):
            return str(each["capacityProvider"])
    weighed = [each for each in strategy if each.get("weight")] or list(strategy)

    def share(each: dict[str, Any]) -> float:
        beyond = taken.count(each["capacityProvider"]) - int(each.get("base") or 0)
        return (beyond + 1) / int(each.get("weight") or 1)

    return str(min(weighed, key=share)["capacityProvider"])


def wished(request: Request, provider: str | None) -> Wish:
    """Return what a request asks of the instances."""
    asked, document = request.asked, request.definition.document
    constraints = (
        *(document.get("placementConstraints") or ()),
        *(asked.get("placementConstraints") or ()),
    )
    default = BALANCE if request.is_of_service else ()
    return Wish(
        request.group,
        needs.of(request.definition, asked.get("overrides") or {}),
        constraints,
        asked.get("placementStrategy") or default,
        provider,
    )
