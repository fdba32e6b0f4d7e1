"""An event wakes whoever waits, and is never lost between a look and the wait after it."""

import pytest

from rehearsal.states.history import Execution
from tests.workflows.conftest import Rehearse
from tests.workflows.orders import CRASH, Orders
from tests.workflows.ways import takes


@pytest.fixture
def orders(rehearse: Rehearse) -> Orders:
    """The application in a world where no event wakes anybody, but for those of the test."""
    orders = rehearse(schedules=("orders-nightly",))
    orders.world.bus.delays = lambda delivery: [] if delivery.arn.endswith("-wake") else [0.5]
    return orders


def wake(orders: Orders) -> Execution:
    return orders.world.start("wake", {"application": "orders"})


def wait_in_a_roll(orders: Orders) -> None:
    """Push, and let time pass until the roll has stored its token."""
    orders.begin_push("v2")
    orders.until("roll: Wait For News")
    orders.clock.run(until=orders.clock.seconds + 1)


def looks(orders: Orders) -> list[float]:
    """Return the seconds from the first look at web to each."""
    at = [
        each.at
        for each in orders.world.executions("roll")[0].trace
        if (each.state, each.what) == ("Judge Rollout", "TaskStateEntered")
    ]
    return [round(each - at[0], 2) for each in at]


def test_without_any_event_the_tick_looks_once_a_minute(orders: Orders) -> None:
    assert orders.push("v2", CRASH).outcome == "RolledBack"
    assert looks(orders) == [0, 60]


@takes("wake: ends in Done")
def test_nobody_waiting_is_the_normal_case(orders: Orders) -> None:
    woken = wake(orders)
    orders.clock.run(until=orders.clock.seconds + 1)
    assert woken.path == ["Find Waits", "Wake Each", "Done"]


@takes("wake: Waiting -> Send Token", "wake: ends in Woken")
def test_a_wake_makes_a_look_ten_seconds_after_the_last(orders: Orders) -> None:
    wait_in_a_roll(orders)
    wake(orders)
    orders.finish()
    assert looks(orders)[:2] == [0, 10]


def test_many_wakes_at_once_make_one_look(orders: Orders) -> None:
    wait_in_a_roll(orders)
    for _ in range(20):
        wake(orders)
    orders.finish()
    assert looks(orders)[:3] == [0, 10, 70]


@takes("roll: Wait For News fails -> Let It Settle")
def test_an_event_between_look_and_wait_is_not_lost(orders: Orders) -> None:
    def be_woken() -> None:
        wake(orders)
        orders.clock.sleep(1)

    orders.at("roll: Verdict", be_woken, times=2)
    orders.push("v2")
    assert looks(orders)[:3] == [0, 60, 70]


@takes(
    "wake: Send Token fails -> Nobody Waits",
    "wake: Waiting -> Nobody Waits",
    "wake: ends in Nobody Waits",
)
def test_a_token_that_has_timed_out_harms_nobody_and_is_sent_once(orders: Orders) -> None:
    orders.push("v2")
    late, later = wake(orders), wake(orders)
    orders.clock.run(until=orders.clock.seconds + 1)
    assert [late.status, later.status] == ["SUCCEEDED", "SUCCEEDED"]
    first, second = (each.path.count("Send Token") for each in (late, later))
    assert first > 0
    assert second == 0


def test_events_that_come_twice_late_and_out_of_order_change_nothing(rehearse: Rehearse) -> None:
    orders, late = rehearse(schedules=("orders-nightly",)), iter(range(10_000))
    orders.world.bus.delays = lambda delivery: (
        [0.5, 40 - next(late) % 40] if delivery.arn.endswith("-wake") else [0.5]
    )
    assert orders.push("v2", CRASH).outcome == "RolledBack"
    assert len(orders.world.executions("wake")) > 10
