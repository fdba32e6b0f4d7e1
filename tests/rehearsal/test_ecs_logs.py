"""What containers print is in CloudWatch Logs, at the time they print it."""

from contextlib import contextmanager
from pathlib import Path
from random import Random

from moto import mock_aws

from infra.catalogue import load
from rehearsal.clock import START, Clock
from rehearsal.ecs import Behaviour, Behaviours, Settings, install
from rehearsal.world import Running, World
from tests.rehearsal.house import NETWORK, House, client

GROUP = "/ecs/orders"
CATALOGUE = Path(__file__).parents[2] / "catalogue"


@contextmanager
def logging_house():
    clock = Clock()
    made = House(clock, Behaviours())
    with mock_aws(), clock.travel():
        made.installation = install(
            clock,
            Random(7),  # noqa: S311
            lambda *event: made.events.append(event),
            made.behaviours,
            Settings(),
        )
        made.ecs.create_cluster(clusterName="house")
        yield made
        made.installation.uninstall()


def awslogs(**options):
    given = {"awslogs-group": GROUP, "awslogs-stream-prefix": "ecs", **options}
    return {"logConfiguration": {"logDriver": "awslogs", "options": given}}


def started(made, behaviour, container):
    made.push("v1", behaviour)
    (task,) = made.ecs.run_task(
        cluster="house",
        taskDefinition=made.register("v1", container=container),
        launchType="FARGATE",
        networkConfiguration=NETWORK,
    )["tasks"]
    return task["taskArn"].rpartition("/")[2]


def lines(stream):
    found = client("logs").get_log_events(logGroupName=GROUP, logStreamName=stream)["events"]
    start = START.timestamp() * 1000
    return [((each["timestamp"] - start) / 1000, each["message"]) for each in found]


def test_a_process_prints_as_it_ends_and_each_line_is_an_event():
    with logging_house() as made:
        acts = Behaviour(log="Traceback\nKeyError: 'DATABASE_URL'", task_takes=3)
        task = started(made, acts, awslogs())
        made.until(60)
        assert lines(f"ecs/app/{task}") == [(23, "Traceback"), (23, "KeyError: 'DATABASE_URL'")]
        found = client("logs").filter_log_events(logGroupName=GROUP, filterPattern="KeyError")
        assert [each["logStreamName"] for each in found["events"]] == [f"ecs/app/{task}"]


def test_a_process_that_stays_prints_as_it_starts():
    with logging_house() as made:
        task = started(made, Behaviour(log="listening on 8080", task_takes=None), awslogs())
        made.until(60)
        assert lines(f"ecs/app/{task}") == [(20, "listening on 8080")]


def test_every_start_of_a_process_prints():
    policy = {"restartPolicy": {"enabled": True, "restartAttemptPeriod": 60}}
    with logging_house() as made:
        acts = Behaviour(log="out of connections", task_takes=70)
        task = started(made, acts, {**awslogs(), **policy})
        made.until(200)
        assert [at for at, _ in lines(f"ecs/app/{task}")] == [90, 160]


def test_what_never_runs_prints_nothing():
    with logging_house() as made:
        started(made, Behaviour(log="hello", pull_error="denied"), awslogs())
        made.until(60)
        assert client("logs").describe_log_groups()["logGroups"] == []


def test_other_drivers_print_elsewhere():
    with logging_house() as made:
        other = {"logConfiguration": {"logDriver": "splunk", "options": {"awslogs-group": GROUP}}}
        started(made, Behaviour(log="hello", task_takes=1), other)
        made.until(60)
        assert client("logs").describe_log_groups()["logGroups"] == []


def test_in_a_world_every_service_has_a_log_and_a_load_balancer_that_agree_with_its_tasks():
    orders = load(CATALOGUE)
    with World(orders) as world:
        world.store("orders", "v1", Behaviour(log="listening on 8080"))
        world.prepare("orders", {"web": Running(load_balancer=True)})
        with world.clock.travel():
            tasks = {each["taskArn"].rpartition("/")[2] for each in world.running("orders", "web")}
            said = world.client("logs").filter_log_events(logGroupName="/ecs/orders-web")["events"]
            group = world.service("orders", "web")["loadBalancers"][0]["targetGroupArn"]
            health = world.client("elbv2").describe_target_health(TargetGroupArn=group)
        assert {each["logStreamName"] for each in said} == {f"ecs/app/{task}" for task in tasks}
        assert {each["message"] for each in said} == {"listening on 8080"}
        states = [each["TargetHealth"]["State"] for each in health["TargetHealthDescriptions"]]
        assert states == ["healthy"] * len(tasks)
