"""In which stages and steps does a deployment strategy shift the traffic? (R11.5, R11.6)"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from rehearsal.ecs.world import Document

ROLLING = "ROLLING"
SHIFTING = ("BLUE_GREEN", "LINEAR", "CANARY")

WHOLE = 100.0


class Stage(StrEnum):
    """`lifecycleStage`, in the order of a deployment."""

    RECONCILE_SERVICE = "RECONCILE_SERVICE"
    PRE_SCALE_UP = "PRE_SCALE_UP"
    SCALE_UP = "SCALE_UP"
    POST_SCALE_UP = "POST_SCALE_UP"
    TEST_TRAFFIC_SHIFT = "TEST_TRAFFIC_SHIFT"
    POST_TEST_TRAFFIC_SHIFT = "POST_TEST_TRAFFIC_SHIFT"
    PRE_PRODUCTION_TRAFFIC_SHIFT = "PRE_PRODUCTION_TRAFFIC_SHIFT"
    PRODUCTION_TRAFFIC_SHIFT = "PRODUCTION_TRAFFIC_SHIFT"
    POST_PRODUCTION_TRAFFIC_SHIFT = "POST_PRODUCTION_TRAFFIC_SHIFT"
    BAKE_TIME = "BAKE_TIME"
    CLEAN_UP = "CLEAN_UP"


@dataclass(frozen=True, slots=True)
class Step:
    percent: float
    """The share of the production traffic that the new revision has from here on."""
    bake_minutes: float = 0.0
    """How long the next step waits."""


def steps(configuration: Document) -> Iterator[Step]:
    """Return the shifts of production traffic; the last one is the whole of it."""
    strategy = configuration["strategy"]
    if strategy == "LINEAR":
        yield from _linear(configuration.get("linearConfiguration") or {})
    elif strategy == "CANARY":
        yield from _canary(configuration.get("canaryConfiguration") or {})
    yield Step(WHOLE)


def _linear(asked: Document) -> Iterator[Step]:
    each = float(asked.get("stepPercent", 10.0))
    bake = float(asked.get("stepBakeTimeInMinutes", 6))
    percent = each
    while percent < WHOLE:
        yield Step(percent, bake)
        # Tenths of a percent, whatever the sum of floats says.
        percent = round(percent + each, 1)


def _canary(asked: Document) -> Iterator[Step]:
    percent = float(asked.get("canaryPercent", 5.0))
    if percent < WHOLE:
        yield Step(percent, float(asked.get("canaryBakeTimeInMinutes", 10)))
