"""Which steps a release takes, and in which order."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.domain.catalogue import Service, Unsure
from functions.domain.plan import Bake, Baking, Do
from functions.domain.steps import back, forward, rolled, waves
from tests.factories import a_release, a_service, an_application

STABLE = a_release(12)


def test_the_bake_is_the_longest_of_all_services_with_the_rules_of_each() -> None:
    web, worker = a_service("web", minutes=5), a_service("worker", minutes=20)
    web = replace(web, bake=replace(web.bake, alarms=("orders-5xx",), extend_seconds=60))
    steps = forward(an_application(web, worker), STABLE)
    services = (Baking("web", web.bake), Baking("worker", worker.bake))
    assert steps[-1].bake == Bake(20, services, 1_800, Unsure.HOLD)


@pytest.mark.parametrize(
    ("errors", "decides"),
    [
        pytest.param((Unsure.PROMOTE, Unsure.PROMOTE), Unsure.PROMOTE, id="they agree"),
        pytest.param((Unsure.PROMOTE, Unsure.HOLD), Unsure.HOLD, id="to hold is more careful"),
        pytest.param((Unsure.HOLD, Unsure.ROLLBACK), Unsure.ROLLBACK, id="to turn back is most"),
    ],
)
def test_the_most_careful_service_decides_what_becomes_of_a_bake_nobody_can_judge(
    errors: tuple[Unsure, Unsure], decides: Unsure
) -> None:
    services = [
        replace(service, bake=replace(service.bake, error=error))
        for service, error in zip((a_service("web"), a_service("worker")), errors, strict=True)
    ]
    bake = forward(an_application(*services), STABLE)[-1].bake
    assert bake is not None
    assert bake.error is decides


def test_a_release_without_bake_minutes_ends_with_one_look_at_all_services() -> None:
    web = a_service("web", minutes=0)
    steps = forward(an_application(web), STABLE)
    assert [step.do for step in steps] == [Do.PIN, Do.ROLL, Do.BAKE]
    assert steps[-1].bake == Bake(0, (Baking("web", web.bake),))


@st.composite
def some_services(draw: st.DrawFn) -> tuple[Service, ...]:
    """Draw services whose `after` has no cycle, in any order."""
    keys = draw(st.lists(st.sampled_from("abcdefgh"), unique=True, min_size=1))
    services = [
        a_service(key, after=tuple(draw(st.sets(st.sampled_from(keys[:place]))) if place else ()))
        for place, key in enumerate(keys)
    ]
    return tuple(draw(st.permutations(services)))


@given(some_services())
def test_each_service_rolls_once_and_after_those_it_names(services: tuple[Service, ...]) -> None:
    grouped = waves(services)
    assert sorted(each.key for wave in grouped for each in wave) == sorted(
        each.key for each in services
    )
    place = {each.key: number for number, wave in enumerate(grouped) for each in wave}
    assert all(place[before] < place[each.key] for each in services for before in each.after)


@given(some_services(), st.data())
def test_the_way_back_is_the_way_there_in_reverse(
    services: tuple[Service, ...], data: st.DataObject
) -> None:
    application = an_application(*services)
    release = a_release(11, *(each.key for each in services))
    there = [{roll.key for roll in step.rolls} for step in forward(application, release)]
    some = data.draw(st.sets(st.sampled_from(sorted(release.parts)), min_size=1))
    stables = {key: each for key, each in release.stables().items() if key in some}
    first, *steps, last = back(application, stables)
    assert last.bake == Bake(0, ())
    assert {pin.key for pin in first.pins} == some
    assert [{roll.key for roll in step.rolls} for step in steps] == [
        wave & some for wave in reversed(there) if wave & some
    ]


@given(some_services(), st.integers(-1, 20))
def test_a_step_touches_the_services_rolled_so_far(
    services: tuple[Service, ...], through: int
) -> None:
    steps = forward(an_application(*services), a_release(11, *(each.key for each in services)))
    touched = rolled(steps, through)
    assert touched == {roll.key for step in steps[: through + 1] for roll in step.rolls}
    assert rolled(steps, len(steps)) == {each.key for each in services}
