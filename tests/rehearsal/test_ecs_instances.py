"""What container instances are, take, refuse and lose; how they are chosen."""

import pytest
from botocore.exceptions import ClientError

from rehearsal.ecs import Behaviour
from tests.rehearsal.house import NETWORK, running
from tests.rehearsal.instances import PORT, create, fleet, instances, on_bridge, serving
from tests.rehearsal.rules import holds

EVENT = """
    agentConnected attributes clusterArn containerInstanceArn ec2InstanceId registeredResources
    remainingResources status version versionInfo updatedAt
"""

ANY = "0.0.0.0"  # noqa: S104


def run(made, definition, **members):
    asked = {"launchType": "EC2", **members}
    return made.ecs.run_task(cluster="house", taskDefinition=definition, **asked)


def small(made, tag="v1", **members):
    """A task definition without a static port that asks for little."""
    return on_bridge(made, tag, None, **members)


def reasons(answer):
    return sorted(each["reason"] for each in answer["failures"])


def resource(instance, name, kind="remainingResources"):
    (found,) = [each for each in instance[kind] if each["name"] == name]
    return found.get("stringSetValue") or found["integerValue"]


def places(made):
    """Return by instance how many tasks the service has there."""
    arns = [task["containerInstanceArn"] for task in made.tasks(serviceName="web")]
    return sorted(arns.count(arn) for arn in {*arns})


def test_a_cluster_has_the_instances_it_was_given_spread_over_zones():
    with fleet(4, cpu=1024, memory=2000, zones=3) as made:
        found = instances(made)
        zones = [
            attribute["value"]
            for each in found
            for attribute in each["attributes"]
            if attribute["name"] == "ecs.availability-zone"
        ]
        assert sorted(zones) == ["eu-central-1a", "eu-central-1a", "eu-central-1b", "eu-central-1c"]
        assert {resource(each, "CPU", "registeredResources") for each in found} == {1024}
        assert {resource(each, "MEMORY") for each in found} == {2000}
        assert {(each["status"], each["agentConnected"]) for each in found} == {("ACTIVE", True)}
        (cluster,) = made.ecs.describe_clusters(clusters=["house"])["clusters"]
        assert cluster["registeredContainerInstancesCount"] == 4


def test_a_task_on_an_instance_shows_where_it_runs_and_which_port_it_has():
    with fleet(1) as made:
        (task,) = run(made, on_bridge(made, "v1"))["tasks"]
        (instance,) = instances(made)
        assert task["containerInstanceArn"] == instance["containerInstanceArn"]
        assert resource(instance, "CPU") == 2048 - 256
        assert resource(instance, "MEMORY") == 4096 - 512
        assert "8080" in resource(instance, "PORTS")
        made.until(30)
        (found,) = made.tasks()
        (container,) = found["containers"]
        assert container["networkBindings"] == [
            {"bindIP": ANY, "containerPort": 80, "hostPort": 8080, "protocol": "tcp"}
        ]
        assert (found["launchType"], found["availabilityZone"]) == ("EC2", "eu-central-1a")
        assert "platformVersion" not in found


def test_dynamic_ports_differ_on_one_instance():
    with fleet(1) as made:
        run(made, on_bridge(made, "v1", {"containerPort": 80, "hostPort": 0}), count=2)
        made.until(30)
        bindings = [task["containers"][0]["networkBindings"][0] for task in made.tasks()]
        assert sorted(each["hostPort"] for each in bindings) == [32768, 32769]


def test_an_instance_tells_of_itself_in_the_shape_of_the_real_event():
    with fleet(1) as made:
        run(made, small(made))
        made.until(100)
        told = made.told("ECS Container Instance State Change")
        assert {frozenset(each) for each in told} == {frozenset(EVENT.split())}
        assert [each["version"] for each in told] == [1, 2, 3]
        assert [resource(each, "CPU") for each in told] == [2048, 1792, 2048]


@holds("R13.1")
@pytest.mark.parametrize(
    ("capacity", "asked", "reason"),
    [
        ({"cpu": 200}, {}, "RESOURCE:CPU"),
        ({"memory": 500}, {}, "RESOURCE:MEMORY"),
        ({}, {"port": {"containerPort": 80, "hostPort": 22}}, "RESOURCE:PORTS"),
        ({"interfaces": 0}, {"networkMode": "awsvpc"}, "RESOURCE:ENI"),
        ({}, {"runtimePlatform": {"cpuArchitecture": "ARM64"}}, "ATTRIBUTE"),
    ],
)
def test_every_instance_says_why_it_cannot_take_a_task(capacity, asked, reason):
    with fleet(2, **capacity) as made:
        definition = on_bridge(made, "v1", **{"port": None, **asked})
        answer = run(made, definition, networkConfiguration=NETWORK)
        assert (answer["tasks"], reasons(answer)) == ([], [reason] * 2)
        arns = [each["containerInstanceArn"] for each in instances(made)]
        assert [each["arn"] for each in answer["failures"]] == arns


@holds("R13.1")
def test_some_tasks_of_a_call_find_a_place_and_others_do_not():
    with fleet(2) as made:
        answer = run(made, on_bridge(made, "v1"), count=5)
        assert len(answer["tasks"]) == 2
        assert reasons(answer) == ["RESOURCE:PORTS"] * 2


@holds("R13.2")
def test_a_cluster_without_instances_is_an_error_not_a_failure():
    with fleet(0) as made, pytest.raises(ClientError, match="No Container Instances were found"):
        run(made, small(made))


def test_an_instance_without_its_agent_takes_nothing_and_keeps_what_it_has():
    with serving(1, instances=1, port=None) as made:
        made.installation.connect_agent("house", connected=False)
        assert reasons(run(made, small(made))) == ["AGENT"]
        made.update(desiredCount=2)
        made.until(60)
        assert made.service()["runningCount"] == 1
        assert 'encountered error "AGENT".' in "".join(made.messages())
        made.installation.connect_agent("house")
        made.until(400)
        assert made.service()["runningCount"] == 2


@holds("R2.8")
@pytest.mark.parametrize(
    ("capacity", "words"),
    [
        ({"cpu": 400}, "has insufficient CPU units available."),
        ({"memory": 900}, "has insufficient memory available."),
    ],
)
def test_a_service_says_what_the_closest_instance_lacks(capacity, words):
    with serving(1, instances=1, port=None, **capacity) as made:
        made.update(desiredCount=2)
        made.until(10)
        (instance,) = instances(made)
        name = instance["containerInstanceArn"].rpartition("/")[2]
        assert made.messages()[-1] == (
            "(service web) was unable to place a task because no container instance met all of its "
            f"requirements. The closest matching (container-instance {name}) {words}"
        )


def test_a_service_says_that_there_are_no_instances():
    with fleet(0) as made:
        create(made, small(made), 1)
        made.until(10)
        assert made.messages()[0].endswith(
            "because no container instance met all of its requirements. Reason: "
            "No Container Instances were found in your cluster."
        )
        made.installation.add_instances("house", 1)
        made.until(200)
        assert made.service()["runningCount"] == 1


def test_distinct_instances_take_one_task_each():
    with fleet(2) as made:
        constraint = [{"type": "distinctInstance"}]
        answer = run(made, small(made), count=3, placementConstraints=constraint)
        assert len({task["containerInstanceArn"] for task in answer["tasks"]}) == 2
        assert reasons(answer) == ["DistinctInstance placement constraint unsatisfied."] * 2


@pytest.mark.parametrize(
    ("expression", "number"),
    [
        ("attribute:disk == ssd", 3),
        ("attribute:disk != ssd", 0),
        ("attribute:disk in [hdd, ssd] and attribute:ecs.os-type == linux", 3),
        ("attribute:ecs.availability-zone =~ .*a", 1),
        ("attribute:ecs.availability-zone !in [eu-central-1a]", 2),
        ("attribute:gpu exists", 0),
        ("attribute:gpu !exists or attribute:disk == hdd", 3),
    ],
)
def test_an_expression_names_the_instances_that_fit(expression, number):
    with fleet(3, attributes={"disk": "ssd"}) as made:
        assert len(instances(made, filter=expression)) == number
        constraint = [{"type": "memberOf", "expression": expression}]
        answer = run(made, on_bridge(made, "v1"), count=4, placementConstraints=constraint)
        assert len(answer["tasks"]) == number
        refused = "MemberOf placement constraint unsatisfied."
        assert reasons(answer).count(refused) == 3 - number


@pytest.mark.parametrize(
    "expression", ["task:group == service:web", "not(attribute:a == b)", "a == b or c == d and e"]
)
def test_an_expression_that_is_not_followed_is_refused(expression):
    constraint = [{"type": "memberOf", "expression": expression}]
    with fleet(1) as made, pytest.raises(ClientError, match="Invalid constraint expression"):
        run(made, small(made), placementConstraints=constraint)


def test_a_service_with_constraints_nobody_can_follow_is_refused():
    strategy = [{"type": "spread", "field": "moon"}]
    with fleet(1) as made, pytest.raises(ClientError, match="Invalid placement strategy"):
        create(made, small(made), 1, placementStrategy=strategy)


def test_fargate_takes_no_placement_strategies():
    with fleet(1) as made, pytest.raises(ClientError, match="Placement strategies are not"):
        made.ecs.run_task(
            cluster="house",
            taskDefinition=made.register("v1"),
            launchType="FARGATE",
            networkConfiguration=NETWORK,
            placementStrategy=[{"type": "random"}],
        )


@holds("R4.9")
@pytest.mark.parametrize(
    ("strategy", "expected"),
    [
        ([], [1, 1, 1, 1]),
        ([{"type": "spread", "field": "instanceId"}], [1, 1, 1, 1]),
        ([{"type": "binpack", "field": "memory"}], [4]),
        ([{"type": "binpack", "field": "cpu"}], [4]),
        ([{"type": "spread", "field": "attribute:ecs.availability-zone"}], None),
    ],
)
def test_a_strategy_decides_where_tasks_go(strategy, expected):
    with fleet(4, zones=2) as made:
        create(made, small(made), 4, placementStrategy=strategy)
        made.until(100)
        zones = [task["availabilityZone"] for task in made.tasks()]
        if expected is not None:
            assert places(made) == expected
        if not strategy or strategy[0]["field"].startswith("attribute"):
            assert sorted(zones.count(zone) for zone in {*zones}) == [2, 2]


@holds("R4.9")
def test_tasks_are_stopped_where_the_service_has_most():
    with serving(6, instances=2, port=None, zones=2) as made:
        made.installation.add_instances("house", 2)
        made.update(desiredCount=3)
        made.until(100)
        zones = [task["availabilityZone"] for task in made.tasks()]
        assert sorted(zones.count(zone) for zone in {*zones}) == [1, 2]


@holds("R4.9")
def test_a_packed_service_gives_up_the_instance_with_most_room():
    strategy = [{"type": "binpack", "field": "cpu"}]
    members = {"placementStrategy": strategy}
    with serving(5, instances=2, port=None, members=members, cpu=1024) as made:
        assert places(made) == [1, 4]
        made.update(desiredCount=4)
        made.until(100)
        assert places(made) == [4]


def test_a_lost_instance_takes_its_tasks_with_it_and_they_start_elsewhere():
    with serving(2, instances=2) as made:
        lost = made.installation.lose_instance("house")
        (gone,) = made.tasks("STOPPED")
        assert gone["containerInstanceArn"].endswith(lost)
        assert (gone["lastStatus"], gone["stopCode"]) == ("STOPPED", "TerminationNotice")
        (instance,) = instances(made, status="INACTIVE")
        assert (
            gone["stoppedReason"] == f"Host EC2 (instance {instance['ec2InstanceId']}) terminated."
        )
        assert "exitCode" not in gone["containers"][0]
        made.until(300)
        assert made.service()["runningCount"] == 1
        made.installation.add_instances("house", 1)
        made.until(2000)
        assert made.service()["runningCount"] == 2
        assert made.service()["deployments"][0]["failedTasks"] == 0


def zones(made):
    return {each["availabilityZone"][-1] for each in made.tasks()}


def test_a_lost_zone_loses_its_instances_and_takes_no_tasks():
    with serving(3, instances=3, port=None) as made:
        made.installation.lose_zone("house", "b")
        assert len(instances(made)) == 2
        made.until(200)
        assert (zones(made), made.service()["runningCount"]) == ({"a", "c"}, 3)
        made.installation.add_instances("house", 1)
        made.update(desiredCount=4)
        made.until(300)
        assert zones(made) == {"a", "c"}
        made.installation.restore("house")
        made.installation.add_instances("house", 1)
        made.update(desiredCount=5)
        made.until(400)
        assert zones(made) == {"a", "b", "c"}


def test_a_lost_zone_of_fargate_ends_its_tasks_at_once():
    with running(3) as made:
        assert zones(made) == {"a", "b", "c"}
        made.installation.lose_zone("house", "a")
        (gone,) = made.tasks("STOPPED")
        assert (gone["lastStatus"], gone["stopCode"]) == ("STOPPED", "InfrastructureHealth")
        made.until(100)
        assert (zones(made), made.service()["runningCount"]) == ({"b", "c"}, 3)


@holds("R4.3", "R1.1")
def test_a_task_waits_in_pending_for_what_a_stopping_one_still_has():
    with serving(1, {"maximumPercent": 200, "minimumHealthyPercent": 0}, 1, None, cpu=300) as made:
        made.push("v2")
        made.update(taskDefinition=small(made, "v2"))
        made.until(15)
        (waiting,) = made.tasks()
        assert waiting["lastStatus"] == "PENDING"
        made.until(25)
        (waiting,) = made.tasks()
        assert waiting["lastStatus"] == "PENDING"
        made.until(45)
        (found,) = made.tasks()
        assert (found["taskArn"], found["lastStatus"]) == (waiting["taskArn"], "RUNNING")


@holds("R4.3")
def test_stopping_tasks_can_count_as_taking_up_the_instance():
    settings = {"stopping_frees_cpu_and_memory": False}
    configuration = {"maximumPercent": 200, "minimumHealthyPercent": 0}
    with serving(1, configuration, 1, None, settings=settings, cpu=300) as made:
        made.push("v2")
        made.update(taskDefinition=small(made, "v2"))
        made.until(15)
        assert made.tasks() == []
        made.until(100)
        assert made.service()["runningCount"] == 1


def test_an_instance_with_tasks_is_deregistered_by_force_only():
    with serving(1, instances=1, port=None) as made:
        (instance,) = instances(made)
        asked = {"cluster": "house", "containerInstance": instance["containerInstanceArn"]}
        with pytest.raises(ClientError, match="Found running tasks on the instance"):
            made.ecs.deregister_container_instance(**asked)
        answer = made.ecs.deregister_container_instance(force=True, **asked)
        assert answer["containerInstance"]["status"] == "INACTIVE"
        assert made.tasks() == []
        assert instances(made) == []


def test_an_inactive_instance_is_forgotten_after_an_hour():
    with fleet(1) as made:
        (instance,) = instances(made)
        made.installation.lose_instance("house")
        asked = {"cluster": "house", "containerInstances": [instance["containerInstanceArn"]]}
        (found,) = made.ecs.describe_container_instances(**asked)["containerInstances"]
        assert (found["status"], found["agentConnected"]) == ("INACTIVE", False)
        made.until(3600)
        answer = made.ecs.describe_container_instances(**asked)
        assert answer["containerInstances"] == []
        assert [each["reason"] for each in answer["failures"]] == ["MISSING"]


def test_a_task_is_started_on_the_instances_that_are_named():
    with fleet(3) as made:
        first, second, _ = [each["containerInstanceArn"] for each in instances(made)]
        asked = {"cluster": "house", "taskDefinition": on_bridge(made, "v1")}
        answer = made.ecs.start_task(containerInstances=[first, second], **asked)
        assert [each["containerInstanceArn"] for each in answer["tasks"]] == [first, second]
        again = made.ecs.start_task(containerInstances=[first, "nobody"], **asked)
        assert (again["tasks"], reasons(again)) == ([], ["MISSING", "RESOURCE:PORTS"])
        listed = made.ecs.list_tasks(cluster="house", containerInstance=first)["taskArns"]
        assert listed == [answer["tasks"][0]["taskArn"]]


def test_the_same_seed_places_the_same_tasks():
    def story():
        with serving(4, instances=4, port=None) as made:
            made.installation.lose_instance("house")
            made.push("v2", Behaviour())
            made.update(taskDefinition=small(made, "v2"))
            made.until(300)
            return made.events

    assert story() == story()


def test_a_static_port_is_one_of_its_protocol():
    with fleet(1) as made:
        udp = {**PORT, "protocol": "udp"}
        run(made, on_bridge(made, "v1"))
        answer = run(made, on_bridge(made, "v1", udp))
        assert len(answer["tasks"]) == 1
        (instance,) = instances(made)
        assert resource(instance, "PORTS_UDP") == ["8080"]


def test_attributes_that_somebody_puts_count_from_then_on():
    with fleet(2) as made:
        first = instances(made)[0]["containerInstanceArn"]
        disk = {"name": "disk", "targetType": "container-instance", "targetId": first}
        made.ecs.put_attributes(cluster="house", attributes=[{**disk, "value": "ssd"}])
        listed = made.ecs.list_attributes(
            cluster="house", targetType="container-instance", attributeName="disk"
        )
        assert listed["attributes"] == [{"name": "disk", "value": "ssd", "targetId": first}]
        constraint = [{"type": "memberOf", "expression": "attribute:disk == ssd"}]
        (task,) = run(made, small(made), placementConstraints=constraint)["tasks"]
        assert task["containerInstanceArn"] == first
        made.ecs.delete_attributes(cluster="house", attributes=[disk])
        assert run(made, small(made), placementConstraints=constraint)["tasks"] == []


@holds("R2.7")
def test_a_lack_of_room_that_was_resolved_is_told_again():
    with serving(1, instances=1, port=None, cpu=300) as made:
        text = "has insufficient CPU units available."
        made.update(desiredCount=2)
        made.until(60)
        made.update(desiredCount=1)
        made.installation.add_instances("house", 1)
        made.update(desiredCount=2)
        made.until(2000)
        assert sum(text in each for each in made.messages()) == 1
        assert made.service()["runningCount"] == 2
        made.update(desiredCount=3)
        made.until(2050)
        assert sum(text in each for each in made.messages()) == 2
