"""Which times in ALARM count."""

from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.domain.bake.armed import Alarm, Change, Firing, fired, unarmed
from tests.factories import NOW, later

BEGAN, ENDS = later(minutes=5), later(minutes=15)
"""The bake of a release that began at NOW."""


def an_alarm(state: str = "OK", since: float = -60, *changes: Change, unread: str = "") -> Alarm:
    """Return an alarm in its state since so many minutes after the release began."""
    return Alarm("orders-5xx", state, later(minutes=since), "too many", changes, unread)


def a_change(minutes: float, before: str, state: str) -> Change:
    return Change(later(minutes=minutes), state, before, f"went {state}")


def when(alarm: Alarm, since: datetime = BEGAN, until: datetime = ENDS) -> float | None:
    """Return how many minutes after the release the alarm fired, where that counts."""
    found = fired(alarm, NOW, since, until)
    return None if found is None else (found.at - NOW).total_seconds() / 60


@pytest.mark.parametrize(
    ("alarm", "minutes"),
    [
        pytest.param(an_alarm(), None, id="it is OK all the time"),
        pytest.param(an_alarm("INSUFFICIENT_DATA", 7), None, id="it has too little data"),
        pytest.param(Alarm("orders-5xx", "MISSING"), None, id="it does not exist"),
        pytest.param(an_alarm("ALARM", 7), 7, id="it fires, and its history lags behind"),
        pytest.param(an_alarm("ALARM", 7, a_change(7, "OK", "ALARM")), 7, id="it fires"),
        pytest.param(
            an_alarm("OK", 8, a_change(8, "ALARM", "OK"), a_change(7, "OK", "ALARM")),
            7,
            id="it fired and recovered between two looks",
        ),
        pytest.param(
            an_alarm("OK", 8, a_change(7, "OK", "ALARM")), 7, id="the history lacks its end"
        ),
        pytest.param(
            an_alarm("OK", 6, a_change(6, "ALARM", "OK"), a_change(7, "OK", "ALARM")),
            7,
            id="the state is older than the history",
        ),
        pytest.param(an_alarm("ALARM", 2), 2, id="it fires from the roll on"),
        pytest.param(
            an_alarm("OK", 3, a_change(2, "OK", "ALARM"), a_change(3, "ALARM", "OK")),
            None,
            id="it fired and recovered during the roll",
        ),
        pytest.param(an_alarm("ALARM", 16), None, id="it fires after the minutes of its service"),
        pytest.param(an_alarm("ALARM", 15), 15, id="it fires as they end"),
        pytest.param(an_alarm("ALARM", -1), None, id="it fired before the release"),
        pytest.param(an_alarm("ALARM", 0), None, id="it fired as the release began"),
        pytest.param(
            an_alarm("ALARM", 8, a_change(6, "ALARM", "OK"), a_change(8, "OK", "ALARM")),
            8,
            id="it fired before the release, was OK, and fires again",
        ),
        pytest.param(
            an_alarm(
                "ALARM",
                8,
                a_change(6, "ALARM", "INSUFFICIENT_DATA"),
                a_change(8, "INSUFFICIENT_DATA", "ALARM"),
            ),
            None,
            id="it fired before the release, had no data, and fires again",
        ),
        pytest.param(
            an_alarm("ALARM", 8, a_change(7, "OK", "ALARM"), a_change(8, "ALARM", "ALARM")),
            7,
            id="its history says twice that it fires",
        ),
        pytest.param(
            an_alarm("ALARM", 9, a_change(7, "OK", "ALARM")), 7, id="it was looked at again since"
        ),
        pytest.param(
            an_alarm("ALARM", -9, a_change(-9, "OK", "ALARM")),
            None,
            id="its history reaches back before the release",
        ),
        pytest.param(an_alarm("ALARM", 7, unread="denied"), 7, id="its history cannot be read"),
        pytest.param(
            Alarm("orders-5xx", "ALARM", None), None, id="nobody knows since when it fires"
        ),
    ],
)
def test_it_counts_when(alarm: Alarm, minutes: float | None) -> None:
    assert when(alarm) == minutes


@pytest.mark.parametrize(
    ("alarm", "minutes", "is_unarmed"),
    [
        pytest.param(an_alarm(), 5, False, id="it was OK"),
        pytest.param(an_alarm("ALARM", -1), 5, True, id="it fired"),
        pytest.param(an_alarm("OK", 4, a_change(4, "ALARM", "OK")), 5, False, id="it came to OK"),
        pytest.param(an_alarm("OK", 6, a_change(6, "ALARM", "OK")), 5, True, id="it is OK later"),
        pytest.param(an_alarm("OK", 6, a_change(6, "ALARM", "OK")), 15, False, id="it is OK now"),
        pytest.param(an_alarm("ALARM", 4), 5, False, id="it fires since"),
    ],
)
def test_an_alarm_that_fired_before_the_release_is_unarmed_until_it_is_ok(
    alarm: Alarm, minutes: float, is_unarmed: bool
) -> None:
    assert unarmed(alarm, NOW, later(minutes=minutes)) is is_unarmed


@pytest.mark.parametrize(
    ("firing", "told"),
    [
        pytest.param(
            Firing("orders-5xx", NOW, None, "42 errors"),
            "alarm orders-5xx is in ALARM since 2026-11-21T12:00:00.000Z: 42 errors",
            id="it goes on",
        ),
        pytest.param(
            Firing("orders-5xx", NOW, later(minutes=1), ""),
            "alarm orders-5xx was in ALARM from 2026-11-21T12:00:00.000Z "
            "to 2026-11-21T12:01:00.000Z",
            id="it is over",
        ),
    ],
)
def test_a_firing_is_told(firing: Firing, told: str) -> None:
    assert firing.told == told


def test_an_alarm_is_kept_with_its_changes_in_their_order() -> None:
    changes = (a_change(8, "ALARM", "OK"), a_change(7, "OK", "ALARM"))
    assert an_alarm("OK", 8, *changes).document == {
        "alarm": "orders-5xx",
        "state": "OK",
        "since": "2026-11-21T12:08:00.000Z",
        "reason": "too many",
        "changes": [
            {"at": "2026-11-21T12:07:00.000Z", "state": "ALARM", "reason": "went ALARM"},
            {"at": "2026-11-21T12:08:00.000Z", "state": "OK", "reason": "went OK"},
        ],
        "problem": "",
    }
    assert Alarm("orders-5xx", "MISSING").document["since"] is None


STATES = st.sampled_from(["OK", "ALARM", "INSUFFICIENT_DATA"])


@st.composite
def courses(draw: st.DrawFn) -> tuple[Change, ...]:
    """Draw a history: each change leaves the state that the one before came to."""
    states = draw(st.lists(STATES, min_size=2, max_size=8))
    minutes = draw(
        st.lists(
            st.integers(-5, 25), unique=True, min_size=len(states) - 1, max_size=len(states) - 1
        )
    )
    steps = zip(sorted(minutes), states, states[1:], strict=False)
    return tuple(a_change(*each) for each in steps if each[1] != each[2])


def ended(changes: tuple[Change, ...]) -> Alarm:
    """Return the alarm as it stands after its history."""
    last = changes[-1] if changes else a_change(-60, "", "OK")
    return Alarm("orders-5xx", last.state, last.at, last.reason, changes)


@given(courses(), st.data())
def test_the_order_of_a_history_decides_nothing(
    changes: tuple[Change, ...], data: st.DataObject
) -> None:
    mixed = tuple(data.draw(st.permutations(changes)))
    alarm = ended(changes)
    other = Alarm(alarm.name, alarm.state, alarm.since, alarm.reason, mixed)
    assert fired(other, NOW, BEGAN, ENDS) == fired(alarm, NOW, BEGAN, ENDS)
    assert unarmed(other, NOW, BEGAN) == unarmed(alarm, NOW, BEGAN)


@given(courses(), st.integers(0, 20), st.integers(0, 20))
def test_a_longer_bake_never_overlooks_what_a_shorter_one_saw(
    changes: tuple[Change, ...], minutes: int, more: int
) -> None:
    alarm = ended(changes)
    until = later(minutes=5 + minutes)
    if fired(alarm, NOW, BEGAN, until) is not None:
        assert fired(alarm, NOW, BEGAN, later(minutes=5 + minutes + more)) is not None
