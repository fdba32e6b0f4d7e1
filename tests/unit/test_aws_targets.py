"""Are the targets of each task found: by address, by instance, and while traffic shifts?"""

from collections import Counter
from typing import Any

import pytest

from functions.aws import targets
from functions.domain.rollout.look import Target
from rehearsal.ecs import Behaviour
from rehearsal.ecs.capacity import ClusterCapacity
from tests.rehearsal.greenhouse import ALTERNATE, deploy, pause, shifting
from tests.rehearsal.house import ACCOUNT, GROUP, REGION, house, running

BALANCER = {"targetGroupArn": GROUP, "containerName": "app", "containerPort": 80}


class Elb:
    """The scheduler's answers about target groups, counted."""

    def __init__(self, made: Any) -> None:
        self._answers = made.installation.answers(ACCOUNT, REGION)
        self.asked: Counter[str] = Counter()

    def describe_target_health(self, **asked: str) -> Any:
        self.asked[asked["TargetGroupArn"]] += 1
        return self._answers["elbv2", "DescribeTargetHealth"](asked)


def look(made: Any, elb: Any = None) -> targets.Standing:
    return targets.of_tasks(elb or Elb(made), made.ecs, made.service(), made.tasks())


def states(standing: targets.Standing) -> list[list[str]]:
    return sorted([each.state for each in found] for found in standing.by_task.values())


def ids(tasks: list[dict[str, Any]]) -> set[str]:
    return {each["taskArn"].rpartition("/")[2] for each in tasks}


def test_tasks_with_an_address_are_found_by_it() -> None:
    with running(2, balanced=True) as made:
        elb = Elb(made)
        found = look(made, elb)
        assert found.groups == 1
        assert found.by_task == dict.fromkeys(ids(made.tasks()), (Target(GROUP, "healthy"),))
        assert elb.asked == {GROUP: 1}


def test_why_a_target_is_sick_is_told() -> None:
    with running(2, balanced=True) as made:
        made.push("v2", Behaviour(healthy_after=None, unhealthy_after=5, unhealthy_code=502))
        made.update(taskDefinition=made.register("v2"))
        made.until(60)
        sick = [each for found in look(made).by_task.values() for each in found if each.reason]
        assert {each.state for each in sick} == {"unhealthy"}
        assert {each.reason for each in sick} == {"Target.ResponseCodeMismatch"}
        assert {each.description for each in sick} == {
            "Health checks failed with these codes: [502]"
        }


def test_a_task_that_is_in_no_group_yet_has_no_target() -> None:
    with running(2, balanced=True) as made:
        made.push("v2", Behaviour(healthy_after=40))
        made.update(taskDefinition=made.register("v2"))
        made.until(5)
        assert [] in states(look(made))
        assert ids(made.tasks()) == look(made).by_task.keys()


def test_tasks_on_an_instance_are_found_by_its_id_and_their_port() -> None:
    with house() as made:
        made.installation.configure_cluster("house", ClusterCapacity("ec2", instances=1))
        made.push("v1", Behaviour(healthy_after=5))
        container = {"portMappings": [{"containerPort": 80}], "memory": 128}
        definition = made.register(
            "v1", container=container, networkMode="bridge", requiresCompatibilities=["EC2"]
        )
        made.ecs.create_service(
            cluster="house",
            serviceName="web",
            taskDefinition=definition,
            desiredCount=2,
            launchType="EC2",
            loadBalancers=[BALANCER],
        )
        made.until(100)
        assert states(look(made)) == [["healthy"], ["healthy"]]


@pytest.mark.parametrize("seconds", [30, 90])
def test_while_traffic_shifts_a_task_counts_in_whichever_of_two_groups_lists_it(
    seconds: int,
) -> None:
    with shifting("BLUE_GREEN", pause("POST_TEST_TRAFFIC_SHIFT")) as made:
        elb = Elb(made)
        assert states(look(made, elb)) == [["healthy"]] * 2
        assert elb.asked == {GROUP: 1, ALTERNATE: 1}
        watched = deploy(made)
        made.until(seconds)
        found = look(made)
        assert found.groups == 1
        if seconds == 90:
            assert states(found) == [["healthy"]] * 4
            ours = ids(made.tasks(startedBy=watched))
            groups = {each.group for task in ours for each in found.by_task[task]}
            others = {each.group for task in found.by_task.keys() - ours
                      for each in found.by_task[task]}  # fmt: skip
            assert groups | others == {GROUP, ALTERNATE}
            assert not groups & others


def test_nothing_is_asked_where_there_is_no_group_or_no_task() -> None:
    classic = {"clusterArn": "c", "loadBalancers": [{"loadBalancerName": "old"}]}
    grouped = {"clusterArn": "c", "loadBalancers": [BALANCER]}
    nobody: Any = None
    assert targets.of_tasks(nobody, nobody, {"clusterArn": "c"}, []) == targets.Standing()
    assert targets.of_tasks(nobody, nobody, classic, [{"taskArn": "t"}]) == targets.Standing()
    assert targets.of_tasks(nobody, nobody, grouped, []) == targets.Standing(1)


class Fleet:
    """ECS with so many container instances."""

    def __init__(self) -> None:
        self.asked: list[int] = []

    def describe_container_instances(self, **asked: Any) -> Any:
        arns = asked["containerInstances"]
        self.asked.append(len(arns))
        known = [{"containerInstanceArn": arn, "ec2InstanceId": f"i-{arn}"} for arn in arns]
        return {"containerInstances": known}


class Listing:
    """Target groups that list what the test says."""

    def __init__(self, **groups: list[tuple[str, int, str]]) -> None:
        self._groups = groups

    def describe_target_health(self, **asked: str) -> Any:
        found = self._groups[asked["TargetGroupArn"]]
        return {
            "TargetHealthDescriptions": [
                {"Target": {"Id": at, "Port": port}, "TargetHealth": {"State": state}}
                for at, port, state in found
            ]
        }


def on_instance(number: int, host: int = 32768) -> dict[str, Any]:
    bindings = [
        {"containerPort": 9000, "hostPort": 1},
        {"containerPort": 80, "hostPort": host},
    ]
    return {
        "taskArn": f"task/t{number}",
        "containerInstanceArn": f"c{number}",
        "containers": [{"name": "proxy"}, {"name": "app", "networkBindings": bindings}],
    }


def with_address(address: str) -> dict[str, Any]:
    detail = {"name": "privateIPv4Address", "value": address}
    attachment = {"type": "ElasticNetworkInterface", "details": [{"name": "macAddress"}, detail]}
    return {"taskArn": "task/t1", "containerInstanceArn": "c1", "attachments": [attachment]}


def test_instances_are_asked_for_a_hundred_at_once() -> None:
    fleet: Any = Fleet()
    elb: Any = Listing(g=[(f"i-c{n}", 32768, "healthy") for n in range(150)])
    service = {"clusterArn": "c", "loadBalancers": [{**BALANCER, "targetGroupArn": "g"}]}
    found = targets.of_tasks(elb, fleet, service, [on_instance(n) for n in range(150)])
    assert fleet.asked == [100, 50]
    assert states(found) == [["healthy"]] * 150


def test_a_task_with_an_address_asks_for_no_instance() -> None:
    fleet: Any = Fleet()
    elb: Any = Listing(one=[("10.0.0.1", 80, "draining")], other=[("10.0.0.1", 80, "initial")])
    pair = {"targetGroupArn": "one", "advancedConfiguration": {"alternateTargetGroupArn": "other"}}
    service = {"clusterArn": "c", "loadBalancers": [{**BALANCER, **pair}]}
    found = targets.of_tasks(elb, fleet, service, [with_address("10.0.0.1")])
    assert fleet.asked == []
    assert found == targets.Standing(1, {"t1": (Target("other", "initial"),)})


def test_a_task_behind_two_balancers_has_a_target_for_each() -> None:
    elb: Any = Listing(inner=[("10.0.0.1", 80, "healthy")], outer=[("10.0.0.1", 81, "unhealthy")])
    balancers = [
        {**BALANCER, "targetGroupArn": "inner"},
        {**BALANCER, "targetGroupArn": "outer", "containerPort": 81},
    ]
    service = {"clusterArn": "c", "loadBalancers": balancers}
    found = targets.of_tasks(elb, Any, service, [with_address("10.0.0.1")])  # type: ignore[arg-type]
    assert found.groups == 2
    assert [each.state for each in found.by_task["t1"]] == ["healthy", "unhealthy"]
