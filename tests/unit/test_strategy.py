"""How a service may roll, and how long its strategy takes by itself."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.domain.rollout.look import Percents
from functions.domain.rollout.strategy import percents


def pause(stage: str, minutes: int | None = None) -> dict[str, Any]:
    hook: dict[str, Any] = {"targetType": "PAUSE", "lifecycleStages": [stage]}
    return hook | ({"timeoutConfiguration": {"timeoutInMinutes": minutes}} if minutes else {})


def minutes(**configuration: Any) -> float:
    return percents(configuration).own_seconds / 60


def test_a_service_that_says_nothing_rolls_by_the_defaults() -> None:
    assert percents({}) == Percents(minimum=100, maximum=200, native=False, own_seconds=0)


def test_percentages_are_those_of_the_service() -> None:
    found = percents({"minimumHealthyPercent": 50, "maximumPercent": 150, "strategy": "ROLLING"})
    assert found == Percents(minimum=50, maximum=150)


@pytest.mark.parametrize("strategy", ["BLUE_GREEN", "LINEAR", "CANARY"])
def test_a_strategy_that_shifts_traffic_is_native(strategy: str) -> None:
    assert percents({"strategy": strategy}).native


@pytest.mark.parametrize(
    ("configuration", "takes"),
    [
        pytest.param({"bakeTimeInMinutes": 15}, 15, id="a bake"),
        pytest.param({"strategy": "BLUE_GREEN", "bakeTimeInMinutes": 10}, 10, id="blue/green"),
        pytest.param({"strategy": "LINEAR"}, 9 * 6, id="linear by its defaults"),
        pytest.param(
            {
                "strategy": "LINEAR",
                "linearConfiguration": {"stepPercent": 30.0, "stepBakeTimeInMinutes": 2},
                "bakeTimeInMinutes": 5,
            },
            3 * 2 + 5,
            id="four steps, no bake after the last of them",
        ),
        pytest.param({"strategy": "CANARY"}, 10, id="canary by its defaults"),
        pytest.param(
            {"strategy": "CANARY", "canaryConfiguration": {"canaryBakeTimeInMinutes": 3}},
            3,
            id="canary",
        ),
        pytest.param(
            {"lifecycleHooks": [pause("PRE_SCALE_UP")]}, 1440, id="a hook without a time-out"
        ),
        pytest.param(
            {"lifecycleHooks": [pause("PRE_SCALE_UP", 30), pause("POST_SCALE_UP", 60)]},
            90,
            id="hooks of two stages",
        ),
        pytest.param(
            {"lifecycleHooks": [pause("PRE_SCALE_UP", 60), pause("PRE_SCALE_UP", 30)]},
            60,
            id="two hooks of one stage, at the same time",
        ),
        pytest.param(
            {
                "strategy": "CANARY",
                "canaryConfiguration": {"canaryBakeTimeInMinutes": 0},
                "lifecycleHooks": [pause("PRE_PRODUCTION_TRAFFIC_SHIFT", 30)],
            },
            60,
            id="a hook of each step",
        ),
        pytest.param({"lifecycleHooks": [{"targetType": "PAUSE"}]}, 0, id="a hook of no stage"),
    ],
)
def test_it_takes_by_itself(configuration: dict[str, Any], takes: int) -> None:
    assert minutes(**configuration) == takes


@given(
    st.sampled_from(["ROLLING", "BLUE_GREEN", "LINEAR", "CANARY"]),
    st.integers(0, 1440),
    st.floats(3, 100),
    st.integers(1, 20_160),
)
def test_a_longer_bake_or_hook_never_takes_less(
    strategy: str, bake: int, step: float, hook: int
) -> None:
    shape = {"strategy": strategy, "linearConfiguration": {"stepPercent": step}}
    least = minutes(**shape)
    with_bake = minutes(**shape, bakeTimeInMinutes=bake)
    hooks = [pause("PRODUCTION_TRAFFIC_SHIFT", hook)]
    assert with_bake == least + bake
    assert minutes(**shape, bakeTimeInMinutes=bake, lifecycleHooks=hooks) >= with_bake + hook
