"""What is known of the migrations that were begun, and do they leave a way back?"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

EXPAND, CONTRACT, UNDO, PROBE = "expand", "contract", "undo", "probe"


class State(StrEnum):
    """Started: nobody has seen its end yet. Undone: its own `undo` has taken it back."""

    STARTED = "Started"
    PASSED = "Passed"
    FAILED = "Failed"
    UNDONE = "Undone"


@dataclass(frozen=True, slots=True)
class Ran:
    """A migration of release number `release` as the ledger knows it.

    `attempt` counts from 1, `deployment` is the one that began it at `started_at` (ISO 8601) in
    `cluster`; `message` is what its end was told with, `task` the id of its task.
    """

    release: int
    phase: str
    state: State
    attempt: int
    deployment: int
    started_at: str
    breaking: bool = False
    exit_code: int | None = None
    message: str = ""
    cluster: str = ""
    task: str = ""

    @property
    def leaves_no_way_back(self) -> bool:
        """Whether code from before does not bear it; what ECS refused to start changed nothing."""
        if self.state is State.FAILED and not self.task:
            return False
        return self.phase == CONTRACT or (self.breaking and self.state is not State.UNDONE)


def found(ran: Sequence[Ran], release: int, phase: str) -> Ran | None:
    return next((each for each in ran if (each.release, each.phase) == (release, phase)), None)


def point_of_no_return(ran: Sequence[Ran]) -> Ran | None:
    """Return the migration that was begun last of those that code from before does not bear."""
    return max(
        (each for each in ran if each.leaves_no_way_back),
        key=lambda each: each.started_at,
        default=None,
    )
