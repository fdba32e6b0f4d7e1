"""Whether enough requests came for a bake to say anything."""

from dataclasses import replace
from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.domain.bake.traffic import NONE, Requests, due, over_at, too_few
from functions.domain.catalogue import Bake, Unarmed, Unsure
from tests.factories import NOW, later

RULES = Bake(10, (), 100, 1_800, Unarmed.PROCEED, Unsure.HOLD, Unsure.HOLD)
FREE = replace(RULES, min_requests=0)


def came(*numbers: int) -> Requests:
    """Return what came minute by minute since NOW."""
    return Requests(tuple((later(minutes=place), each) for place, each in enumerate(numbers)))


@pytest.mark.parametrize(
    ("rules", "requests", "at", "over"),
    [
        pytest.param(FREE, NONE, later(minutes=5), later(minutes=10), id="none are wanted"),
        pytest.param(
            RULES, came(60, 60), later(minutes=12), later(minutes=10), id="they are there"
        ),
        pytest.param(RULES, came(*[5] * 12), later(minutes=12), None, id="they are not there yet"),
        pytest.param(
            RULES, came(*[5] * 22), later(minutes=23), later(minutes=20), id="they came later"
        ),
        pytest.param(
            RULES, came(*[1] * 40), later(minutes=40), later(minutes=40), id="they never came"
        ),
        pytest.param(
            RULES,
            came(*[1] * 44, 100),
            later(minutes=46),
            later(minutes=40),
            id="they came after the limit",
        ),
        pytest.param(
            RULES, Requests(absent="none"), later(minutes=12), later(minutes=10), id="none to count"
        ),
        pytest.param(
            RULES, Requests(unread="no"), later(minutes=12), later(minutes=10), id="none to be read"
        ),
    ],
)
def test_the_bake_of_a_service_is_over_when(
    rules: Bake, requests: Requests, at: datetime, over: datetime | None
) -> None:
    assert over_at(rules, requests, NOW, at) == over


@pytest.mark.parametrize(
    ("rules", "at", "is_due"),
    [
        pytest.param(FREE, later(minutes=10), False, id="none are wanted"),
        pytest.param(RULES, later(minutes=9), False, id="its minutes are not over"),
        pytest.param(RULES, later(minutes=10), True, id="they are"),
    ],
)
def test_requests_are_read_when(rules: Bake, at: datetime, is_due: bool) -> None:
    assert due(rules, NOW, at) is is_due


def test_as_many_as_are_wanted_are_enough() -> None:
    assert not too_few(RULES, came(50, 50))
    assert too_few(RULES, came(50, 49))


minutes = st.lists(st.tuples(st.integers(0, 60), st.integers(0, 200)))


@given(minutes, st.integers(0, 60), st.data())
def test_the_order_of_minutes_decides_nothing_and_no_bake_goes_on_for_ever(
    drawn: list[tuple[int, int]], at: int, data: st.DataObject
) -> None:
    points = tuple((later(minutes=minute), number) for minute, number in drawn)
    now = later(minutes=at)
    over = over_at(RULES, Requests(points), NOW, now)
    mixed = Requests(tuple(data.draw(st.permutations(points))))
    assert over_at(RULES, mixed, NOW, now) == over
    limit = later(minutes=40)
    assert over is None or later(minutes=10) <= over <= limit
    assert over is not None or now < limit
