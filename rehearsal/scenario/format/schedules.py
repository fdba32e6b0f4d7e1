"""How does a scenario say which tasks are run by a schedule, and which image they are to run?"""

from dataclasses import dataclass, field
from typing import Annotated, Literal

from rehearsal.scenario.format.fields import Duration, Short
from rehearsal.scenario.format.references import ServiceName

ONE_OR_MORE = Short(lambda value: [value] if isinstance(value, str) else value, {"type": "string"})


@dataclass(frozen=True, slots=True)
class Schedule:
    """What runs tasks of a service at times; its name may have its group before a slash."""

    runs: ServiceName | None = None
    """The service whose task definition it runs; the first one of the application that lists it
    if not given."""
    kind: Literal["schedule", "rule"] = "schedule"
    """Of EventBridge Scheduler, or a rule of EventBridge, which has two targets."""
    revision: Literal["none", "fixed"] = "none"
    """Whether it names a revision: the one that runs at 0s."""
    at: list[Duration] = field(default_factory=list)
    """When it runs its tasks; what its expression says is not rehearsed."""
    missing: bool = False
    """There is none of this name, though the catalogue may list it."""


@dataclass(frozen=True, slots=True)
class ScheduleAfter:
    """A schedule at the end; what is not given may be anything."""

    runs: Annotated[list[str] | None, ONE_OR_MORE] = None
    """The tag of the image that a task of it would run now; a list where its targets differ."""
    ran: list[str] | None = None
    """The tags of the images of all tasks that it has run, in their order."""
