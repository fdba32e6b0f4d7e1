"""What ends a deployment but the circuit breaker: alarms, early success, a person (§9, §11)."""

import pytest
from botocore.exceptions import ClientError

from rehearsal.ecs import Behaviour
from tests.rehearsal.house import BREAKER, GROUP, NETWORK, client, follows, house, running, state
from tests.rehearsal.rules import holds
from tests.rehearsal.test_worked_examples import Script, put_alarm

GOOD = Behaviour(healthy_after=40)
CANNOT_START = Behaviour(pull_error="no basic auth credentials")
ALARMS = {"alarms": {"enable": True, "rollback": True, "alarmNames": ["errors"]}}


def percent(least, most, **more):
    return {"minimumHealthyPercent": least, "maximumPercent": most, **more}


def roll(made, tag="v2", behaviour=GOOD):
    made.push(tag, behaviour)
    return made.update(taskDefinition=made.register(tag))["deployments"][0]["id"]


def ring(state="ALARM"):
    client("cloudwatch").set_alarm_state(
        AlarmName="errors", StateValue=state, StateReason="said so"
    )


def stop(made, kind="ROLLBACK"):
    arn = made.rollouts()[0]["serviceDeploymentArn"]
    return made.ecs.stop_service_deployment(serviceDeploymentArn=arn, stopType=kind)


def early(cleanup, share=50):
    criteria = {"enable": True, "healthyPercent": share, "sourceServiceRevisionCleanup": cleanup}
    return {"earlySuccessCriteria": criteria}


def listed(made):
    return [(each["status"], each["rolloutState"]) for each in made.service()["deployments"]]


@holds("R9.1", "R8.9", "R11.1")
@pytest.mark.parametrize("rings_at", [30, 200])
def test_an_alarm_turns_a_deployment_back_also_while_it_bakes(rings_at):
    with running(2, ALARMS | {"bakeTimeInMinutes": 5}) as made:
        put_alarm("errors")
        old = made.service()["deployments"][0]["id"]
        new = roll(made)
        made.until(rings_at)
        ring()
        made.until(rings_at + 200)
        record = made.rollouts()[0]
        why = "Service deployment rolled back because of one or more active alarms."
        assert (record["status"], record["statusReason"]) == ("ROLLBACK_SUCCESSFUL", why)
        assert record["alarms"] == {
            "status": "TRIGGERED",
            "alarmNames": ["errors"],
            "triggeredAlarmNames": ["errors"],
        }
        assert record["rollback"]["reason"] == why
        assert [each["id"] for each in made.service()["deployments"]] == [old]
        assert state(made) == "R1 2R/2H"
        said = f"(service web) (deployment {new}) deployment failed: alarm detected."
        assert said in made.messages()


@holds("R9.1")
def test_an_alarm_that_rings_already_is_ignored():
    with running(2, ALARMS) as made:
        put_alarm("errors", "ALARM")
        roll(made)
        made.until(30)
        ring("OK")
        ring()
        made.until(500)
        record = made.rollouts()[0]
        assert (record["status"], record["alarms"]["status"]) == ("SUCCESSFUL", "DISABLED")


@holds("R9.1")
def test_the_switch_lets_an_alarm_that_rings_already_fail_the_deployment():
    with running(2, ALARMS, alarm_at_start_is_ignored=False) as made:
        put_alarm("errors", "ALARM")
        roll(made)
        made.until(0)
        assert made.rollouts()[0]["status"] == "ROLLBACK_IN_PROGRESS"


@holds("R9.1", "R8.13")
def test_an_alarm_without_rollback_leaves_everything_as_it_is():
    alarms = {"alarms": {**ALARMS["alarms"], "rollback": False}}
    with running(2, alarms) as made:
        put_alarm("errors")
        roll(made)
        made.until(30)
        ring()
        made.until(400)
        assert made.rollouts()[0]["status"] == "STOPPED"
        assert listed(made) == [("PRIMARY", "FAILED"), ("ACTIVE", "COMPLETED")]
        assert state(made) == "R1 2R/2H, R2 2R/2H"


@holds("R9.1")
def test_the_first_of_breaker_and_alarm_decides():
    with running(2, ALARMS | BREAKER) as made:
        put_alarm("errors")
        roll(made, behaviour=CANNOT_START)
        made.until(40)
        ring()
        made.until(100)
        record = made.rollouts()[0]
        assert record["alarms"]["status"] == "TRIGGERED"
        assert record["deploymentCircuitBreaker"]["status"] == "MONITORING_COMPLETE"


@holds("R9.2")
def test_without_a_bake_time_ecs_takes_what_the_alarms_look_back():
    with running(2, ALARMS) as made:
        put_alarm("errors")
        roll(made)
        made.until(139)
        assert made.service()["deployments"][0]["rolloutState"] == "IN_PROGRESS"
        made.until(140)
        assert made.service()["deployments"][0]["rolloutState"] == "COMPLETED"


@holds("R9.1")
def test_an_alarm_means_nothing_when_the_deployment_is_over():
    with running(2, ALARMS) as made:
        put_alarm("errors")
        roll(made)
        made.until(300)
        ring()
        made.until(400)
        assert made.rollouts()[0]["status"] == "SUCCESSFUL"
        assert made.rollouts()[0]["alarms"]["status"] == "MONITORING_COMPLETE"


@holds("R11.2", "R11.3")
def test_a_person_turns_a_deployment_back_without_any_rollback_configured():
    with running(4, percent(50, 100)) as made:
        revisions = {each["targetServiceRevision"]["arn"] for each in made.rollouts()}
        roll(made)
        made.until(90)
        stop(made)
        assert made.rollouts()[0]["status"] == "ROLLBACK_REQUESTED"
        made.until(91)
        assert made.rollouts()[0]["status"] == "ROLLBACK_IN_PROGRESS"
        stop(made)
        made.until(400)
        record = made.rollouts()[0]
        assert record["status"] == "ROLLBACK_SUCCESSFUL"
        assert record["rollback"]["serviceRevisionArn"] in revisions
        assert len(made.rollouts()) == 2
        assert state(made) == "R1 4R/4H"


@holds("R11.2")
def test_what_cannot_be_stopped_is_refused_by_name():
    with running(2) as made:
        with pytest.raises(ClientError) as over:
            stop(made)
        roll(made)
        with pytest.raises(ClientError) as abort:
            stop(made, "ABORT")
        with pytest.raises(ClientError) as unknown:
            made.ecs.stop_service_deployment(serviceDeploymentArn="arn:aws:ecs:x:1:gone/a/b/c")
        codes = [each.value.response["Error"]["Code"] for each in (over, abort, unknown)]
        assert codes == [
            "ConflictException",
            "InvalidParameterException",
            "ServiceDeploymentNotFoundException",
        ]


@holds("R11.2", "R8.12")
def test_a_stopped_first_deployment_has_no_way_back():
    with house() as made:
        made.push("v1", Behaviour(starts_in=600))
        made.create(made.register("v1"))
        made.until(10)
        stop(made)
        made.until(20)
        record = made.rollouts()[0]
        why = "No rollback candidate was found to run the rollback."
        assert (record["status"], record["statusReason"]) == ("STOPPED", why)


@holds("R11.4")
def test_deferred_clean_up_comes_after_the_success():
    slow = Behaviour(healthy_after=40, starts_in=580)
    with running(2, percent(50, 200, **early("DEFERRED"))) as made:
        made.push("v2", slow)
        made.update(taskDefinition=made.register("v2"))
        made.until(620)
        assert made.rollouts()[0]["status"] == "SUCCESSFUL"
        assert state(made) == "R2 2R/2H, stopping 1"
        assert listed(made) == [("PRIMARY", "COMPLETED"), ("ACTIVE", "COMPLETED")]
        made.until(700)
        assert (state(made), len(listed(made))) == ("R2 2R/2H", 1)


@holds("R11.4", "R9.2")
def test_an_early_success_bakes_before_the_old_tasks_go():
    asked = percent(50, 200, bakeTimeInMinutes=5, **early("BLOCKING"))
    with running(2, asked) as made:
        roll(made)
        follows(
            made,
            {
                0: "R1 1R/1H, R2 2P, stopping 1",
                60: "R1 1R/1H, R2 2R/2H",
                350: "R1 1R/1H, R2 2R/2H",
                360: "R2 2R/2H, stopping 1",
                380: "R2 2R/2H",
            },
        )
        assert made.rollouts()[0]["status"] == "SUCCESSFUL"


@holds("R11.4")
@pytest.mark.parametrize(
    ("desired", "share", "enough"), [(2, 50, 1), (3, 50, 2), (10, 80, 8), (100, 90, 90), (1, 0, 1)]
)
def test_enough_is_rounded_up_and_at_least_one(desired, share, enough):
    with house() as made:
        made.push("v1", CANNOT_START)
        made.create(made.register("v1"), desired, percent(0, 200, **early("BLOCKING", share)))
        service = made.installation.service(made.service()["serviceArn"])
        assert service.enough == enough


@holds("R11.4")
@pytest.mark.parametrize(
    "criteria",
    [
        {"enable": True},
        {"enable": True, "healthyPercent": 40, "sourceServiceRevisionCleanup": "BLOCKING"},
        {"enable": True, "healthyPercent": 101, "sourceServiceRevisionCleanup": "BLOCKING"},
    ],
)
def test_criteria_that_make_no_sense_are_refused(criteria):
    with house() as made:
        made.push("v1")
        definition = made.register("v1")
        with pytest.raises(ClientError, match="InvalidParameterException"):
            made.create(definition, 2, percent(50, 200, earlySuccessCriteria=criteria))


@holds("R11.4")
def test_an_early_success_is_not_failed_by_what_comes_later():
    asked = percent(50, 200, **early("BLOCKING"), **BREAKER)
    script = Script()
    fails = {"pull_error": "no basic auth credentials"}
    script.lists["v2"] = [{}, {"starts_in": 300}, *[fails] * 9, {}]
    with running(2, asked, behaviours=script) as made:
        made.push("v2")
        new = made.update(taskDefinition=made.register("v2"))["deployments"][0]["id"]
        made.until(200)
        assert made.rollouts()[0]["status"] == "SUCCESSFUL"
        for task in made.tasks(startedBy=new):
            made.ecs.stop_task(cluster="house", task=task["taskArn"])
        made.until(2000)
        assert len(made.tasks("STOPPED", startedBy=new)) >= 5
        record = made.rollouts()[0]
        assert record["status"] == "SUCCESSFUL"
        assert record["deploymentCircuitBreaker"] == {
            "status": "MONITORING_COMPLETE",
            "failureCount": 0,
            "threshold": 3,
        }
        (only,) = made.service()["deployments"]
        assert (only["id"], only["rolloutState"]) == (new, "COMPLETED")


@holds("R8.1")
def test_what_fails_after_the_success_is_no_failed_deployment():
    script = Script()
    script.lists["v2"] = [{}, {}, {"pull_error": "no basic auth credentials"}]
    with running(2, BREAKER, behaviours=script) as made:
        made.push("v2")
        new = made.update(taskDefinition=made.register("v2"))["deployments"][0]["id"]
        made.until(200)
        made.update(desiredCount=4)
        made.until(3600)
        (only,) = made.service()["deployments"]
        assert (only["id"], only["rolloutState"]) == (new, "COMPLETED")
        assert made.rollouts()[0]["deploymentCircuitBreaker"]["failureCount"] == 0


@holds("R8.1", "R8.9")
def test_a_way_back_is_not_judged():
    script = Script()
    fails = {"pull_error": "no basic auth credentials"}
    script.lists["v1"], script.lists["v2"] = [{}, {}, {}, {}, fails], [fails]
    with running(4, percent(50, 100, **BREAKER), behaviours=script) as made:
        old = made.service()["deployments"][0]["id"]
        made.push("v2")
        made.update(taskDefinition=made.register("v2"))
        made.until(7200)
        primary = made.service()["deployments"][0]
        assert (primary["id"], primary["rolloutState"]) == (old, "IN_PROGRESS")
        assert made.rollouts()[0]["status"] == "ROLLBACK_IN_PROGRESS"


@holds("R8.9", "R11.3")
def test_a_rollback_restores_all_that_the_revision_was_made_of():
    with running(2, BREAKER) as made:
        before = made.service()
        subnet = {"awsvpcConfiguration": {"subnets": ["subnet-2"], "securityGroups": ["sg-2"]}}
        balancer = {"targetGroupArn": GROUP, "containerName": "app", "containerPort": 80}
        made.push("v2", CANNOT_START)
        changed = {
            "networkConfiguration": subnet,
            "loadBalancers": [balancer],
            "platformVersion": "1.3.0",
            "healthCheckGracePeriodSeconds": 7,
        }
        made.update(taskDefinition=made.register("v2"), **changed)
        made.until(600)
        after = made.service()
        for name in ("taskDefinition", "networkConfiguration", "loadBalancers", "platformVersion"):
            assert after[name] == before[name]
        assert after["healthCheckGracePeriodSeconds"] == 7
        (back,) = after["deployments"]
        again = made.update(networkConfiguration=subnet)["deployments"][0]
        assert again["id"] != back["id"]


@holds("R3.12")
def test_a_deleted_service_ends_its_deployment():
    with running(2) as made:
        roll(made)
        made.until(10)
        arn = made.rollouts()[0]["serviceDeploymentArn"]
        with pytest.raises(ClientError, match="scaled above 0"):
            made.ecs.delete_service(cluster="house", service="web")
        made.update(desiredCount=0)
        with pytest.raises(ClientError, match="primary deployment is scaled above 0"):
            made.ecs.delete_service(cluster="house", service="web")
        made.ecs.delete_service(cluster="house", service="web", force=True)
        assert made.service()["status"] == "DRAINING"
        made.until(100)
        found = made.ecs.describe_service_deployments(serviceDeploymentArns=[arn])
        assert found["serviceDeployments"][0]["status"] == "STOPPED"
        assert made.service()["status"] == "INACTIVE"


@holds("R11.3")
def test_service_deployments_are_forgotten_after_ninety_days():
    with running(2) as made:
        roll(made)
        made.until(300)
        counts = made.rollouts()[0]["targetServiceRevision"]
        made.update(desiredCount=1)
        made.until(89 * 86400)
        assert made.rollouts()[0]["targetServiceRevision"] == counts
        made.until(91 * 86400)
        listed = made.ecs.list_service_deployments(cluster="house", service="web")
        assert listed["serviceDeployments"] == []


@holds("R2.6")
def test_a_service_with_capacity_providers_names_them_when_it_is_steady():
    with house() as made:
        made.push("v1", GOOD)
        made.ecs.create_service(
            cluster="house",
            serviceName="web",
            taskDefinition=made.register("v1"),
            desiredCount=1,
            networkConfiguration=NETWORK,
            capacityProviderStrategy=[{"capacityProvider": "FARGATE_SPOT", "weight": 1}],
        )
        made.until(200)
        told = [
            detail["capacityProviderArns"]
            for detail in made.told("ECS Service Action")
            if detail["eventName"] == "CAPACITY_PROVIDER_STEADY_STATE"
        ]
        arn = "arn:aws:ecs:eu-central-1:123456789012:capacity-provider/FARGATE_SPOT"
        assert told == [[arn]]


@holds("R8.10")
def test_what_is_still_pending_goes_with_the_failed_deployment():
    fails, slow = {"pull_error": "no basic auth credentials"}, {"starts_in": 600}
    script = Script()
    script.lists["v2"] = [fails, fails, fails, slow]
    with running(4, BREAKER, behaviours=script) as made:
        made.push("v2")
        made.update(taskDefinition=made.register("v2"))
        follows(made, {0: "R1 4R/4H, R2 4P", 30: "R1 4R/4H, stopping 1", 40: "R1 4R/4H"})
        assert "(service web) stopped 1 pending tasks." in made.messages()
        made.until(100)
        assert made.rollouts()[0]["status"] == "ROLLBACK_SUCCESSFUL"
