"""How long does ECS take to roll a service at best?

With `up` from the start of a task until it counts as healthy and `down` from its stop until it has
stopped, in which it still takes the place of a new one (scheduler-rules R4.3), ECS stops what the
minimum does without, starts what the maximum has room for, and goes on as soon as it can (B2).
"""

import heapq
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from functions.domain.preflight.percentages import Moves
from functions.domain.rollout.strategy import percents

STARTED_SECONDS = 20
"""From the start of a task to RUNNING, at best (observed: R1.13)."""
STOPPED_SECONDS = 20
"""From the end of draining to STOPPED (observed: R1.13)."""
UNCHECKED_SECONDS = 40
"""From RUNNING until a task counts as healthy that nothing checks (R4.4)."""
DRAIN_SECONDS = 300
"""How long a target drains where nobody said otherwise (R5.1)."""
CHECK_SECONDS = 30
"""How far apart health checks are where nobody said otherwise (R5.1, R5.3)."""
CHECKS = 5
"""How many checks a target has to pass where nobody said otherwise (R5.1)."""


@dataclass(frozen=True, slots=True)
class Group:
    """A target group: its health check, and how long it drains; None where that was not read."""

    interval_seconds: int = CHECK_SECONDS
    threshold: int = CHECKS
    drain_seconds: int | None = None


@dataclass(slots=True)
class _Roll:
    """A roll at one moment; `coming` are its next moments: when, tasks up, and tasks gone."""

    moves: Moves
    old: int
    new: int = 0
    starting: int = 0
    stopping: int = 0
    coming: list[tuple[int, int, int]] = field(default_factory=list)

    def act(self, at: int, up: int, down: int) -> None:
        stopped = max(0, min(self.old, self.old + self.new - self.moves.floor))
        self.old -= stopped
        self.stopping += stopped
        taken = self.old + self.new + self.starting + self.stopping
        wanted = self.moves.desired - self.new - self.starting
        started = max(0, min(wanted, self.moves.ceiling - taken))
        self.starting += started
        for when, healthy, gone in ((at + up, started, 0), (at + down, 0, stopped)):
            if healthy or gone:
                heapq.heappush(self.coming, (when, healthy, gone))

    def hear(self) -> int:
        """Let the next moment come; return when it is."""
        at, healthy, gone = heapq.heappop(self.coming)
        self.starting -= healthy
        self.new += healthy
        self.stopping -= gone
        return at


def seconds(moves: Moves, up: int, down: int) -> int:
    """Return how long all tasks take to be replaced; 0 for a service without, or that is stuck."""
    roll, at = _Roll(moves, moves.desired), 0
    roll.act(at, up, down)
    while roll.coming:
        at = roll.hear()
        roll.act(at, up, down)
    return at


def at_best(
    found: Mapping[str, Any], definition: Mapping[str, Any], moves: Moves, groups: Iterable[Group]
) -> int:
    """Return the seconds of a service that DescribeServices shows, with what its strategy takes.

    Hooks are taken to answer at once.
    """
    if not moves.desired:
        return 0
    behind = tuple(groups)
    up, down = _up(definition, behind), _down(behind)
    configuration = found.get("deploymentConfiguration") or {}
    own = percents({**configuration, "lifecycleHooks": ()}).own_seconds
    return (up + down if moves.native else seconds(moves, up, down)) + own


def _up(definition: Mapping[str, Any], groups: tuple[Group, ...]) -> int:
    """Return how long a task takes to count as healthy, its slowest check at once passing."""
    checks = [
        each["healthCheck"].get("interval", CHECK_SECONDS)
        for each in definition.get("containerDefinitions") or ()
        if each.get("essential", True) and each.get("healthCheck")
    ]
    # The first check of a target comes at once, those after it an interval apart (R5.2).
    checks += [each.interval_seconds * (each.threshold - 1) for each in groups]
    return STARTED_SECONDS + max(checks, default=UNCHECKED_SECONDS)


def _down(groups: tuple[Group, ...]) -> int:
    drains = [
        DRAIN_SECONDS if each.drain_seconds is None else each.drain_seconds for each in groups
    ]
    return STOPPED_SECONDS + max(drains, default=0)
