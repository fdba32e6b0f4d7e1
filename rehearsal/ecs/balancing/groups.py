"""Which target groups are there, and how do they check and drain? (scheduler-rules R5.1)"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from rehearsal.ecs.tasks.checks import Check

UNHEALTHY_DRAIN = "target_health_state.unhealthy.draining_interval_seconds"
DELAY = "deregistration_delay.timeout_seconds"
ROUTED = "target_group_health.unhealthy_state_routing.minimum_healthy_targets.count"

ATTRIBUTES: Mapping[str, str] = {
    DELAY: "300",
    "stickiness.enabled": "false",
    "stickiness.type": "lb_cookie",
    "stickiness.lb_cookie.duration_seconds": "86400",
    "stickiness.app_cookie.cookie_name": "",
    "stickiness.app_cookie.duration_seconds": "86400",
    "slow_start.duration_seconds": "0",
    "load_balancing.algorithm.type": "round_robin",
    "load_balancing.algorithm.anomaly_mitigation": "off",
    "load_balancing.cross_zone.enabled": "use_load_balancer_configuration",
    "target_group_health.dns_failover.minimum_healthy_targets.count": "1",
    "target_group_health.dns_failover.minimum_healthy_targets.percentage": "off",
    ROUTED: "1",
    "target_group_health.unhealthy_state_routing.minimum_healthy_targets.percentage": "off",
}
"""What a target group of an application load balancer has, and its defaults."""

ATTRIBUTES_OF_TCP: Mapping[str, str] = {
    DELAY: "300",
    "deregistration_delay.connection_termination.enabled": "false",
    "stickiness.enabled": "false",
    "stickiness.type": "source_ip",
    "preserve_client_ip.enabled": "false",
    "proxy_protocol_v2.enabled": "false",
    "load_balancing.cross_zone.enabled": "use_load_balancer_configuration",
    "target_health_state.unhealthy.connection_termination.enabled": "true",
    UNHEALTHY_DRAIN: "0",
    "target_group_health.dns_failover.minimum_healthy_targets.count": "1",
    "target_group_health.dns_failover.minimum_healthy_targets.percentage": "off",
    ROUTED: "1",
    "target_group_health.unhealthy_state_routing.minimum_healthy_targets.percentage": "off",
}
"""What one of a network load balancer has."""


@dataclass(frozen=True, slots=True)
class TargetGroup:
    """Without an `interval` its checks see at once what an app does."""

    healthy_seconds: float = 0.0
    """Without an interval: no target is healthy sooner after its registration."""
    deregistration_delay_seconds: float | None = None
    """None: what the settings say."""
    interval: float | None = None
    """Seconds from check to check."""
    timeout: float = 6.0
    healthy_threshold: int = 5
    unhealthy_threshold: int = 2
    port: int = 80
    protocol: str = "HTTP"
    """TCP for a network load balancer."""
    path: str = "/"
    target_type: str = "ip"
    """ip, or instance for tasks that share the network of their host."""
    attributes: Mapping[str, str] = field(default_factory=dict)
    """Those that are not as by default."""

    @property
    def defaults(self) -> Mapping[str, str]:
        return ATTRIBUTES_OF_TCP if self.protocol == "TCP" else ATTRIBUTES

    def check(self, *, answered: bool) -> Check | None:
        """Return the numbers of the check; one that nobody answers takes its time to fail."""
        if self.interval is None:
            return None
        late = 0.0 if answered else self.timeout
        return Check(self.interval, self.healthy_threshold, self.unhealthy_threshold, late)


MINUTE_SECONDS = 60

Key = tuple[str, int]
"""Address or instance, and port."""


class TargetGroups:
    """By ARN. A group that nobody configured is there as soon as a service names it."""

    def __init__(self) -> None:
        self._known: dict[str, TargetGroup] = {}
        self.strangers: dict[str, dict[Key, datetime]] = {}
        """By group: targets that are no task of ours, with the time of their registration."""
        self._rates: dict[str, list[tuple[datetime, float]]] = {}

    def configure(self, arn: str, group: TargetGroup) -> None:
        self._known[arn] = group

    def of(self, arn: str) -> TargetGroup:
        return self._known.get(arn, TargetGroup())

    def ask(self, arn: str, per_minute: float, at: datetime) -> None:
        """Have so many requests come to a group from a moment on; there are none before."""
        self._rates.setdefault(arn, []).append((at, per_minute))

    def asked(self) -> list[str]:
        return list(self._rates)

    def requests(self, arn: str, since: datetime, until: datetime) -> int:
        """Return how many requests came in between, steadily as they come."""
        rates = self._rates.get(arn, [])
        ends = [*(at for at, _ in rates[1:]), until]
        total = 0.0
        for (begins, per_minute), ends_at in zip(rates, ends, strict=False):
            seconds = (min(ends_at, until) - max(begins, since)).total_seconds()
            total += per_minute * max(seconds, 0.0) / MINUTE_SECONDS
        return round(total)

    def known(self) -> list[str]:
        return list(self._known)

    def drain_seconds(self, arn: str, default: float) -> float:
        delay = self.of(arn).deregistration_delay_seconds
        return default if delay is None else delay

    def attributes(self, arn: str, default_delay: float) -> dict[str, str]:
        delay = self.drain_seconds(arn, default_delay)
        group = self.of(arn)
        return {**group.defaults, **group.attributes, DELAY: f"{delay:g}"}

    def modify(self, arn: str, attributes: Mapping[str, str]) -> None:
        """Change attributes. A drain that is under way keeps its time (unverified)."""
        group = self.of(arn)
        changed = replace(group, attributes={**group.attributes, **attributes})
        if DELAY in attributes:
            changed = replace(changed, deregistration_delay_seconds=float(attributes[DELAY]))
        self._known[arn] = changed
