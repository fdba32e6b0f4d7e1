"""Who may take tasks away: protection, autoscaling, rebalancing (§12)."""

import pytest
from botocore.exceptions import ClientError

from rehearsal.ecs import Behaviour
from rehearsal.ecs.rollout.rebalancing import is_eligible
from rehearsal.ecs.tasks.health import report
from rehearsal.ecs.tasks.task import Health
from tests.rehearsal.house import CHECK, client, follows, running, state
from tests.rehearsal.instances import serving
from tests.rehearsal.rules import holds

GOOD = Behaviour(healthy_after=40)
NEVER_HEALTHY = Behaviour(healthy_after=None)


def roll(made, behaviour=GOOD):
    made.push("v2", behaviour)
    return made.update(taskDefinition=made.register("v2"))


def protect(made, number, **members):
    return made.ecs.update_task_protection(
        cluster="house",
        tasks=[task["taskArn"] for task in made.tasks()[:number]],
        **{"protectionEnabled": True, **members},
    )


def scale(made, desired, by="autoscaling"):
    return made.installation.scale(made.service()["serviceArn"], desired, by=by)


def register(least, most, **suspended):
    client("application-autoscaling").register_scalable_target(
        ServiceNamespace="ecs",
        ResourceId="service/house/web",
        ScalableDimension="ecs:service:DesiredCount",
        MinCapacity=least,
        MaxCapacity=most,
        **({"SuspendedState": suspended} if suspended else {}),
    )


@holds("R12.1")
def test_a_protected_task_outlives_the_deployment_that_would_stop_it():
    with running(2) as made:
        answer = protect(made, 1, expiresInMinutes=60)
        assert [each["protectionEnabled"] for each in answer["protectedTasks"]] == [True]
        old = made.service()["deployments"][0]["id"]
        roll(made)
        follows(made, {100: "R1 1R/1H, R2 2R/2H", 3590: "R1 1R/1H, R2 2R/2H", 3620: "R2 2R/2H"})
        said = (
            f"(service web) was unable to reach steady state because (taskSet {old}) was unable "
            "to scale in due to (reason 1 tasks under protection)"
        )
        assert made.messages().count(said) == 1
        assert made.rollouts()[0]["status"] == "SUCCESSFUL"


@holds("R12.1")
def test_protection_can_be_taken_back():
    with running(2) as made:
        protect(made, 1)
        roll(made)
        made.until(100)
        (arn,) = made.ecs.get_task_protection(cluster="house")["protectedTasks"]
        made.ecs.update_task_protection(
            cluster="house", tasks=[arn["taskArn"]], protectionEnabled=False
        )
        made.until(140)
        assert state(made) == "R2 2R/2H"
        assert made.ecs.get_task_protection(cluster="house")["protectedTasks"] == []


@holds("R12.1")
def test_no_more_tasks_are_protected_than_are_wanted():
    with running(2) as made:
        protect(made, 2)
        roll(made)
        made.until(30)
        new = [task for task in made.tasks() if task["taskDefinitionArn"].endswith(":2")]
        answer = made.ecs.update_task_protection(
            cluster="house",
            tasks=[new[0]["taskArn"], "0" * 32],
            protectionEnabled=True,
        )
        assert [each["reason"] for each in answer["failures"]] == ["DEPLOYMENT_BLOCKED", "MISSING"]


@holds("R12.1")
@pytest.mark.parametrize("minutes", [0, 2881])
def test_protection_has_limits(minutes):
    with running(1) as made, pytest.raises(ClientError, match="expiresInMinutes"):
        protect(made, 1, expiresInMinutes=minutes)


@holds("R12.1")
def test_protected_tasks_take_up_the_ceiling():
    half = {"minimumHealthyPercent": 50, "maximumPercent": 100}
    with running(2, half) as made:
        protect(made, 2)
        roll(made)
        made.until(3600)
        assert state(made) == "R1 2R/2H"
        assert made.service()["deployments"][0]["rolloutState"] == "IN_PROGRESS"


@holds("R12.1")
@pytest.mark.parametrize(("covers", "left"), [(False, 1), (True, 2)])
def test_protection_is_not_from_failing_checks_unless_the_switch_says_so(covers, left):
    tight = {"minimumHealthyPercent": 0, "maximumPercent": 100}
    with running(2, tight, CHECK, protection_covers_health=covers) as made:
        protect(made, 2)
        region = made.installation.region("123456789012", "eu-central-1")
        task = next(iter(region.tasks.all()))
        report(task, task.containers[0], Health.UNHEALTHY, region.scheduler.heard)
        made.until(10)
        assert made.service()["runningCount"] == left


@holds("R10.6", "R12.5")
def test_autoscaling_takes_nothing_away_during_a_deployment():
    with running(4) as made:
        roll(made)
        made.until(30)
        assert scale(made, 2) is False
        assert made.service()["desiredCount"] == 4
        assert scale(made, 6) is True
        made.until(300)
        assert state(made) == "R2 6R/6H"
        assert scale(made, 2) is True
        made.until(400)
        assert state(made) == "R2 2R/2H"


@holds("R2.6", "R12.5")
def test_only_autoscaling_announces_a_new_count():
    with running(2) as made:
        scale(made, 3, by="user")
        scale(made, 4)
        names = [detail["eventName"] for detail in made.told("ECS Service Action")]
        assert names.count("SERVICE_DESIRED_COUNT_UPDATED") == 1
        made.until(100)
        names = [detail["eventName"] for detail in made.told("ECS Service Action")]
        assert names[-2:] == ["TASKS_STARTED", "SERVICE_STEADY_STATE"]


@holds("R12.5")
def test_autoscaling_keeps_to_its_target():
    with running(4) as made:
        register(2, 5)
        assert (scale(made, 9), made.service()["desiredCount"]) == (True, 5)
        assert (scale(made, 1), made.service()["desiredCount"]) == (True, 2)
        register(2, 5, DynamicScalingOutSuspended=True)
        assert (scale(made, 4), made.service()["desiredCount"]) == (False, 2)
        targets = client("application-autoscaling").describe_scalable_targets(
            ServiceNamespace="ecs"
        )["ScalableTargets"]
        assert [each["ResourceId"] for each in targets] == ["service/house/web"]


@holds("R12.5")
def test_a_service_that_is_not_there_cannot_be_scaled():
    with running(1), pytest.raises(ClientError, match="ECS service doesn't exist"):
        client("application-autoscaling").register_scalable_target(
            ServiceNamespace="ecs",
            ResourceId="service/house/gone",
            ScalableDimension="ecs:service:DesiredCount",
            MinCapacity=1,
            MaxCapacity=2,
        )


@holds("R10.6")
@pytest.mark.parametrize(("both", "sources"), [(True, 8), (False, 4)])
def test_a_manual_scale_out_reaches_the_old_revision_too_or_not(both, sources):
    with running(4, manual_scale_out_reaches_sources=both) as made:
        roll(made, NEVER_HEALTHY)
        made.until(10)
        made.update(desiredCount=8)
        made.until(20)
        old = made.service()["deployments"][1]
        assert old["runningCount"] + old["pendingCount"] == sources


@holds("R12.4", "R2.8")
def test_a_steady_service_spreads_again_when_a_zone_is_back():
    with running(4) as made:
        a, b, c = (f"eu-central-1{letter}" for letter in "abc")
        for zone in (b, c):
            made.installation.lose_zone("house", zone)
        made.until(400)
        zones = {task["availabilityZone"] for task in made.tasks()}
        assert (zones, state(made)) == ({a}, "R1 4R/4H")
        before = len(made.messages())
        made.installation.restore("house")
        made.until(1000)
        placed = sorted(task["availabilityZone"] for task in made.tasks())
        assert [placed.count(zone) for zone in (a, b, c)] in ([2, 1, 1], [1, 2, 1], [1, 1, 2])
        texts = made.messages()[before:]
        assert texts[0] == (
            f"(service web) is not AZ balanced with 4 tasks in {a}, 0 tasks in {b}, 0 tasks in "
            f"{c}. AZ Rebalancing in progress."
        )
        assert "to AZ Rebalance: (task " in texts[1]
        assert any(" is AZ balanced with " in text for text in texts)
        assert len(made.rollouts()) == 1
        names = [detail["eventName"] for detail in made.told("ECS Service Action")]
        assert names.count("SERVICE_REBALANCING_STARTED") == 1
        assert names.count("SERVICE_REBALANCING_COMPLETED") == 1


CLASSIC = {"loadBalancerName": "old", "containerName": "app", "containerPort": 80}
IN_A = {"type": "memberOf", "expression": "attribute:ecs.availability-zone == eu-central-1a"}
BY_INSTANCE = {"type": "spread", "field": "instanceId"}
BY_ZONE = {"type": "spread", "field": "attribute:ecs.availability-zone"}


@holds("R12.4")
@pytest.mark.parametrize(
    ("configuration", "members", "moves"),
    [
        ({}, {}, True),
        ({"maximumPercent": 101}, {}, True),
        ({"maximumPercent": 100, "minimumHealthyPercent": 0}, {}, False),
        ({}, {"loadBalancers": [CLASSIC]}, False),
        ({}, {"availabilityZoneRebalancing": "DISABLED"}, False),
    ],
)
def test_only_what_may_have_one_more_task_spreads_again(configuration, members, moves):
    with running(4, configuration, members=members) as made:
        for zone in ("eu-central-1b", "eu-central-1c"):
            made.installation.lose_zone("house", zone)
        made.until(400)
        assert {task["availabilityZone"] for task in made.tasks()} == {"eu-central-1a"}
        made.installation.restore("house")
        made.until(2000)
        assert (len({task["availabilityZone"] for task in made.tasks()}) == 3) is moves
        assert state(made) == "R1 4R/4H"


@holds("R12.4")
@pytest.mark.parametrize(
    ("asked", "eligible"),
    [
        ({}, True),
        ({"placementStrategy": [BY_ZONE, BY_INSTANCE]}, True),
        ({"placementStrategy": [BY_INSTANCE, BY_ZONE]}, False),
        ({"placementConstraints": [IN_A]}, False),
        ({"placementConstraints": [{"type": "distinctInstance"}]}, True),
        ({"schedulingStrategy": "DAEMON"}, False),
    ],
)
def test_a_service_that_is_bound_to_its_places_is_not_spread(asked, eligible):
    with serving() as made:
        service = made.installation.service(made.service()["serviceArn"])
        service.spec = {**service.spec, **asked}
        assert is_eligible(service) is eligible
