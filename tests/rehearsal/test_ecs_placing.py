"""What a service tells and counts of tasks that find no room (R7.4, R7.5, R2.8)."""

import pytest

from rehearsal.ecs import Behaviour
from rehearsal.ecs.tasks.health import report
from rehearsal.ecs.tasks.task import Health
from tests.rehearsal.house import BREAKER, CHECK, running, state
from tests.rehearsal.instances import failures, on_bridge, serving
from tests.rehearsal.rules import holds

GOOD = Behaviour(healthy_after=40)
NEVER_HEALTHY = Behaviour(healthy_after=None)
UNPLACED = "was unable to place a task"


def complaints(made):
    return [text for text in made.messages() if UNPLACED in text]


@holds("R2.8", "R7.4", "R4.10")
@pytest.mark.parametrize(("counts", "status"), [(False, "IN_PROGRESS"), (True, "STOPPED")])
def test_room_for_one_of_four_is_told_and_counts_where_the_switch_says_so(counts, status):
    asked = {"deploymentCircuitBreaker": {"enable": True, "rollback": False}}
    settings = {"partial_refusal_counts": counts}
    with serving(4, asked, instances=5, settings=settings) as made:
        made.push("v2", NEVER_HEALTHY)
        made.update(taskDefinition=on_bridge(made, "v2", container=CHECK))
        made.until(3600)
        assert state(made) == "R1 4R/4H, R2 1R/0H"
        (complaint,) = complaints(made)
        assert complaint.endswith("is already using a port required by your task.")
        assert set(failures(made)) == {"RESOURCE:PORTS"}
        assert made.rollouts()[0]["status"] == status


@holds("R7.5", "R8.3")
def test_no_room_counts_although_old_tasks_are_not_all_healthy():
    with running(4, BREAKER, CHECK) as made:
        made.installation.limit("house", 4)
        made.push("v2", GOOD)
        region = made.installation.region("123456789012", "eu-central-1")
        sick = next(iter(region.tasks.all()))
        report(sick, sick.containers[0], Health.UNKNOWN, region.scheduler.heard)
        made.update(taskDefinition=made.register("v2", container=CHECK))
        made.until(60)
        assert made.rollouts()[0]["status"] == "ROLLBACK_IN_PROGRESS"
        assert len(failures(made)) == 3


@holds("R7.5")
def test_no_room_counts_although_new_tasks_are_sick():
    sick = Behaviour(healthy_after=None, unhealthy_after=20)
    many = {"type": "COUNT", "value": 100}
    breaker = {"enable": True, "rollback": True, "thresholdConfiguration": many}
    with running(2, {"deploymentCircuitBreaker": breaker}, CHECK) as made:
        made.installation.limit("house", 3)
        made.push("v2", sick)
        made.update(taskDefinition=made.register("v2", container=CHECK))
        made.until(30)
        assert made.rollouts()[0]["deploymentCircuitBreaker"]["failureCount"] == 0
        made.until(600)
        assert made.rollouts()[0]["deploymentCircuitBreaker"]["failureCount"] > 0
        assert len(complaints(made)) == 1


@holds("R7.4")
def test_tasks_that_are_stopping_excuse_a_refusal():
    half = {"minimumHealthyPercent": 50, "maximumPercent": 100}
    with serving(4, half | BREAKER, instances=4) as made:
        made.push("v2", GOOD)
        made.update(taskDefinition=on_bridge(made, "v2"))
        made.until(400)
        assert made.rollouts()[0]["status"] == "SUCCESSFUL"
        assert (complaints(made), failures(made)) == ([], [])


@holds("R2.8", "R7.4")
def test_a_scale_out_beyond_the_room_is_told_and_goes_on_when_there_is_room():
    with running(2) as made:
        made.installation.limit("house", 3)
        made.update(desiredCount=6)
        made.until(1000)
        assert (state(made), len(complaints(made))) == ("R1 3R/3H", 1)
        made.installation.limit("house", 9)
        made.until(3600)
        assert state(made) == "R1 6R/6H"


@holds("R2.7")
def test_a_refusal_is_told_again_at_once_when_there_was_room_in_between():
    with running(2) as made:
        for desired, room in ((4, 3), (4, 9), (9, 5)):
            made.installation.limit("house", room)
            made.update(desiredCount=desired)
            made.until(made.clock.seconds - made.start + 1000)
        assert len(complaints(made)) == 2
