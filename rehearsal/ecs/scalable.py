"""What does the scheduler want to know of Application Auto Scaling?"""

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Limits:
    """A scalable target: between what counts the service may be scaled, and which way at all."""

    least: int
    most: int
    in_suspended: bool = False
    out_suspended: bool = False


class Scalable(Protocol):
    def find(self, account: str, region: str, cluster: str, service: str) -> Limits | None:
        """Return the limits of a service that is registered."""
        ...


class NothingScalable:
    """An Application Auto Scaling that nobody uses."""

    def find(self, account: str, region: str, cluster: str, service: str) -> Limits | None:
        return None
