"""How long a release takes at best, and how long until it is taken back at worst."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.domain.catalogue import Application, Migration, Migrations, RollOrder
from functions.domain.preflight.durations import findings
from functions.domain.preflight.finding import Finding, Grade
from functions.domain.preflight.needs import Need
from functions.domain.preflight.percentages import Moves
from functions.domain.preflight.rolling import Group, at_best, seconds
from functions.domain.preflight.sight import Unread
from tests.factories import a_service, an_application
from tests.rooms import a_definition, a_found, a_native, a_need, grades, only

UP, DOWN = 60, 20
BEHIND = {"loadBalancers": [{"targetGroupArn": "group"}, {"loadBalancerName": "classic"}]}


# One service


@pytest.mark.parametrize(
    ("moving", "expected"),
    [
        (Moves(2, 100, 200), UP + DOWN),  # R4.6: all start, then all stop.
        (Moves(1, 100, 200), UP + DOWN),
        (Moves(1, 0, 100), DOWN + UP),
        (Moves(4, 100, 125), 4 * (UP + DOWN)),
        (Moves(4, 50, 100), 2 * (DOWN + UP)),
        (Moves(4, 0, 100), DOWN + UP),
        # Half stop at once; the others go as soon as the first half of the new ones are up.
        (Moves(6, 50, 200), UP + DOWN),
        (Moves(0, 100, 200), 0),
        (Moves(1, 100, 100), 0),
    ],
)
def test_a_roll_takes_so_many_batches(moving: Moves, expected: int) -> None:
    assert seconds(moving, UP, DOWN) == expected


@given(
    st.integers(1, 60),
    st.integers(0, 100),
    st.integers(100, 200),
    st.integers(1, 300),
    st.integers(1, 300),
)
def test_a_roll_that_can_move_ends_and_takes_one_task_at_least(
    desired: int, minimum: int, maximum: int, up: int, down: int
) -> None:
    moving = Moves(desired, minimum, maximum)
    took = seconds(moving, up, down)
    if moving.stuck:
        assert took == 0
    else:
        assert up <= took <= desired * (up + down)
        assert seconds(moving, up + 1, down) >= took
        assert seconds(Moves(desired, 0, 400), up, down) <= took


def best(found: Any, *groups: Group, definition: Any = None) -> int:
    need = a_need(found, definition)
    return at_best(need.found, need.definition, need.moves, groups)


def checked(**check: Any) -> Any:
    containers = [
        {"name": "app", "healthCheck": check},
        {"name": "sidecar", "essential": False, "healthCheck": {"interval": 299}},
        {"name": "proxy"},
    ]
    return a_definition(containerDefinitions=containers)


def test_a_task_counts_once_its_slowest_check_has_passed() -> None:
    assert best(a_found()) == 20 + 40 + 20
    assert best(a_found(), definition=checked(retries=3)) == 20 + 30 + 20
    assert best(a_found(), definition=checked(interval=10)) == 20 + 10 + 20
    assert best(a_found(), Group(10, 3, 30)) == 20 + 20 + 20 + 30
    assert (
        best(a_found(), Group(10, 3, 30), Group(), definition=checked(retries=3))
        == 20 + 120 + 20 + 300
    )


def test_a_strategy_of_ecs_takes_its_own_time_but_not_that_of_its_hooks() -> None:
    hooks = [{"lifecycleStages": ["POST_SCALE_UP"]}]
    native = a_native(2, bakeTimeInMinutes=5, lifecycleHooks=hooks)
    assert best(native) == 20 + 40 + 20 + 300


def test_a_service_at_zero_takes_no_time() -> None:
    assert best(a_found(0)) == 0


# The release


def told(application: Application, *needed: Need, **groups: Group) -> Finding:
    return only(findings(application, needed, groups))


def test_both_figures_are_told() -> None:
    found = told(an_application(a_service("web")), a_need())
    assert (found.grade, found.check, found.subject) == (Grade.OK, "duration", "orders")
    assert found.message == (
        "At best 1 min 20 s to roll, then 10 min of bake, migrations not counted. If it fails at "
        "the very end, when the last deadline is over, the stable revisions run again "
        "56 min 20 s after its start."
    )


def test_waves_add_up_and_services_of_a_wave_do_not() -> None:
    needed = (a_need(), a_need(key="worker"))
    assert told(an_application(), *needed).message.startswith("At best 2 min 40 s to roll")
    together = an_application(a_service("web"), a_service("worker"))
    assert told(together, *needed).message.startswith("At best 1 min 20 s to roll")
    first = replace(together, order=RollOrder("web", "", 5))
    assert told(first, *needed).message.startswith("At best 2 min 40 s to roll")


def test_at_worst_every_deadline_runs_out() -> None:
    expand = Migration("web", ("rake", "expand"), 900)
    service = a_service("web")
    asking = replace(service.bake, min_requests=100, extend_seconds=600)
    application = an_application(replace(service, bake=asking), migrations=Migrations(expand, None))
    # 15 min expand, 45 min roll with 5 min of its own, 10 + 10 min bake, 6 min 20 s back.
    native = a_native(2, bakeTimeInMinutes=5)
    assert "1 h 31 min after its start" in told(application, a_need(native)).message


def test_without_a_bake() -> None:
    application = an_application(a_service("web", minutes=0))
    assert "to roll, without a bake" in told(application, a_need()).message


def test_how_long_targets_drain_is_said_where_it_is_only_taken_to_be_so() -> None:
    need = a_need(a_found(**BEHIND))
    application = an_application(a_service("web"))
    known = told(application, need, group=Group(5, 2, 30))
    assert known.message.startswith("At best 1 min 15 s to roll, then")
    usual = told(application, need, group=Group(5, 2))
    assert "(targets are taken to drain for 5 min, as is usual)" in usual.message
    assert "as is usual" in told(application, need).message


def test_target_groups_that_cannot_be_read_are_taken_for_usual_ones() -> None:
    need = a_need(a_found(**BEHIND))
    found = list(findings(an_application(a_service("web")), [need], Unread("AWS is busy.")))
    assert grades(found) == [Grade.UNKNOWN, Grade.OK]


def test_a_service_of_which_nothing_is_known_has_its_deadlines() -> None:
    found = told(an_application())
    assert found.message.startswith("At best 0 s to roll")
    assert "1 h 40 min after its start" in found.message
