"""Whether there is room on the container instances for what a roll needs."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.domain.catalogue import Headroom
from functions.domain.preflight.expression import parse
from functions.domain.preflight.finding import Finding, Grade
from functions.domain.preflight.fitting import EXTERNAL, Instance, size
from functions.domain.preflight.instances import Instances, findings
from functions.domain.preflight.needs import Need
from functions.domain.preflight.sight import Unread
from tests.factories import an_application
from tests.rooms import (
    a_definition,
    a_found,
    a_native,
    a_need,
    an_instance,
    grades,
    on_ec2,
    only,
    with_provider,
)

DISTINCT = [{"type": "distinctInstance"}]
FULL = an_instance(cpu=0, memory=0)
HEADROOM = Headroom("ecs-production", "", 1, 600)


def told(need: Need, *found: Instance, **override: Any) -> Finding:
    application = an_application(headroom=override.pop("headroom", None))
    growing = override.pop("growing", {})
    instances = Instances(found, growing, **override)
    return only(findings(application, [need], instances))


def member_of(expression: str) -> Any:
    return [{"type": "memberOf", "expression": expression}]


def a_port(number: int, mode: str = "bridge", **override: Any) -> Any:
    mapping = {"containerPort": 8080, "hostPort": number, **override}
    container = {"name": "app", "portMappings": [mapping, {"containerPort": 9090, "hostPort": 0}]}
    return a_definition(networkMode=mode, containerDefinitions=[container])


# Room for all, for some, for none


def test_there_is_room_for_all_that_could_start_at_once() -> None:
    found = told(a_need(on_ec2()), an_instance())
    assert found.grade is Grade.OK
    assert found.message == "There is room for the 2 more tasks that web needs at a time."


def test_room_for_some_makes_it_slower() -> None:
    found = told(a_need(on_ec2(4)), an_instance(cpu=256), FULL)
    assert found.grade is Grade.OK
    assert found.message == (
        "There is room for 1 more task of web, of 4 that could start at a time: it rolls more "
        "slowly."
    )


def test_without_room_for_one_it_is_stopped() -> None:
    found = told(a_need(on_ec2()), FULL, an_instance(memory=511))
    assert (found.grade, found.subject) == (Grade.STOP, "web")
    assert found.message == (
        "web cannot roll without 1 more task at the same time (each takes 256 CPU units, 512 MiB), "
        "and the instances have room for none."
    )
    assert found.advice.startswith("Add an instance, declare headroom in the catalogue, or lower")


def test_what_may_stop_first_needs_no_room() -> None:
    found = told(a_need(on_ec2(2, (50, 200))), FULL)
    assert found.grade is Grade.OK
    assert "it stops old tasks first" in found.message
    found = told(a_need(on_ec2(2, (50, 100))), FULL)
    assert found.message == "web needs no room for more tasks: it stops old ones first."


def test_a_strategy_of_ecs_needs_all_of_them_twice() -> None:
    native = {**a_native(2), "launchType": "EC2"}
    found = told(a_need(native), an_instance(cpu=256))
    assert found.grade is Grade.STOP
    assert "web cannot roll without 2 more tasks at the same time" in found.message
    assert found.message.endswith("and the instances have room for 1.")
    assert found.advice == "Add instances, or declare headroom in the catalogue."
    assert told(a_need(native), an_instance()).grade is Grade.OK


def test_the_expand_migration_needs_a_place_too() -> None:
    need = a_need(on_ec2(2, (50, 100)), beside="the expand migration")
    found = told(need, FULL)
    assert found.grade is Grade.WARN
    assert found.message.startswith("There is no room for the expand migration of web")
    assert told(need, an_instance()).grade is Grade.OK


@pytest.mark.parametrize("desired", [0, 1])
def test_nothing_is_said_of_what_never_moves_or_runs_elsewhere(desired: int) -> None:
    needs = [a_need(on_ec2(desired, (100, 100))), a_need()]
    assert not list(findings(an_application(), needs, Instances((), {})))


# Which instances count


@pytest.mark.parametrize(
    "instance",
    [
        an_instance(usable=False),
        an_instance(attributes={EXTERNAL: "", "ecs.cpu-architecture": "x86_64"}),
    ],
)
def test_an_instance_that_takes_no_tasks_is_no_room(instance: Instance) -> None:
    assert told(a_need(on_ec2()), instance, FULL).grade is Grade.STOP


def test_a_capacity_provider_has_its_own_instances() -> None:
    need = a_need(with_provider("ours"))
    ours, theirs = an_instance(provider="ours"), an_instance(provider="theirs")
    assert told(need, ours).grade is Grade.OK
    full = told(need, theirs, replace(FULL, provider="ours"), growing={"ours": False})
    assert full.grade is Grade.STOP
    assert told(a_need(on_ec2()), theirs).grade is Grade.OK


def test_an_external_service_runs_on_external_instances() -> None:
    need = a_need(a_found(launchType="EXTERNAL"))
    there = an_instance(attributes={EXTERNAL: ""})
    assert told(need, there).grade is Grade.OK
    full = replace(there, cpu=0)
    assert told(need, full).grade is Grade.STOP


@pytest.mark.parametrize("found", [(), (an_instance(),), (FULL, replace(FULL, usable=False))])
def test_external_instances_that_are_not_plainly_full_stop_nothing(
    found: tuple[Instance, ...],
) -> None:
    outside = [replace(each, attributes={EXTERNAL: ""}) for each in found if each.cpu == 0]
    finding = told(a_need(a_found(launchType="EXTERNAL")), *outside)
    assert finding.grade is Grade.UNKNOWN
    assert finding.message == (
        "Whether there is room for web is not known: not every external instance is there and "
        "connected."
    )


@pytest.mark.parametrize(
    ("found", "named"),
    [
        (a_found(launchType="MANAGED_INSTANCES"), "MANAGED_INSTANCES"),
        (with_provider("new"), "new"),
        (a_found(launchType="SOMETHING_NEW"), "SOMETHING_NEW"),
    ],
)
def test_capacity_of_a_kind_that_is_not_known_stops_nothing(found: Any, named: str) -> None:
    for instances in ((), (FULL,), (replace(FULL, provider=named),)):
        finding = told(a_need(found), *instances)
        assert finding.grade is Grade.UNKNOWN
        assert finding.message == (
            f"Whether there is room for web is not known: what {named} adds by itself is not told."
        )


@pytest.mark.parametrize(
    "definition",
    [
        a_definition(runtimePlatform={"cpuArchitecture": "ARM64"}),
        a_definition(requiresAttributes=[{"name": "ecs.capability.task-eni"}]),
        a_definition(requiresAttributes=[{"name": "ecs.cpu-architecture", "value": "arm64"}]),
        a_definition(placementConstraints=member_of("attribute:stack == blue")),
    ],
)
def test_instances_of_another_kind_are_no_room(definition: Any) -> None:
    found = told(a_need(on_ec2(), definition), an_instance())
    assert found.grade is Grade.STOP
    assert found.message.startswith("No instance of the cluster has the attributes")
    assert found.advice.startswith("Add such instances")


def test_instances_of_the_right_kind_are() -> None:
    definition = a_definition(
        runtimePlatform={"cpuArchitecture": "X86_64"},
        requiresAttributes=[{"name": "ecs.cpu-architecture"}],
    )
    assert told(a_need(on_ec2(), definition), an_instance()).grade is Grade.OK


def test_a_task_that_fits_on_no_instance_is_stopped_also_where_it_could_stop_first() -> None:
    found = told(a_need(on_ec2(2, (0, 100)), a_definition(cpu="4 vCPU")), an_instance())
    assert found.grade is Grade.STOP
    assert found.message == (
        "A task of web takes 4096 CPU units and 512 MiB, which no instance has even when it is "
        "empty (at most 2048 and 4096 MiB)."
    )
    assert found.advice == "Ask for less in the task definition, or add larger instances."


# Ports and instances of their own


def test_a_static_port_takes_an_instance_each() -> None:
    need = a_need(on_ec2(4), a_port(8080))
    taken = an_instance(ports=frozenset({("tcp", 8080)}))
    found = told(need, taken, an_instance(), an_instance())
    assert "There is room for 2 more tasks of web, of 4" in found.message
    found = told(need, taken, taken)
    assert found.grade is Grade.STOP
    assert "port 8080 of an instance)" in found.message


def test_the_same_port_of_another_protocol_is_free() -> None:
    taken = an_instance(ports=frozenset({("udp", 8080)}))
    assert told(a_need(on_ec2(1), a_port(8080)), taken).grade is Grade.OK
    assert told(a_need(on_ec2(1), a_port(8080, protocol="udp")), taken).grade is Grade.STOP


def test_tasks_with_an_address_of_their_own_need_no_port() -> None:
    taken = an_instance(ports=frozenset({("tcp", 8080)}))
    assert told(a_need(on_ec2(1), a_port(8080, "awsvpc")), taken).grade is Grade.OK


def test_distinct_instances_are_those_that_run_none_yet() -> None:
    need = a_need(on_ec2(2, placementConstraints=DISTINCT))
    found = told(need, an_instance(), an_instance())
    assert found.grade is Grade.STOP
    assert "an instance of its own)" in found.message
    assert told(need, *[an_instance()] * 3).grade is Grade.OK


# What is not known, and what may grow


def test_instances_that_cannot_be_read_stop_nothing() -> None:
    unread = Unread("ECS answered with AccessDenied.", "ecs:DescribeContainerInstances")
    found = only(findings(an_application(), [a_need(on_ec2())], unread))
    assert found.grade is Grade.UNKNOWN
    assert "ecs:DescribeContainerInstances" in found.advice


@pytest.mark.parametrize(
    "definition",
    [
        a_definition(placementConstraints=member_of("runningTasksCount == 0")),
        a_definition(
            containerDefinitions=[
                {"name": "app", "resourceRequirements": [{"type": "GPU", "value": "1"}]}
            ]
        ),
    ],
)
def test_what_is_not_understood_is_not_counted(definition: Any) -> None:
    found = told(a_need(on_ec2(), definition), FULL)
    assert found.grade is Grade.UNKNOWN
    assert "was not counted" in found.message


def test_of_a_large_cluster_nothing_is_said_where_the_first_instances_are_full() -> None:
    assert told(a_need(on_ec2()), FULL, complete=False).grade is Grade.UNKNOWN
    assert told(a_need(on_ec2()), an_instance(), complete=False).grade is Grade.OK


@pytest.mark.parametrize("found", [(), (replace(FULL, provider="ours"),)])
def test_managed_scaling_adds_instances(found: tuple[Instance, ...]) -> None:
    finding = told(a_need(with_provider("ours")), *found, growing={"ours": True})
    assert finding.grade is Grade.WARN
    assert "its capacity provider has to add instances first" in finding.message
    stopped = told(a_need(with_provider("ours")), *found, growing={"ours": False})
    assert stopped.grade is Grade.STOP


def test_headroom_adds_instances_before() -> None:
    found = told(a_need(on_ec2()), FULL, headroom=HEADROOM)
    assert found.grade is Grade.OK
    assert found.message.endswith("the headroom adds 1 instance before.")


def test_headroom_may_be_too_little() -> None:
    native = {**a_native(9), "launchType": "EC2"}
    need = a_need(native, a_definition(cpu="1024"))
    found = told(need, FULL, headroom=replace(HEADROOM, scale_out=2))
    assert found.grade is Grade.WARN
    assert found.message.endswith("the headroom adds 2 instances before, which is not enough.")
    too_large = a_need(on_ec2(), a_definition(cpu="4096"))
    assert told(too_large, FULL, headroom=HEADROOM).grade is Grade.STOP


def test_each_service_is_judged() -> None:
    needs = [a_need(on_ec2()), a_need(on_ec2(), key="worker")]
    assert grades(findings(an_application(), needs, Instances((FULL,), {}))) == [Grade.STOP] * 2


# Sizes


@pytest.mark.parametrize(
    ("definition", "expected"),
    [
        (a_definition("1 vCPU", "2 GB"), (1024, 2048)),
        (a_definition(".5 vcpu", "0.5GB"), (512, 512)),
        (
            {
                "containerDefinitions": [
                    {"name": "a", "cpu": 100, "memory": 300},
                    {"name": "b", "memory": 300, "memoryReservation": 200},
                    {"name": "c"},
                ]
            },
            (100, 500),
        ),
    ],
)
def test_a_task_takes_what_its_task_level_says_else_the_sum(
    definition: Any, expected: tuple[int, int]
) -> None:
    asked = size(definition, ())
    assert asked is not None
    assert (asked.cpu, asked.memory) == expected


@given(
    st.lists(st.tuples(st.integers(0, 4096), st.integers(0, 8192)), max_size=6),
    st.integers(0, 1024),
    st.integers(1, 2048),
    st.integers(1, 10),
)
def test_more_room_never_stops_what_less_room_does_not(
    left: list[tuple[int, int]], cpu: int, memory: int, desired: int
) -> None:
    need = a_need(on_ec2(desired), a_definition(str(cpu), str(memory)))
    found = [Instance(one, other, (4096, 8192)) for one, other in left]
    before = told(need, *found).grade
    after = told(need, *found, Instance(4096, 8192, (4096, 8192))).grade
    assert after is Grade.OK
    assert before in (Grade.OK, Grade.STOP)


# Expressions


@pytest.mark.parametrize(
    ("expression", "fits"),
    [
        ("attribute:stack == blue", True),
        ("attribute:stack != blue", False),
        ("attribute:other != blue", True),
        ("attribute:stack in [red, blue]", True),
        ("attribute:stack not_in [red, blue]", False),
        ("attribute:stack !in [red]", True),
        ("attribute:stack exists", True),
        ("attribute:other exists", False),
        ("attribute:other !exists", True),
        ("attribute:stack == red or attribute:zone == a", True),
        ("attribute:stack == blue and attribute:zone == b", False),
        ("attribute:stack == blue && attribute:zone == a", True),
    ],
)
def test_an_expression_tells_the_instances_that_fit(expression: str, *, fits: bool) -> None:
    test = parse(expression)
    assert test is not None
    assert test({"stack": "blue", "zone": "a"}) is fits


@pytest.mark.parametrize(
    "expression",
    [
        "",
        "runningTasksCount > 1",
        "attribute:a == b and attribute:c == d or attribute:e == f",
        "attribute:stack =~ b.*",
        "attribute:a == b and nonsense",
    ],
)
def test_what_is_not_simple_is_not_understood(expression: str) -> None:
    assert parse(expression) is None
