"""What does one look in a bake find: its services, their alarms, and the requests that came?"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from functions.domain.bake.armed import Alarm
from functions.domain.bake.traffic import NONE, Requests, over_at
from functions.domain.plan import Bake, Baking
from functions.domain.rollout.failures import Failure, counted, failures, late
from functions.domain.rollout.identity import Expected
from functions.domain.rollout.look import Look
from functions.domain.rollout.memory import Memory


@dataclass(frozen=True, slots=True)
class Watched:
    """A service in its bake: what is expected of it since its roll, and how it stands.

    `memory` is what is known of its roll, with the tasks that failed up to the look before;
    `rolled` are those that its roll counted.
    """

    key: str
    expected: Expected
    memory: Memory
    look: Look
    task_healthy_seconds: int
    capacity_seconds: int
    rolled: Mapping[str, str] = field(default_factory=dict)

    @property
    def found(self) -> tuple[Failure, ...]:
        """The tasks of this look that speak against the release."""
        return (*failures(self.look.tasks), *self.late)

    @property
    def late(self) -> tuple[Failure, ...]:
        return late(self.look, self.task_healthy_seconds)

    @property
    def failed(self) -> dict[str, str]:
        """All that failed since the roll began: task id to cause."""
        return counted(self.memory.failed, self.found)


@dataclass(frozen=True, slots=True)
class BakeLook:
    """All services of a release at one moment; alarms by name, requests by service where due.

    `over_since` is when a look first found the bake to be over, None where none has yet.
    """

    bake: Bake
    began_at: datetime
    ends_at: datetime
    at: datetime
    watched: tuple[Watched, ...]
    alarms: Mapping[str, Alarm] = field(default_factory=dict)
    requests: Mapping[str, Requests] = field(default_factory=dict)
    over_since: datetime | None = None

    @property
    def services(self) -> tuple[Baking, ...]:
        return tuple(sorted(self.bake.services, key=lambda each: each.key))

    @property
    def released_at(self) -> datetime:
        """When the first service of the release was updated."""
        return min((each.memory.since for each in self.watched), default=self.began_at)

    def finding(self, alarms: Mapping[str, Alarm], requests: Mapping[str, Requests]) -> "BakeLook":
        return replace(self, alarms=alarms, requests=requests)

    def requests_of(self, service: Baking) -> Requests:
        return self.requests.get(service.key, NONE)

    def alarms_of(self, service: Baking) -> tuple[Alarm, ...]:
        return tuple(self.alarms[name] for name in service.rules.alarms)

    def over_at(self, service: Baking) -> datetime | None:
        """Return when the bake of a service is over, None while it is extended."""
        return over_at(service.rules, self.requests_of(service), self.began_at, self.at)
