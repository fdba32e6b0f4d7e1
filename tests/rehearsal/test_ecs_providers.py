"""What capacity providers do: weights and base, tasks that wait, instances started and ended."""

import pytest
from botocore.exceptions import ClientError

from rehearsal.ecs import Behaviour
from rehearsal.ecs.capacity import ClusterCapacity, ManagedScaling
from rehearsal.ecs.capacity.places import next_provider
from tests.rehearsal.house import NETWORK, house
from tests.rehearsal.instances import create, fleet, instances, on_bridge
from tests.rehearsal.rules import holds

MANAGED = ClusterCapacity("ec2", managed_scaling=ManagedScaling(max=4))
STRATEGY = MANAGED.launch("house")


def run(made, number=1, definition=None, **members):
    asked = {"taskDefinition": definition or on_bridge(made, "v1", None), **STRATEGY, **members}
    return made.ecs.run_task(cluster="house", count=number, **asked)


def scaled(number=0, settings=None, most=4, **capacity):
    return fleet(number, settings, managed_scaling=ManagedScaling(max=most), **capacity)


@pytest.mark.parametrize(
    ("base", "weights", "expected"),
    [
        (0, (1, 1), {"FARGATE": 4, "FARGATE_SPOT": 4}),
        (0, (1, 3), {"FARGATE": 2, "FARGATE_SPOT": 6}),
        (2, (1, 1), {"FARGATE": 5, "FARGATE_SPOT": 3}),
        (2, (0, 1), {"FARGATE": 2, "FARGATE_SPOT": 6}),
    ],
)
def test_base_and_weights_share_the_tasks_out(base, weights, expected):
    strategy = [
        {"capacityProvider": "FARGATE", "weight": weights[0], "base": base},
        {"capacityProvider": "FARGATE_SPOT", "weight": weights[1]},
    ]
    taken = []
    for _ in range(8):
        taken.append(next_provider(strategy, taken))
    assert {name: taken.count(name) for name in expected} == expected


def test_a_service_on_two_providers_loses_only_what_was_on_spot():
    strategy = [
        {"capacityProvider": "FARGATE", "weight": 1},
        {"capacityProvider": "FARGATE_SPOT", "weight": 1},
    ]
    with house() as made:
        made.push("v1", Behaviour(healthy_after=40))
        made.ecs.create_service(
            cluster="house",
            serviceName="web",
            taskDefinition=made.register("v1"),
            desiredCount=4,
            capacityProviderStrategy=strategy,
            networkConfiguration=NETWORK,
        )
        made.until(200)
        assert made.installation.lose_spot("house") == 2
        made.until(400)
        assert {task["capacityProviderName"] for task in made.tasks()} == {"FARGATE"}


@holds("R7.4")
def test_tasks_wait_in_provisioning_while_two_instances_start_from_zero():
    with scaled() as made:
        (task,) = run(made)["tasks"]
        assert task["lastStatus"] == "PROVISIONING"
        assert "containerInstanceArn" not in task
        assert "availabilityZone" not in task
        made.until(170)
        assert [each["lastStatus"] for each in made.tasks()] == ["PROVISIONING"]
        made.until(205)
        (found,) = made.tasks()
        assert (found["lastStatus"], "containerInstanceArn" in found) == ("RUNNING", True)
        assert len(instances(made)) == 2


@holds("R7.4")
def test_as_many_instances_start_as_the_waiting_tasks_fill():
    with scaled(1, cpu=600) as made:
        made.behaviours.learn("orders", "v1", Behaviour(task_takes=None))
        run(made, 6)
        made.until(205)
        assert len(instances(made)) == 3
        assert {task["lastStatus"] for task in made.tasks()} == {"RUNNING"}


def test_what_the_group_has_no_room_for_waits_and_gives_up():
    with scaled(most=1, cpu=300) as made:
        made.behaviours.learn("orders", "v1", Behaviour(task_takes=None))
        run(made, 2)
        made.until(1790)
        assert [task["lastStatus"] for task in made.tasks()] == ["RUNNING", "PROVISIONING"]
        made.until(1810)
        (gone,) = made.tasks("STOPPED")
        assert (gone["stopCode"], gone["stoppedReason"]) == (
            "TaskFailedToStart",
            "TaskFailedToStart: RESOURCE:CPU",
        )


def test_a_waiting_task_takes_what_another_one_leaves():
    with scaled(1, most=1, cpu=300) as made:
        made.behaviours.learn("orders", "v1", Behaviour(task_takes=100))
        run(made, 2)
        made.until(60)
        assert [task["lastStatus"] for task in made.tasks()] == ["RUNNING", "PROVISIONING"]
        made.until(160)
        assert [task["lastStatus"] for task in made.tasks()] == ["RUNNING"]


def test_an_instance_that_stays_empty_is_ended():
    with scaled() as made:
        made.behaviours.learn("orders", "v1", Behaviour(task_takes=100))
        run(made)
        made.until(300)
        assert len(instances(made)) == 2
        made.until(1300)
        assert instances(made) == []


def test_an_instance_that_is_used_again_stays():
    with scaled(1) as made:
        made.behaviours.learn("orders", "v1", Behaviour(task_takes=100))
        run(made)
        made.until(600)
        run(made)
        made.until(1100)
        assert len(instances(made)) == 1


@holds("R13.2")
def test_no_more_than_so_many_tasks_wait_for_instances():
    with scaled(settings={"most_provisioning": 3}) as made:
        assert len(run(made, 3)["tasks"]) == 3
        with pytest.raises(ClientError, match="PROVISIONING") as refused:
            run(made)
        assert refused.value.response["Error"]["Code"] == "ClientException"


def test_a_service_rolls_on_instances_that_have_yet_to_start():
    with scaled(2, cpu=600) as made:
        configuration = {"minimumHealthyPercent": 100, "maximumPercent": 200}
        create(made, on_bridge(made, "v1", None), 4, configuration, **STRATEGY)
        made.until(300)
        made.push("v2", Behaviour(healthy_after=40))
        made.update(taskDefinition=on_bridge(made, "v2", None))
        made.until(310)
        assert made.service()["pendingCount"] == 4
        made.until(1000)
        service = made.service()
        assert service["deployments"][0]["rolloutState"] == "COMPLETED"
        assert (service["runningCount"], len(instances(made))) == (4, 4)


def test_the_capacity_provider_of_a_plan_is_there_to_be_described():
    with scaled() as made:
        name = STRATEGY["capacityProviderStrategy"][0]["capacityProvider"]
        answer = made.ecs.describe_capacity_providers(capacityProviders=[name])
        (found,) = answer["capacityProviders"]
        assert found["autoScalingGroupProvider"]["managedScaling"]["status"] == "ENABLED"


def test_a_capacity_provider_that_somebody_creates_starts_instances():
    with house() as made:
        made.push("v1")
        provider = {
            "autoScalingGroupArn": "arn:aws:autoscaling:eu-central-1:123456789012:group/mine",
            "managedScaling": {"status": "ENABLED"},
        }
        made.ecs.create_capacity_provider(name="mine", autoScalingGroupProvider=provider)
        strategy = [{"capacityProvider": "mine", "weight": 1}]
        (task,) = run(made, capacityProviderStrategy=strategy)["tasks"]
        assert (task["lastStatus"], task["capacityProviderName"]) == ("PROVISIONING", "mine")
        made.until(205)
        assert len(instances(made)) == 2


def test_a_task_that_waits_can_be_stopped():
    with scaled() as made:
        (task,) = run(made)["tasks"]
        made.ecs.stop_task(cluster="house", task=task["taskArn"])
        made.until(300)
        (gone,) = made.tasks("STOPPED")
        assert (gone["lastStatus"], gone["stopCode"]) == ("STOPPED", "UserInitiated")


def test_what_names_no_capacity_gets_the_default_of_the_cluster():
    with scaled(1) as made:
        made.ecs.put_cluster_capacity_providers(
            cluster="house",
            capacityProviders=["FARGATE_SPOT"],
            defaultCapacityProviderStrategy=[{"capacityProvider": "FARGATE_SPOT", "weight": 1}],
        )
        definition = made.register("v1", family="spot")
        network = {"networkConfiguration": NETWORK}
        asked = {"cluster": "house", "taskDefinition": definition, **network}
        (task,) = made.ecs.run_task(clientToken="x", **asked)["tasks"]
        assert task["capacityProviderName"] == "FARGATE_SPOT"
        (again,) = made.ecs.run_task(clientToken="x", **asked)["tasks"]
        assert again["taskArn"] == task["taskArn"]
        service = made.ecs.create_service(serviceName="web", desiredCount=1, **asked)["service"]
        assert "launchType" not in service
        made.until(60)
        (found,) = made.tasks(serviceName="web")
        assert found["capacityProviderName"] == "FARGATE_SPOT"


@holds("R13.2")
@pytest.mark.parametrize(
    ("members", "code", "message"),
    [
        (STRATEGY | {"launchType": "EC2"}, "InvalidParameterException", "Specifying both"),
        (
            {"capacityProviderStrategy": [{"capacityProvider": "nobody", "weight": 1}]},
            "InvalidParameterException",
            "not associated with the cluster",
        ),
        (
            {"launchType": "FARGATE", "platformVersion": "9.9.9"},
            "PlatformUnknownException",
            "platform version",
        ),
    ],
)
def test_capacity_that_does_not_exist_is_refused(members, code, message):
    with scaled() as made:
        asked = {"cluster": "house", "taskDefinition": made.register("v1"), **members}
        with pytest.raises(ClientError, match=message) as refused:
            made.ecs.run_task(networkConfiguration=NETWORK, **asked)
        assert refused.value.response["Error"]["Code"] == code


@holds("R3.2")
def test_another_strategy_counts_for_new_tasks_and_makes_no_deployment():
    with house() as made:
        made.push("v1", Behaviour(healthy_after=40))
        made.create(made.register("v1"), 1)
        made.until(200)
        spot = [{"capacityProvider": "FARGATE_SPOT", "weight": 1}]
        made.update(capacityProviderStrategy=spot, desiredCount=2)
        made.until(300)
        assert len(made.service()["deployments"]) == len(made.rollouts()) == 1
        names = sorted(task.get("capacityProviderName", "") for task in made.tasks())
        assert names == ["", "FARGATE_SPOT"]


def test_what_was_asked_for_too_much_is_named_when_the_wait_is_over():
    with scaled(1, memory=400) as made:
        run(made)
        made.until(1810)
        (gone,) = made.tasks("STOPPED")
        assert gone["stoppedReason"] == "TaskFailedToStart: RESOURCE:MEMORY"
        assert len(instances(made)) == 1


def test_instances_start_again_when_the_zones_are_back():
    with scaled(zones=1) as made:
        made.installation.lose_zone("house", "a")
        run(made)
        made.until(600)
        assert instances(made) == []
        with pytest.raises(ValueError, match="All zones of house are lost"):
            made.installation.add_instances("house", 1)
        made.installation.restore("house")
        made.until(805)
        assert [task["lastStatus"] for task in made.tasks()] == ["RUNNING"]


def test_a_lost_instance_is_replaced_for_what_waits():
    with scaled(1, most=1, cpu=300) as made:
        made.behaviours.learn("orders", "v1", Behaviour(task_takes=None))
        run(made, 2)
        made.until(100)
        made.installation.lose_instance("house")
        made.until(305)
        assert [task["lastStatus"] for task in made.tasks()] == ["RUNNING"]


def test_instances_that_were_on_their_way_to_a_lost_zone_do_not_come():
    with scaled(zones=1) as made:
        run(made)
        made.until(100)
        made.installation.lose_zone("house", "a")
        made.until(600)
        assert (instances(made), len(made.tasks())) == ([], 1)
