"""Which steps a release takes besides its services, and who goes first."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from functions.domain import migrating
from functions.domain.catalogue import Headroom, RollOrder, Service, Strategy
from functions.domain.plan import Do, Follow, Step
from functions.domain.steps import Tasks, back, contracting, forward
from tests.factories import a_release, a_service, an_application, some_facts

SERVICES = tuple(a_service(key) for key in "abcde")
RELEASE = a_release(12, *"abcde")
RUNS = {"web": "orders-web:3", "worker": "orders-worker:3"}
FAMILIES = {"orders-web": "web", "orders-worker": "worker"}


def waves(steps: tuple[Step, ...]) -> list[list[str]]:
    return [[roll.key for roll in step.rolls] for step in steps if step.do is Do.ROLL]


def test_schedules_name_what_runs_until_all_services_have_rolled() -> None:
    application = an_application(schedules=("orders-nightly",))
    steps = forward(application, a_release(), runs=RUNS)
    assert [step.do for step in steps] == [
        Do.FOLLOW,
        Do.PIN,
        Do.ROLL,
        Do.ROLL,
        Do.FOLLOW,
        Do.BAKE,
    ]
    assert steps[0].follow == Follow(("orders-nightly",), "production", FAMILIES, RUNS)
    assert steps[4].follow == Follow(("orders-nightly",), "production", FAMILIES)


def test_schedules_go_back_with_the_services_that_do_and_with_no_other() -> None:
    application = an_application(schedules=("orders-nightly",))
    steps = back(application, {"web": a_release(11).stables()["web"]})
    assert [step.do for step in steps] == [Do.PIN, Do.ROLL, Do.FOLLOW, Do.BAKE]
    assert steps[2].follow == Follow(("orders-nightly",), "production", {"orders-web": "web"})


def test_room_is_made_before_anything_else() -> None:
    headroom = Headroom("ecs-production", "", 1, 600)
    first = forward(an_application(headroom=headroom), a_release())[0]
    assert (first.do, first.headroom) == (Do.HEADROOM, headroom)


def test_one_task_comes_up_before_the_first_service_and_after_the_expand() -> None:
    application = an_application(order=RollOrder("", "web", 5))
    probe = migrating.probe(application, 12, some_facts())
    steps = forward(application, a_release(), Tasks(expand=probe, probe=probe))
    assert [step.do for step in steps[:4]] == [Do.PIN, Do.MIGRATE, Do.MIGRATE, Do.ROLL]


def test_a_contract_is_all_that_is_run_for_what_runs() -> None:
    application = an_application(order=RollOrder("", "web", 5))
    task = migrating.probe(application, 12, some_facts())
    assert task is not None
    steps = contracting(a_release(), task)
    assert [step.do for step in steps] == [Do.PIN, Do.PROMOTE, Do.MIGRATE]
    assert {pin.key: pin.revision for pin in steps[0].pins} == {
        key: part.revision for key, part in a_release().parts.items()
    }


def test_the_first_service_is_the_gate_for_all_others() -> None:
    application = an_application(*SERVICES, order=RollOrder("c", "", 5))
    assert waves(forward(application, RELEASE)) == [["c"], ["a", "b", "d", "e"]]
    stables = RELEASE.stables()
    assert waves(back(application, stables)) == [["a", "b", "d", "e"], ["c"]]


@given(st.integers(1, 6), st.sampled_from(["", *"abcde"]))
def test_no_more_services_roll_at_once_than_may(most: int, first: str) -> None:
    application = an_application(*SERVICES, order=RollOrder(first, "", most))
    there = waves(forward(application, RELEASE))
    assert max(map(len, there)) <= most
    assert sorted(key for wave in there for key in wave) == list("abcde")


def test_only_services_that_roll_with_others_stop_for_each_other() -> None:
    application = an_application(*SERVICES, order=RollOrder("a", "", 5))
    steps = forward(application, RELEASE)
    siblings = {roll.key: roll.siblings for step in steps for roll in step.rolls}
    assert siblings == {"a": False, "b": True, "c": True, "d": True, "e": True}
    on_the_way_back = back(application, RELEASE.stables())
    assert not any(roll.siblings for step in on_the_way_back for roll in step.rolls)


def test_a_service_that_is_recreated_is_so_on_the_way_back_too() -> None:
    web: Service = replace(a_service("web"), strategy=Strategy.RECREATE)
    application = an_application(web)
    release = a_release(12, "web")
    for steps in (forward(application, release), back(application, release.stables())):
        assert [roll.recreate for step in steps for roll in step.rolls] == [True]


def test_schedules_run_the_release_from_before_when_its_schema_is_undone() -> None:
    application = an_application(schedules=("orders-nightly",), order=RollOrder("", "web", 5))
    task = migrating.probe(application, 12, some_facts())
    steps = back(application, a_release(11).stables(), undo=task)
    assert [step.do for step in steps][-3:] == [Do.FOLLOW, Do.MIGRATE, Do.BAKE]
