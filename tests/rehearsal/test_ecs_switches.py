"""What AWS leaves open can be had the other way too (scheduler-rules, Part D)."""

from itertools import pairwise

import pytest

from rehearsal.ecs import Behaviour
from rehearsal.ecs.tasks.health import report
from rehearsal.ecs.tasks.task import Health
from tests.rehearsal.rules import holds
from tests.rehearsal.test_ecs_house import BREAKER, CHECK, follows, running, state
from tests.rehearsal.test_ecs_rolling import percent, texts

GOOD = Behaviour(healthy_after=40)
SICK = Behaviour(healthy_after=None, unhealthy_after=90)
CRASHES = Behaviour(healthy_after=None, exits_after=20)


def roll(made, tag="v2", behaviour=GOOD, container=None):
    made.push(tag, behaviour)
    return made.update(taskDefinition=made.register(tag, container=container))


@holds("R5.7")
def test_a_sick_task_of_a_revision_on_trial_waits_for_its_replacement_or_does_not():
    wide = percent(100, 300)
    with running(1, wide, CHECK) as made:
        roll(made, behaviour=SICK, container=CHECK)
        follows(made, {110: "R1 1R/1H, R2 1P 1R/0H", 130: "R1 1R/1H, R2 2R/0H"})
    with running(1, wide, CHECK, failing_revision_replacement="immediate") as made:
        roll(made, behaviour=SICK, container=CHECK)
        follows(made, {110: "R1 1R/1H, R2 1P, stopping 1", 130: "R1 1R/1H, R2 1R/0H"})


@holds("R6.3")
def test_the_first_task_may_go_ahead_to_resolve_the_images():
    with running(4, digest_stagger_seconds=30) as made:
        roll(made)
        follows(made, {0: "R1 4R/4H, R2 1P", 20: "R1 4R/4H, R2 1R/0H", 30: "R1 4R/4H, R2 3P 1R/0H"})
        made.until(300)
        assert state(made) == "R2 4R/4H"


@holds("R4.3")
def test_stopping_tasks_may_leave_the_ceiling_at_once():
    with running(4, percent(50, 100), ceiling_counts_stopping=False) as made:
        roll(made)
        follows(made, {0: "R1 2R/2H, R2 2P, stopping 2", 60: "R2 2P 2R/2H, stopping 2"})


@holds("R8.6")
def test_a_crash_before_the_first_check_may_not_count():
    with running(2, BREAKER, CHECK, exit_before_healthy_with_checks_counts=False) as made:
        roll(made, behaviour=CRASHES, container=CHECK)
        made.until(3600)
        assert made.rollouts()[0]["status"] == "IN_PROGRESS"


@holds("R8.7")
def test_the_verdict_of_the_breaker_may_come_late():
    with running(2, BREAKER, CHECK, breaker_delay_seconds=65) as made:
        roll(made, behaviour=Behaviour(pull_error="no basic auth credentials"), container=CHECK)
        made.until(150)
        assert made.rollouts()[0]["status"] == "IN_PROGRESS"
        made.until(160)
        assert made.rollouts()[0]["status"] == "ROLLBACK_IN_PROGRESS"


@holds("R10.3")
def test_old_revisions_may_be_one_pool():
    def left(first):
        with running(4, percent(100, 150), never_completed_sources_go_first=first) as made:
            made.push("v3", GOOD)
            third = made.register("v3")
            roll(made)
            made.until(70)
            made.update(taskDefinition=third)
            made.until(140)
            return state(made)

    assert left(True) == "R1 2R/2H, R3 2R/2H, stopping 2"
    assert left(False).endswith("R3 2R/2H, stopping 2")


@holds("R5.8")
@pytest.mark.parametrize(
    ("first", "expected"),
    [(True, "R1 1P 1R/1H, R2 1R/0H"), (False, "R1 1R/1H, R2 1P 1R/0H")],
)
def test_the_old_revision_is_refilled_first_or_last(first, expected):
    tight = percent(100, 150)
    with running(2, tight, CHECK, sources_are_refilled_first=first) as made:
        made.push("v2", Behaviour(healthy_after=None))
        made.update(taskDefinition=made.register("v2", container=CHECK))
        made.until(30)
        old = made.service()["deployments"][1]["id"]
        made.ecs.stop_task(
            cluster="house", task=made.tasks(startedBy=old)[0]["taskArn"], reason="a person"
        )
        made.until(50)
        assert state(made) == expected


@holds("R5.4")
@pytest.mark.parametrize(("reaches", "left"), [(True, 1), (False, 2)])
def test_a_new_grace_period_reaches_running_tasks_or_not(reaches, left):
    members = {"healthCheckGracePeriodSeconds": 10**6}
    switch = {"grace_change_reaches_running_tasks": reaches}
    with running(2, percent(0, 100), CHECK, members=members, **switch) as made:
        region = made.installation.region("123456789012", "eu-central-1")
        task = next(iter(region.tasks.all()))
        report(task, task.containers[0], Health.UNHEALTHY, region.scheduler.heard)
        made.until(30)
        assert made.service()["runningCount"] == 2
        made.update(healthCheckGracePeriodSeconds=0)
        made.until(30)
        assert made.service()["runningCount"] == left


@holds("R6.1")
def test_after_three_tries_it_goes_on_without_digests_and_the_breaker_fails_it():
    with running(1, BREAKER) as made:
        made.update(taskDefinition=made.register("gone"))
        made.until(200)
        assert made.rollouts()[0]["status"] == "ROLLBACK_SUCCESSFUL"
    with running(1) as made:
        made.update(taskDefinition=made.register("late"))
        made.until(400)
        made.push("late", GOOD)
        made.until(1500)
        assert state(made) == "R2 1R/1H"
        arn = made.rollouts()[0]["targetServiceRevision"]["arn"]
        (revision,) = made.ecs.describe_service_revisions(serviceRevisionArns=[arn])[
            "serviceRevisions"
        ]
        assert "imageDigest" not in revision["containerImages"][0]


@holds("R6.1")
def test_a_deployment_of_nothing_resolves_nothing():
    with running(0) as made:
        roll(made)
        made.until(100)
        arn = made.rollouts()[0]["targetServiceRevision"]["arn"]
        (revision,) = made.ecs.describe_service_revisions(serviceRevisionArns=[arn])[
            "serviceRevisions"
        ]
        assert "imageDigest" not in revision["containerImages"][0]


@holds("R2.7")
def test_a_steady_service_says_so_every_six_hours():
    with running(1) as made:
        before = len(made.messages())
        made.until(86400 - 1000)
        assert texts(made)[before:] == ["has reached a steady state."] * 3
        times = [event["createdAt"] for event in made.service()["events"][:4]]
        gaps = {(later - earlier).total_seconds() for later, earlier in pairwise(times)}
        assert gaps == {6 * 3600.0}


@holds("R2.7")
def test_the_last_hundred_messages_are_kept():
    with running(1) as made:
        made.until(200 * 6 * 3600)
        assert len(made.messages()) == 100
