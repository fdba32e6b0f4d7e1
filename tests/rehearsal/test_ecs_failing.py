"""How deployments fail, go back, and try for ever (scheduler-rules §7, §8, C2)."""

import pytest

from rehearsal.ecs import Behaviour
from rehearsal.ecs.tasks.health import report
from rehearsal.ecs.tasks.task import Health
from tests.rehearsal.house import ACCOUNT, BREAKER, CHECK, REGION, follows, house, running, state
from tests.rehearsal.rules import holds
from tests.rehearsal.test_worked_examples import Script

CANNOT_START = Behaviour(pull_error="no basic auth credentials")
CRASHES = Behaviour(healthy_after=None, exits_after=20, exit_code=1)


def roll(made, behaviour, container=None):
    made.push("v2", behaviour)
    return made.update(taskDefinition=made.register("v2", container=container))["deployments"][0]


def breaker(**members):
    return {"deploymentCircuitBreaker": {"enable": True, "rollback": True, **members}}


def reasons(made):
    return [
        (detail["eventName"], detail["deploymentId"], detail["reason"])
        for detail in made.told("ECS Deployment State Change")
    ]


@holds("R2.5", "R3.5", "R8.9")
def test_a_crash_at_start_trips_the_breaker_and_the_old_deployment_comes_back():
    with running(2, BREAKER, CHECK) as made:
        old = made.service()["deployments"][0]
        new = roll(made, CRASHES, CHECK)["id"]
        follows(
            made,
            {40: "R1 2R/2H, R2 2P", 80: "R1 2R/2H", 90: "R1 2R/2H"},
        )
        (only,) = made.service()["deployments"]
        assert (only["id"], only["createdAt"]) == (old["id"], old["createdAt"])
        assert (only["status"], only["rolloutState"]) == ("PRIMARY", "COMPLETED")
        back = f"ECS deployment circuit breaker: rolling back to deploymentId {old['id']}."
        assert reasons(made) == [
            ("SERVICE_DEPLOYMENT_IN_PROGRESS", new, f"ECS deployment {new} in progress."),
            (
                "SERVICE_DEPLOYMENT_FAILED",
                new,
                "ECS deployment circuit breaker: task failed to start.",
            ),
            ("SERVICE_DEPLOYMENT_IN_PROGRESS", old["id"], back),
            (
                "SERVICE_DEPLOYMENT_COMPLETED",
                old["id"],
                f"ECS deployment {old['id']} completed.",
            ),
        ]


@holds("R8.15", "R11.1")
def test_the_service_deployment_tells_of_the_rollback():
    with running(2, BREAKER, CHECK) as made:
        old = made.rollouts()[0]["targetServiceRevision"]["arn"]
        roll(made, CRASHES, CHECK)
        made.until(80)
        going_back = made.rollouts()[0]
        assert going_back["status"] == "ROLLBACK_IN_PROGRESS"
        made.until(90)
        failed = made.rollouts()[0]
        assert (failed["status"], failed["rollback"]["serviceRevisionArn"]) == (
            "ROLLBACK_SUCCESSFUL",
            old,
        )
        assert failed["deploymentCircuitBreaker"] == {
            "status": "TRIGGERED",
            "failureCount": 4,
            "threshold": 3,
        }


@holds("R8.4")
def test_failing_checks_are_counted_when_the_tasks_have_stopped():
    bad = Behaviour(healthy_after=None, unhealthy_after=90)
    with running(4, BREAKER, CHECK) as made:
        roll(made, bad, CHECK)
        follows(
            made,
            {
                110: "R1 4R/4H, R2 3R/0H, stopping 1",
                130: "R1 4R/4H, R2 1P 3R/0H",
                160: "R1 4R/4H, R2 1P 3R/0H",
                190: "R1 4R/4H, stopping 3",
                210: "R1 4R/4H",
            },
        )
        stopped = made.tasks("STOPPED", serviceName="web")
        told = {(task["stopCode"], task["stoppedReason"]) for task in stopped}
        assert ("ServiceSchedulerInitiated", "Task failed container health checks") in told


@holds("R3.6", "R7.1")
def test_without_a_breaker_it_fails_for_ever_and_ever_more_slowly():
    with running(4, {"minimumHealthyPercent": 50, "maximumPercent": 100}) as made:
        new = roll(made, CANNOT_START)["id"]
        made.until(2400)
        starts = [
            (detail["createdAt"], detail["taskArn"])
            for detail in made.told("ECS Task State Change")
            if detail["startedBy"] == new and detail["version"] == 1
        ]
        seconds = sorted({int(at[14:16]) * 60 + int(at[17:19]) - 1000 % 3600 for at, _ in starts})
        assert seconds == [20, 80, 140, 470, 1100, 2330]
        primary = made.service()["deployments"][0]
        assert (primary["rolloutState"], primary["failedTasks"]) == ("IN_PROGRESS", 12)
        assert state(made) == "R1 2R/2H"
        impaired = [
            detail["eventName"]
            for detail in made.told("ECS Service Action")
            if detail["eventType"] == "WARN"
        ]
        assert impaired == ["SERVICE_TASK_START_IMPAIRED"]


def test_a_crash_without_any_check_is_neither_counted_nor_throttled():
    with running(1, BREAKER) as made:
        roll(made, Behaviour(exits_after=20))
        follows(made, {40: "R1 1R/1H, R2 1P", 80: "R1 1R/1H, R2 1P", 200: "R1 1R/1H, R2 1P"})


@holds("R8.6")
def test_the_knob_counts_a_crash_without_any_check():
    with running(1, BREAKER, exit_before_healthy_without_checks_counts=True) as made:
        roll(made, Behaviour(exits_after=20))
        made.until(130)
        assert made.rollouts()[0]["status"] == "ROLLBACK_SUCCESSFUL"


@holds("R8.12")
def test_a_first_deployment_that_fails_has_nothing_to_go_back_to():
    with house() as made:
        made.push("v1", CANNOT_START)
        made.create(made.register("v1"), 2, BREAKER)
        follows(made, {60: "R1 2P", 90: "no tasks", 3600: "no tasks"})
        (only,) = made.service()["deployments"]
        assert (only["status"], only["rolloutState"]) == ("PRIMARY", "FAILED")
        assert made.rollouts()[0]["status"] == "STOPPED"


def test_without_rollback_both_revisions_stay_as_they_are():
    configuration = breaker(rollback=False) | {"minimumHealthyPercent": 50, "maximumPercent": 100}
    with running(4, configuration) as made:
        roll(made, CANNOT_START)
        made.until(3600)
        failed, old = made.service()["deployments"]
        assert (failed["status"], failed["rolloutState"]) == ("PRIMARY", "FAILED")
        assert (old["status"], old["rolloutState"]) == ("ACTIVE", "COMPLETED")
        assert state(made) == "R1 2R/2H"


@holds("R8.2")
@pytest.mark.parametrize(
    ("desired", "configured", "threshold"),
    [
        (1, None, 3),
        (25, None, 13),
        (400, None, 200),
        (800, None, 200),
        (800, {"type": "UNBOUNDED_PERCENT", "value": 50}, 400),
        (4, {"type": "COUNT", "value": 5}, 5),
        *((100, {"type": "UNBOUNDED_PERCENT", "value": part}, part) for part in (7, 28, 56)),
        (50, {"type": "UNBOUNDED_PERCENT", "value": 14}, 7),
        (50, {"type": "UNBOUNDED_PERCENT", "value": 15}, 8),
    ],
)
def test_the_threshold_follows_the_documented_examples(desired, configured, threshold):
    more = {"thresholdConfiguration": configured} if configured else {}
    with house() as made:
        made.push("v1", Behaviour(starts_in=10000))
        made.create(made.register("v1"), desired, breaker(**more))
        assert made.rollouts()[0]["deploymentCircuitBreaker"]["threshold"] == threshold


def test_a_missing_image_stops_the_task_before_it_starts():
    with running(1, BREAKER) as made:
        made.update(taskDefinition=made.register("gone"))
        made.until(30)
        (task,) = made.tasks("STOPPED", serviceName="web")
        (container,) = task["containers"]
        assert task["stopCode"] == "TaskFailedToStart"
        assert task["stoppedReason"].startswith("CannotPullContainerError: ")
        assert task["stoppedReason"].endswith("/orders:gone: not found")
        assert container["reason"] == task["stoppedReason"]
        assert "exitCode" not in container
        assert "startedAt" not in task


@holds("R7.5")
def test_no_capacity_counts_and_tells():
    with running(4, BREAKER) as made:
        made.installation.capacity.refusal = "RESOURCE:FARGATE"
        roll(made, Behaviour())
        made.until(60)
        assert made.rollouts()[0]["status"] == "ROLLBACK_IN_PROGRESS"
        told = [
            detail["reason"]
            for detail in made.told("ECS Service Action")
            if detail["eventName"] == "SERVICE_TASK_PLACEMENT_FAILURE"
        ]
        assert told == ["RESOURCE:FARGATE"] * 3
        made.until(70)
        assert state(made) == "R1 4R/4H"


@holds("R3.6")
def test_a_healthy_task_ends_the_count_of_failed_ones():
    script = Script()
    fails = {"pull_error": "no basic auth credentials"}
    script.lists["v2"] = [fails, fails, {"healthy_after": 40}, {"starts_in": 10000}]
    with running(1, behaviours=script) as made:
        made.push("v2")
        made.update(taskDefinition=made.register("v2"))
        made.until(100)
        assert made.service()["deployments"][0]["failedTasks"] == 2
        made.until(300)
        assert made.service()["deployments"][0]["failedTasks"] == 0


@holds("R3.6", "R8.5")
def test_later_failures_are_the_breakers_affair_only():
    script = Script()
    fails = {"pull_error": "no basic auth credentials"}
    script.lists["v2"] = [{}, {}, {}, *[fails] * 99]
    with running(
        4, breaker(thresholdConfiguration={"type": "COUNT", "value": 50}), behaviours=script
    ) as made:
        made.push("v2")
        made.update(taskDefinition=made.register("v2"))
        made.until(100)
        assert made.service()["deployments"][0]["failedTasks"] == 0
        assert made.rollouts()[0]["deploymentCircuitBreaker"]["failureCount"] > 0


@holds("R8.5")
def test_a_task_that_goes_on_being_healthy_forgives_nothing():
    script = Script()
    fails = {"pull_error": "no basic auth credentials"}
    script.lists["v2"] = [{}, fails]
    many = breaker(thresholdConfiguration={"type": "COUNT", "value": 50})
    with running(2, many, CHECK, behaviours=script) as made:
        made.push("v2")
        made.update(taskDefinition=made.register("v2", container=CHECK))
        made.until(200)
        counted = made.rollouts()[0]["deploymentCircuitBreaker"]["failureCount"]
        assert counted > 0
        region = made.installation.region(ACCOUNT, REGION)
        for task in [task for task in region.tasks.all() if task.healthy]:
            report(task, task.containers[0], Health.HEALTHY, region.scheduler.heard)
        assert made.rollouts()[0]["deploymentCircuitBreaker"]["failureCount"] == counted


@holds("R8.12")
def test_a_failing_service_recovers_with_a_new_deployment():
    with running(4, BREAKER, CHECK) as made:
        roll(made, CRASHES, CHECK)
        made.until(500)
        made.push("v3", Behaviour(healthy_after=40))
        made.update(taskDefinition=made.register("v3", container=CHECK))
        made.until(600)
        assert state(made) == "R3 4R/4H"
        assert [each["status"] for each in made.rollouts()] == [
            "SUCCESSFUL",
            "ROLLBACK_SUCCESSFUL",
            "SUCCESSFUL",
        ]
