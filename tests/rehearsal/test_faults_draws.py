"""When does a fault strike, and is it the same again with the same seed?"""

import pytest

from rehearsal.clock import Clock
from rehearsal.faults import (
    DelayEvents,
    DuplicateEvents,
    Fail,
    KillLambda,
    LoseEvents,
    ReorderEvents,
    StopExecution,
    Strike,
    UpTo,
)
from tests.rehearsal.faulty import CRASH, faulty

THROTTLED = ("ecs:UpdateService", "ThrottlingException")


def strikes_of(fault, times=6, apart=10.0, seed="0/faults/0"):
    """Return at which of so many chances, each some seconds after the last, a fault strikes."""
    clock = Clock()
    clock.run(until=100)
    strike = Strike(clock, fault, seed, lambda *_: None)
    struck = []
    for index in range(times):
        clock.run(until=100 + index * apart)
        if strike.now():
            struck.append(index)
    assert strike.times == len(struck)
    return struck


@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        (Fail(*THROTTLED), [0]),
        (Fail(*THROTTLED, times=3), [0, 1, 2]),
        (Fail(*THROTTLED, probability=1), [0, 1, 2, 3, 4, 5]),
        (Fail(*THROTTLED, probability=0), []),
        (Fail(*THROTTLED, first=3), [2]),
        (Fail(*THROTTLED, first=3, times=2), [2, 3]),
        (Fail(*THROTTLED, after=20), [2]),
        (Fail(*THROTTLED, after=20, until=40, times=9), [2, 3]),
        (KillLambda("JudgeRollout"), [0]),
        (StopExecution("deploy", "Conclude"), [0]),
        (LoseEvents(1), [0, 1, 2, 3, 4, 5]),
        (LoseEvents(1, times=2), [0, 1]),
        (DelayEvents(UpTo(1), until=20), [0, 1]),
    ],
)
def test_a_fault_strikes_when_and_as_often_as_it_says(fault, expected):
    assert strikes_of(fault) == expected


def test_a_probability_is_about_right():
    assert 400 < len(strikes_of(Fail(*THROTTLED, probability=0.5), 1000)) < 600


def story(*faults, seed):
    with faulty(*faults, seed=seed) as orders:
        orders.push(behaviour=CRASH)
        return orders.notes, [each.times for each in orders.strikes]


def test_the_same_seed_strikes_the_same_and_another_one_does_not():
    faults = (LoseEvents(0.5), DuplicateEvents(0.5), ReorderEvents(0.3))
    assert story(*faults, seed=1) == story(*faults, seed=1)
    assert story(*faults, seed=1) != story(*faults, seed=2)


def test_another_fault_does_not_shift_the_draws_of_the_first():
    lost = LoseEvents(0.5)
    alone, beside = [
        [note for note in story(*faults, seed=3)[0] if "lose_events" in note]
        for faults in ((lost,), (lost, Fail(*THROTTLED, probability=0)))
    ]
    assert alone == beside != []
