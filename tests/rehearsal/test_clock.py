"""Does virtual time pass as it should, and only then?"""

import time
from datetime import UTC, datetime

import pytest

from rehearsal.clock import Clock, TimedOutError


def test_nothing_sleeps_and_time_passes(monkeypatch):
    monkeypatch.setattr(time, "sleep", lambda seconds: pytest.fail(f"slept for {seconds} s"))
    clock = Clock()
    clock.spawn(lambda: clock.sleep(86_400))
    clock.run()
    assert clock.iso() == "2026-01-02T00:00:00.000Z"


def test_the_process_reads_virtual_time_while_the_clock_runs():
    clock, read = Clock(), []
    clock.at(1.5, lambda: read.append((datetime.now(UTC), time.time())))
    clock.run()
    assert read == [(clock.now(), clock.now().timestamp())]
    assert clock.now() == datetime(2026, 1, 1, 0, 0, 1, 500_000, tzinfo=UTC)
    assert datetime.now(UTC) != clock.now()


def test_a_world_is_set_up_in_virtual_time_too():
    clock = Clock()
    with clock.travel():
        assert datetime.now(UTC) == clock.start
        clock.at(5, lambda: None)
        clock.run()
        assert datetime.now(UTC) == clock.now()


def test_equals_go_in_the_order_they_were_scheduled():
    clock, seen = Clock(), []
    for name in "abc":
        clock.at(1, lambda name=name: seen.append(name))
    clock.at(0.5, lambda: clock.at(0.5, lambda: seen.append("d")))
    clock.run()
    assert "".join(seen) == "abcd"


def test_sums_of_delays_meet():
    clock, seen = Clock(), []

    def thrice():
        for _ in range(3):
            clock.sleep(0.1)
        seen.append(clock.seconds)

    clock.spawn(thrice)
    clock.run()
    assert seen == [0.3]


def test_a_run_stops_at_the_given_second_and_goes_on_from_there():
    clock, seen = Clock(), []
    clock.at(10, lambda: seen.append(clock.seconds))
    clock.run(until=5)
    assert (clock.seconds, seen) == (5, [])
    clock.run(until=20)
    assert (clock.seconds, seen) == (20, [10])


def test_a_run_ends_as_soon_as_it_is_done():
    clock, seen = Clock(), []
    clock.every(1, lambda: seen.append(clock.seconds), daemon=False)
    clock.run(done=lambda: len(seen) == 3)
    assert clock.seconds == 3


def test_daemons_run_while_others_do_and_do_not_keep_the_clock_going():
    clock, ticks = Clock(), []
    clock.every(10, lambda: ticks.append(clock.seconds))
    clock.spawn(lambda: clock.sleep(35))
    clock.run()
    assert ticks == [10, 20, 30]
    clock.run(until=50)
    assert ticks == [10, 20, 30, 40, 50]


def test_a_cancelled_timer_neither_fires_nor_is_waited_for():
    clock, seen = Clock(), []
    clock.at(100, lambda: seen.append("late")).cancel()
    every = clock.every(1, lambda: seen.append("tick"), daemon=False)
    clock.at(2.5, every.cancel)
    clock.run()
    assert (seen, clock.seconds) == (["tick", "tick"], 2.5)


def test_a_signal_wakes_the_one_who_waits():
    clock, seen = Clock(), []
    signal = clock.signal()
    clock.spawn(lambda: seen.append((signal.wait(60), clock.seconds)))
    clock.at(7, lambda: signal.send("now"))
    clock.run()
    assert (seen, clock.seconds) == ([("now", 7)], 7)


def test_a_signal_sent_early_is_not_lost_and_the_first_wins():
    clock, seen = Clock(), []
    signal = clock.signal()
    signal.send(1)
    signal.send(2)
    clock.spawn(lambda: seen.append(signal.wait()))
    clock.run()
    assert seen == [1]


def test_a_late_signal_times_out_and_disturbs_nobody():
    clock, seen = Clock(), []
    signal = clock.signal()

    def impatient():
        with pytest.raises(TimedOutError):
            signal.wait(5)
        clock.sleep(10)
        seen.append(clock.seconds)

    clock.spawn(impatient)
    clock.at(6, signal.send)
    clock.run()
    assert seen == [15]


def test_a_signal_at_the_very_end_of_the_wait_counts():
    clock, seen = Clock(), []
    signal = clock.signal()
    clock.at(5, lambda: signal.send("just"))
    clock.spawn(lambda: seen.append(signal.wait(5)))
    clock.run()
    assert (seen, clock.seconds) == (["just"], 5)


def test_a_signal_can_carry_an_error():
    clock, seen = Clock(), []
    signal = clock.signal()

    def wait():
        try:
            signal.wait()
        except KeyError as error:
            seen.append(error)

    clock.spawn(wait)
    clock.at(1, lambda: signal.fail(KeyError("gone")))
    clock.run()
    assert str(seen[0]) == "'gone'"


def test_an_exception_nobody_awaits_comes_out_of_run():
    clock = Clock()

    def fail():
        clock.sleep(1)
        raise ZeroDivisionError

    clock.spawn(fail)
    with pytest.raises(ZeroDivisionError):
        clock.run()
    clock.at(1, lambda: None)
    clock.run()
    assert clock.seconds == 2


def test_a_killed_greenlet_cleans_up_and_leaves_no_timer():
    clock, seen = Clock(), []

    def sleeper():
        try:
            clock.sleep(1000)
        finally:
            seen.append(clock.seconds)

    let = clock.spawn(sleeper)
    never = clock.spawn(lambda: seen.append("never"), delay=9)
    clock.at(3, lambda: clock.kill(let))
    clock.at(3, lambda: clock.kill(never))
    clock.run(until=20)
    assert (seen, let.dead) == ([3], True)


def test_a_greenlet_can_kill_another_and_goes_on():
    clock, seen = Clock(), []
    victim = clock.spawn(lambda: clock.sleep(1000))

    def killer():
        clock.sleep(1)
        clock.kill(victim)
        clock.sleep(1)
        seen.append(clock.seconds)

    clock.spawn(killer)
    clock.run()
    assert (seen, clock.seconds) == ([2], 2)


def test_closing_the_clock_ends_whoever_still_waits():
    clock, seen = Clock(), []

    def stuck():
        try:
            clock.signal().wait()
        finally:
            seen.append("over")

    let = clock.spawn(stuck)
    clock.run()
    assert not let.dead
    clock.close()
    assert (let.dead, seen) == (True, ["over"])


def test_only_what_was_spawned_can_wait():
    clock = Clock()
    clock.at(1, lambda: clock.sleep(1))
    with pytest.raises(RuntimeError, match="only what the clock spawned"):
        clock.run()


def test_whoever_paces_a_demo_hears_each_step_of_time():
    clock, steps = Clock(), []
    clock.on_move.append(lambda old, new: steps.append((old, new)))
    clock.at(2, lambda: None)
    clock.at(2, lambda: None)
    clock.at(3, lambda: None)
    clock.run()
    assert steps == [(0, 2), (2, 3)]
