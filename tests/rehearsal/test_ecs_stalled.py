"""What goes on in a service whose deployment failed with nothing to go back to (R8.13, R3.2)."""

import pytest
from botocore.exceptions import ClientError

from rehearsal.ecs import Behaviour
from rehearsal.ecs.tasks.health import report
from rehearsal.ecs.tasks.task import Health
from tests.rehearsal.house import ACCOUNT, CHECK, REGION, follows, house, running, state
from tests.rehearsal.rules import holds
from tests.rehearsal.test_worked_examples import Script, put_alarm

CANNOT_START = Behaviour(pull_error="no basic auth credentials")
FAILS = {"pull_error": "no basic auth credentials"}
NO_WAY_BACK = {"deploymentCircuitBreaker": {"enable": True, "rollback": False}}
TIGHT = {"minimumHealthyPercent": 50, "maximumPercent": 100}
FAILED_AT = 600


def fail(made, container=None):
    """Let a deployment fail; return the id of the old one, which stays."""
    old = made.service()["deployments"][0]["id"]
    made.push("v2", CANNOT_START)
    made.update(taskDefinition=made.register("v2", container=container))
    made.until(FAILED_AT)
    assert made.service()["deployments"][0]["rolloutState"] == "FAILED"
    made.start += FAILED_AT
    return old


def sicken(made, number=1):
    region = made.installation.region(ACCOUNT, REGION)
    for task in [task for task in region.tasks.all() if task.live][:number]:
        report(task, task.containers[0], Health.UNHEALTHY, region.scheduler.heard)


def listed(made):
    return [(each["status"], each["rolloutState"]) for each in made.service()["deployments"]]


@holds("R3.2", "R8.13")
def test_a_smaller_desired_count_acts_after_a_failed_deployment_too():
    with running(4, NO_WAY_BACK) as made:
        fail(made)
        made.update(desiredCount=1)
        follows(made, {0: "R1 1R/1H, stopping 3", 30: "R1 1R/1H", 3600: "R1 1R/1H"})
        assert listed(made) == [("PRIMARY", "FAILED"), ("ACTIVE", "COMPLETED")]


@holds("R8.12", "R3.2")
def test_what_is_left_of_a_failed_first_deployment_can_be_scaled_in():
    script = Script()
    script.lists["v1"] = [{}, {}, FAILS]
    with house(behaviours=script) as made:
        made.push("v1")
        made.create(made.register("v1"), 4, NO_WAY_BACK)
        made.until(FAILED_AT)
        assert (state(made), listed(made)) == ("R1 2R/2H", [("PRIMARY", "FAILED")])
        made.update(desiredCount=1)
        made.until(FAILED_AT + 100)
        assert state(made) == "R1 1R/1H"
        made.update(desiredCount=3)
        made.until(FAILED_AT + 3600)
        assert state(made) == "R1 1R/1H"


@holds("R5.8", "R8.13")
def test_the_old_revision_gets_back_what_it_loses():
    with running(4, NO_WAY_BACK) as made:
        old = fail(made)
        lost = made.tasks(startedBy=old)[0]["taskArn"]
        made.ecs.stop_task(cluster="house", task=lost)
        follows(made, {10: "R1 1P 3R/3H, stopping 1", 100: "R1 4R/4H", 3600: "R1 4R/4H"})


@holds("R5.5", "R8.13")
@pytest.mark.parametrize(
    ("share", "trace"),
    [
        ({}, {0: "R1 1P 4R/3H", 60: "R1 4R/4H, stopping 1", 100: "R1 4R/4H"}),
        (TIGHT, {0: "R1 1P 2R/1H", 60: "R1 2R/2H, stopping 1", 100: "R1 2R/2H"}),
    ],
)
def test_a_sick_task_of_the_old_revision_is_replaced_first_and_then_stopped(share, trace):
    with running(4, NO_WAY_BACK | share, CHECK) as made:
        fail(made, CHECK)
        sicken(made)
        follows(made, trace | {3600: trace[100]})


@holds("R5.5", "R8.13", "R9.1")
def test_where_there_is_no_room_sick_tasks_are_stopped_one_at_a_time():
    alarms = {"alarms": {"enable": True, "rollback": False, "alarmNames": ["errors"]}}
    with running(4, alarms | TIGHT, CHECK) as made:
        put_alarm("errors")
        made.push("v2", Behaviour(healthy_after=40))
        made.update(taskDefinition=made.register("v2", container=CHECK))
        made.until(50)
        put_alarm("errors", "ALARM")
        follows(made, {100: "R1 2R/2H, R2 2R/2H"})
        sicken(made, 2)
        follows(
            made,
            {
                100: "R1 1R/0H, R2 2R/2H, stopping 1",
                120: "R1 1P 1R/0H, R2 2R/2H",
                130: "R1 1P, R2 2R/2H, stopping 1",
                300: "R1 2R/2H, R2 2R/2H",
            },
        )


@holds("R8.13", "W21")
@pytest.mark.parametrize(("restores", "left"), [(False, "R1 2R/2H"), (True, "R1 4R/4H")])
def test_what_the_deployment_took_is_not_given_back_unless_the_switch_says_so(restores, left):
    switch = {"failed_deployment_restores_sources": restores}
    with running(4, NO_WAY_BACK | TIGHT, **switch) as made:
        fail(made)
        made.until(3600)
        assert state(made) == left


@holds("R10.6", "R8.13")
def test_a_greater_desired_count_reaches_the_old_revision_only():
    with running(2, NO_WAY_BACK) as made:
        fail(made)
        made.update(desiredCount=4)
        made.until(200)
        assert state(made) == "R1 4R/4H"


@holds("R12.1", "R2.7")
def test_a_protected_task_stays_also_when_a_stalled_service_is_scaled_in():
    with running(2, NO_WAY_BACK) as made:
        fail(made)
        arns = [task["taskArn"] for task in made.tasks()]
        asked = {"cluster": "house", "tasks": arns, "protectionEnabled": True}
        made.ecs.update_task_protection(**asked, expiresInMinutes=60)
        made.update(desiredCount=1)
        made.until(100)
        assert state(made) == "R1 2R/2H"
        assert "2 tasks under protection" in made.messages()[-1]
        made.until(3700)
        assert state(made) == "R1 1R/1H"


@holds("R3.12")
def test_a_service_is_not_deleted_while_any_task_of_it_runs():
    with running(2, NO_WAY_BACK) as made:
        fail(made)
        arns = [task["taskArn"] for task in made.tasks()]
        asked = {"cluster": "house", "tasks": arns, "protectionEnabled": True}
        made.ecs.update_task_protection(**asked, expiresInMinutes=60)
        made.update(desiredCount=0)
        made.until(100)
        with pytest.raises(ClientError, match="while deployments are scaled above 0"):
            made.ecs.delete_service(cluster="house", service="web")
        made.until(3700)
        made.ecs.delete_service(cluster="house", service="web")
        assert made.service()["status"] == "INACTIVE"
