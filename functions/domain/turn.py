"""When is the next look?"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from functions.domain import moment
from functions.domain.rollout.judge import COALESCED_SECONDS


@dataclass(frozen=True, slots=True)
class Turn:
    """`wait_seconds` is the tick; when something wakes us sooner, `not_before` still holds."""

    looked_at: str
    not_before: str
    wait_seconds: int

    @classmethod
    def after(cls, now: datetime, wait_seconds: int) -> "Turn":
        soonest = now + timedelta(seconds=COALESCED_SECONDS)
        return cls(moment.text(now), moment.text(soonest), wait_seconds)
