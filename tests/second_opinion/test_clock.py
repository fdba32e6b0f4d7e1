import threading
import time
from datetime import datetime

import pytest

from rehearsal.second.clock import START, ThreadClock
from rehearsal.second.threads import Event, stand_ins


def test_time_stands_still_while_a_thread_works():
    clock, seen = ThreadClock(), []

    def work():
        time.sleep(0.05)
        seen.append(clock.seconds)

    clock.spawn(work, delay=3)
    clock.at(4, lambda: seen.append("later"))
    clock.run()
    assert seen == [3, "later"]


def test_threads_that_sleep_at_once_take_the_longest_and_not_the_sum():
    clock = ThreadClock()
    threads, ended = stand_ins(clock), []

    def sleep(seconds):
        threads["time"].sleep(seconds)
        ended.append((seconds, clock.seconds))

    for seconds in (30, 10, 20):
        clock.spawn(lambda seconds=seconds: sleep(seconds))
    clock.run()
    assert ended == [(10, 10), (20, 20), (30, 30)]


def test_who_is_woken_has_not_waited_to_the_end():
    clock, woken = ThreadClock(), []
    event = Event(clock)
    clock.spawn(lambda: woken.append((event.wait(60), clock.seconds)))
    clock.at(5, event.set)
    clock.run()
    assert woken == [(True, 5)]


def test_who_is_not_woken_gives_up_in_time():
    clock, woken = ThreadClock(), []
    clock.spawn(lambda: woken.append((Event(clock).wait(60), clock.seconds)))
    clock.run()
    assert woken == [(False, 60)]


def test_a_thread_that_is_joined_has_ended():
    clock, told = ThreadClock(), []
    make = stand_ins(clock)["threading"].Thread

    def wait_for_another():
        other = make(target=Event(clock).wait, args=(7,), daemon=True)
        other.start()
        other.join(timeout=5)
        told.append((other.is_alive(), clock.seconds))
        other.join()
        told.append((other.is_alive(), clock.seconds))

    clock.spawn(wait_for_another)
    clock.run()
    assert told == [(True, 5), (False, 7)]


def test_the_whole_process_sees_the_time():
    clock, seen = ThreadClock(), []
    clock.spawn(lambda: seen.append(datetime.now(START.tzinfo)), delay=90)
    clock.run()
    assert [(each - START).total_seconds() for each in seen] == [90]


def test_what_a_thread_raises_comes_out_of_run():
    clock = ThreadClock()
    clock.spawn(lambda: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        clock.run()


def test_a_run_ends_at_its_second_and_goes_on_from_there():
    clock, seen = ThreadClock(), []
    clock.at(5, lambda: seen.append(clock.seconds))
    clock.run(until=4)
    assert (clock.seconds, seen) == (4, [])
    clock.run(until=6)
    assert (clock.seconds, seen) == (6, [5])


def test_waiting_for_what_never_comes_is_told():
    clock = ThreadClock()
    with pytest.raises(RuntimeError, match="Nothing is left to wait for"):
        clock.run(done=lambda: False)


def test_a_thread_that_waits_past_the_clock_is_told(monkeypatch):
    monkeypatch.setattr("rehearsal.second.clock.STUCK", 0.05)
    clock, release = ThreadClock(), threading.Event()
    clock.spawn(release.wait)
    with pytest.raises(RuntimeError, match="do not come to a pause"):
        clock.run()
    release.set()
