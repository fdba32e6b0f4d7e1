"""Headroom: what is raised, what is given back, and whose numbers are left alone."""

from dataclasses import asdict, replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.domain import moment
from functions.domain.catalogue import Headroom
from functions.domain.headroom import raised as remembered
from functions.domain.headroom.course import next_move
from functions.domain.headroom.group import Group, Host
from functions.domain.headroom.move import Do, Look, Move
from functions.domain.headroom.raised import Raised, noted, raised
from functions.domain.headroom.told import told
from functions.domain.pause import About
from functions.domain.verdict import Word
from tests.factories import NOW, later

NAMED = Headroom("ecs-production", "", 1, 600)
AT = moment.text(NOW)


def a_host(number: int = 1, **override: Any) -> Host:
    host = Host(f"i-{number}", "a", arn=f"instance/{number}", usable=True, tasks=4)
    return replace(host, **override)


def a_group(**override: Any) -> Group:
    hosts = (a_host(1), a_host(2, zone="b"))
    return replace(Group("ecs-production", 1, 4, 2, hosts), **override)


def raised_group(**override: Any) -> Group:
    """Return the group with one instance more, and nothing on it."""
    hosts = (a_host(1), a_host(2, zone="b"), a_host(3, zone="c", tasks=0))
    return replace(Group("ecs-production", 3, 4, 3, hosts), **override)


def a_raised(**override: Any) -> Raised:
    return replace(Raised("ecs-production", 42, 1, 2, 1, 3, 0, AT), **override)


def a_look(**override: Any) -> Look:
    return replace(Look(NOW, NOW, 42, NAMED, a_group(), None), **override)


def a_giving(**override: Any) -> Look:
    """Return a look when the deployment has long ended, and the minimum is what it was."""
    group = raised_group(least=1)
    look = a_look(
        now=later(seconds=601), closed_at=NOW, answered=True, group=group, raised=a_raised()
    )
    return replace(look, **override)


def message(look: Look) -> str:
    return next_move(look).message


# Raising


def test_so_many_instances_are_added_and_kept_by_the_minimum() -> None:
    move = next_move(a_look())
    assert (move.do, move.note) == (Do.RAISE, a_raised())
    assert move.message == "ecs-production gets 3 instances instead of 2."


@pytest.mark.parametrize(
    ("group", "why"),
    [
        (None, "there is none of this name"),
        (a_group(most=2), "its maximum is 2, and it has 2 instances already"),
        (a_group(launches=False), "its process Launch is suspended"),
        (a_group(weighted=True), "its numbers are no numbers of instances"),
        (a_group(hosts=(a_host(arn=""),)), "none of its instances is in the cluster"),
    ],
)
def test_without_headroom_the_release_stops(group: Group | None, why: str) -> None:
    move = next_move(a_look(group=group))
    assert move.do is Do.ANSWER
    assert move.verdict
    assert move.verdict.verdict is Word.FAIL
    assert move.verdict.reason
    assert why in move.verdict.message
    assert move.message.startswith("There is no headroom in the Auto Scaling group ecs-production")
    assert move.message.endswith("No service was touched.")


def test_a_capacity_provider_is_called_so() -> None:
    headroom = Headroom("", "instances", 1, 600)
    assert "in the capacity provider instances: " in message(a_look(headroom=headroom, group=None))


def test_what_aws_refuses_stops_the_release() -> None:
    assert "AWS refuses it: Denied. No service" in message(a_look(trouble="Denied."))


def test_an_empty_group_can_be_raised() -> None:
    assert next_move(a_look(group=a_group(hosts=(), desired=0, least=0))).do is Do.RAISE


def test_it_waits_until_the_instances_have_joined() -> None:
    group = raised_group(hosts=(a_host(1), a_host(2)))
    move = next_move(a_look(group=group, raised=a_raised()))
    assert (move.do, move.wait_seconds) == (Do.WAIT, 15)
    assert move.message == "2 of 3 instances of ecs-production are in the cluster."
    late = a_look(now=later(seconds=600), group=group, raised=a_raised())
    assert "2 of 3 instances of ecs-production are in the cluster after 10 min" in message(late)
    assert next_move(late).do is Do.ANSWER


def test_an_instance_that_was_out_of_use_before_is_not_waited_for() -> None:
    group = a_group(hosts=(a_host(1), a_host(2, usable=False)))
    note = next_move(a_look(group=group)).note
    assert note
    assert note.missing == 1
    hosts = (*group.hosts, a_host(3))
    move = next_move(a_look(group=raised_group(hosts=hosts), raised=note))
    assert move.verdict
    assert move.verdict.verdict is Word.PASS


def test_who_has_joined_is_enough() -> None:
    move = next_move(a_look(group=raised_group(), raised=a_raised()))
    assert move.verdict
    assert move.message == "ecs-production has 1 more instances for the roll."


def test_less_than_was_asked_for_is_said() -> None:
    look = a_look(group=raised_group(most=3), raised=a_raised())
    look = replace(look, headroom=replace(NAMED, scale_out=3))
    assert message(look).endswith("for the roll instead of 3, since its maximum is 3.")


@pytest.mark.parametrize("numbers", [{"desired": 2}, {"least": 1}])
def test_who_died_before_the_group_was_raised_is_made_good(numbers: dict[str, int]) -> None:
    move = next_move(a_look(group=raised_group(**numbers), raised=a_raised()))
    assert (move.do, move.note) == (Do.RAISE, a_raised(version=2))


def test_what_is_being_given_back_is_needed_again() -> None:
    group = raised_group(hosts=(a_host(1), a_host(2), a_host(3, draining=True, usable=False)))
    look = a_look(group=group, raised=a_raised(victim="i-3"))
    move = next_move(look)
    assert (move.do, move.host, move.arn) == (Do.ACTIVATE, "i-3", "instance/3")
    in_use = replace(look, group=raised_group())
    assert next_move(in_use).do is Do.ANSWER


def test_headroom_in_another_group_is_waited_for() -> None:
    other = a_raised(group="another", deployment=41)
    move = next_move(a_look(raised=other))
    assert move.do is Do.WAIT
    assert move.message.endswith("that of deployment #41 in another is not given back yet.")
    late = next_move(a_look(raised=other, now=later(seconds=600)))
    assert late.do is Do.ANSWER
    assert "that of deployment #41 in another is not given back yet" in late.message


def test_an_earlier_deployments_headroom_is_taken_over() -> None:
    earlier = a_raised(deployment=41, victim="i-3", version=5)
    note = next_move(a_look(group=raised_group(), raised=earlier)).note
    assert note == a_raised(victim="i-3", version=6)
    lowered = next_move(a_look(group=raised_group(least=1), raised=earlier)).note
    assert lowered
    assert lowered.min_before == 1


# Waiting


def test_it_is_kept_while_the_deployment_goes_on() -> None:
    move = next_move(a_look(answered=True, raised=a_raised()))
    assert (move.do, move.wait_seconds) == (Do.WAIT, 60)


@pytest.mark.parametrize("whose", [None, a_raised(deployment=43)])
def test_who_has_nothing_to_give_back_leaves(whose: Raised | None) -> None:
    assert next_move(a_look(answered=True, raised=whose)).do is Do.LEAVE
    assert next_move(a_giving(raised=whose)).do is Do.LEAVE


def test_it_is_kept_for_a_while_after_the_deployment() -> None:
    move = next_move(a_giving(now=later(seconds=100)))
    assert (move.do, move.wait_seconds) == (Do.WAIT, 500)


def test_a_deployment_that_nobody_closes_is_over_when_none_may_run_any_longer() -> None:
    look = a_giving(closed_at=None, now=later(days=21))
    assert next_move(look).do is Do.WAIT
    assert next_move(replace(look, now=later(days=21, seconds=600))).do is Do.DRAIN


@pytest.mark.parametrize(("hours", "seconds"), [(0.5, 60), (10, 600), (100, 1_800)])
def test_the_longer_a_deployment_takes_the_longer_are_the_waits(hours: float, seconds: int) -> None:
    move = next_move(a_giving(closed_at=None, now=later(hours=hours)))
    assert (move.do, move.wait_seconds) == (Do.WAIT, seconds)


# Giving back


def test_first_the_minimum_is_what_it_was() -> None:
    move = next_move(a_giving(group=raised_group()))
    assert (move.do, move.note) == (Do.LOWER, a_raised(version=2))


def test_an_instance_is_emptied_before_it_is_terminated() -> None:
    move = next_move(a_giving())
    noted_at = moment.text(later(seconds=601))
    note = a_raised(victim="i-3", victim_at=noted_at, desired_seen=3, version=2)
    assert (move.do, move.host, move.note) == (Do.DRAIN, "i-3", note)
    hosts = (a_host(1), a_host(2), a_host(3, draining=True, tasks=2))
    draining = a_giving(group=raised_group(least=1, hosts=hosts), raised=note)
    assert next_move(draining).do is Do.WAIT
    hosts = (a_host(1), a_host(2), a_host(3, draining=True, tasks=0))
    empty = next_move(replace(draining, group=raised_group(least=1, hosts=hosts)))
    assert (empty.do, empty.host) == (Do.TERMINATE, "i-3")


def test_an_instance_that_never_joined_is_terminated_at_once() -> None:
    hosts = (a_host(1), a_host(2), Host("i-3", "c"))
    move = next_move(a_giving(group=raised_group(least=1, hosts=hosts)))
    assert (move.do, move.host) == (Do.TERMINATE, "i-3")


def test_the_fullest_zone_gives_first() -> None:
    hosts = (a_host(1), a_host(2, zone="b", tasks=0), a_host(3, tasks=1))
    move = next_move(a_giving(group=raised_group(least=1, hosts=hosts)))
    assert move.host == "i-3"


def test_what_cannot_be_emptied_is_used_again_and_told() -> None:
    hosts = (a_host(1), a_host(2), a_host(3, draining=True, tasks=2))
    group = raised_group(least=1, hosts=hosts)
    note = a_raised(victim="i-3", victim_at=AT)
    move = next_move(a_giving(now=later(seconds=1800), group=group, raised=note))
    assert move.do is Do.ACTIVATE
    assert move.note
    again = next_move(a_giving(group=group, raised=move.note))
    assert again.do is Do.ACTIVATE
    for left in ((a_host(1), a_host(3)), (a_host(1),)):
        last = a_giving(group=raised_group(least=1, hosts=left), raised=move.note)
        assert next_move(last).do is Do.TELL
        assert "back: i-3 still has 2 tasks after 30 min. The group still has" in message(last)


def test_what_is_terminated_is_not_counted_again() -> None:
    note = a_raised(added=2, desired_before=1, victim="i-3", desired_seen=3)
    gone = a_giving(group=a_group(), raised=note)
    move = next_move(gone)
    assert move.note
    assert (move.do, move.note.added) == (Do.DRAIN, 1)
    still_shown = a_giving(raised=note, terminated="i-3", group=raised_group(least=1, desired=2))
    move = next_move(still_shown)
    assert move.note
    assert (move.note.added, move.host) == (1, "i-1")


def test_an_instance_that_died_by_itself_is_not_counted() -> None:
    hosts = (a_host(1), a_host(2), a_host(4))
    note = a_raised(victim="i-3", desired_seen=3)
    move = next_move(a_giving(group=raised_group(least=1, hosts=hosts), raised=note))
    assert move.note
    assert move.note.added == 1


def test_when_all_is_given_back_it_is_forgotten() -> None:
    look = a_giving(group=a_group(), raised=a_raised(victim="i-3", desired_seen=3))
    assert next_move(look).do is Do.FORGET


def test_what_others_have_taken_into_their_numbers_stays() -> None:
    hosts = (a_host(1), a_host(2), a_host(3, draining=True))
    look = a_giving(group=raised_group(least=2, desired=2, hosts=hosts))
    assert next_move(look).do is Do.FORGET
    draining = replace(look, raised=a_raised(victim="i-3", desired_seen=2))
    assert next_move(draining).do is Do.ACTIVATE
    in_use = replace(draining, group=raised_group(least=2, desired=2))
    assert next_move(in_use).do is Do.FORGET


@pytest.mark.parametrize("group", [None, raised_group(name="another")])
def test_a_group_that_is_gone_is_forgotten(group: Group | None) -> None:
    assert next_move(a_giving(group=group)).do is Do.FORGET


def test_instances_that_are_still_launched_are_waited_for() -> None:
    assert next_move(a_giving(group=raised_group(least=1, hosts=()))).do is Do.WAIT


def test_what_is_refused_is_tried_for_an_hour_and_told_then() -> None:
    look = a_giving(trouble="Denied.")
    assert next_move(look).wait_seconds == 300
    last = replace(look, now=later(seconds=600 + 3600))
    assert next_move(last).do is Do.TELL
    assert "given back: AWS refuses it: Denied. The group" in message(last)


def test_a_person_is_told_what_to_do() -> None:
    news = told(About("orders", 42, "v2", "arn"), "It is left.")
    assert news.subject == "Headroom is left: orders #42"
    assert news.text == "It is left.\n\nExecution: arn"
    assert news.news["announcement"] == "orders#42/Headroom"


# The ledger


def test_whoever_comes_second_is_refused() -> None:
    first, second = noted("orders", a_raised()), noted("orders", a_raised(version=2))
    assert first.condition
    assert first.condition.expression == "attribute_not_exists(#pk)"
    assert second.condition
    assert second.condition.values == {"version": 1}
    assert remembered.read(first.item) == asdict(a_raised())


# In words


@given(
    least=st.integers(0, 5),
    above=st.integers(0, 5),
    most=st.integers(0, 8),
    wanted=st.integers(1, 5),
    others=st.integers(-3, 3),
    dies=st.lists(st.booleans(), min_size=60, max_size=60),
)
def test_all_numbers_end_as_they_were_but_for_what_others_changed(
    least: int, above: int, most: int, wanted: int, others: int, dies: list[bool]
) -> None:
    """Raise, let others change the desired capacity, die between note and act, give back."""
    desired = least + above
    group = Group("g", least, desired + most, desired, _hosts(desired))
    note = raised(group, wanted, None, 42, AT)
    assert note.desired <= group.most
    if note.added == 0:
        return
    group = replace(group, least=note.min_set, desired=note.desired, hosts=_hosts(note.desired))
    changed = min(group.most, max(least, group.desired + others))
    group = replace(group, least=least, desired=changed, hosts=_hosts(changed))
    ended = _given_back(group, note, iter(dies))
    kept = max(0, changed - note.desired)
    lowered = min(0, changed - desired)
    assert ended.desired == desired + kept + lowered
    assert ended.least == least


def _hosts(number: int) -> tuple[Host, ...]:
    return tuple(a_host(each, zone="abc"[each % 3], tasks=each % 2) for each in range(number))


def _given_back(group: Group, note: Raised, dies: Any) -> Group:
    """Do what is said until it is forgotten, where it may die before each act."""
    now, terminated = NOW + timedelta(hours=1), ""
    for _ in range(60):
        look = Look(now, NOW, 42, NAMED, group, note, NOW, answered=True, terminated=terminated)
        move = next_move(look)
        if move.do is Do.FORGET:
            return group
        note, terminated = move.note or note, ""
        if not next(dies):
            group, terminated = _acted(group, move)
        now = _later(now, move)
    raise AssertionError("it never ended")


def _later(now: datetime, move: Move) -> datetime:
    return now + timedelta(seconds=move.wait_seconds or 10)


def _acted(group: Group, move: Move) -> tuple[Group, str]:
    if move.do is Do.DRAIN:
        hosts = tuple(
            replace(each, draining=True, usable=False, tasks=0) if each.id == move.host else each
            for each in group.hosts
        )
        return replace(group, hosts=hosts), ""
    assert move.do is Do.TERMINATE
    hosts = tuple(each for each in group.hosts if each.id != move.host)
    return replace(group, hosts=hosts, desired=group.desired - 1), move.host
