"""How processes end: by themselves, by signals, by the kernel; and who comes back (R1, R13.6)."""

import pytest

from rehearsal.ecs import Behaviour
from rehearsal.ecs.balancing.groups import TargetGroup
from rehearsal.ecs.capacity.plans import ClusterCapacity
from rehearsal.ecs.tasks.task import Stop
from tests.rehearsal.house import GROUP, NETWORK, house, running
from tests.rehearsal.rules import holds

OBEYS = Behaviour(task_takes=None)
DEAF = Behaviour(task_takes=None, ignores_sigterm=True)


def described(made, task):
    return made.ecs.describe_tasks(cluster="house", tasks=[task["taskArn"]])["tasks"][0]


def started(made, behaviours, specs=None, **members):
    """Run a task with one container for each behaviour, named by its key."""
    specs = specs or {}
    containers = []
    for name, behaviour in behaviours.items():
        made.behaviours.learn(f"public/{name}", "1", behaviour)
        containers.append({"name": name, "image": f"public/{name}:1", **specs.get(name, {})})
    (task,) = made.ecs.run_task(
        cluster="house",
        taskDefinition=made.register("v1", containerDefinitions=containers, **members),
        launchType="FARGATE",
        networkConfiguration=NETWORK,
    )["tasks"]
    return task


def stop(made, task):
    made.ecs.stop_task(cluster="house", task=task["taskArn"])


def codes(made, task):
    return {each["name"]: each.get("exitCode") for each in described(made, task)["containers"]}


def lasts(made, task, start):
    """Return how many seconds after `start` the task was STOPPED."""
    made.until(start + 600)
    ended = described(made, task)
    return round((ended["stoppedAt"] - ended["stoppingAt"]).total_seconds())


@holds("R1.1", "R1.7", "R1.13")
def test_a_process_that_obeys_ends_with_the_code_of_the_signal():
    with house() as made:
        task = started(made, {"app": OBEYS})
        made.until(60)
        stop(made, task)
        assert lasts(made, task, 60) == 20
        assert codes(made, task) == {"app": 143}


@holds("R1.1", "R1.5", "R13.6")
@pytest.mark.parametrize(
    ("timeout", "seconds"), [(None, 20 + 30), (5, 20 + 5), (120, 20 + 120), (500, 20 + 120)]
)
def test_a_task_that_ignores_sigterm_is_killed_when_its_time_is_over(timeout, seconds):
    spec = {} if timeout is None else {"stopTimeout": timeout}
    with house() as made:
        task = started(made, {"app": DEAF}, {"app": spec})
        made.until(60)
        stop(made, task)
        assert lasts(made, task, 60) == seconds
        assert codes(made, task) == {"app": 137}


@holds("R1.1")
def test_only_fargate_limits_the_stop_timeout():
    with house() as made:
        made.installation.configure_cluster("house", ClusterCapacity("ec2", instances=1))
        made.push("v1", DEAF)
        made.register("v1", container={"stopTimeout": 500}, requiresCompatibilities=["EC2"])
        (task,) = made.ecs.run_task(
            cluster="house", taskDefinition="orders", networkConfiguration=NETWORK
        )["tasks"]
        made.until(60)
        stop(made, task)
        assert lasts(made, task, 60) == 520


@holds("R1.4")
def test_containers_stop_in_the_reverse_order_of_their_dependencies():
    needs = {"dependsOn": [{"containerName": "proxy", "condition": "START"}]}
    with house() as made:
        task = started(made, {"proxy": DEAF, "app": DEAF}, {"app": {"stopTimeout": 10, **needs}})
        made.until(60)
        stop(made, task)
        made.until(60 + 10 + 9)
        assert codes(made, task) == {"proxy": None, "app": None}
        made.until(60 + 10 + 10)
        assert codes(made, task) == {"proxy": None, "app": 137}
        made.until(60 + 10 + 10 + 30)
        assert codes(made, task) == {"proxy": 137, "app": 137}
        ended = [
            {each["name"]: each.get("exitCode") for each in detail["containers"]}
            for detail in made.told("ECS Task State Change")
        ]
        assert {"proxy": None, "app": 137} in ended


@holds("R1.4", "R13.6")
def test_the_task_runs_on_until_the_last_container_has_stopped():
    with house() as made:
        task = started(made, {"app": Behaviour(task_takes=10), "sidecar": DEAF})
        made.until(30)
        going = described(made, task)
        assert (going["lastStatus"], going["desiredStatus"]) == ("RUNNING", "STOPPED")
        assert (going["executionStoppedAt"] - going["startedAt"]).total_seconds() == 10
        made.until(60)
        ended = described(made, task)
        assert (ended["stoppedAt"] - ended["executionStoppedAt"]).total_seconds() == 30
        assert ended["stoppedReason"] == "Essential container in task exited"
        assert codes(made, task) == {"app": 0, "sidecar": 137}


@holds("R1.4")
def test_a_container_that_is_not_essential_ends_alone():
    with house() as made:
        ends = Behaviour(task_takes=5, task_exit_code=1)
        task = started(made, {"app": OBEYS, "once": ends}, {"once": {"essential": False}})
        made.until(60)
        assert described(made, task)["lastStatus"] == "RUNNING"
        assert codes(made, task) == {"app": None, "once": 1}


@holds("R12.3")
def test_who_has_two_minutes_is_dead_after_two_minutes():
    with running(1, deregistration_delay_seconds=300, balanced=True) as made:
        region = made.installation.region("123456789012", "eu-central-1")
        (task,) = region.tasks.all()
        task.containers[0].spec["stopTimeout"] = 120
        task.containers[0].behaviour = DEAF
        notice = Stop("SpotInterruption", "Your Spot Task was interrupted.")
        region.lifecycle.stop(task, notice, within=120)
        made.until(119)
        assert task.containers[0].exit_code is None
        made.until(120)
        assert task.containers[0].exit_code == 137


def test_nobody_knows_how_the_processes_of_a_lost_host_ended():
    with running(1) as made:
        region = made.installation.region("123456789012", "eu-central-1")
        (task,) = region.tasks.all()
        region.lifecycle.lose(
            task, Stop("TerminationNotice", "Host EC2 (instance i-1) terminated.")
        )
        (lost,) = made.tasks("STOPPED")
        assert (lost["lastStatus"], lost["stopCode"]) == ("STOPPED", "TerminationNotice")
        assert "exitCode" not in lost["containers"][0]
        made.until(100)
        assert len(made.tasks()) == 1


@holds("R1.7", "R13.6")
@pytest.mark.parametrize(
    ("behaviour", "seconds"),
    [
        (Behaviour(oom_after=40, task_takes=None), 40),
        (Behaviour(heap=2048, task_takes=None), 5),
        (Behaviour(heap=2048, oom_after=2, task_takes=None), 2),
        (Behaviour(oom_after=10, task_takes=10), 10),
    ],
)
def test_a_process_that_takes_too_much_memory_is_killed_by_the_kernel(behaviour, seconds):
    with house() as made:
        task = started(made, {"app": behaviour})
        made.until(100)
        ended = described(made, task)
        assert (ended["stoppedAt"] - ended["startedAt"]).total_seconds() == seconds
        assert ended["stoppedReason"] == "Essential container in task exited"
        (container,) = ended["containers"]
        reason = "OutOfMemoryError: container killed due to memory usage"
        assert (container["exitCode"], container["reason"]) == (137, reason)


@pytest.mark.parametrize(
    ("heap", "limit", "ends"),
    [(400, None, False), (513, None, True), (400, 256, True), (200, 256, False)],
)
def test_memory_is_limited_by_the_task_and_by_the_container(heap, limit, ends):
    spec = {"app": {"memory": limit}} if limit else {}
    with house() as made:
        task = started(made, {"app": Behaviour(heap=heap, task_takes=None)}, spec)
        made.until(60)
        assert (described(made, task)["lastStatus"] == "STOPPED") == ends


def restarting(period=60, **policy):
    return {"app": {"restartPolicy": {"enabled": True, "restartAttemptPeriod": period, **policy}}}


@holds("R1.12")
def test_a_container_with_a_restart_policy_comes_back_in_its_task():
    with house() as made:
        ends = Behaviour(task_takes=100, task_exit_code=1)
        task = started(made, {"app": ends}, restarting())
        made.until(20 + 250)
        assert described(made, task)["lastStatus"] == "RUNNING"
        told = [each["lastStatus"] for each in made.told("ECS Task State Change")]
        assert told[-1] == "RUNNING"


@holds("R1.12")
@pytest.mark.parametrize("specs", [restarting(101), restarting(ignoredExitCodes=[1]), {}])
def test_a_container_that_ran_too_short_or_ends_so_is_not_restarted(specs):
    with house() as made:
        ends = Behaviour(task_takes=100, task_exit_code=1)
        task = started(made, {"app": ends}, specs)
        made.until(20 + 101)
        assert described(made, task)["lastStatus"] == "STOPPED"
        assert codes(made, task) == {"app": 1}


@holds("R1.12", "R5.3")
def test_a_restarted_container_is_checked_anew():
    check = {"healthCheck": {"command": ["true"], "interval": 10}}
    specs = restarting()
    specs["app"] |= check
    with house() as made:
        ends = Behaviour(task_takes=100, healthy_after=15)
        task = started(made, {"app": ends}, specs)
        seen = []
        for seconds in (99, 101, 119, 120):
            made.until(20 + seconds)
            seen.append(described(made, task)["healthStatus"])
        assert seen == ["HEALTHY", "UNKNOWN", "UNKNOWN", "HEALTHY"]


def shares(seed_share, number=40):
    """Let so many tasks of a service start; return their exit codes after a minute."""
    with house() as made:
        made.push("v1", Behaviour(exits_after=5, exit_code=3, fails=seed_share))
        made.create(made.register("v1"), number)
        made.until(29)
        return len(made.tasks("STOPPED"))


def test_a_share_of_the_tasks_fails_and_the_others_are_well():
    assert shares(0.0) == 0
    assert shares(1.0) == 40
    assert 4 <= shares(0.25) <= 16
    assert shares(0.25) == shares(0.25)


@pytest.mark.parametrize(
    ("name", "ends"), [("orders-worker", True), ("worker", True), ("orders-web", False)]
)
def test_an_image_behaves_otherwise_in_another_service(name, ends):
    sick = Behaviour(exits_after=5)
    with house() as made:
        made.push("v1", Behaviour(by_service={"worker": sick}))
        made.ecs.create_service(
            cluster="house",
            serviceName=name,
            taskDefinition=made.register("v1"),
            desiredCount=1,
            launchType="FARGATE",
            networkConfiguration=NETWORK,
        )
        made.until(26)
        assert bool(made.tasks("STOPPED")) == ends


def test_a_task_of_no_service_behaves_as_its_family_says():
    with house() as made:
        made.push("v1", Behaviour(by_service={"worker": Behaviour(task_exit_code=7)}))
        made.register("v1", family="orders-worker")
        (task,) = made.ecs.run_task(
            cluster="house",
            taskDefinition="orders-worker",
            launchType="FARGATE",
            networkConfiguration=NETWORK,
        )["tasks"]
        made.until(60)
        assert codes(made, task) == {"app": 7}


@holds("R1.12", "R5.2")
def test_a_target_is_unhealthy_while_the_container_behind_it_comes_back():
    members = {"healthCheckGracePeriodSeconds": 9999}
    group = TargetGroup(interval=5, healthy_threshold=2)
    with running(1, balanced=True, members=members) as made:
        made.installation.target_groups.configure(GROUP, group)
        made.push("v2", Behaviour(healthy_after=30, exits_after=100))
        policy = {"restartPolicy": {"enabled": True, "restartAttemptPeriod": 60}}
        made.update(taskDefinition=made.register("v2", container=policy))
        seen = []
        for seconds in (104, 105, 134, 135):
            made.until(20 + seconds)
            seen.append(made.installation.target_health(GROUP)[-1].state)
        assert seen == ["healthy", "unhealthy", "unhealthy", "healthy"]
        assert {task["desiredStatus"] for task in made.tasks()} == {"RUNNING"}


@holds("R1.7")
def test_the_agent_of_an_instance_has_words_of_its_own_for_memory():
    with house() as made:
        made.installation.configure_cluster("house", ClusterCapacity("ec2", instances=1))
        made.push("v1", Behaviour(heap=600))
        made.register("v1", requiresCompatibilities=["EC2"])
        (task,) = made.ecs.run_task(
            cluster="house", taskDefinition="orders", networkConfiguration=NETWORK
        )["tasks"]
        made.until(60)
        (container,) = described(made, task)["containers"]
        assert container["reason"] == "OutOfMemoryError: Container killed due to memory usage"
