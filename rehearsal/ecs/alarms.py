"""What does the scheduler want to know of CloudWatch?"""

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Alarm:
    state: str
    """OK, ALARM or INSUFFICIENT_DATA."""
    seconds: float
    """So long an alarm looks back: its period times the periods it evaluates."""


class Alarms(Protocol):
    def find(self, account: str, region: str, name: str) -> Alarm | None:
        """Return an alarm by name."""
        ...


class NoAlarms:
    """A CloudWatch without any alarm."""

    def find(self, account: str, region: str, name: str) -> Alarm | None:
        return None
