"""When does a load balancer call a task healthy, and how long does it drain it?

The plain form: no listener, no requests. A target is healthy when its container says so, and not
before the checks of its group can have passed.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class TargetGroup:
    healthy_seconds: float = 0.0
    """Healthy threshold times interval; counts from RUNNING (R5.2)."""
    deregistration_delay_seconds: float | None = None


@dataclass(frozen=True, slots=True)
class Target:
    """What DescribeTargetHealth shows of a task; `state` is ELB's word (R5.1)."""

    task: str
    address: str
    port: int
    state: str


class TargetGroups:
    def __init__(self) -> None:
        self._known: dict[str, TargetGroup] = {}

    def configure(self, arn: str, group: TargetGroup) -> None:
        self._known[arn] = group

    def healthy_seconds(self, arn: str) -> float:
        return self._of(arn).healthy_seconds

    def drain_seconds(self, arn: str, default: float) -> float:
        delay = self._of(arn).deregistration_delay_seconds
        return default if delay is None else delay

    def _of(self, arn: str) -> TargetGroup:
        return self._known.get(arn, TargetGroup())
