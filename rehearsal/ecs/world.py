"""What do all parts of the scheduler share: time, chance, the bus, and what images do?"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from random import Random
from string import ascii_letters, digits
from typing import Any

from rehearsal.ecs.capacity import Capacity
from rehearsal.ecs.clock import Clock, Timer
from rehearsal.ecs.settings import Settings
from rehearsal.ecs.tasks.behaviour import Lookup
from rehearsal.ecs.tasks.images import Registry
from rehearsal.ecs.tasks.targets import TargetGroups

Document = dict[str, Any]

Sink = Callable[[str, list[str], Document], object]
"""Takes detail type, resources and detail of an event. It must not call ECS before it returns."""


@dataclass(frozen=True, slots=True)
class LogLine:
    group: str
    stream: str
    text: str
    at: datetime


@dataclass(slots=True)
class World:
    clock: Clock
    random: Random
    sink: Sink
    behaviours: Lookup
    registry: Registry
    settings: Settings = field(default_factory=Settings)
    logs: Callable[[LogLine], object] | None = None
    capacity: Capacity = field(default_factory=Capacity)
    target_groups: TargetGroups = field(default_factory=TargetGroups)
    open: bool = True

    def now(self) -> datetime:
        return self.clock.now()

    def after(self, seconds: float, action: Callable[[], object]) -> Timer:
        """Act later, unless the world has been taken down by then."""
        return self.clock.at(max(seconds, 0.0), lambda: action() if self.open else None)

    def emit(self, detail_type: str, resource: str, detail: Document) -> None:
        self.sink(detail_type, [resource], detail)

    def hex(self, length: int) -> str:
        return f"{self.random.getrandbits(4 * length):0{length}x}"

    def uuid(self) -> str:
        return "-".join(self.hex(length) for length in (8, 4, 4, 4, 12))

    def number(self) -> str:
        """Return the 19 digits of a deployment and its service revision."""
        return str(self.random.randrange(10**18, 10**19))

    def code(self, length: int = 21) -> str:
        return "".join(self.random.choices(ascii_letters + digits, k=length))
