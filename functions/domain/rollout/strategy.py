"""How may a service roll, and how long does its strategy take by itself?"""

import math
from collections.abc import Mapping, Sequence
from typing import Any

from functions.domain.rollout.look import Percents

HOOK_MINUTES = 1_440
"""How long a lifecycle hook is awaited where it has no time-out of its own (API: HookTimeout)."""

PER_STEP = ("PRE_PRODUCTION_TRAFFIC_SHIFT", "PRODUCTION_TRAFFIC_SHIFT")
"""The stages that run once for each step of LINEAR and CANARY (scheduler-rules R11.6)."""


def percents(configuration: Mapping[str, Any]) -> Percents:
    """Return how a service may roll, from its `deploymentConfiguration`."""
    native = configuration.get("strategy", "ROLLING") != "ROLLING"
    return Percents(
        minimum=configuration.get("minimumHealthyPercent", 100),
        maximum=configuration.get("maximumPercent", 200),
        native=native,
        own_seconds=_own_minutes(configuration) * 60,
    )


def _own_minutes(configuration: Mapping[str, Any]) -> int:
    """Return the minutes of steps, bakes and the time-outs of hooks, one after the other."""
    steps, step_bake = _steps(configuration)
    bake = configuration.get("bakeTimeInMinutes") or 0
    hooks = _hooks(configuration.get("lifecycleHooks") or (), steps)
    return int(bake + (steps - 1) * step_bake + hooks)


def _steps(configuration: Mapping[str, Any]) -> tuple[int, int]:
    """Return how many steps the traffic takes, and the minutes between two (R11.6)."""
    match configuration.get("strategy"):
        case "LINEAR":
            linear = configuration.get("linearConfiguration") or {}
            steps = math.ceil(100 / linear.get("stepPercent", 10.0))
            return steps, linear.get("stepBakeTimeInMinutes", 6)
        case "CANARY":
            canary = configuration.get("canaryConfiguration") or {}
            return 2, canary.get("canaryBakeTimeInMinutes", 10)
    return 1, 0


def _hooks(hooks: Sequence[Mapping[str, Any]], steps: int) -> int:
    """Add up, stage by stage, the longest time-out: hooks of one stage run at the same time."""
    longest: dict[str, int] = {}
    for hook in hooks:
        minutes = (hook.get("timeoutConfiguration") or {}).get("timeoutInMinutes", HOOK_MINUTES)
        for stage in hook.get("lifecycleStages") or ():
            longest[stage] = max(longest.get(stage, 0), minutes)
    return sum(minutes * (steps if stage in PER_STEP else 1) for stage, minutes in longest.items())
