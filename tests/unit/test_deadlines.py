"""When a rollout has taken too long, and what it lacks."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.domain.reason import Blame, Code, Reason
from functions.domain.rollout.deadlines import out_of_time
from functions.domain.rollout.look import Look, Task
from functions.domain.verdict import Verdict, Word
from tests.factories import (
    a_deployment,
    a_look,
    a_memory,
    a_service_deployment,
    a_sick_task,
    a_target,
    a_task,
    an_event,
    later,
    some_patience,
    their_deployment,
)

NO_ROOM = (
    "(service orders-web) was unable to place a task. Reason: Capacity is unavailable at this "
    "time. Please try again later or in a different availability zone."
)
STARVING = an_event(NO_ROOM)
SO_FAR = "1 of 2 tasks of orders-web:8 is healthy."
ALL = (a_task("t1"), a_task("t2"))


def judged(look: Look, **memory: Any) -> Verdict | None:
    return out_of_time(look, a_memory(**memory), some_patience(), SO_FAR)


def reason(verdict: Verdict | None) -> Reason:
    assert verdict is not None
    assert verdict.verdict is Word.FAIL
    assert verdict.reason is not None
    assert verdict.message == verdict.reason.message
    return verdict.reason


def at(minutes: float, *tasks: Task, **override: Any) -> Look:
    return a_look(*tasks, at=later(minutes=minutes), **override)


# Which clock runs out, and when


@pytest.mark.parametrize(
    ("early", "late", "limit"),
    [
        pytest.param(at(9.9), at(10), "No further task came up for 10 min", id="progress"),
        pytest.param(at(44.9, *ALL), at(45, *ALL), "Not done after 45 min in all", id="overall"),
    ],
)
def test_a_clock_runs_out_at_its_moment(early: Look, late: Look, limit: str) -> None:
    assert judged(early) is None
    assert limit in reason(judged(late)).message


def test_the_progress_clock_counts_from_the_last_task_that_came_up() -> None:
    assert judged(at(14), progressed_at=later(minutes=5)) is None
    assert judged(at(15), progressed_at=later(minutes=5)) is not None


@pytest.mark.parametrize(
    ("look", "memory"),
    [
        pytest.param(at(30), {"held": True}, id="a hook is awaited"),
        pytest.param(at(30, *ALL), {}, id="all tasks are healthy"),
    ],
)
def test_only_the_overall_clock_counts_while(look: Look, memory: dict[str, Any]) -> None:
    assert judged(look, **memory) is None


def test_the_overall_clock_counts_even_while_a_hook_is_awaited() -> None:
    assert judged(at(45), held=True) is not None


def test_what_the_strategy_takes_by_itself_comes_on_top() -> None:
    assert judged(at(104, *ALL), own_seconds=3600) is None
    told = reason(judged(at(105, *ALL), own_seconds=3600)).message
    assert "Not done after 1 h 45 min in all" in told


def test_a_service_that_lists_no_deployment_lacks_its_tasks() -> None:
    told = reason(judged(at(10, deployments=())))
    assert told.code is Code.DEADLINE_EXCEEDED


def test_while_there_is_no_room_only_the_time_without_counts() -> None:
    look = at(30, events=(STARVING,))
    assert judged(look, starving=True, starved_seconds=1199) is None
    told = reason(judged(look, starving=True, starved_seconds=1200))
    assert "No further task came up for 20 min" in told.message


def test_once_there_is_room_the_time_without_counts_no_more() -> None:
    found = {"starved_seconds": 9999.0, "progressed_at": later(minutes=25)}
    assert judged(at(30), **found) is None


# What it lacks


def test_placement_starvation_says_what_is_missing() -> None:
    told = reason(judged(at(20, events=(STARVING,)), starving=True, starved_seconds=1200))
    assert (told.code, told.blame) == (Code.CAPACITY_FARGATE, Blame.CAPACITY)
    assert told.message == (
        f"Placement starvation: {NO_ROOM} No further task came up for 20 min. {SO_FAR}"
    )
    assert told.evidence == (NO_ROOM, SO_FAR)


def test_stuck_draining_says_what_has_not_gone() -> None:
    told = reason(judged(at(45, *ALL)))
    assert (told.code, told.blame) == (Code.NEVER_CONVERGES, Blame.PLATFORM)
    assert told.message == (
        "Stuck draining: all new tasks are healthy, but old tasks have not gone: "
        "1 of orders-web:7. Not done after 45 min in all."
    )


@pytest.mark.parametrize(
    ("tasks", "code", "said"),
    [
        pytest.param(
            (a_task(targets=(a_target("initial"),)),),
            Code.HEALTH_CHECK_ELB,
            "task t1 is not healthy (target initial)",
            id="a load balancer that does not let it in",
        ),
        pytest.param(
            (a_sick_task("t2", targets=(a_target(),)), a_task("t3", targets=(a_target(),))),
            Code.HEALTH_CHECK_CONTAINER,
            "task t2 is not healthy (container health UNHEALTHY, target healthy)",
            id="a container that is not well",
        ),
    ],
)
def test_a_task_that_is_not_healthy_tells_why(
    tasks: tuple[Task, ...], code: Code, said: str
) -> None:
    told = reason(judged(at(10, *tasks, groups=1)))
    assert (told.code, told.blame) == (code, Blame.RELEASE)
    assert told.message == f"No further task came up for 10 min, and {said}. {SO_FAR}"
    assert told.evidence[-1] == SO_FAR


def test_the_few_failures_that_were_tolerated_tell_why_at_the_end() -> None:
    told = reason(judged(at(10), failed={"t1": "AppExit"}))
    assert (told.code, told.blame) == (Code.APP_EXIT, Blame.RELEASE)
    assert told.message == (
        f"No further task came up for 10 min, and 1 task failed on the way (AppExit). {SO_FAR}"
    )
    assert told.evidence == ("task t1: AppExit", SO_FAR)


def test_a_release_whose_tasks_say_nothing_is_not_to_blame() -> None:
    pending = (a_task("t2", last_status="PENDING"), a_task("t1", last_status="PROVISIONING"))
    gone = a_task("t3", last_status="RUNNING", desired_status="STOPPED")
    told = reason(judged(at(10, *pending, gone)))
    assert (told.code, told.blame) == (Code.DEADLINE_EXCEEDED, Blame.PLATFORM)
    assert told.message == f"No further task came up for 10 min: {SO_FAR}"
    assert told.evidence == (SO_FAR, "task t1 is PROVISIONING", "task t2 is PENDING")


looks = st.builds(
    lambda minutes, tasks, events, hook, desired, others: at(
        minutes,
        *tasks,
        events=tuple(events),
        deployments=(a_deployment(desired=desired), *others),
        service_deployment=a_service_deployment(hook=hook),
    ),
    st.integers(0, 60),
    st.sampled_from([(), (a_task(),), ALL, (a_sick_task(),), (a_task(last_status="PENDING"),)]),
    st.lists(st.just(STARVING), max_size=1),
    st.booleans(),
    st.integers(0, 2),
    st.lists(st.just(their_deployment()), max_size=1),
)


lacked = st.none() | st.floats(0, 3000)


@given(looks, st.booleans(), st.integers(0, 600), st.integers(0, 45), lacked)
def test_no_clock_runs_out_early_and_none_late(
    look: Look, held: bool, own: int, progressed: int, starved: float | None
) -> None:
    memory = {"held": held, "own_seconds": own, "progressed_at": later(minutes=progressed)}
    memory |= {"starving": starved is not None, "starved_seconds": starved or 0}
    verdict = judged(look, **memory)
    minutes = (look.at - later()).total_seconds() / 60
    if minutes >= 45 + own / 60:
        assert verdict is not None
    if verdict is not None:
        short = minutes - progressed >= 10 if starved is None else starved >= 1200
        assert minutes >= 45 + own / 60 or short
        assert verdict.reason is not None
        assert all(verdict.reason.evidence)
