"""The shapes of a rollout that does not come to an end, by name."""

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.domain.reason import Blame, Code
from functions.domain.rollout.convergence import cannot_move, shape, starvation, stuck_draining
from functions.domain.rollout.look import Look, Percents
from tests.factories import (
    NOW,
    a_deployment,
    a_look,
    a_memory,
    a_service_deployment,
    a_sick_task,
    a_stopped_task,
    a_task,
    an_event,
    later,
    their_deployment,
)

STUCK = (
    "(service orders-web) was unable to stop or start tasks during a deployment because of the "
    "service deployment configuration. Update the minimumHealthyPercent or maximumPercent value "
    "and try again."
)
NO_ROOM = (
    "(service orders-web) was unable to place a task because no container instance met all of its "
    "requirements. The closest matching (container-instance 1) has insufficient CPU units "
    "available."
)
NO_PORT = "(service orders-web) was unable to place a task. Reason: RESOURCE:PORTS."
SERVED = "(service orders-web) has started 2 tasks: (task t1) (task t2)."
BEFORE = an_event(NO_ROOM, at=later(minutes=-1))
STEADY = an_event("(service orders-web) has reached a steady state.", at=later(seconds=-30))


def percents(minimum: int, maximum: int, desired: int = 2, **override: Any) -> Look:
    return a_look(desired=desired, percents=Percents(minimum, maximum), **override)


# Percentages that can never move


@pytest.mark.parametrize(
    ("desired", "minimum", "maximum"),
    [(1, 100, 100), (1, 50, 150), (1, 1, 199), (2, 100, 149), (2, 51, 100), (3, 67, 133)],
)
def test_percentages_leave_no_room_for(desired: int, minimum: int, maximum: int) -> None:
    assert cannot_move(percents(minimum, maximum, desired), a_memory()) is not None


@pytest.mark.parametrize(
    ("desired", "minimum", "maximum"),
    [(0, 100, 100), (1, 0, 100), (1, 100, 200), (2, 50, 100), (2, 100, 150), (3, 100, 134)],
)
def test_percentages_leave_room_for(desired: int, minimum: int, maximum: int) -> None:
    assert cannot_move(percents(minimum, maximum, desired), a_memory()) is None


@pytest.mark.parametrize(
    ("desired", "tasks"), [(1, "1 task"), (2, "2 tasks")], ids=["one", "several"]
)
def test_percentages_that_can_never_move_say_so_with_the_numbers(desired: int, tasks: str) -> None:
    verdict = cannot_move(percents(100, 100, desired), a_memory())
    assert verdict is not None
    assert verdict.message == (
        f"Percentages that can never move: with {tasks}, at least 100 % healthy and at most 100 %, "
        "no task can be started and none stopped."
    )
    assert verdict.reason is not None
    assert verdict.reason.code is Code.NEVER_CONVERGES
    assert verdict.reason.blame is Blame.CONFIGURATION
    assert verdict.reason.evidence == (verdict.message.partition(": ")[2].rstrip("."),)


def test_where_the_numbers_leave_room_the_words_of_the_scheduler_count() -> None:
    verdict = cannot_move(percents(50, 200, events=(an_event(STUCK),)), a_memory())
    assert verdict is not None
    assert verdict.message == f"Percentages that can never move: {STUCK}"


def test_where_both_say_it_the_numbers_are_told_and_the_words_are_evidence() -> None:
    verdict = cannot_move(percents(100, 100, events=(an_event(STUCK),)), a_memory())
    assert verdict is not None
    assert "with 2 tasks, at least 100 % healthy" in verdict.message
    assert verdict.reason is not None
    assert verdict.reason.evidence[1:] == (STUCK,)


@pytest.mark.parametrize(
    "look",
    [
        pytest.param(percents(100, 100, deployments=(a_deployment(),)), id="no old task is left"),
        pytest.param(percents(100, 100, daemon=True), id="there is one task per instance"),
        pytest.param(
            percents(100, 100, service_deployment=a_service_deployment("ROLLBACK_IN_PROGRESS")),
            id="ECS goes back by itself",
        ),
        pytest.param(a_look(percents=Percents(100, 100, native=True)), id="traffic is shifted"),
        pytest.param(
            percents(50, 200, events=(an_event(STUCK, at=later(minutes=-1)),)),
            id="it was said before the update",
        ),
    ],
)
def test_the_percentages_are_nothing_to_fail_for_where(look: Look) -> None:
    assert cannot_move(look, a_memory()) is None


# Placement starvation


def test_starvation_is_what_the_scheduler_says_while_tasks_are_lacking() -> None:
    starving = starvation(a_look(a_task(), events=(an_event(NO_ROOM),)))
    assert starving is not None
    assert (starving.code, starving.blame) == (Code.CAPACITY_CPU_MEMORY, Blame.CAPACITY)
    assert starving.evidence == (NO_ROOM,)


def test_starvation_is_what_a_task_stopped_for() -> None:
    stopped = a_stopped_task(
        code="TaskFailedToStart", reason="Capacity is unavailable at this time.", containers=()
    )
    starving = starvation(a_look(stopped, a_stopped_task("t2")))
    assert starving is not None
    assert starving.code is Code.CAPACITY_FARGATE


def test_what_was_said_last_is_what_is_missing() -> None:
    events = (an_event(NO_ROOM), an_event(NO_PORT, at=later(minutes=2)))
    for listed in (events, events[::-1]):
        starving = starvation(a_look(events=listed))
        assert starving is not None
        assert starving.code is Code.CAPACITY_PORT


@pytest.mark.parametrize(
    "look",
    [
        pytest.param(
            a_look(a_task("t1"), a_sick_task("t2"), events=(an_event(NO_ROOM),)),
            id="all tasks are there, healthy or not",
        ),
        pytest.param(
            a_look(a_task("t1"), a_task("t2", last_status="PENDING"), events=(an_event(NO_ROOM),)),
            id="the last one was placed",
        ),
        pytest.param(a_look(events=(BEFORE, STEADY)), id="the service was steady since"),
        pytest.param(a_look(a_stopped_task(), events=(an_event(SERVED),)), id="nobody says it"),
        pytest.param(
            a_look(desired=0, deployments=(), events=(an_event(NO_ROOM),)), id="no task is wanted"
        ),
    ],
)
def test_nothing_starves_while(look: Look) -> None:
    assert starvation(look) is None


# Crash loop, flapping, limping


@pytest.mark.parametrize(
    ("failed", "healthy", "named"),
    [
        pytest.param({"t1": "AppExit"}, (), "", id="one is no shape"),
        pytest.param({"t1": "AppExit", "t2": "OutOfMemory"}, (), "Crash loop", id="at once"),
        pytest.param({"t1": "AppExit", "t2": "HealthCheckElb"}, (), "", id="each another way"),
        pytest.param({"t1": "AppExit", "t2": "AppExit"}, ("t2",), "Limping", id="one died later"),
        pytest.param(
            {"t1": "HealthCheckElb", "t2": "AppExit"}, ("t1",), "Flapping", id="one fell ill"
        ),
        pytest.param(
            {"t1": "HealthCheckElb", "t2": "AppExit"}, ("t2",), "Limping", id="one never was well"
        ),
        pytest.param(
            {"t1": "HealthCheckContainer", "t2": "HealthCheckContainer"},
            ("t1", "t2"),
            "Flapping",
            id="all fell ill",
        ),
    ],
)
def test_the_way_tasks_fail_has_a_name(
    failed: dict[str, str], healthy: tuple[str, ...], named: str
) -> None:
    assert shape(a_memory(failed=failed, healthy=healthy), rolled=False) == named


# Stuck draining


def test_old_tasks_that_do_not_go_are_told_by_revision() -> None:
    older = their_deployment(id="ecs-svc/0", task_definition=a_deployment().task_definition)
    look = a_look(
        a_task("t1"), a_task("t2"), deployments=(a_deployment(), their_deployment(), older)
    )
    assert stuck_draining(look) == (
        "all new tasks are healthy, but old tasks have not gone: "
        "1 of orders-web:7, 1 of orders-web:8"
    )


def test_where_no_new_task_is_wanted_old_ones_have_to_go_as_well() -> None:
    look = a_look(deployments=(a_deployment(desired=0), their_deployment()))
    assert stuck_draining(look) == (
        "no new task is wanted, but old tasks have not gone: 1 of orders-web:7"
    )


@pytest.mark.parametrize(
    "look",
    [
        pytest.param(a_look(a_task()), id="a new one is missing"),
        pytest.param(a_look(a_task("t1"), a_sick_task("t2")), id="a new one is sick"),
        pytest.param(
            a_look(a_task("t1"), a_task("t2"), deployments=(a_deployment(),)), id="they are gone"
        ),
        pytest.param(a_look(deployments=(their_deployment(),)), id="there is no new deployment"),
    ],
)
def test_nothing_is_stuck_draining_while(look: Look) -> None:
    assert stuck_draining(look) is None


texts = st.sampled_from([STUCK, NO_ROOM, NO_PORT, SERVED])
events = st.lists(
    st.tuples(texts, st.integers(-2, 5)).map(
        lambda said: an_event(said[0], at=NOW + timedelta(minutes=said[1]))
    ),
    max_size=6,
)


@given(events, st.data())
def test_what_the_scheduler_says_is_the_same_in_any_order(said: Any, data: st.DataObject) -> None:
    mixed = data.draw(st.permutations(said))
    one, other = a_look(events=tuple(said)), a_look(events=tuple(mixed))
    assert starvation(one) == starvation(other)
    assert cannot_move(one, a_memory()) == cannot_move(other, a_memory())


@given(st.integers(0, 50), st.integers(0, 100), st.integers(100, 300))
def test_percentages_never_move_exactly_where_no_task_may_start_or_stop(
    desired: int, minimum: int, maximum: int
) -> None:
    may_stop = any(100 * left >= minimum * desired for left in range(desired))
    may_start = 100 * (desired + 1) <= maximum * desired
    verdict = cannot_move(percents(minimum, maximum, desired), a_memory())
    assert (verdict is None) is (may_stop or may_start or desired == 0)
