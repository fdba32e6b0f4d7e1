"""How a service rolls and recovers where capacity is short (W43 to W45, W54 to W56)."""

import re
from contextlib import contextmanager

import pytest

from rehearsal.ecs import Behaviour
from rehearsal.ecs.capacity import ClusterCapacity
from tests.rehearsal.house import BREAKER, GROUP, NETWORK, follows, house, running, state
from tests.rehearsal.instances import failures, instances, on_bridge, room, serving
from tests.rehearsal.rules import holds

SLOW = Behaviour(healthy_after=40)


def percent(least, most):
    return {"minimumHealthyPercent": least, "maximumPercent": most}


def roll(made, **members):
    made.push("v2", SLOW)
    return made.update(taskDefinition=on_bridge(made, "v2", **members))


def shape(made):
    """Return how many tasks run on each instance, by its standing, the fullest first."""
    found = [(each["status"], each["runningTasksCount"]) for each in instances(made)]
    return sorted(found, key=lambda each: (each[0], -each[1]))


@holds("R4.10", "R4.7")
def test_a_static_port_on_every_instance_leaves_no_room_for_a_replacement():
    with serving(3, percent(100, 200)) as made:
        roll(made)
        follows(made, {0: "R1 3R/3H", 3600: "R1 3R/3H"})
        assert re.fullmatch(
            r"\(service web\) was unable to place a task because no container instance met all of "
            r"its requirements\. The closest matching \(container-instance [0-9a-f]{32}\) is "
            r"already using a port required by your task\.",
            next(text for text in made.messages() if "unable to place" in text),
        )
        assert set(failures(made)) == {"RESOURCE:PORTS"}


@holds("R4.10", "R4.3")
def test_a_static_port_is_free_when_the_old_task_has_stopped():
    with serving(3, percent(50, 100)) as made:
        roll(made)
        follows(
            made,
            {
                0: "R1 2R/2H, stopping 1",
                20: "R1 2R/2H, R2 1P",
                80: "R1 1R/1H, R2 1R/1H, stopping 1",
                100: "R1 1R/1H, R2 1P 1R/1H",
                160: "R2 2R/2H, stopping 1",
                180: "R2 1P 2R/2H",
                240: "R2 3R/3H",
            },
        )


@holds("R4.10")
def test_one_free_instance_lets_a_roll_go_on_one_by_one():
    with serving(2, percent(100, 200)) as made:
        roll(made)
        follows(
            made,
            {
                0: "R1 2R/2H, R2 1P",
                60: "R1 1R/1H, R2 1R/1H, stopping 1",
                80: "R1 1R/1H, R2 1P 1R/1H",
                140: "R2 2R/2H, stopping 1",
                160: "R2 2R/2H",
            },
        )


def fullest(made):
    found = max(instances(made), key=lambda each: each["runningTasksCount"])
    return found["containerInstanceArn"]


def drain(made, arn):
    made.ecs.update_container_instances_state(
        cluster="house", containerInstances=[arn], status="DRAINING"
    )


DRAINED = {
    (100, 100): {0: "R1 2R/2H", 3600: "R1 2R/2H"},
    (100, 200): {10: "R1 2P 2R/2H", 70: "R1 2R/2H, stopping 2", 90: "R1 2R/2H"},
    (50, 100): {
        10: "R1 1R/1H, stopping 1",
        30: "R1 1P 1R/1H",
        90: "R1 1R/1H, stopping 1",
        110: "R1 1P 1R/1H",
        170: "R1 2R/2H",
    },
}


@holds("R12.2", "R4.1", "W54")
@pytest.mark.parametrize("percents", DRAINED, ids=str)
def test_tasks_on_a_draining_instance_are_replaced_within_floor_and_ceiling(percents):
    with serving(2, percent(*percents), instances=1, port=None) as made:
        made.installation.add_instances("house", 1)
        drain(made, fullest(made))
        follows(made, DRAINED[percents])
        moved = percents != (100, 100)
        assert shape(made) == [("ACTIVE", 2 * moved), ("DRAINING", 2 * (not moved))]


@holds("R12.2", "W54")
def test_a_pending_task_on_a_draining_instance_starts_elsewhere_at_once():
    with serving(2, instances=1, port=None) as made:
        made.installation.add_instances("house", 1)
        made.update(desiredCount=3)
        made.until(1)
        (new,) = [task for task in made.tasks() if task["lastStatus"] != "RUNNING"]
        drain(made, new["containerInstanceArn"])
        stopped = made.ecs.describe_tasks(cluster="house", tasks=[new["taskArn"]])["tasks"][0]
        assert stopped["desiredStatus"] == "STOPPED"
        made.until(60)
        found = [task["containerInstanceArn"] for task in made.tasks()]
        assert (len(found), new["containerInstanceArn"] in found) == (3, False)


@holds("R12.2")
def test_a_task_of_its_own_stays_on_a_draining_instance():
    with serving(1, instances=1, port=None) as made:
        made.push("job", Behaviour(task_takes=5000))
        asked = {"taskDefinition": on_bridge(made, "job", None, "job"), "launchType": "EC2"}
        (task,) = made.ecs.run_task(cluster="house", **asked)["tasks"]
        made.until(100)
        drain(made, task["containerInstanceArn"])
        made.until(1000)
        (found,) = made.tasks(family="job")
        assert found["lastStatus"] == "RUNNING"


@contextmanager
def on_spot(**members):
    """A house whose service of one task runs on Fargate Spot, and is steady."""
    with house(deregistration_delay_seconds=300) as made:
        made.installation.configure_cluster("house", ClusterCapacity("fargate_spot"))
        made.push("v1", SLOW)
        made.ecs.create_service(
            cluster="house",
            serviceName="web",
            taskDefinition=made.register("v1"),
            desiredCount=1,
            networkConfiguration=NETWORK,
            **ClusterCapacity("fargate_spot").launch("house"),
            **members,
        )
        made.until(1000)
        made.start = 1000
        made.events.clear()
        yield made


@holds("R12.3", "R7.4", "W55")
def test_a_spot_task_is_interrupted_and_nothing_replaces_it_without_capacity():
    with on_spot() as made:
        (task,) = made.tasks()
        assert made.installation.lose_spot("house") == 1
        told = made.told("ECS Task State Change")[0]
        assert (told["desiredStatus"], told["stopCode"], told["stoppedReason"]) == (
            "STOPPED",
            "SpotInterruption",
            "Your Spot Task was interrupted.",
        )
        made.until(120)
        gone = made.ecs.describe_tasks(cluster="house", tasks=[task["taskArn"]])["tasks"][0]
        assert gone["lastStatus"] == "STOPPED"
        made.until(600)
        service = made.service()
        assert (service["runningCount"], service["pendingCount"]) == (0, 0)
        assert service["deployments"][0]["rolloutState"] == "COMPLETED"
        assert set(failures(made)) == {"RESOURCE:FARGATE"}
        made.installation.restore("house")
        made.until(600 + 1620)
        (back,) = made.tasks()
        assert back["capacityProviderName"] == "FARGATE_SPOT"


@holds("R12.3")
def test_a_spot_task_that_drains_for_long_is_killed_two_minutes_after_the_notice():
    balancer = {"targetGroupArn": GROUP, "containerName": "app", "containerPort": 80}
    with on_spot(loadBalancers=[balancer]) as made:
        (task,) = made.tasks()
        made.installation.lose_spot("house")
        made.until(5)
        assert [each.state for each in made.installation.target_health(GROUP)] == ["draining"]
        made.until(130)
        gone = made.ecs.describe_tasks(cluster="house", tasks=[task["taskArn"]])["tasks"][0]
        assert gone["lastStatus"] == "STOPPED"
        assert (gone["executionStoppedAt"] - gone["stoppingAt"]).total_seconds() <= 120


def short(made):
    """Begin a deployment for which there is no room at all."""
    made.installation.withdraw("house")
    made.push("v2", SLOW)
    made.update(taskDefinition=made.register("v2"))


@holds("R7.5", "R7.4", "R7.1", "W56")
def test_each_attempt_that_finds_no_room_is_a_failure():
    with running(4, BREAKER) as made:
        short(made)
        made.until(50)
        assert made.rollouts()[0]["status"] == "IN_PROGRESS"
        assert made.rollouts()[0]["deploymentCircuitBreaker"]["failureCount"] == 2
        made.until(60)
        assert made.rollouts()[0]["status"] == "ROLLBACK_IN_PROGRESS"
        assert state(made) == "R1 4R/4H"
        made.until(100)
        assert [task["taskDefinitionArn"][-1] for task in made.tasks()] == ["1"] * 4


@holds("R7.5", "W56")
def test_each_task_that_finds_no_room_can_be_a_failure():
    with running(4, BREAKER, placement_failure_counts_per="task") as made:
        short(made)
        made.until(0)
        assert made.rollouts()[0]["status"] == "ROLLBACK_IN_PROGRESS"
        assert state(made) == "R1 4R/4H"


@holds("R7.1", "R7.4", "R2.6", "W56")
def test_without_a_breaker_a_deployment_waits_for_room_for_ever():
    with running(4) as made:
        short(made)
        made.until(86400)
        assert state(made) == "R1 4R/4H"
        assert made.service()["deployments"][0]["rolloutState"] == "IN_PROGRESS"
        text = (
            "(service web) was unable to place a task. Reason: Capacity is unavailable at this "
            "time. Please try again later or in a different availability zone."
        )
        # Once at first, and again every six hours (R2.7).
        assert made.messages().count(text) == 4
        made.installation.restore("house")
        made.until(86400 + 1620 + 100)
        assert state(made) == "R2 4R/4H"


@holds("R4.5", "W56")
def test_room_for_one_more_task_lets_a_roll_go_on_one_by_one():
    with running(4) as made:
        made.installation.limit("house", 5)
        made.push("v2", SLOW)
        made.update(taskDefinition=made.register("v2"))
        least, most = 4, 4
        for seconds in range(0, 400, 10):
            made.until(seconds)
            tasks = list(room(made).tasks())
            least = min(least, sum(task.healthy for task in tasks))
            most = max(most, sum(task.live for task in tasks))
        assert (least, most, state(made)) == (4, 5, "R2 4R/4H")
        assert sum("has started 1 tasks" in text for text in made.messages()) == 4


def test_a_limit_of_a_cluster_is_one_of_its_tasks_only():
    with running(2) as made:
        made.ecs.create_cluster(clusterName="garden")
        made.installation.limit("house", 2)
        asked = {"taskDefinition": "orders", "networkConfiguration": NETWORK, "count": 3}
        asked["launchType"] = "FARGATE"
        refused = made.ecs.run_task(cluster="house", **asked)
        assert [each["reason"] for each in refused["failures"]] == ["RESOURCE:CPU"] * 3
        assert len(made.ecs.run_task(cluster="garden", **asked)["tasks"]) == 3
