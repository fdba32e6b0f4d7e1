"""Which tasks speak against a release, and how many of them are too many."""

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.domain.reason import Blame, Code, Reason
from functions.domain.rollout.failures import (
    Failure,
    blame_of,
    checks,
    counted,
    failures,
    how_many,
    late,
    leading,
    sick,
    tolerated,
    too_many,
)
from functions.domain.rollout.look import Health, Task
from functions.domain.stop_reason.cause import Stop
from tests.factories import (
    NOW,
    a_look,
    a_sick_task,
    a_stopped_task,
    a_target,
    a_task,
    later,
)

SLOW = (
    "unhealthy",
    "Target.ResponseCodeMismatch",
    "Health checks failed with these codes: [503]",
)
NO_IMAGE = {"code": "TaskFailedToStart", "reason": "CannotPullContainerError: not found"}


@pytest.mark.parametrize(
    ("desired", "most"),
    [(0, 1), (1, 1), (2, 1), (39, 1), (40, 2), (199, 9), (200, 10), (5_000, 10)],
)
def test_one_task_in_twenty_may_fail_but_one_always_and_ten_at_most(
    desired: int, most: int
) -> None:
    assert tolerated(desired) == most


@pytest.mark.parametrize(
    "stop",
    [
        pytest.param({"code": "SpotInterruption"}, id="a Spot interruption"),
        pytest.param({"code": "InfrastructureHealth"}, id="a host that failed"),
        pytest.param({"code": "UserInitiated", "reason": "Go away."}, id="a person"),
        pytest.param(
            {
                "code": "ServiceSchedulerInitiated",
                "reason": "Scaling activity initiated by (deployment ecs-svc/1)",
            },
            id="the scheduler",
        ),
        pytest.param(
            {
                "code": "TaskFailedToStart",
                "reason": "Capacity is unavailable at this time.",
                "containers": (),
            },
            id="no capacity",
        ),
        pytest.param(
            {
                "code": "TaskFailedToStart",
                "reason": "CannotPullContainerError: dial tcp: i/o timeout",
                "containers": (),
            },
            id="the network",
        ),
    ],
)
def test_what_the_platform_or_a_person_takes_away_never_counts(stop: dict[str, Any]) -> None:
    assert failures([a_stopped_task(**stop)]) == ()


def test_a_task_that_runs_does_not_speak_against_the_release() -> None:
    assert failures([a_task()]) == ()


def test_stops_are_told_in_the_order_of_task_ids() -> None:
    found = failures([a_stopped_task("t2"), a_stopped_task("t1", **NO_IMAGE)])
    assert [(each.task, each.reason.code) for each in found] == [
        ("t1", Code.IMAGE_NOT_FOUND),
        ("t2", Code.APP_EXIT),
    ]


# Tasks that run without being healthy


def test_a_task_is_late_when_it_runs_too_long_without_being_healthy() -> None:
    look = a_look(a_sick_task(), at=later(minutes=5))
    (found,) = late(look, 300)
    assert found.reason == Reason(
        Code.HEALTH_CHECK_CONTAINER,
        Blame.RELEASE,
        "not healthy after 5 min (container health UNHEALTHY)",
        ("task t1: container health UNHEALTHY",),
    )


def test_a_late_task_says_what_its_target_group_says() -> None:
    task = a_task(targets=(a_target(*SLOW),), started_at=NOW)
    (found,) = late(a_look(task, at=later(seconds=45), groups=1), 30)
    assert found.reason.code is Code.HEALTH_CHECK_ELB
    assert found.reason.message == (
        "not healthy after 45 s (target unhealthy, Target.ResponseCodeMismatch: Health "
        "checks failed with these codes: [503])"
    )


@pytest.mark.parametrize(
    ("task", "minutes"),
    [
        pytest.param(a_sick_task(), 4, id="not for long"),
        pytest.param(a_task(started_at=NOW), 9, id="and is healthy"),
        pytest.param(a_task(health=Health.UNHEALTHY), 9, id="since nobody knows when"),
        pytest.param(a_task(last_status="PENDING", started_at=NOW), 9, id="or does not run yet"),
        pytest.param(a_stopped_task(), 9, id="or has stopped"),
    ],
)
def test_a_task_is_not_late_that_is_sick(task: Task, minutes: int) -> None:
    assert late(a_look(task, at=later(minutes=minutes)), 300) == ()


def test_the_grace_period_of_the_service_holds_where_it_is_longer() -> None:
    for seconds, count in ((899, 0), (900, 1)):
        look = a_look(a_sick_task(), at=NOW + timedelta(seconds=seconds), grace_seconds=900)
        assert len(late(look, 300)) == count


@pytest.mark.parametrize(
    ("task", "said"),
    [
        pytest.param(a_task(), "not registered in its target group yet", id="no target yet"),
        pytest.param(a_task(targets=(a_target("initial"),)), "target initial", id="a new one"),
        pytest.param(
            a_task(targets=(a_target("unhealthy", "Target.Timeout", "Request timed out."),)),
            "target unhealthy, Target.Timeout: Request timed out",
            id="one that does not answer",
        ),
        pytest.param(
            a_task(targets=(a_target(),), health=Health.UNKNOWN),
            "container health UNKNOWN, target healthy",
            id="a container that has not said anything",
        ),
    ],
)
def test_the_checks_of_a_task_are_told(task: Task, said: str) -> None:
    assert checks(a_look(task, groups=1), task) == said


def test_each_task_is_named_that_runs_and_is_not_healthy() -> None:
    look = a_look(a_sick_task("t2"), a_sick_task("t1"), a_task("t3"), a_stopped_task("t4"))
    assert sick(look) == (
        "task t1: container health UNHEALTHY",
        "task t2: container health UNHEALTHY",
    )


# How many are too many


def test_what_ecs_forgets_stays_counted() -> None:
    known = counted({}, failures([a_stopped_task("t1"), a_stopped_task("t2")]))
    assert counted(known, ()) == {"t1": "AppExit", "t2": "AppExit"}


def test_a_task_is_counted_once_by_what_is_known_of_it_last() -> None:
    first = counted({}, late(a_look(a_sick_task(), at=later(minutes=5)), 300))
    assert counted(first, failures([a_stopped_task("t1")])) == {"t1": "AppExit"}


@pytest.mark.parametrize(
    ("failed", "desired", "over"),
    [
        pytest.param({}, 2, False, id="none"),
        pytest.param({"t1": "AppExit"}, 2, False, id="one accident"),
        pytest.param({"t1": "AppExit", "t2": "OutOfMemory"}, 2, True, id="two"),
        pytest.param({"t1": "AppExit", "t2": "OutOfMemory"}, 40, False, id="two of forty"),
        pytest.param({"t1": "ImageNotFound"}, 5_000, True, id="one that proves it"),
    ],
)
def test_too_many_are(failed: dict[str, str], desired: int, over: bool) -> None:
    assert too_many(failed, desired) is over


@pytest.mark.parametrize(
    ("codes", "code"),
    [
        pytest.param(["AppExit", "OutOfMemory", "OutOfMemory"], Code.OUT_OF_MEMORY, id="most"),
        pytest.param(["AppExit", "AppExit", "SecretMissing"], Code.SECRET_MISSING, id="the proof"),
        pytest.param(["OutOfMemory", "AppExit"], Code.APP_EXIT, id="by name where equal"),
    ],
)
def test_the_cause_that_leads_is(codes: list[str], code: Code) -> None:
    assert leading({f"t{place}": each for place, each in enumerate(codes)}) is code


def test_a_forgotten_failure_still_has_somebody_to_blame() -> None:
    assert blame_of(Code.APP_EXIT) is Blame.RELEASE
    assert blame_of(Code.ROLE_ASSUME) is Blame.CONFIGURATION
    # Of these only a task counts that never started.
    assert blame_of(Code.UNKNOWN) is Blame.CONFIGURATION


def test_tasks_are_numbered_as_people_do() -> None:
    assert how_many({"t1": "AppExit"}) == "1 task"
    assert how_many({"t1": "AppExit", "t2": "AppExit"}) == "2 tasks"


codes = st.dictionaries(
    st.text("abc", min_size=1, max_size=3),
    st.sampled_from([Code.APP_EXIT.value, Code.OUT_OF_MEMORY.value, Code.SECRET_MISSING.value]),
)


@given(codes, codes, st.integers(0, 300))
def test_more_failures_are_never_fewer(
    failed: dict[str, str], more: dict[str, str], desired: int
) -> None:
    found = [Failure(task, Reason(Code(code), Blame.RELEASE, "")) for task, code in more.items()]
    both = counted(failed, found)
    assert both.keys() == failed.keys() | more.keys()
    fresh = {task: code for task, code in more.items() if task not in failed}
    if too_many(failed, desired):
        assert too_many({**failed, **fresh}, desired)


@given(st.sampled_from(["SpotInterruption", "TerminationNotice", "UserInitiated"]), st.text())
def test_no_word_of_a_person_or_the_platform_blames_the_release(code: str, said: str) -> None:
    task = Task("t1", "STOPPED", "STOPPED", {}, Stop("t1", code, said))
    assert failures([task]) == ()
