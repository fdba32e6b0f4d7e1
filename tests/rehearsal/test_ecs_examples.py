"""The worked examples that are no traces: sequences, daemons, inactive definitions (Part C)."""

import pytest
from botocore.exceptions import ClientError

from rehearsal.ecs import Behaviour
from rehearsal.ecs.rollout import breaker
from tests.rehearsal.house import BREAKER, running, state
from tests.rehearsal.instances import on_bridge, room, serving
from tests.rehearsal.rules import holds

CANNOT_START = Behaviour(pull_error="no basic auth credentials")
GOOD = Behaviour(healthy_after=40)
FAILURE, HEALTHY = "F", "H"


def percent(least, most, **more):
    return {"minimumHealthyPercent": least, "maximumPercent": most, **more}


def batches(made, revision):
    """Return by second how many tasks of a revision were told to stop."""
    stops = {}
    for detail in made.told("ECS Task State Change"):
        if detail["startedBy"] == revision and detail["lastStatus"] == "DEACTIVATING":
            stops[detail["stoppingAt"]] = stops.get(detail["stoppingAt"], 0) + 1
    return list(stops.values())


def primary(made):
    return made.service()["deployments"][0]


@holds("R8.5", "W25")
@pytest.mark.parametrize(
    ("resets", "sequence", "counts"),
    [(True, "FFHFFHF", [1, 2, 0, 1, 2, 0, 1]), (False, "FFHF", [1, 2, 2, 3])],
)
def test_failures_are_consecutive_or_cumulative(resets, sequence, counts):
    configuration = {
        "deploymentCircuitBreaker": {
            "enable": True,
            "rollback": True,
            "resetOnHealthyTask": resets,
        }
    }
    with running(1, configuration) as made:
        made.push("v2", Behaviour(starts_in=10000))
        made.update(taskDefinition=made.register("v2"))
        made.until(10)
        service = made.installation.service(made.service()["serviceArn"])
        now, settings = made.clock.now(), made.installation.world.settings
        found, tripped = [], []
        for each in sequence:
            if each == FAILURE:
                breaker.count(service, service.primary, now)
            else:
                breaker.forgive(service, service.primary)
            found.append(service.primary.failure_count)
            tripped.append(breaker.trips(service, now, settings))
        assert found == counts
        assert tripped == [False] * (len(sequence) - 1) + [not resets]


@holds("R8.2", "W25")
def test_a_count_of_five_needs_five_failures():
    five = {"type": "COUNT", "value": 5}
    configuration = {
        "deploymentCircuitBreaker": {
            "enable": True,
            "rollback": True,
            "resetOnHealthyTask": False,
            "thresholdConfiguration": five,
        }
    }
    with running(1, configuration) as made:
        made.push("v2", CANNOT_START)
        made.update(taskDefinition=made.register("v2"))
        made.until(4000)
        record = made.rollouts()[0]
        assert record["status"] == "ROLLBACK_SUCCESSFUL"
        assert record["deploymentCircuitBreaker"]["failureCount"] == 5


@holds("R4.1", "R4.11", "W45")
@pytest.mark.parametrize(
    ("least", "stopped", "fewest"), [(0, [5], 0), (50, [2, 2, 1], 3), (100, [], 5)]
)
def test_a_daemon_stops_before_it_starts(least, stopped, fewest):
    configuration = percent(least, 100)
    daemon = {"schedulingStrategy": "DAEMON"}
    with serving(0, configuration, instances=5, port=None, members=daemon) as made:
        assert (state(made), made.service()["desiredCount"]) == ("R1 5R/5H", 5)
        old = primary(made)["id"]
        made.push("v2", GOOD)
        made.update(taskDefinition=on_bridge(made, "v2", None))
        running_tasks, live = [], []
        for seconds in range(0, 400, 10):
            made.until(seconds)
            service = made.service()
            running_tasks.append(service["runningCount"])
            live.append(service["runningCount"] + service["pendingCount"])
            tasks = [task for task in made.tasks() if task["group"] == "service:web"]
            places = [task["containerInstanceArn"] for task in tasks]
            assert len(places) == len(set(places))
        assert batches(made, old) == stopped
        assert (min(running_tasks), max(live)) == (fewest, 5)
        assert state(made) == ("R2 5R/5H" if stopped else "R1 5R/5H")


@holds("R4.11")
def test_a_daemon_follows_the_instances():
    daemon = {"schedulingStrategy": "DAEMON"}
    with serving(0, percent(0, 100), instances=2, port=None, members=daemon) as made:
        room(made).add(1)
        made.until(100)
        assert state(made) == "R1 3R/3H"
        drained = made.ecs.list_container_instances(cluster="house")["containerInstanceArns"][0]
        made.ecs.update_container_instances_state(
            cluster="house", containerInstances=[drained], status="DRAINING"
        )
        made.until(300)
        assert state(made) == "R1 2R/2H"
        assert drained not in {task["containerInstanceArn"] for task in made.tasks()}


@holds("R3.11", "W57")
def test_an_inactive_definition_is_refused_and_the_deployment_goes_on():
    with running(4) as made:
        made.push("v2", GOOD)
        gone = made.register("v2")
        made.ecs.deregister_task_definition(taskDefinition=gone)
        made.update(taskDefinition=made.register("v2"))
        made.until(10)
        with pytest.raises(ClientError, match="TaskDefinition is inactive"):
            made.update(taskDefinition=gone)
        assert len(made.rollouts()) == 2
        made.until(200)
        assert (made.rollouts()[0]["status"], state(made)) == ("SUCCESSFUL", "R2 4R/4H")


@holds("R3.11", "R8.8", "W58")
def test_a_rollback_may_use_an_inactive_definition():
    with running(4, BREAKER | percent(50, 100)) as made:
        first = made.service()["taskDefinition"]
        made.push("v2", CANNOT_START)
        made.update(taskDefinition=made.register("v2"))
        made.ecs.deregister_task_definition(taskDefinition=first)
        made.until(400)
        assert made.service()["taskDefinition"] == first
        assert state(made) == "R1 4R/4H"


@holds("R8.11", "R10.5", "W59")
def test_a_rollback_in_progress_is_nothing_to_go_back_to():
    with running(4, BREAKER | percent(50, 100)) as made:
        made.push("v2", CANNOT_START)
        made.push("v3", CANNOT_START)
        made.update(taskDefinition=made.register("v2"))
        passes = iter(range(0, 2000, 10))
        while made.rollouts()[0]["status"] != "ROLLBACK_IN_PROGRESS":
            made.until(next(passes))
        made.update(taskDefinition=made.register("v3"))
        made.until(2000)
        newest, second, _ = made.rollouts()
        assert (newest["status"], second["status"]) == ("STOPPED", "ROLLBACK_FAILED")
        assert primary(made)["rolloutState"] == "FAILED"
        assert primary(made)["taskDefinition"].endswith(":3")
        starts = made.tasks("STOPPED", startedBy=primary(made)["id"])
        made.until(4000)
        assert len(made.tasks(startedBy=primary(made)["id"])) == 0
        assert len(starts) == 4
