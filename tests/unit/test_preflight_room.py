"""Whether quotas, subnets and autoscaling leave room for a release, and all of it together."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.domain.catalogue import Migration, Migrations, RollOrder
from functions.domain.known import Facts
from functions.domain.preflight import addresses, fargate, scaling
from functions.domain.preflight.fargate import Quota
from functions.domain.preflight.finding import Finding, Grade
from functions.domain.preflight.instances import Instances
from functions.domain.preflight.needs import Need, needs
from functions.domain.preflight.rolling import Group
from functions.domain.preflight.room import Room, findings
from functions.domain.preflight.scaling import Limits
from functions.domain.preflight.sight import Unread
from tests.factories import a_service, an_application
from tests.rooms import (
    a_definition,
    a_found,
    a_native,
    a_need,
    grades,
    on_ec2,
    only,
    with_provider,
)

DENIED = Unread("AWS answered with AccessDenied.", "some:Read")
TOGETHER = an_application(a_service("web"), a_service("worker"))
"""Two services that roll at the same time."""


# The quota of Fargate


def of_quota(quota: Quota | Unread, *needed: Need, kind: str = "FARGATE") -> Finding:
    return only(fargate.findings(TOGETHER, needed or (a_need(),), {kind: quota}))


def test_the_quota_has_room_for_all_that_rolls_at_once() -> None:
    found = of_quota(Quota(10, 4), a_need(), a_need(key="worker"))
    assert (found.grade, found.subject) == (Grade.OK, "orders")
    assert found.message == (
        "6 of 10 vCPU are free in the quota Fargate On-Demand vCPU; the roll takes 1 at most."
    )


def test_services_of_different_waves_do_not_need_it_at_once() -> None:
    needed = (a_need(), a_need(key="worker"))
    found = only(fargate.findings(an_application(), needed, {"FARGATE": Quota(10, 4)}))
    assert found.message.endswith("the roll takes 0.5 at most.")


def test_a_quota_without_room_for_one_task_stops() -> None:
    found = of_quota(Quota(10, 9.5), a_need(definition=a_definition("1024")), a_need(key="worker"))
    assert (found.grade, found.subject) == (Grade.STOP, "web")
    assert found.message == (
        "0.5 of 10 vCPU are free in the quota Fargate On-Demand vCPU, and web needs 1 more to roll "
        "at all."
    )
    assert "Service Quotas" in found.advice


@pytest.mark.parametrize("quota", [Quota(10, 10), Quota(10, 12)])
def test_what_stops_first_is_only_slower(quota: Quota) -> None:
    found = of_quota(quota, a_need(a_found(2, (50, 200))))
    assert found.grade is Grade.WARN
    assert found.message.startswith("0 of 10 vCPU are free")


def test_room_for_some_is_told() -> None:
    assert of_quota(Quota(10, 9.6), a_need(a_found(4))).grade is Grade.WARN


def test_spot_has_a_quota_of_its_own() -> None:
    spot = a_need(with_provider("FARGATE_SPOT"))
    assert "Fargate Spot vCPU" in of_quota(Quota(1, 1), spot, kind="FARGATE_SPOT").message
    assert not list(fargate.findings(TOGETHER, [spot], {"FARGATE": Quota(1, 1)}))


def test_what_may_also_run_elsewhere_is_not_stopped() -> None:
    both = [{"capacityProvider": each} for each in ("FARGATE", "FARGATE_SPOT")]
    need = a_need(a_found(capacityProviderStrategy=both))
    assert of_quota(Quota(1, 1), need).grade is Grade.WARN


def test_a_quota_that_is_not_known_stops_nothing() -> None:
    assert of_quota(DENIED).grade is Grade.UNKNOWN
    at_zero, elsewhere = a_need(a_found(0)), a_need(on_ec2())
    assert not list(fargate.findings(TOGETHER, [at_zero, elsewhere], {"FARGATE": Quota(1, 1)}))


# Addresses


def of_addresses(free: Mapping[str, int | None] | Unread, *needed: Need) -> Finding:
    return only(addresses.findings(TOGETHER, needed or (a_need(),), free))


def in_subnets(*names: str, **override: Any) -> Any:
    network = {"awsvpcConfiguration": {"subnets": list(names)}}
    return a_found(networkConfiguration=network, **override)


def test_there_are_addresses_for_all() -> None:
    found = of_addresses({"subnet-1": 4}, a_need(), a_need(key="worker"))
    assert (found.grade, found.subject) == (Grade.OK, "web, worker")
    assert found.message == "4 addresses are free in subnet-1 (4); the roll takes 4 at most."


def test_without_an_address_it_is_stopped() -> None:
    found = of_addresses({"subnet-1": 0})
    assert (found.grade, found.subject) == (Grade.STOP, "web")
    assert found.message == (
        "0 addresses are free in subnet-1 (0), and web needs 1 more task to roll at all."
    )


def test_fewer_than_could_start_at_once_is_told() -> None:
    found = of_addresses({"subnet-1": 1})
    assert found.grade is Grade.WARN
    assert found.message.startswith("1 address is free in subnet-1 (1), and the roll could start")
    assert of_addresses({"subnet-1": 0}, a_need(a_found(2, (50, 200)))).grade is Grade.WARN


def test_a_strategy_of_ecs_needs_an_address_for_each_task() -> None:
    native = {**a_native(3)}
    assert of_addresses({"subnet-1": 2}, a_need(native)).grade is Grade.STOP


def test_one_of_two_subnets_is_full_or_gone() -> None:
    found = of_addresses({"subnet-1": 9, "subnet-2": 0}, a_need(in_subnets("subnet-1", "subnet-2")))
    assert found.grade is Grade.WARN
    assert "a task that ECS places in subnet-2 cannot start" in found.message
    found = of_addresses({"subnet-1": 9}, a_need(in_subnets("subnet-1", "subnet-2")))
    assert "subnet-2 (gone)" in found.message


def test_services_in_other_subnets_are_judged_by_themselves() -> None:
    needed = [a_need(), a_need(in_subnets("subnet-2"), key="worker")]
    found = addresses.findings(TOGETHER, needed, {"subnet-1": 9, "subnet-2": 0})
    assert grades(found) == [Grade.OK, Grade.STOP]


@pytest.mark.parametrize(
    ("names", "free", "said"),
    [
        (("subnet-6",), {"subnet-6": None}, "subnet-6 is an IPv6-only subnet, whose addresses"),
        (
            ("subnet-6", "subnet-7"),
            {"subnet-6": None, "subnet-7": None},
            "subnet-6, subnet-7 are IPv6-only subnets, whose addresses do not run out.",
        ),
        (
            ("subnet-1", "subnet-6"),
            {"subnet-1": 1, "subnet-6": None},
            "subnet-6 is an IPv6-only subnet, whose addresses do not run out.",
        ),
    ],
)
def test_addresses_of_ipv6_are_not_counted(
    names: tuple[str, ...], free: Mapping[str, int | None], said: str
) -> None:
    found = of_addresses(free, a_need(in_subnets(*names)))
    assert found.grade is Grade.OK
    assert found.message.startswith(said)


def test_a_full_subnet_beside_one_of_ipv6_is_told_and_stops_nothing() -> None:
    both = a_need(in_subnets("subnet-1", "subnet-6"))
    found = of_addresses({"subnet-1": 0, "subnet-6": None}, both)
    assert found.grade is Grade.WARN
    assert found.message.endswith("a task that ECS places in subnet-1 cannot start.")


def test_addresses_that_are_not_known_stop_nothing() -> None:
    assert of_addresses(DENIED).grade is Grade.UNKNOWN


@pytest.mark.parametrize(
    "need",
    [
        a_need(a_found(0)),
        a_need(definition=a_definition(networkMode="bridge")),
        a_need(a_found(networkConfiguration=None)),
        a_need(a_found(networkConfiguration={"awsvpcConfiguration": None})),
    ],
)
def test_tasks_without_an_address_of_their_own_need_none(need: Need) -> None:
    assert not list(addresses.findings(TOGETHER, [need], {"subnet-1": 0}))


# Autoscaling


def of_scaling(desired: int, limits: Limits) -> Finding:
    return only(scaling.findings([a_need(a_found(desired))], {"orders-web": limits}))


def test_within_its_limits_a_service_is_left_alone() -> None:
    found = of_scaling(2, Limits(1, 4))
    assert found.grade is Grade.OK
    assert found.message == ("Application Auto Scaling keeps web between 1 and 4 tasks; it has 2.")


@pytest.mark.parametrize(
    ("desired", "said"),
    [
        (1, "and it has 1 task: the next scale-out takes it to 2 at least"),
        (5, "and it has 5 tasks: the next scale-in after the deployment takes it down to 4"),
    ],
)
def test_outside_them_it_says_what_will_happen(desired: int, said: str) -> None:
    found = of_scaling(desired, Limits(2, 4))
    assert found.grade is Grade.WARN
    assert said in found.message


def test_suspended_scaling_does_nothing() -> None:
    assert of_scaling(9, Limits(2, 4, suspended=True)).grade is Grade.OK


def test_scaling_that_is_not_known_or_not_there() -> None:
    assert grades(scaling.findings([a_need()], DENIED)) == [Grade.UNKNOWN]
    assert not list(scaling.findings([a_need()], {}))


# All of it


def some_facts(found: Any = None, definition: Any = None) -> dict[str, Facts]:
    service = a_found() if found is None else found
    asked = a_definition() if definition is None else definition
    return {key: Facts(key, service=service, definition=asked) for key in ("web", "worker")}


def test_everything_is_told_at_once() -> None:
    room = Room(
        quotas={"FARGATE": Quota(1, 1)},
        addresses={"subnet-1": 0},
        scaled={"orders-web": Limits(4, 9)},
    )
    found = findings(an_application(), some_facts(a_found(2, (100, 200))), room)
    assert {(each.check, each.grade.value) for each in found} == {
        ("percentages", "ok"),
        ("Fargate quota", "stop"),
        ("addresses", "stop"),
        ("autoscaling", "warn"),
        ("duration", "ok"),
    }
    ec2 = findings(an_application(), some_facts(on_ec2()), Room())
    assert [each.subject for each in ec2 if each.check == "room on instances"] == ["web", "worker"]


def test_a_contract_without_a_task_is_told_of_the_application() -> None:
    contract = Migration("web", ("rake", "contract"), 900)
    application = an_application(migrations=Migrations(None, contract))
    found = findings(application, some_facts(a_found(0)), Room())
    assert [each.subject for each in found if each.grade is Grade.STOP] == ["orders"]


def test_what_is_unread_is_unknown_and_stops_nothing() -> None:
    room = Room(DENIED, {"FARGATE": DENIED}, DENIED, DENIED, DENIED)
    for service in (a_found(), on_ec2()):
        found = findings(an_application(), some_facts(service), room)
        assert Grade.STOP not in grades(found)
        assert Grade.UNKNOWN in grades(found)


def test_services_of_which_nothing_is_known_are_left_out() -> None:
    known = some_facts()
    facts = {"web": replace(known["web"], service=None), "worker": Facts("worker", service={})}
    assert needs(an_application(), facts) == ()
    assert needs(an_application(), {}) == ()


def test_what_runs_beside_a_service_is_known() -> None:
    expand = Migration("worker", ("rake", "expand"), 900)
    application = an_application(migrations=Migrations(expand, None), order=RollOrder("", "web", 5))
    beside = {each.key: each.beside for each in needs(application, some_facts())}
    assert beside == {"web": "the probe", "worker": "the expand migration"}
    assert not any(each.beside for each in needs(an_application(), some_facts()))


@given(
    st.integers(0, 20),
    st.integers(0, 100),
    st.integers(100, 200),
    st.integers(0, 60),
    st.integers(0, 60),
)
def test_a_service_that_can_stop_first_is_never_stopped_for_room(
    desired: int, minimum: int, maximum: int, free: int, used: int
) -> None:
    facts = some_facts(a_found(desired, (minimum, maximum)))
    room = Room(
        quotas={"FARGATE": Quota(60, used)},
        addresses={"subnet-1": free},
        groups={"group": Group()},
        instances=Instances((), {}),
    )
    found = findings(an_application(), facts, room)
    (first,) = {each.moves for each in needs(an_application(), facts)}
    stopped = {each.check for each in found if each.grade is Grade.STOP}
    if not first.least:
        assert stopped <= {"percentages"}
    assert ("percentages" in stopped) == first.stuck
    assert ("addresses" in stopped) == (first.least > free)
