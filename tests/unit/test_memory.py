"""What a roll remembers from look to look."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.domain.rollout.look import Look, Percents, Task
from functions.domain.rollout.memory import MOST_REMEMBERED, Memory, stands
from functions.domain.rollout.memory import advance as step
from tests.factories import (
    NOW,
    a_look,
    a_memory,
    a_service_deployment,
    a_sick_task,
    a_target,
    a_task,
    later,
)

THEN = later(minutes=5)
HOOK = a_service_deployment(hook=True)


def advance(memory: Memory, look: Look, *, starving: bool = False) -> Memory:
    return step(memory, look, starving=starving)


def test_the_progress_clock_restarts_with_a_task_that_is_healthy_for_the_first_time() -> None:
    memory = advance(a_memory(healthy=("t1",)), a_look(a_task("t1"), a_task("t2"), at=THEN))
    assert (memory.progressed_at, memory.looked_at) == (THEN, THEN)
    assert memory.healthy == ("t1", "t2")


@pytest.mark.parametrize(
    "tasks",
    [
        pytest.param((a_task(),), id="only the one that was healthy is"),
        pytest.param((a_task(), a_task("t2", last_status="PENDING")), id="one is not up yet"),
        pytest.param((a_task(), a_task("t2", desired_status="STOPPED")), id="one is going down"),
        pytest.param((a_task(), a_sick_task("t2")), id="one is up and not healthy"),
        pytest.param((), id="none is left"),
    ],
)
def test_the_progress_clock_runs_on_while(tasks: tuple[Task, ...]) -> None:
    memory = a_memory(healthy=("t1",))
    assert advance(memory, a_look(*tasks, at=THEN)) == replace(memory, looked_at=THEN)


def test_a_task_that_falls_ill_and_gets_well_again_is_no_progress() -> None:
    memory = advance(a_memory(), a_look(a_task()))
    memory = advance(memory, a_look(a_sick_task(), at=THEN))
    memory = advance(memory, a_look(a_task(), at=later(minutes=9)))
    assert memory.progressed_at == NOW


def test_a_task_counts_once_all_its_targets_are_healthy() -> None:
    waiting = a_look(a_task(targets=(a_target("initial"),)), groups=1, at=THEN)
    assert advance(a_memory(), waiting).progressed_at == NOW
    healthy = a_look(a_task(targets=(a_target(),)), groups=1, at=THEN)
    assert advance(a_memory(), healthy).progressed_at == THEN


def test_the_progress_clock_stands_still_while_a_hook_is_awaited() -> None:
    memory = a_memory(looked_at=later(minutes=1))
    held = advance(memory, a_look(at=THEN, service_deployment=HOOK))
    assert (held.progressed_at, held.started_at, held.held) == (later(minutes=4), NOW, True)


def test_what_was_held_until_this_look_is_not_counted_either() -> None:
    memory = advance(a_memory(held=True), a_look(at=THEN))
    assert (memory.progressed_at, memory.held) == (THEN, False)


def test_the_overall_clock_never_stops() -> None:
    memory = advance(a_memory(), a_look(a_task(), at=THEN, service_deployment=HOOK))
    assert memory.started_at == NOW


# Old tasks that have to go first

RECREATED = Percents(minimum=0, maximum=100)


def test_the_progress_clock_stands_still_until_the_old_tasks_have_gone() -> None:
    held = advance(a_memory(), a_look(at=THEN, percents=RECREATED))
    assert (held.progressed_at, held.held) == (THEN, True)
    begun = a_look(a_task(last_status="PENDING"), at=later(minutes=9), percents=RECREATED)
    assert not advance(held, begun).held


def test_want_of_room_for_a_recreated_task_has_its_own_clock() -> None:
    memory = advance(a_memory(), a_look(at=THEN, percents=RECREATED), starving=True)
    assert (memory.held, memory.starved_seconds) == (False, 300)


@pytest.mark.parametrize(
    "percents", [Percents(0, 200), Percents(50, 100), Percents(0, 100, native=True)]
)
def test_otherwise_new_tasks_start_beside_the_old_ones(percents: Percents) -> None:
    assert not advance(a_memory(), a_look(at=THEN, percents=percents)).held


# Want of room


def test_the_progress_clock_stands_still_while_there_is_no_room() -> None:
    memory = advance(a_memory(), a_look(at=THEN), starving=True)
    assert (memory.progressed_at, memory.starving, memory.starved_seconds) == (THEN, True, 300)


def test_room_that_was_found_just_now_was_lacking_until_then() -> None:
    memory = advance(a_memory(starving=True, starved_seconds=60), a_look(at=THEN))
    assert (memory.progressed_at, memory.starving, memory.starved_seconds) == (THEN, False, 360)


def test_want_of_room_adds_up_until_a_task_is_healthy() -> None:
    memory = a_memory()
    for minute, starving in ((1, True), (2, False), (3, False), (4, True)):
        memory = advance(memory, a_look(at=later(minutes=minute)), starving=starving)
    assert memory.starved_seconds == 180
    assert memory.progressed_at == later(minutes=3)
    assert advance(memory, a_look(a_task(), at=THEN), starving=True).starved_seconds == 0


def test_while_a_hook_is_awaited_no_room_is_wanted() -> None:
    look = a_look(at=THEN, service_deployment=HOOK)
    memory = advance(a_memory(), look, starving=True)
    assert (memory.progressed_at, memory.starved_seconds) == (THEN, 0)


@pytest.mark.parametrize(
    ("stage", "held"),
    [
        ("RECONCILE_SERVICE", True),
        ("PRE_SCALE_UP", True),
        ("SCALE_UP", False),
        ("POST_SCALE_UP", True),
        ("TEST_TRAFFIC_SHIFT", True),
        ("POST_TEST_TRAFFIC_SHIFT", True),
        ("PRE_PRODUCTION_TRAFFIC_SHIFT", True),
        ("PRODUCTION_TRAFFIC_SHIFT", True),
        ("POST_PRODUCTION_TRAFFIC_SHIFT", True),
        ("BAKE_TIME", True),
        ("CLEAN_UP", True),
        ("", False),
    ],
)
def test_only_while_tasks_are_started_a_missing_one_is_missing(stage: str, held: bool) -> None:
    assert stands(a_look(service_deployment=a_service_deployment(stage=stage))) is held


def test_without_a_service_deployment_nothing_is_held() -> None:
    assert not stands(a_look(service_deployment=None))


def test_what_the_strategy_takes_by_itself_is_the_most_it_ever_said() -> None:
    memory = advance(a_memory(), a_look(percents=Percents(own_seconds=600)))
    memory = advance(memory, a_look(percents=Percents(own_seconds=60)))
    assert memory.own_seconds == 600


def test_so_many_ids_are_remembered_and_each_is_short() -> None:
    known = tuple(f"{number:032}" for number in range(MOST_REMEMBERED))
    memory = advance(a_memory(healthy=known), a_look(a_task("a" * 32)))
    assert len(memory.healthy) == MOST_REMEMBERED
    assert memory.healthy[-1] == "a" * 12
    assert memory.was_healthy("a" * 32)
    assert not memory.was_healthy("b" * 32)


steps = st.lists(
    st.tuples(
        st.integers(1, 900),
        st.booleans(),
        st.booleans(),
        st.lists(st.sampled_from(["t1", "t2", "t3"]), unique=True),
    ),
    max_size=8,
)


@given(steps)
def test_progress_is_a_task_never_seen_healthy_or_time_that_was_held(
    looks: list[tuple[int, bool, bool, list[str]]],
) -> None:
    memory, seen = a_memory(), set[str]()
    at: datetime = NOW
    for seconds, held, starving, healthy in looks:
        at += timedelta(seconds=seconds)
        tasks = [a_task(each) for each in healthy]
        look = a_look(*tasks, at=at, service_deployment=a_service_deployment(hook=held))
        before, memory = memory, advance(memory, look, starving=starving)
        if {*healthy} - seen:
            assert memory.progressed_at == at
        elif held or before.held or starving or before.starving:
            assert at - memory.progressed_at == before.looked_at - before.progressed_at
        else:
            assert memory.progressed_at == before.progressed_at
        assert memory.started_at == NOW
        seen |= {*healthy}
