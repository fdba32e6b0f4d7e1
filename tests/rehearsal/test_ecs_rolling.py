"""How a service rolls from one revision to the next (scheduler-rules C1, C3)."""

import re
from time import perf_counter

import pytest

from rehearsal.ecs import Behaviour
from rehearsal.ecs.tasks.health import report
from rehearsal.ecs.tasks.targets import TargetGroup
from rehearsal.ecs.tasks.task import Health
from tests.rehearsal.rules import holds
from tests.rehearsal.test_ecs_house import CHECK, GROUP, follows, running, state

SLOW_TO_HEAL = Behaviour(healthy_after=40)

# desired, min, max, cluster room: states by second, as in W1 to W15.
ARITHMETIC = {
    "W1": (
        (4, 100, 200, None),
        {0: "R1 4R/4H, R2 4P", 60: "R2 4R/4H, stopping 4", 80: "R2 4R/4H"},
    ),
    "W2": (
        (4, 50, 100, None),
        {
            0: "R1 2R/2H, stopping 2",
            20: "R1 2R/2H, R2 2P",
            80: "R2 2R/2H, stopping 2",
            100: "R2 2P 2R/2H",
            160: "R2 4R/4H",
        },
    ),
    "W3": (
        (4, 50, 200, None),
        {0: "R1 2R/2H, R2 4P, stopping 2", 60: "R2 4R/4H, stopping 2", 80: "R2 4R/4H"},
    ),
    "W4": ((3, 100, 125, None), {0: "R1 3R/3H", 3600: "R1 3R/3H"}),
    "W5": ((2, 75, 100, None), {0: "R1 2R/2H", 3600: "R1 2R/2H"}),
    "W7": ((1, 100, 150, None), {0: "R1 1R/1H", 3600: "R1 1R/1H"}),
    "W10": (
        (6, 100, 200, 8),
        {
            0: "R1 6R/6H, R2 2P",
            60: "R1 4R/4H, R2 2P 2R/2H, stopping 2",
            120: "R1 2R/2H, R2 2P 4R/4H, stopping 2",
            180: "R2 6R/6H, stopping 2",
            200: "R2 6R/6H",
        },
    ),
    "W14": (
        (3, 50, 150, None),
        {
            0: "R1 2R/2H, R2 1P, stopping 1",
            20: "R1 2R/2H, R2 1P 1R/0H",
            60: "R1 1R/1H, R2 2R/1H, stopping 1",
            80: "R2 1P 2R/2H, stopping 1",
            140: "R2 3R/3H",
        },
    ),
    "W15": (
        (5, 100, 150, None),
        {
            0: "R1 5R/5H, R2 2P",
            60: "R1 3R/3H, R2 2R/2H, stopping 2",
            80: "R1 3R/3H, R2 2P 2R/2H",
            160: "R1 1R/1H, R2 1P 4R/4H",
            240: "R2 5R/5H",
        },
    ),
}


def percent(least, most):
    return {"minimumHealthyPercent": least, "maximumPercent": most}


def roll(made, tag="v2", behaviour=SLOW_TO_HEAL, container=None):
    made.push(tag, behaviour)
    return made.update(taskDefinition=made.register(tag, container=container))


def texts(made):
    """Return the messages of the service without its name and the ids in them."""
    return [
        re.sub(r"\(task [0-9a-f]+\)", "(task)", text.removeprefix("(service web) "))
        for text in made.messages()
    ]


@pytest.mark.parametrize("example", ARITHMETIC)
def test_floor_and_ceiling_give_the_batches(example):
    (desired, least, most, room), trace = ARITHMETIC[example]
    with running(desired, percent(least, most)) as made:
        made.installation.capacity.limit = room
        roll(made)
        follows(made, trace)


@holds("R2.8", "R2.9")
def test_a_good_roll_starts_all_stops_all_and_says_so():
    with running(balanced=True, deregistration_delay_seconds=30) as made:
        before = len(made.messages())
        made.push("v2", Behaviour(healthy_after=20))
        new = made.update(taskDefinition=made.register("v2"))["deployments"][0]["id"]
        made.until(300)
        old = next(
            detail["startedBy"]
            for detail in made.told("ECS Task State Change")
            if detail["startedBy"] != new
        )
        assert texts(made)[before:] == [
            "has started 2 tasks: (task) (task).",
            f"registered 2 targets in (target-group {GROUP})",
            "has stopped 2 running tasks: (task) (task).",
            f"deregistered 2 targets in (target-group {GROUP})",
            f"(service web, taskSet {old}) has begun draining connections on 2 tasks.",
            f"(deployment {new}) deployment completed.",
            "has reached a steady state.",
        ]


def test_a_deployment_completes_when_the_old_tasks_are_drained():
    with running(balanced=True, stop_seconds=10) as made:
        made.installation.target_groups.configure(GROUP, TargetGroup(20, 300))
        roll(made, behaviour=Behaviour())
        follows(
            made,
            {
                0: "R1 2R/2H, R2 2P",
                40: "R2 2R/2H, stopping 2",
                340: "R2 2R/2H, stopping 2",
                350: "R2 2R/2H",
            },
        )
        assert [each.state for each in made.installation.target_health(GROUP)] == ["healthy"] * 2
        assert made.rollouts()[0]["status"] == "SUCCESSFUL"


def test_a_newer_deployment_supersedes_the_one_that_runs():
    with running(4) as made:
        made.push("v3", SLOW_TO_HEAL)
        third = made.register("v3")
        roll(made)
        made.until(10)
        made.update(taskDefinition=third)
        follows(
            made,
            {
                10: "R1 4R/4H, stopping 4",
                20: "R1 4R/4H, R3 4P",
                80: "R3 4R/4H, stopping 4",
                100: "R3 4R/4H",
            },
        )
        newest, superseded, _ = made.rollouts()
        assert newest["status"] == "SUCCESSFUL"
        assert (superseded["status"], superseded["statusReason"]) == (
            "STOPPED",
            "Replaced by a new service deployment.",
        )


def test_three_revisions_share_floor_and_ceiling():
    with running(4, percent(100, 150)) as made:
        made.push("v3", SLOW_TO_HEAL)
        third = made.register("v3")
        roll(made)
        made.until(70)
        made.update(taskDefinition=third)
        follows(
            made,
            {
                70: "R1 2R/2H, R2 2R/2H, stopping 2",
                80: "R1 2R/2H, R2 2R/2H, R3 2P",
                140: "R1 2R/2H, R3 2R/2H, stopping 2",
                240: "R3 4R/4H",
            },
        )


def test_a_new_desired_count_reaches_both_revisions():
    with running(4) as made:
        roll(made)
        made.until(30)
        made.update(desiredCount=8)
        follows(made, {30: "R1 4P 4R/4H, R2 4P 4R/0H", 90: "R2 8R/8H, stopping 4"})


def test_a_lost_task_of_the_old_revision_is_replaced_by_its_like():
    with running(container=CHECK) as made:
        roll(made, behaviour=Behaviour(healthy_after=None), container=CHECK)
        made.until(30)
        old = made.service()["deployments"][1]["id"]
        lost = made.tasks(startedBy=old)[0]["taskArn"]
        made.ecs.stop_task(cluster="house", task=lost)
        follows(made, {30: "R1 1R/1H, R2 2R/0H, stopping 1", 50: "R1 1P 1R/1H, R2 2R/0H"})


@holds("R5.5", "R2.10")
def test_an_unhealthy_task_is_replaced_before_it_is_stopped():
    with running(container=CHECK) as made:
        region = made.installation.region("123456789012", "eu-central-1")
        task = next(iter(region.tasks.all()))
        made.until(30)
        report(task, task.containers[0], Health.UNHEALTHY, region.scheduler.heard)
        follows(made, {30: "R1 1P 2R/1H", 90: "R1 2R/2H, stopping 1", 110: "R1 2R/2H"})
        assert texts(made)[-4:] == [
            "has started 1 tasks: (task). Amazon ECS replaced 1 tasks due to an unhealthy status.",
            "(task) failed container health checks.",
            "has stopped 1 running tasks: (task).",
            "has reached a steady state.",
        ]


def test_a_grace_period_holds_back_the_kill():
    bad = Behaviour(healthy_after=None, unhealthy_after=30)
    with running(container=CHECK, members={"healthCheckGracePeriodSeconds": 120}) as made:
        roll(made, behaviour=bad, container=CHECK)
        follows(made, {130: "R1 2R/2H, R2 2R/0H", 140: "R1 2R/2H, R2 1R/0H, stopping 1"})


def test_a_stuck_configuration_is_complained_about_once():
    with running(2, percent(100, 100)) as made:
        roll(made)
        made.until(3600)
        complaint = "was unable to stop or start tasks during a deployment"
        assert sum(text.startswith(complaint) for text in texts(made)) == 1


@holds("R9.2")
def test_a_bake_time_puts_off_completion():
    with running(2, {"bakeTimeInMinutes": 5}) as made:
        roll(made)
        made.until(379)
        assert made.service()["deployments"][0]["rolloutState"] == "IN_PROGRESS"
        made.until(380)
        assert made.service()["deployments"][0]["rolloutState"] == "COMPLETED"


def test_a_steady_service_costs_nothing():
    with running() as made:
        began = perf_counter()
        made.until(14 * 86400)
        assert perf_counter() - began < 0.05
        assert made.events == []


def test_two_hundred_tasks_roll_fast():
    with running(200) as made:
        made.push("v2", SLOW_TO_HEAL)
        second = made.register("v2")
        began = perf_counter()
        made.update(taskDefinition=second)
        made.until(200)
        assert perf_counter() - began < 5
        assert state(made) == "R2 200R/200H"


def test_the_same_seed_gives_the_same_world():
    def story():
        with running() as made:
            roll(made)
            made.until(200)
            return made.events

    assert story() == story()
