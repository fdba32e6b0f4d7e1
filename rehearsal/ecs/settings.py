"""How fast, how patient and how strict is the scheduler? (scheduler-rules B1)"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Settings:
    pass_seconds: float = 10.0
    gate_seconds: float = 40.0
    """From RUNNING to healthy, where nothing checks (R4.4)."""
    stop_seconds: float = 20.0
    """From the end of draining to STOPPED."""
    stop_pending_seconds: float = 1.0
    fail_seconds: float = 5.0
    """The last part of a failing start: from the decision to STOPPED."""
    deregistration_delay_seconds: float = 30.0
    """Of target groups nobody configured; the default of ELB itself is 300."""
    throttle_series: tuple[float, ...] = (30, 30, 300, 600, 1200, 1620)
    impaired_from_attempt: int = 3
    ceiling_counts_stopping: bool = True
    exit_before_healthy_without_checks_counts: bool = False
    visible_seconds: float = 3600.0
    """Stopped tasks are shown for so long (R1.11)."""
    token_seconds: float = 86400.0
    message_repeat_seconds: float = 6 * 3600.0
