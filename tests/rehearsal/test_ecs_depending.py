"""Which containers wait for others, and when the task is RUNNING then (`dependsOn`)."""

import pytest

from rehearsal.ecs import Behaviour
from tests.rehearsal.house import CHECK, NETWORK, REGISTRY, house
from tests.rehearsal.rules import holds
from tests.rehearsal.test_ecs_stopping import codes, described, started

STAYS = Behaviour(task_takes=None)


def on(name, condition, **more):
    return {"dependsOn": [{"containerName": name, "condition": condition}], **more}


def job(seconds, code=0):
    return Behaviour(task_takes=seconds, task_exit_code=code)


def runs_after(made, task):
    made.until(900)
    shown = described(made, task)
    return (
        (shown["startedAt"] - shown["createdAt"]).total_seconds() if "startedAt" in shown else None
    )


@pytest.mark.parametrize(
    ("first", "condition", "seconds"),
    [
        (job(40), "SUCCESS", 60),
        (job(40, 1), "COMPLETE", 60),
        (STAYS, "START", 20),
        (Behaviour(task_takes=None, healthy_after=25), "HEALTHY", 45),
    ],
)
@holds("R1.1")
def test_a_task_runs_when_all_its_containers_have_started(first, condition, seconds):
    specs = {"first": {"essential": False, **CHECK}, "app": on("first", condition)}
    with house() as made:
        task = started(made, {"app": STAYS, "first": first}, specs)
        made.until(seconds - 1)
        assert described(made, task)["lastStatus"] == "ACTIVATING"
        assert runs_after(made, task) == seconds


def test_what_the_others_waited_for_has_ended_and_stays_so():
    specs = {"first": {"essential": False}, "app": on("first", "SUCCESS")}
    with house() as made:
        task = started(made, {"first": job(40), "app": job(30)}, specs)
        made.until(61)
        assert codes(made, task) == {"first": 0, "app": None}
        made.until(100)
        assert codes(made, task) == {"first": 0, "app": 0}


def test_jobs_wait_for_jobs():
    specs = {
        "a": {"essential": False},
        "b": on("a", "SUCCESS", essential=False),
        "app": on("b", "SUCCESS"),
    }
    with house() as made:
        task = started(made, {"app": STAYS, "a": job(10), "b": job(15)}, specs)
        assert runs_after(made, task) == 20 + 25


@holds("R1.5")
@pytest.mark.parametrize(
    ("first", "condition", "spec", "seconds", "exit_code"),
    [
        (job(40, 3), "SUCCESS", {}, 60, 3),
        (job(None), "SUCCESS", {}, 200, 143),
        (job(None), "COMPLETE", {"startTimeout": 60}, 80, 143),
        (Behaviour(task_takes=None, healthy_after=None), "HEALTHY", {}, 200, 143),
    ],
)
def test_a_task_whose_container_waits_in_vain_does_not_start(
    first, condition, spec, seconds, exit_code
):
    specs = {"first": {"essential": False, **CHECK}, "app": on("first", condition, **spec)}
    with house() as made:
        task = started(made, {"first": first, "app": STAYS}, specs)
        made.until(seconds - 1)
        assert described(made, task)["desiredStatus"] == "RUNNING"
        made.until(seconds + 5)
        shown = described(made, task)
        assert (shown["lastStatus"], shown["stopCode"]) == ("STOPPED", "TaskFailedToStart")
        assert "startedAt" not in shown
        reasons = {each["name"]: each.get("reason") for each in shown["containers"]}
        assert reasons["first"] is None
        assert reasons["app"].startswith(
            "CannotStartContainerError:  dependency graph: failed to resolve container ordering "
            "dependency  [first(public/first:1) "
        )
        assert codes(made, task) == {"first": exit_code, "app": 143}


def test_a_job_before_the_app_of_a_service_ends_by_itself():
    with house() as made:
        made.push("v1", Behaviour(commands={"prepare": job(10)}))
        image = f"{REGISTRY}/orders:v1"
        first = {"name": "first", "image": image, "command": ["prepare"], "essential": False}
        both = [{"name": "app", "image": image, **on("first", "SUCCESS")}, first]
        made.ecs.create_service(
            cluster="house",
            serviceName="web",
            taskDefinition=made.register("v1", containerDefinitions=both),
            desiredCount=1,
            launchType="FARGATE",
            networkConfiguration=NETWORK,
        )
        made.until(300)
        (task,) = made.tasks()
        assert codes(made, task) == {"app": None, "first": 0}
        assert made.service()["deployments"][0]["rolloutState"] == "COMPLETED"
