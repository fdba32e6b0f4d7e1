"""Can the percentages of a service move at all, and how many tasks does a roll need at once?"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from functions.domain.catalogue import Application, Strategy
from functions.domain.preflight.finding import Finding, Grade
from functions.domain.rollout.strategy import percents

CHECK = "percentages"


@dataclass(frozen=True, slots=True)
class Moves:
    """How far a service of `desired` tasks may move; the percentages are those of the roll.

    `balanced` says that ECS moves its tasks between Availability Zones.
    """

    desired: int
    minimum: int
    maximum: int
    daemon: bool = False
    native: bool = False
    balanced: bool = False

    @property
    def floor(self) -> int:
        """Return how many tasks stay healthy: the minimum rounds up (scheduler-rules R4.1)."""
        return math.ceil(self.desired * self.minimum / 100)

    @property
    def ceiling(self) -> int:
        """Return how many tasks there are at most: the maximum rounds down (R4.1)."""
        return math.floor(self.desired * self.maximum / 100)

    @property
    def stuck(self) -> bool:
        """Say whether nothing can be started and nothing stopped (R4.7)."""
        return self.floor >= self.desired > 0 and self.surge == 0

    @property
    def surge(self) -> int:
        """Return how many tasks there are beyond the desired ones at most (R4.5, R11.6)."""
        if self.native:
            return self.desired
        return min(self.desired, max(0, self.ceiling - self.desired))

    @property
    def least(self) -> int:
        """Return how many of them the roll cannot do without; 0 where it can stop first."""
        if self.native:
            return self.desired
        return int(self.floor >= self.desired and self.surge > 0)


def moves(found: Mapping[str, Any], strategy: Strategy) -> Moves:
    """Return how a service rolls that DescribeServices shows, by the strategy of the catalogue.

    A service that is recreated has 0 and 100 % for this deployment.
    """
    allowed = percents(found.get("deploymentConfiguration") or {})
    recreated = strategy is Strategy.RECREATE
    return Moves(
        desired=found.get("desiredCount", 0),
        minimum=0 if recreated else allowed.minimum,
        maximum=100 if recreated else allowed.maximum,
        daemon=found.get("schedulingStrategy") == "DAEMON",
        native=allowed.native,
        balanced=found.get("availabilityZoneRebalancing") == "ENABLED",
    )


def judged(key: str, strategy: Strategy, moving: Moves) -> Finding:
    """Say how a service rolls, or why it never can."""
    if strategy is Strategy.RECREATE:
        return _recreated(key, moving)
    if moving.desired == 0:
        return _at_zero(key)
    if moving.stuck:
        return _stuck(key, moving)
    return Finding(CHECK, Grade.OK, key, _rolls(key, moving))


def nothing_proved(application: Application, all_moving: Sequence[Moves]) -> Finding | None:
    """Stop a contract migration that no running task has gone before."""
    if application.migrations.contract is None or any(each.desired for each in all_moving):
        return None
    return Finding(
        CHECK,
        Grade.STOP,
        application.application,
        "All services are scaled to zero, so nothing of the release would have run when its "
        "contract migration begins, after which there is no way back.",
        "Scale a service up before, or take migrations.contract out for this release.",
    )


def _recreated(key: str, moving: Moves) -> Finding:
    kind = "is a DAEMON" if moving.daemon else "has a deployment strategy of ECS's own"
    if moving.daemon or moving.native:
        return Finding(
            CHECK,
            Grade.STOP,
            key,
            f"{key} {kind}, which cannot be recreated.",
            f"Take strategy: recreate off services.{key} in the catalogue.",
        )
    if moving.balanced:
        return _balanced(key)
    if moving.desired > 1:
        return Finding(
            CHECK,
            Grade.STOP,
            key,
            f"{key} is to be recreated and has {tasks(moving.desired)}: ECS starts the first new "
            "task as soon as one old task has stopped, while others still drain, so two revisions "
            "would run at once.",
            f"Scale {key} to 1 task, or take strategy: recreate off services.{key}.",
        )
    if moving.desired == 0:
        return _at_zero(key)
    message = f"{key} is recreated: its 1 task stops before the new one starts, with downtime."
    return Finding(CHECK, Grade.OK, key, message)


def _balanced(key: str) -> Finding:
    """Stop what ECS refuses: with rebalancing, a service may not have 100 % at most (R12.4).

    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-rebalancing.html
    """
    return Finding(
        CHECK,
        Grade.STOP,
        key,
        f"{key} is to be recreated with maximumPercent 100, which ECS does not allow while "
        "Availability Zone rebalancing is ENABLED for it.",
        f"Switch it off (update-service --availability-zone-rebalancing DISABLED, which deploys "
        f"nothing), or take strategy: recreate off services.{key}.",
    )


def _at_zero(key: str) -> Finding:
    return Finding(
        CHECK,
        Grade.WARN,
        key,
        f"{key} is scaled to zero: nothing of the release is seen there before somebody scales "
        "it up.",
        f"Scale {key} up before, if the release is to be proved there.",
    )


def _stuck(key: str, moving: Moves) -> Finding:
    desired, up, down = moving.desired, *_rounded(moving)
    enough = math.ceil(100 * (desired + 1) / desired)
    low = math.floor(100 * (desired - 1) / desired)
    # A daemon has one task on each instance, never two (R4.11).
    raise_it = "" if moving.daemon else f"Set maximumPercent to {enough} or more, or "
    lower_it = f"minimumHealthyPercent to {low} or less"
    return Finding(
        CHECK,
        Grade.STOP,
        key,
        f"{key} can never roll: with desired {desired}, minimum {moving.minimum} % {up} and "
        f"maximum {moving.maximum} % {down} no task can be started and none stopped.",
        f"{raise_it or 'Set '}{lower_it}.",
    )


def tasks(number: int, more: str = "") -> str:
    """Return `1 task`, or `2 more tasks` with the word for it."""
    word = f"{more} " if more else ""
    return f"1 {word}task" if number == 1 else f"{number} {word}tasks"


def _rounded(moving: Moves) -> tuple[str, str]:
    return f"(rounds up to {moving.floor})", f"(rounds down to {moving.ceiling})"


def _rolls(key: str, moving: Moves) -> str:
    desired = moving.desired
    if moving.native:
        return (
            f"{key} rolls by its own strategy, with {tasks(desired, 'more')} until the end of it."
        )
    up, down = _rounded(moving)
    numbers = (
        f"desired {desired}, minimum {moving.minimum} % {up}, maximum {moving.maximum} % {down}"
    )
    if moving.daemon:
        first = desired - moving.floor
        return f"{key} is a DAEMON, so it stops first, {tasks(first)} at a time: {numbers}."
    how = "starts first" if moving.least else "stops first"
    number = moving.surge if moving.least else desired - moving.floor
    return f"{key} {how}, {tasks(number)} at a time: {numbers}."
