"""When checks call a task healthy or not, by their own numbers (scheduler-rules R5)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rehearsal.ecs import Behaviour
from rehearsal.ecs.balancing.groups import TargetGroup
from rehearsal.ecs.capacity.plans import ClusterCapacity
from rehearsal.ecs.tasks.checks import Check, Phase, verdicts
from tests.rehearsal.house import CHECK, GROUP, NETWORK, house, running
from tests.rehearsal.rules import holds

NEVER = None


def numbers(**given):
    return {"healthCheck": {"command": ["CMD-SHELL", "true"], **given}}


def phases(well_after, ill_after=NEVER):
    found = [Phase(0, well=False, seen=False)]
    found += [Phase(well_after, well=True)] if well_after is not NEVER else []
    found += [Phase(ill_after, well=False)] if ill_after is not NEVER else []
    return found


def seen(made, *seconds):
    """Return the health of the only task at these seconds after its RUNNING."""
    found = []
    for each in seconds:
        made.until(20 + each)
        found.append(made.tasks()[0]["healthStatus"])
    return found


def alone(made, behaviour, container, **members):
    made.push("v1", behaviour)
    made.ecs.run_task(
        cluster="house",
        taskDefinition=made.register("v1", container=container, **members),
        launchType="FARGATE",
        networkConfiguration=NETWORK,
    )


@holds("R5.3", "R1.10")
@pytest.mark.parametrize(
    ("given", "well_after", "ill_after", "expected"),
    [
        ({"interval": 30}, 10, NEVER, {29: "UNKNOWN", 30: "HEALTHY"}),
        ({"interval": 30}, NEVER, NEVER, {89: "UNKNOWN", 90: "UNHEALTHY"}),
        ({"interval": 10, "retries": 5}, NEVER, NEVER, {49: "UNKNOWN", 50: "UNHEALTHY"}),
        ({"startPeriod": 60}, NEVER, NEVER, {149: "UNKNOWN", 150: "UNHEALTHY"}),
        ({"startPeriod": 300}, 20, NEVER, {30: "HEALTHY"}),
        ({"startPeriod": 300}, 20, 40, {30: "HEALTHY", 119: "HEALTHY", 120: "UNHEALTHY"}),
        ({"interval": 10}, 5, 31, {10: "HEALTHY", 59: "HEALTHY", 60: "UNHEALTHY"}),
        ({"interval": 10}, 100, NEVER, {30: "UNHEALTHY", 99: "UNHEALTHY", 100: "HEALTHY"}),
    ],
)
def test_a_container_check_follows_its_numbers(given, well_after, ill_after, expected):
    acts = Behaviour(healthy_after=well_after, unhealthy_after=ill_after, task_takes=None)
    with house() as made:
        alone(made, acts, numbers(**given))
        assert seen(made, *expected) == list(expected.values())


@holds("R5.3")
@pytest.mark.parametrize(("ticker", "expected"), [(0, 35), (20, 40)])
def test_the_agent_of_an_instance_tells_of_checks_now_and_then(ticker, expected):
    with house(agent_report_seconds=ticker) as made:
        made.installation.configure_cluster("house", ClusterCapacity("ec2", instances=1))
        made.push("v1", Behaviour(task_takes=None))
        made.register("v1", container=numbers(interval=35), requiresCompatibilities=["EC2"])
        made.ecs.run_task(cluster="house", taskDefinition="orders", networkConfiguration=NETWORK)
        assert seen(made, expected - 1, expected) == ["UNKNOWN", "HEALTHY"]


@holds("R5.3")
def test_a_check_without_numbers_sees_at_once_what_the_app_does():
    acts = Behaviour(healthy_after=7, unhealthy_after=13, task_takes=None)
    with house() as made:
        alone(made, acts, CHECK)
        assert seen(made, 6, 7, 13) == ["UNKNOWN", "HEALTHY", "UNHEALTHY"]


@holds("R1.10")
def test_a_sidecar_without_a_check_or_one_that_is_not_essential_says_nothing_of_the_task():
    acts = Behaviour(healthy_after=5, task_takes=None)
    sick = Behaviour(healthy_after=None, unhealthy_after=5, task_takes=None)
    with house() as made:
        made.behaviours.learn("agent", "1", sick)
        app = {"name": "app", "image": "public/app:1", **CHECK}
        made.behaviours.learn("public/app", "1", acts)
        sidecar = {"name": "agent", "image": "agent:1", "essential": False, **CHECK}
        alone(made, acts, {}, containerDefinitions=[app, sidecar])
        assert seen(made, 10) == ["HEALTHY"]


@holds("R5.2", "R5.1")
@pytest.mark.parametrize(
    ("group", "acts", "expected"),
    [
        (TargetGroup(interval=10, healthy_threshold=2), (0, None), {19: "initial", 20: "healthy"}),
        (TargetGroup(interval=10, healthy_threshold=2), (11, None), {29: "initial", 30: "healthy"}),
        (TargetGroup(interval=30), (0, None), {149: "initial", 150: "healthy"}),
        (
            TargetGroup(interval=10, unhealthy_threshold=3),
            (None, None),
            {29: "initial", 30: "unhealthy"},
        ),
        (
            TargetGroup(interval=5, healthy_threshold=2),
            (0, 121),
            {10: "healthy", 129: "healthy", 130: "unhealthy"},
        ),
    ],
)
def test_a_target_follows_the_numbers_of_its_group(group, acts, expected):
    well_after, ill_after = acts
    with running(1, balanced=True, members={"healthCheckGracePeriodSeconds": 9999}) as made:
        made.installation.target_groups.configure(GROUP, group)
        made.push("v2", Behaviour(healthy_after=well_after, unhealthy_after=ill_after))
        new = made.update(taskDefinition=made.register("v2"))["deployments"][0]["id"]
        for seconds, state in expected.items():
            made.until(20 + seconds)
            (task,) = made.tasks(startedBy=new)
            targets = made.installation.target_health(GROUP)
            (found,) = [each for each in targets if each.task == task["taskArn"]]
            assert (seconds, found.state) == (seconds, state)


@holds("R5.2")
def test_an_app_that_hangs_is_found_out_later_by_the_timeout():
    check = Check(interval=5, passes=2, failures=2, timeout=2)
    assert [each.at for each in verdicts(check, phases(0, 120.2))] == [10, 132]


@holds("R4.4")
@pytest.mark.parametrize(
    ("container", "balanced", "healthy_at"),
    [({}, False, 40), (CHECK, False, 25), ({}, True, 35), (CHECK, True, 35)],
)
def test_what_makes_a_task_count_as_healthy(container, balanced, healthy_at):
    with running(1, balanced=balanced, container=container) as made:
        made.installation.target_groups.configure(GROUP, TargetGroup(healthy_seconds=35))
        made.push("v2", Behaviour(healthy_after=25))
        arn = made.update(taskDefinition=made.register("v2", container=container))["serviceArn"]
        primary = made.installation.service(arn).primary
        made.until(20 + healthy_at - 1)
        assert primary.healthy() == []
        made.until(20 + healthy_at)
        assert len(primary.healthy()) == 1


@holds("R5.4")
def test_within_grace_the_load_balancer_stops_routing_and_nobody_is_killed():
    members = {"healthCheckGracePeriodSeconds": 300}
    with running(1, balanced=True, members=members) as made:
        made.push("v2", Behaviour(healthy_after=None, unhealthy_after=30))
        new = made.update(taskDefinition=made.register("v2"))["deployments"][0]["id"]
        made.until(20 + 290)
        (task,) = made.tasks(startedBy=new)
        routed = {each.task for each in made.installation.routed(GROUP)}
        assert task["taskArn"] not in routed
        assert task["desiredStatus"] == "RUNNING"
        made.until(20 + 330)
        assert task["taskArn"] not in {each["taskArn"] for each in made.tasks(startedBy=new)}


@holds("R5.4")
def test_within_grace_a_healthy_report_counts_at_once():
    members = {"healthCheckGracePeriodSeconds": 300}
    with running(1, balanced=True, members=members) as made:
        made.push("v2", Behaviour(healthy_after=20))
        made.update(taskDefinition=made.register("v2"))
        made.until(40 + 30 + 20)
        assert made.service()["deployments"][0]["rolloutState"] == "COMPLETED"


@given(
    st.integers(5, 60),
    st.integers(1, 10),
    st.integers(1, 10),
    st.lists(st.integers(1, 500), max_size=6, unique=True).map(sorted),
    st.sampled_from([0.0, 45.0]),
)
def test_arithmetic_and_checking_one_by_one_agree(interval, passes, failures, changes, start):
    check = Check(interval, passes, failures, start_period=start)
    life = [Phase(0, well=False)]
    life += [Phase(at, well=index % 2 == 0) for index, at in enumerate(changes)]
    expected, known, streak, well, ever = [], None, 0, None, False
    for number in range(1, 250):
        at = number * interval
        answer = [each.well for each in life if each.at <= round(at, 6)][-1]
        if not answer and not ever and at <= start:
            continue
        ever = ever or answer
        streak = streak + 1 if answer == well else 1
        well = answer
        if known is not answer and streak >= (passes if answer else failures):
            known = answer
            expected.append((at, answer))
    assert [tuple(each) for each in verdicts(check, life)] == expected
