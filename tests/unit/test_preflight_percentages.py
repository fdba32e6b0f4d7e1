"""Whether the percentages of a service can move at all, and how many tasks a roll needs."""

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.domain.catalogue import Migration, Migrations, Strategy
from functions.domain.preflight.finding import Finding, Grade
from functions.domain.preflight.percentages import Moves, judged, moves, nothing_proved
from functions.domain.rollout.convergence import cannot_move
from functions.domain.rollout.look import Percents
from tests.factories import a_look, a_memory, an_application
from tests.rooms import a_found, a_native

CONTRACT = Migration("web", ("rake", "contract"), 900)


def told(found: Any, strategy: Strategy = Strategy.ROLLING) -> Finding:
    return judged("web", strategy, moves(found, strategy))


@pytest.mark.parametrize(
    ("desired", "minimum", "maximum", "enough", "low"),
    [(1, 100, 100, 200, 0), (1, 1, 199, 200, 0), (3, 67, 133, 134, 66), (10, 100, 109, 110, 90)],
)
def test_percentages_that_leave_no_room_are_told_with_their_rounding(
    desired: int, minimum: int, maximum: int, enough: int, low: int
) -> None:
    found = told(a_found(desired, (minimum, maximum)))
    assert (found.grade, found.subject) == (Grade.STOP, "web")
    assert f"minimum {minimum} % (rounds up to {desired})" in found.message
    assert f"maximum {maximum} % (rounds down to {desired})" in found.message
    assert found.advice == (
        f"Set maximumPercent to {enough} or more, or minimumHealthyPercent to {low} or less."
    )


def test_the_sentence_is_the_one_of_the_issue() -> None:
    assert told(a_found(1, (100, 100))).message == (
        "web can never roll: with desired 1, minimum 100 % (rounds up to 1) and maximum 100 % "
        "(rounds down to 1) no task can be started and none stopped."
    )


@given(st.integers(1, 200), st.integers(0, 200), st.integers(100, 400))
def test_what_is_advised_lets_the_service_roll(desired: int, minimum: int, maximum: int) -> None:
    if not Moves(desired, minimum, maximum).stuck:
        return
    enough = math.ceil(100 * (desired + 1) / desired)
    low = math.floor(100 * (desired - 1) / desired)
    assert not Moves(desired, minimum, enough).stuck
    assert not Moves(desired, low, maximum).stuck


@given(st.integers(0, 200), st.integers(0, 200), st.integers(0, 400))
def test_the_preflight_and_the_roll_agree_about_what_can_never_move(
    desired: int, minimum: int, maximum: int
) -> None:
    look = a_look(desired=desired, percents=Percents(minimum, maximum))
    rolled = cannot_move(look, a_memory()) is not None
    assert Moves(desired, minimum, maximum).stuck == rolled


@given(st.integers(0, 200), st.integers(0, 200), st.integers(100, 400))
def test_what_a_roll_needs_is_within_what_it_may_have(
    desired: int, minimum: int, maximum: int
) -> None:
    moving = Moves(desired, minimum, maximum)
    assert 0 <= moving.least <= max(1, moving.surge) <= max(1, desired)
    assert moving.surge + desired <= max(moving.ceiling, desired)


@pytest.mark.parametrize(
    ("found", "said"),
    [
        (a_found(2, (100, 200)), "web starts first, 2 tasks at a time: desired 2, minimum 100 %"),
        (a_found(4, (100, 125)), "web starts first, 1 task at a time"),
        (a_found(4, (50, 100)), "web stops first, 2 tasks at a time"),
        (a_native(3), "web rolls by its own strategy, with 3 more tasks until the end of it."),
        (
            a_found(3, (34, 100), schedulingStrategy="DAEMON"),
            "web is a DAEMON, so it stops first, 1 task at a time",
        ),
    ],
)
def test_a_service_that_can_roll_says_how(found: Any, said: str) -> None:
    finding = told(found)
    assert finding.grade is Grade.OK
    assert finding.message.startswith(said)


def test_a_daemon_that_may_not_stop_a_task_is_not_advised_to_have_two() -> None:
    found = told(a_found(1, (50, 100), schedulingStrategy="DAEMON"))
    assert found.grade is Grade.STOP
    assert found.advice == "Set minimumHealthyPercent to 0 or less."


def test_what_ecs_usually_has_holds_where_nothing_is_said() -> None:
    assert moves({"desiredCount": 2}, Strategy.ROLLING) == Moves(2, 100, 200)


# Scaled to zero


@pytest.mark.parametrize("strategy", [Strategy.ROLLING, Strategy.RECREATE])
def test_a_service_at_zero_shows_nothing_of_the_release(strategy: Strategy) -> None:
    found = told(a_found(0, (100, 100)), strategy)
    assert found.grade is Grade.WARN
    assert found.message == (
        "web is scaled to zero: nothing of the release is seen there before somebody scales it up."
    )


def test_a_contract_needs_a_task_that_ran_before() -> None:
    application = an_application(migrations=Migrations(None, CONTRACT))
    found = nothing_proved(application, [Moves(0, 100, 200), Moves(0, 100, 200)])
    assert found is not None
    assert found.grade is Grade.STOP
    assert "there is no way back" in found.message
    assert nothing_proved(application, [Moves(0, 100, 200), Moves(1, 100, 200)]) is None
    assert nothing_proved(an_application(), [Moves(0, 100, 200)]) is None


# Recreated


def test_one_task_is_recreated_with_downtime() -> None:
    found = told(a_found(1, (100, 100)), Strategy.RECREATE)
    assert found.grade is Grade.OK
    assert "with downtime" in found.message


@pytest.mark.parametrize(
    ("found", "said"),
    [
        (a_found(2), "two revisions would run at once"),
        (a_native(1), "has a deployment strategy of ECS's own, which cannot be recreated"),
        (a_found(1, schedulingStrategy="DAEMON"), "is a DAEMON, which cannot be recreated"),
    ],
)
def test_what_cannot_be_recreated_without_two_revisions_at_once(found: Any, said: str) -> None:
    finding = told(found, Strategy.RECREATE)
    assert finding.grade is Grade.STOP
    assert said in finding.message
    assert "strategy: recreate off services.web" in finding.advice


@pytest.mark.parametrize("desired", [0, 1, 2])
def test_what_is_balanced_between_zones_cannot_be_recreated(desired: int) -> None:
    balanced = a_found(desired, availabilityZoneRebalancing="ENABLED")
    finding = told(balanced, Strategy.RECREATE)
    assert finding.grade is Grade.STOP
    assert "while Availability Zone rebalancing is ENABLED" in finding.message
    assert "--availability-zone-rebalancing DISABLED" in finding.advice
    assert told(balanced).grade is not Grade.STOP
    off = a_found(1, availabilityZoneRebalancing="DISABLED")
    assert told(off, Strategy.RECREATE).grade is Grade.OK
