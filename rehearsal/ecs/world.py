"""What do all parts of the scheduler share: time, chance, the bus, and what images do?"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from random import Random
from string import ascii_letters, digits
from typing import TYPE_CHECKING, Any, Union

from rehearsal.ecs.alarms import Alarms, NoAlarms
from rehearsal.ecs.balancing.groups import TargetGroups
from rehearsal.ecs.capacity import Capacity
from rehearsal.ecs.capacity.account import Account
from rehearsal.ecs.clock import Clock, Timer
from rehearsal.ecs.errors import UninvokableError
from rehearsal.ecs.scalable import NothingScalable, Scalable
from rehearsal.ecs.settings import Settings
from rehearsal.ecs.tasks.behaviour import Lookup
from rehearsal.ecs.tasks.images import Registry

if TYPE_CHECKING:
    from rehearsal.ecs.rollout.ecs_service import Service
    from rehearsal.ecs.tasks.task import Task

Document = dict[str, Any]

Invoke = Callable[[str, Document], object]
"""Calls a Lambda function by ARN with an event and returns its answer; it may raise."""

Sink = Callable[[str, list[str], Document], object]
"""Takes detail type, resources and detail of an event. It must not call ECS before it returns."""


@dataclass(frozen=True, slots=True)
class LogLine:
    group: str
    stream: str
    text: str
    at: datetime
    account: str = ""
    region: str = ""


def no_function(arn: str, event: Document) -> object:
    raise UninvokableError(f"Function not found: {arn}")


@dataclass(slots=True)
class World:
    clock: Clock
    random: Random
    sink: Sink
    behaviours: Lookup
    registry: Registry
    settings: Settings = field(default_factory=Settings)
    logs: Callable[[LogLine], object] | None = None
    invoke: Invoke = no_function
    capacity: Capacity = field(default_factory=Capacity)
    account: Account = field(default_factory=Account)
    target_groups: TargetGroups = field(default_factory=TargetGroups)
    alarms: Alarms = field(default_factory=NoAlarms)
    scalable: Scalable = field(default_factory=NothingScalable)
    on_change: list[Callable[[Union["Task", "Service"]], object]] = field(default_factory=list)
    """Hear which task or service may look different now: what it looks like is theirs to read."""
    open: bool = True

    def now(self) -> datetime:
        return self.clock.now()

    def after(self, seconds: float, action: Callable[[], object]) -> Timer:
        """Act later, unless the world has been taken down by then."""
        return self.clock.at(max(seconds, 0.0), lambda: action() if self.open else None)

    def emit(self, detail_type: str, resource: str, detail: Document) -> None:
        self.sink(detail_type, [resource], detail)

    def changed(self, subject: Union["Task", "Service"]) -> None:
        for listener in self.on_change:
            listener(subject)

    def hex(self, length: int) -> str:
        return f"{self.random.getrandbits(4 * length):0{length}x}"

    def uuid(self) -> str:
        return "-".join(self.hex(length) for length in (8, 4, 4, 4, 12))

    def number(self) -> str:
        """Return the 19 digits of a deployment and its service revision."""
        return str(self.random.randrange(10**18, 10**19))

    def code(self, length: int = 21) -> str:
        return "".join(self.random.choices(ascii_letters + digits, k=length))
