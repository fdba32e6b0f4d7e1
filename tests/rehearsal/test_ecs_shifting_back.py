"""A deployment that shifts traffic goes back from every stage, or gives way to a newer one."""

from contextlib import suppress
from random import Random

import pytest

from rehearsal.ecs import Behaviour
from tests.rehearsal.greenhouse import (
    ALTERNATE,
    DAY,
    FUNCTION,
    UP,
    alarm,
    awaited,
    configure,
    deploy,
    function,
    hooks,
    pause,
    probed,
    proceed,
    rollout,
    shifting,
    stages,
    stands,
    stop,
    traffic,
)
from tests.rehearsal.house import BREAKER, GROUP, house, state
from tests.rehearsal.rules import holds

PLANS = {
    "BLUE_GREEN": {"bakeTimeInMinutes": 5},
    "LINEAR": {"linearConfiguration": {"stepPercent": 33.3, "stepBakeTimeInMinutes": 1}},
    "CANARY": {"canaryConfiguration": {"canaryBakeTimeInMinutes": 5}},
    "ROLLING": {},
}

CRASH = Behaviour(exits_after=3, exit_code=1)
NEVER = Behaviour(healthy_after=None)
HALF = {"linearConfiguration": {"stepPercent": 50.0, "stepBakeTimeInMinutes": 30}}
ALARMED = {"alarms": {"enable": True, "rollback": True, "alarmNames": ["errors"]}}

ANSWERS = ["CONTINUE", "ROLLBACK"]
ENDS = {"SUCCESSFUL", "STOPPED", "ROLLBACK_SUCCESSFUL", "ROLLBACK_FAILED"}

PAUSED = (
    "PRE_SCALE_UP",
    "POST_SCALE_UP",
    "POST_TEST_TRAFFIC_SHIFT",
    "PRE_PRODUCTION_TRAFFIC_SHIFT",
    "POST_PRODUCTION_TRAFFIC_SHIFT",
)
CALLED = ("TEST_TRAFFIC_SHIFT", "PRODUCTION_TRAFFIC_SHIFT")


def is_back(made, first):
    """Check that the old revision has everything again, under its old id."""
    (only,) = made.service()["deployments"]
    assert (only["id"], only["status"], only["rolloutState"]) == (first, "PRIMARY", "COMPLETED")
    assert (rollout(made)["status"], state(made)) == ("ROLLBACK_SUCCESSFUL", "R1 2R/2H")
    assert traffic(made) == {"R1": 100.0}
    assert len(made.rollouts()) == 2


def begun(made):
    """Deploy v2 and return the id of what was there before."""
    first = made.service()["deployments"][0]["id"]
    deploy(made)
    return first


@holds("R11.1", "R11.2", "R11.3")
@pytest.mark.parametrize("stage", [*PAUSED, *CALLED, "SCALE_UP", "BAKE_TIME", "CLEAN_UP"])
def test_a_person_stops_a_deployment_in_any_stage(stage):
    hook = [pause(stage)] if stage in PAUSED else [function(stage)] if stage in CALLED else []
    with shifting("BLUE_GREEN", *hook, bake=10) as made:
        made.functions[FUNCTION] = lambda event: {"hookStatus": "IN_PROGRESS"}
        first = begun(made)
        made.until({"SCALE_UP": 30, "CLEAN_UP": UP + 610}.get(stage, UP + 60))
        assert stands(made) == ("IN_PROGRESS", stage)
        stop(made)
        assert rollout(made)["status"] == "ROLLBACK_REQUESTED"
        made.functions[FUNCTION] = lambda event: {"hookStatus": "SUCCEEDED"}
        made.until(UP + 1200)
        is_back(made, first)
        assert awaited(made) == []


@holds("R11.1")
def test_a_deployment_can_be_stopped_before_it_has_begun():
    with shifting() as made:
        first = begun(made)
        stop(made)
        made.until(300)
        is_back(made, first)


def test_the_way_back_gives_the_traffic_back_before_any_task_goes():
    with shifting(bake=10) as made:
        begun(made)
        made.until(UP + 300)
        made.events.clear()
        stop(made)
        made.until(UP + 301)
        assert (traffic(made), probed(made)) == ({"R1": 100.0, "R2": 0.0}, {"R1": 0.0, "R2": 0.0})
        assert (stands(made), state(made)) == (
            ("ROLLBACK_IN_PROGRESS", "CLEAN_UP"),
            "R1 2R/2H, stopping 2",
        )
        assert stages(made)[-3:] == ["PRODUCTION_TRAFFIC_SHIFT", "TEST_TRAFFIC_SHIFT", "CLEAN_UP"]


def test_a_stop_during_the_clean_up_first_brings_the_old_revision_up_again():
    with shifting() as made:
        first = begun(made)
        made.until(UP + 10)
        stop(made)
        made.until(UP + 20)
        assert (stands(made)[1], traffic(made)) == ("SCALE_UP", {"R1": 0.0, "R2": 100.0})
        made.until(UP + 300)
        is_back(made, first)


@holds("R2.5", "R8.9")
def test_the_way_back_is_told_like_any_other():
    with shifting("BLUE_GREEN", function("POST_SCALE_UP")) as made:
        made.functions[FUNCTION] = lambda event: {"hookStatus": "FAILED"}
        first = begun(made)
        second = made.service()["deployments"][0]["id"]
        made.until(300)
        told = made.told("ECS Deployment State Change")
        assert [(each["eventName"].rpartition("_")[2], each["deploymentId"]) for each in told] == [
            ("PROGRESS", second),
            ("FAILED", second),
            ("PROGRESS", first),
            ("COMPLETED", first),
        ]
        messages = made.messages()
        text = (
            f"(service web) (deployment {second}) deployment failed: Service deployment rolled "
            "back because POST_SCALE_UP lifecycle hook(s) failed. Lifecycle hook target "
            f"{FUNCTION} returned FAILED status."
        )
        at = messages.index(text)
        assert messages[at + 1] == f"(service web) rolling back to deployment {first}."


@holds("R9.1")
@pytest.mark.parametrize("seconds", [30, UP + 300, UP + 1500, UP + 2300])
def test_an_alarm_rolls_back_at_any_time(seconds):
    with shifting() as made:
        configure(made, "LINEAR", bakeTimeInMinutes=10, **HALF, **ALARMED)
        alarm("errors", "OK")
        first = begun(made)
        made.until(seconds)
        alarm("errors", "ALARM")
        made.until(seconds + 20)
        assert rollout(made)["status"] == "ROLLBACK_IN_PROGRESS"
        assert traffic(made) == {"R1": 100.0, "R2": 0.0}
        made.until(seconds + 200)
        is_back(made, first)
        assert rollout(made)["alarms"]["status"] == "TRIGGERED"


@holds("R9.1")
def test_an_alarm_that_rings_before_is_ignored():
    with shifting() as made:
        configure(made, "BLUE_GREEN", **ALARMED)
        alarm("errors", "ALARM")
        deploy(made)
        made.until(400)
        assert rollout(made)["status"] == "SUCCESSFUL"


@holds("R8.13", "R11.1")
def test_an_alarm_without_rollback_leaves_all_as_it_is():
    with shifting() as made:
        quiet = {**ALARMED["alarms"], "rollback": False}
        configure(made, "LINEAR", alarms=quiet, **HALF)
        alarm("errors", "OK")
        deploy(made)
        made.until(UP + 60)
        alarm("errors", "ALARM")
        made.until(DAY)
        assert rollout(made)["status"] == "STOPPED"
        assert (state(made), traffic(made)) == ("R1 2R/2H, R2 2R/2H", {"R1": 50.0, "R2": 50.0})


@holds("R11.6", "R8.1")
def test_the_circuit_breaker_does_not_apply_and_the_stage_ends_after_a_day():
    with shifting() as made:
        made.push("v2", CRASH, content="crash")
        configure(made, "BLUE_GREEN", **BREAKER)
        first = begun(made)
        made.until(DAY - 1)
        assert stands(made) == ("IN_PROGRESS", "SCALE_UP")
        assert rollout(made)["deploymentCircuitBreaker"]["status"] == "DISABLED"
        made.until(DAY + 200)
        is_back(made, first)
        reason = "Service deployment rolled back because SCALE_UP lifecycle stage timed out."
        assert rollout(made)["statusReason"] == reason


def test_the_circuit_breaker_can_be_switched_on_for_shifting():
    with shifting(given={"breaker_guards_shifting": True}) as made:
        made.push("broken", Behaviour(pull_error="not found"))
        configure(made, "BLUE_GREEN", **BREAKER)
        first = made.service()["deployments"][0]["id"]
        deploy(made, "broken")
        made.until(1200)
        is_back(made, first)
        assert "circuit breaker threshold was exceeded" in rollout(made)["statusReason"]


@holds("R11.5")
def test_a_stage_may_bake_for_a_day_and_a_person_may_think_for_two_weeks():
    long = pause("POST_PRODUCTION_TRAFFIC_SHIFT", timeoutInMinutes=20160)
    with shifting("BLUE_GREEN", long, bake=1440) as made:
        deploy(made)
        made.until(13 * DAY)
        assert stands(made) == ("IN_PROGRESS", "POST_PRODUCTION_TRAFFIC_SHIFT")
        proceed(made)
        made.until(14 * DAY - 10)
        assert stands(made) == ("IN_PROGRESS", "BAKE_TIME")
        made.until(14 * DAY + 200)
        assert rollout(made)["status"] == "SUCCESSFUL"


@holds("R11.5")
def test_a_deployment_lasts_thirty_days_at_most():
    stages_ = ("PRE_SCALE_UP", "POST_SCALE_UP", "POST_TEST_TRAFFIC_SHIFT")
    with shifting("BLUE_GREEN", pause(*stages_, timeoutInMinutes=20160, action="CONTINUE")) as made:
        first = begun(made)
        made.until(30 * DAY - 1)
        assert stands(made) == ("IN_PROGRESS", "POST_TEST_TRAFFIC_SHIFT")
        made.until(30 * DAY + 200)
        is_back(made, first)
        assert rollout(made)["statusReason"].endswith("because the deployment timed out.")


@holds("R11.1", "R8.12")
def test_the_first_deployment_has_nothing_to_go_back_to():
    with house() as made:
        made.push("v1", Behaviour(healthy_after=40))
        made.functions[FUNCTION] = lambda event: {"hookStatus": "FAILED"}
        configuration = {
            "strategy": "BLUE_GREEN",
            "lifecycleHooks": [function("POST_PRODUCTION_TRAFFIC_SHIFT")],
        }
        made.create(made.register("v1"), configuration=configuration)
        made.until(300)
        found = rollout(made)
        assert (found["status"], found["statusReason"]) == (
            "STOPPED",
            "No rollback candidate was found to run the rollback.",
        )
        (only,) = made.service()["deployments"]
        assert (only["rolloutState"], state(made)) == ("FAILED", "R1 2R/2H")


def superseded(made, seconds):
    """Begin v2, and v3 after so many seconds."""
    deploy(made)
    made.until(seconds)
    deploy(made, "v3")
    made.until(seconds + 10)
    return made.rollouts()[1]


@holds("R10.1", "R11.1")
@pytest.mark.parametrize("stage", PAUSED)
def test_a_newer_deployment_replaces_one_that_is_paused(stage):
    with shifting("BLUE_GREEN", pause(stage)) as made:
        old = superseded(made, UP + 60)
        assert (old["status"], old["statusReason"]) == (
            "STOPPED",
            "Replaced by a new service deployment.",
        )
        (hook,) = old["lifecycleHookDetails"]
        assert hook["status"] == "FAILED"
        with pytest.raises(made.ecs.exceptions.ClientError, match="terminal states"):
            made.ecs.continue_service_deployment(
                serviceDeploymentArn=old["serviceDeploymentArn"], hookId=hook["hookId"]
            )
        made.until(UP + 400)
        proceed(made)
        made.until(UP + 800)
        assert (rollout(made)["status"], state(made)) == ("SUCCESSFUL", "R3 2R/2H")
        assert traffic(made) == {"R3": 100.0}
        assert stages(made)[0] == "RECONCILE_SERVICE"
        # An event for each that began or was answered, none for the pause that was replaced.
        assert [name for name, _ in hooks(made)] == [
            "AWAITING_ACTION",
            "AWAITING_ACTION",
            "SUCCEEDED",
        ]


@holds("R10.1", "R10.4")
@pytest.mark.parametrize("seconds", [30, UP + 60, UP + 60 * 30 + 60, UP + 60 * 30 + 601])
def test_a_deployment_that_is_superseded_in_the_middle_gives_its_traffic_and_tasks_back(seconds):
    with shifting() as made:
        configure(made, "LINEAR", bakeTimeInMinutes=10, **HALF)
        superseded(made, seconds)
        shares = set()
        for second in range(seconds + 10, seconds + 4000, 10):
            made.until(second)
            found = traffic(made)
            shares.add(tuple(sorted(found.items())))
            assert sum(found.values()) == 100.0
            # Whoever has traffic has healthy tasks to take it.
            service = made.installation.service(made.service()["serviceArn"])
            assert all(each.healthy() for each in service.deployments if each.production)
        assert (rollout(made)["status"], traffic(made)) == ("SUCCESSFUL", {"R3": 100.0})
        assert (("R1", 50.0), ("R3", 50.0)) in shares


def test_the_newest_revision_gets_a_target_group_of_its_own():
    with shifting("BLUE_GREEN", pause("POST_SCALE_UP")) as made:
        superseded(made, UP + 60)
        made.until(UP + 300)
        assert state(made) == "R1 2R/2H, R3 2R/2H"
        for group in (GROUP, ALTERNATE):
            found = made.installation.target_health(group)
            assert [each.state for each in found] == ["healthy", "healthy"]


@holds("R11.5")
def test_hooks_can_wait_while_the_service_is_reconciled():
    with shifting("BLUE_GREEN", pause("RECONCILE_SERVICE")) as made:
        superseded(made, 30)
        made.until(DAY / 2)
        assert (stands(made), state(made)) == (("IN_PROGRESS", "RECONCILE_SERVICE"), "R1 2R/2H")
        proceed(made)
        made.until(DAY / 2 + 300)
        assert (rollout(made)["status"], state(made)) == ("SUCCESSFUL", "R3 2R/2H")


def test_a_function_of_a_deployment_that_is_replaced_is_not_called_again():
    with shifting("BLUE_GREEN", function("POST_SCALE_UP")) as made:
        called = []
        made.functions[FUNCTION] = lambda event: (
            called.append(event) or {"hookStatus": "IN_PROGRESS"}
        )
        deploy(made)
        made.until(UP + 60)
        configure(made, "BLUE_GREEN")
        deploy(made, "v3")
        told = len(called)
        made.until(UP + 600)
        assert (len(called), rollout(made)["status"]) == (told, "SUCCESSFUL")


@holds("R10.1", "R8.11")
def test_a_way_back_that_is_superseded_has_failed_and_leaves_nothing_to_go_back_to():
    with shifting(bake=10) as made:
        deploy(made)
        made.until(UP + 60)
        stop(made)
        made.until(UP + 65)
        made.push("v3", NEVER, content="never")
        deploy(made, "v3")
        made.until(UP + 300)
        assert made.rollouts()[1]["status"] == "ROLLBACK_FAILED"
        assert state(made) == "R1 2R/2H, R3 2R/0H"
        stop(made)
        made.until(UP + 600)
        assert rollout(made)["status"] == "STOPPED"
        assert traffic(made) == {"R1": 100.0, "R3": 0.0}


@holds("R10.7")
def test_a_forced_deployment_of_the_same_revision_shifts_too():
    with shifting() as made:
        made.update(forceNewDeployment=True)
        made.until(UP)
        assert stands(made)[1] == "CLEAN_UP"
        assert traffic(made) == {"R1": 0.0, "R2": 100.0}


def test_a_service_that_is_deleted_in_the_middle_drains_and_goes():
    with shifting("BLUE_GREEN", pause("POST_PRODUCTION_TRAFFIC_SHIFT")) as made:
        deploy(made)
        made.until(UP + 60)
        made.ecs.delete_service(cluster="house", service="web", force=True)
        made.until(UP + 200)
        assert (made.service()["status"], state(made)) == ("INACTIVE", "no tasks")


def act(made, random):
    """Do something of what people, alarms and bad luck do in the middle of a deployment."""
    strategy, tag = random.choice(list(PLANS)), random.choice(["v2", "v3", "crash", "sick"])
    tasks, waiting = made.tasks(), awaited(made)
    hook = [pause("POST_SCALE_UP", timeoutInMinutes=30)] if strategy != "ROLLING" else []
    choices = {
        "configure": lambda: configure(made, strategy, *hook, **ALARMED, **PLANS[strategy]),
        "deploy": lambda: deploy(made, tag),
        "stop": lambda: stop(made),
        "answer": lambda: waiting and proceed(made, random.choice(ANSWERS), waiting[0]),
        "alarm": lambda: alarm("errors", random.choice(["OK", "ALARM"])),
        "kill": lambda: tasks and made.ecs.stop_task(cluster="house", task=tasks[0]["taskArn"]),
        "scale": lambda: made.update(desiredCount=random.choice([1, 2, 3])),
        "wait": lambda: None,
    }
    # What is over already cannot be stopped.
    with suppress(made.ecs.exceptions.ConflictException):
        choices[random.choice(list(choices))]()


@pytest.mark.parametrize("seed", range(5))
def test_whatever_happens_the_traffic_adds_up_and_the_next_good_release_gets_it(seed):
    random = Random(seed)  # noqa: S311
    with shifting() as made:
        made.push("crash", CRASH)
        made.push("sick", Behaviour(healthy_after=20, unhealthy_after=400))
        second = 0
        for _ in range(40):
            second += random.choice([1, 30, 120, 1000])
            made.until(second)
            act(made, random)
            made.until(second + 1)
            if rollout(made)["deploymentConfiguration"]["strategy"] != "ROLLING":
                assert sum(traffic(made).values()) == pytest.approx(100.0)
        alarm("errors", "OK")
        configure(made, "BLUE_GREEN", **PLANS["BLUE_GREEN"])
        deploy(made)
        made.until(second + 3600)
        newest, *older = made.rollouts()
        assert newest["status"] == "SUCCESSFUL"
        assert {each["status"] for each in older} <= ENDS
        assert list(traffic(made).values()) == [100.0]
