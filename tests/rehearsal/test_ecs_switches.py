"""What AWS leaves open can be had the other way too (scheduler-rules, Part D)."""

from itertools import pairwise

import pytest
from botocore.exceptions import ClientError

from rehearsal.ecs import Behaviour
from rehearsal.ecs.tasks.health import report
from rehearsal.ecs.tasks.task import Health
from tests.rehearsal.house import BREAKER, CHECK, follows, running, state
from tests.rehearsal.rules import holds
from tests.rehearsal.test_ecs_rolling import percent, texts
from tests.rehearsal.test_worked_examples import Script, put_alarm

GOOD = Behaviour(healthy_after=40)
SICK = Behaviour(healthy_after=None, unhealthy_after=90)
CANNOT_START = Behaviour(pull_error="no basic auth credentials")
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


@holds("R5.8")
@pytest.mark.parametrize(
    ("below_floor_only", "expected"),
    [(True, "R2 4R/4H, stopping 1"), (False, "R1 1P, R2 4R/4H, stopping 1")],
)
def test_a_source_is_refilled_below_the_floor_or_in_any_case(below_floor_only, expected):
    early = {
        "bakeTimeInMinutes": 5,
        "earlySuccessCriteria": {
            "enable": True,
            "healthyPercent": 50,
            "sourceServiceRevisionCleanup": "BLOCKING",
        },
    }
    switch = {"refilled_below_floor_only": below_floor_only}
    with running(4, percent(25, 200) | early, **switch) as made:
        roll(made)
        follows(made, {100: "R1 1R/1H, R2 4R/4H"})
        old = made.service()["deployments"][1]["id"]
        lost = made.tasks(startedBy=old)[0]["taskArn"]
        made.ecs.stop_task(cluster="house", task=lost)
        follows(made, {110: expected})


@holds("R7.3")
@pytest.mark.parametrize(
    ("series", "starts"), [((30, 30, 300), [0, 60, 120, 450]), ((100,), [0, 130, 260, 390])]
)
def test_the_delay_between_failed_starts_is_a_series_of_ours(series, starts):
    with running(1, throttle_series=series) as made:
        roll(made, behaviour=CANNOT_START)
        seen = []
        for seconds in range(0, 460, 10):
            made.until(seconds)
            begun = made.service()["deployments"][0]["pendingCount"]
            seen += [seconds] if begun and (not seen or seconds - seen[-1] > 30) else []
        assert seen == starts


@holds("R10.1")
@pytest.mark.parametrize("told", [False, True])
def test_the_end_of_a_superseded_deployment_is_told_or_not(told):
    with running(2, superseded_deployment_is_told=told) as made:
        second = roll(made)["deployments"][0]["id"]
        made.until(10)
        roll(made, "v3")
        made.until(200)
        ends = [
            (detail["deploymentId"], detail["reason"])
            for detail in made.told("ECS Deployment State Change")
            if detail["eventName"] == "SERVICE_DEPLOYMENT_FAILED"
        ]
        assert ends == [(second, "Replaced by a new service deployment.")] * told


def ask_to_stop(made, kind):
    arn = made.rollouts()[0]["serviceDeploymentArn"]
    made.ecs.stop_service_deployment(serviceDeploymentArn=arn, stopType=kind)


@holds("R11.2")
def test_an_abort_stops_everything_as_it_is_where_it_is_not_refused():
    with running(2) as made:
        roll(made)
        made.until(30)
        with pytest.raises(ClientError, match="ABORT is not supported"):
            ask_to_stop(made, "ABORT")
    with running(2, abort_is_refused=False) as made:
        roll(made)
        made.until(30)
        ask_to_stop(made, "ABORT")
        made.until(600)
        assert made.rollouts()[0]["status"] == "STOPPED"
        assert state(made) == "R1 2R/2H, R2 2R/2H"
        assert made.service()["deployments"][0]["rolloutState"] == "FAILED"


@holds("R8.9", "R11.2")
@pytest.mark.parametrize("keeps", [True, False])
def test_a_person_goes_back_to_the_old_id_or_to_a_new_one(keeps):
    with running(2, every_rollback_keeps_the_id=keeps) as made:
        old = made.service()["deployments"][0]["id"]
        roll(made)
        made.until(30)
        ask_to_stop(made, "ROLLBACK")
        made.until(300)
        (only,) = made.service()["deployments"]
        assert (only["id"] == old, only["rolloutState"]) == (keeps, "COMPLETED")
        assert (len(made.rollouts()), state(made)) == (2, "R1 2R/2H")


@holds("R8.9")
def test_the_breaker_goes_back_to_the_old_id_in_any_case():
    with running(2, BREAKER, every_rollback_keeps_the_id=False) as made:
        old = made.service()["deployments"][0]["id"]
        roll(made, behaviour=CANNOT_START)
        made.until(600)
        assert made.service()["deployments"][0]["id"] == old


@holds("R3.3")
@pytest.mark.parametrize(("left", "shown"), [(True, [4, 2]), (False, [4, 4])])
def test_an_old_revision_shows_what_is_left_of_it_or_what_it_had(left, shown):
    with running(4, percent(50, 100), sources_show_what_is_left=left) as made:
        roll(made)
        made.until(30)
        assert [each["desiredCount"] for each in made.service()["deployments"]] == shown


@holds("R2.5", "R3.5")
@pytest.mark.parametrize(
    ("word", "reason"),
    [("task", "task failed to start."), ("tasks", "tasks failed to start.")],
)
def test_the_bus_says_task_or_tasks(word, reason):
    with running(2, BREAKER, bus_says=word) as made:
        roll(made, behaviour=CANNOT_START)
        made.until(600)
        told = made.told("ECS Deployment State Change")
        (failed,) = [each for each in told if each["eventName"] == "SERVICE_DEPLOYMENT_FAILED"]
        assert failed["reason"] == f"ECS deployment circuit breaker: {reason}"


@holds("R3.4")
@pytest.mark.parametrize(("counted", "number"), [(False, 1), (True, 2)])
def test_a_task_that_was_told_to_stop_is_counted_until_the_signal_or_not(counted, number):
    with running(2, balanced=True, stopping_tasks_are_counted=counted) as made:
        made.update(desiredCount=1)
        made.until(10)
        service = made.service()
        assert service["runningCount"] == number
        assert service["deployments"][0]["runningCount"] == number
        made.until(40)
        assert made.service()["runningCount"] == 1


@holds("R4.4", "R8.10")
@pytest.mark.parametrize(
    ("counts", "expected"),
    [(False, "R1 2R/1H, R2 2R/2H"), (True, "R1 2R/1H, R2 1R/1H, stopping 1")],
)
def test_on_the_way_back_a_task_may_count_before_its_checks_say_anything(counts, expected):
    alarms = {"alarms": {"enable": True, "rollback": True, "alarmNames": ["errors"]}}
    switch = {"unknown_health_counts_on_the_way_back": counts}
    with running(4, percent(75, 100) | alarms, CHECK, **switch) as made:
        put_alarm("errors")
        roll(made, container=CHECK)
        made.until(170)
        put_alarm("errors", "ALARM")
        follows(made, {180: "R1 1P 1R/1H, R2 2R/2H", 200: expected})
        made.until(900)
        assert state(made) == "R1 4R/4H"


@holds("R2.7", "R4.7")
def test_a_deployment_that_is_stuck_again_says_so_at_once():
    with running(2, percent(100, 100)) as made:
        roll(made)
        made.until(100)
        made.update(deploymentConfiguration=percent(100, 150))
        made.until(110)
        made.update(deploymentConfiguration=percent(100, 100))
        made.until(1000)
        stuck = [text for text in texts(made) if text.startswith("was unable to stop or start")]
        assert len(stuck) == 2


@holds("R2.7", "R7.1")
def test_a_service_that_cannot_start_tasks_again_says_so_at_once():
    script = Script()
    fails = {"pull_error": "no basic auth credentials"}
    script.lists["v2"] = [*[fails] * 4, {"exits_after": 60}, fails]
    with running(1, behaviours=script) as made:
        made.push("v2")
        made.update(taskDefinition=made.register("v2"))
        made.until(4 * 3600)
        impaired = "is unable to consistently start tasks successfully."
        assert texts(made).count(impaired) == 2


@holds("R2.7", "R12.1")
def test_protection_that_holds_up_again_is_told_at_once():
    with running(2) as made:
        arns = [task["taskArn"] for task in made.tasks()]
        made.ecs.update_task_protection(cluster="house", tasks=arns, protectionEnabled=True)
        for seconds, desired in ((100, 1), (200, 2), (300, 1)):
            made.update(desiredCount=desired)
            made.until(seconds)
        told = [text for text in texts(made) if "2 tasks under protection" in text]
        assert len(told) == 2
