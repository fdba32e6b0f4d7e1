"""Is what is new in a look kept, all of it and nothing twice?"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.aws import keeping
from functions.aws.keeping import MOST_READ, Kept, Seen, keep
from functions.domain.rollout.look import Look, Task
from functions.domain.stop_reason.cause import ContainerStop
from tests.factories import (
    NOW,
    a_deployment,
    a_look,
    a_run,
    a_sick_task,
    a_stop,
    a_stopped_task,
    a_task,
    an_event,
    later,
    their_deployment,
)
from tests.fakes import FakeLogs, a_logged_container

DEFINITION = {"containerDefinitions": [a_logged_container("app"), a_logged_container("proxy")]}


def a_seen(look: Look | None = None, failed: Sequence[str] = ()) -> Seen:
    """Return a service as a look found it whose roll began at noon."""
    return Seen(replace(look or a_look(), definition=DEFINITION), frozenset(failed), NOW)


def kept(
    *tasks: Task,
    failed: Sequence[str] | None = None,
    before: str = "",
    log_lines: int = 10,
    logs: FakeLogs | None = None,
    **look: Any,
) -> Kept:
    """Keep a look at web; every task of it failed since the last one, if the test names none."""
    fresh = [task.id for task in tasks] if failed is None else failed
    client: Any = logs or FakeLogs()
    return keep(client, "web", {"web": a_seen(a_look(*tasks, **look), fresh)}, before, log_lines)


def part(*tasks: Task, **given: Any) -> dict[str, Any]:
    found = kept(*tasks, **given).part
    assert found is not None
    return found


# What is kept


def test_a_part_says_when_and_of_what_it_is() -> None:
    found = part(at=later(seconds=1))
    assert (found["at"], found["of"]) == ("2026-11-21T12:00:01.000Z", "web")


def test_a_part_counts_the_tasks_of_each_service() -> None:
    look = a_look(
        a_task("t1"),
        a_sick_task("t2"),
        deployments=(a_deployment(pending=1), their_deployment(running=3)),
        desired=4,
    )
    services = {"web": a_seen(look), "worker": a_seen(a_look(deployments=()))}
    client: Any = FakeLogs()
    found = keep(client, "bake", services, "", 0).part
    assert found is not None
    assert found["counts"] == {
        "web": {"desired": 4, "healthy": 1, "running": 2, "pending": 1, "old": 3},
        "worker": {"desired": 2, "healthy": 0, "running": 0, "pending": 0, "old": 0},
    }


def test_a_part_says_why_tasks_stopped_and_who_has_to_do_something() -> None:
    stopped = replace(a_stopped_task("t1"), stopped_at=later(minutes=1))
    found = part(a_task("t0"), stopped, a_stopped_task("t2"))
    assert [
        (each["task"], each["cause"], each["blame"], each["at"]) for each in found["stops"]
    ] == [
        ("t1", "AppExit", "release", "2026-11-21T12:01:00.000Z"),
        ("t2", "AppExit", "release", None),
    ]
    assert found["stops"][0]["message"] == "container app exited with code 1"
    assert found["stops"][0]["evidence"]


def test_a_part_says_what_the_checks_of_sick_tasks_say() -> None:
    found = part(a_task("t1"), a_sick_task("t2"), failed=())
    assert found["targets"] == ["task t2: container health UNHEALTHY"]


def test_what_the_scheduler_said_before_the_roll_is_of_another_deployment() -> None:
    said = (
        an_event("(service orders-web) is unable to place a task."),
        an_event("(service orders-web) has started 1 tasks.", at=NOW),
        an_event("(service orders-web) has reached a steady state.", at=later(seconds=-1)),
    )
    assert part(events=said)["events"] == [
        {"at": "2026-11-21T12:01:00.000Z", "text": said[0].text},
        {"at": "2026-11-21T12:00:00.000Z", "text": said[1].text},
    ]


def test_alarms_are_kept_as_they_are_told() -> None:
    client: Any = FakeLogs()
    alarms = [{"alarm": "orders-5xx", "state": "ALARM"}]
    found = keep(client, "bake", {"web": a_seen()}, "", 0, alarms).part
    assert found is not None
    assert found["alarms"] == alarms


# What is new


def test_what_is_found_again_is_not_kept_again() -> None:
    first = kept(a_stopped_task())
    again = kept(a_stopped_task(), failed=(), before=first.kept, at=later(minutes=1))
    assert first.part is not None
    assert again == Kept(None, {}, first.kept)


@pytest.mark.parametrize(
    "changed",
    [
        pytest.param({"desired": 3}, id="a count"),
        pytest.param({"events": (an_event("(service orders-web) is at rest."),)}, id="an event"),
    ],
)
def test_what_changes_is_kept(changed: dict[str, Any]) -> None:
    first = kept(a_task())
    then = kept(a_task(), before=first.kept, **changed)
    assert then.part is not None
    assert then.kept != first.kept


def test_another_stop_is_kept() -> None:
    first = kept(a_stopped_task("t1"))
    assert kept(a_stopped_task("t1"), a_stopped_task("t2"), before=first.kept).part is not None


def test_an_event_from_before_is_no_news() -> None:
    first = kept()
    old = an_event("(service orders-web) has reached a steady state.", at=later(days=-1))
    assert kept(events=(old,), before=first.kept).part is None


tasks = st.lists(
    st.sampled_from([a_task("t1"), a_stopped_task("t2"), a_sick_task("t3")]), unique_by=id
)


@given(tasks, st.integers(0, 3), st.integers(0, 600))
def test_the_same_look_at_any_time_is_kept_once(
    found: list[Task], desired: int, seconds: int
) -> None:
    first = kept(*found, desired=desired)
    again = kept(*found, desired=desired, before=first.kept, failed=(), at=later(seconds=seconds))
    assert first.part is not None
    assert again.part is None


# What its tasks printed


def test_the_lines_of_what_failed_since_the_last_look_are_read() -> None:
    logs = FakeLogs()
    found = kept(a_stopped_task("t1"), a_stopped_task("t2"), failed=["t2"], logs=logs)
    assert logs.read == ["ecs/app/t2", "ecs/proxy/t2"]
    assert found.lines == {"t2": ("ecs/app/t2 says so",)}
    assert found.part is not None
    assert found.part["log_lines"] == [
        {"task": "t2", "container": "app", "lines": ["ecs/app/t2 says so"]},
        {"task": "t2", "container": "proxy", "lines": ["ecs/proxy/t2 says so"]},
    ]


@pytest.mark.parametrize(
    ("app", "proxy", "telling"),
    [
        pytest.param(1, 0, "app", id="app failed"),
        pytest.param(0, 1, "proxy", id="proxy failed"),
        pytest.param(143, 1, "proxy", id="app was stopped with it"),
        pytest.param(137, 2, "proxy", id="app was killed with it"),
        pytest.param(None, 1, "proxy", id="app never ended"),
        pytest.param(1, 1, "app", id="both failed"),
        pytest.param(None, None, "app", id="none ended"),
    ],
)
def test_the_container_that_ended_by_itself_and_badly_speaks_first(
    app: int | None, proxy: int | None, telling: str
) -> None:
    ended = (ContainerStop("app", app), ContainerStop("proxy", proxy))
    found = kept(a_stopped_task("t1", containers=ended))
    assert found.lines == {"t1": (f"ecs/{telling}/t1 says so",)}


def test_a_task_that_failed_without_stopping_is_read_too() -> None:
    assert kept(a_sick_task("t1")).lines == {"t1": ("ecs/app/t1 says so",)}


def test_many_that_fail_at_once_say_the_same() -> None:
    logs = FakeLogs()
    found = kept(*(a_stopped_task(f"t{number}") for number in range(MOST_READ + 2)), logs=logs)
    assert list(found.lines) == [f"t{number}" for number in range(MOST_READ)]
    assert len(logs.read) == 2 * MOST_READ


def test_where_no_lines_are_wanted_none_are_read() -> None:
    logs = FakeLogs()
    found = kept(a_stopped_task(), log_lines=0, logs=logs)
    assert (found.lines, logs.read) == ({}, [])
    assert found.part is not None
    assert found.part["log_lines"] == []


def test_lines_are_no_news_by_themselves() -> None:
    first = kept(a_stopped_task(), log_lines=0)
    assert kept(a_stopped_task(), before=first.kept).kept == first.kept


# The task of a migration

LINES = {"app": ("undefined column",)}


def test_of_a_migration_something_is_kept_once_it_has_ended() -> None:
    assert keeping.ended(a_run(), "expand", LINES) is None
    assert keeping.ended(a_run(stop=a_stop(), task=None), "expand", {}) is None
    found = keeping.ended(a_run(stop=a_stop()), "expand", LINES)
    assert found is not None
    assert (found["of"], found["stops"][0]["cause"]) == ("expand", "AppExit")
    assert found["log_lines"] == [{"task": "t1", "container": "app", "lines": list(LINES["app"])}]


def test_a_migration_that_printed_nothing_is_kept_without_lines() -> None:
    found = keeping.ended(a_run(stop=a_stop()), "expand", {})
    assert found is not None
    assert found["log_lines"] == []
