"""How the room for a release is read, and in how few calls."""

from collections.abc import Callable, Mapping
from typing import Any

import pytest
from botocore.exceptions import ClientError

from functions.aws.preflight import room
from functions.domain.known import Facts
from functions.domain.preflight.fargate import Quota
from functions.domain.preflight.fitting import Instance
from functions.domain.preflight.instances import Instances
from functions.domain.preflight.rolling import Group
from functions.domain.preflight.room import Room
from functions.domain.preflight.scaling import Limits
from functions.domain.preflight.sight import Unread
from tests.factories import NOW, a_service, an_application, later
from tests.rooms import a_definition, a_found, on_ec2, with_provider

ON_DEMAND, SPOT = "L-3032A538", "L-36FBB829"


class NoSuchResourceError(Exception):
    """What Service Quotas answers where an account has no quota of its own."""


class FakeAws:
    """All services in one, as a test says they answer; `asked` are the calls in their order."""

    def __init__(self, **answers: Any) -> None:
        self._answers = answers
        self.asked: list[tuple[str, dict[str, Any]]] = []
        self.exceptions = type("Errors", (), {"NoSuchResourceException": NoSuchResourceError})

    def __getattr__(self, name: str) -> Callable[..., Any]:
        def call(**asked: Any) -> Any:
            self.asked.append((name, asked))
            answer = self._answers[name]
            if isinstance(answer, Exception):
                raise answer
            return answer(asked) if callable(answer) else answer

        return call

    @property
    def calls(self) -> list[str]:
        return [name for name, _ in self.asked]

    def look(self, *found: Any, definition: Any = None) -> Room:
        services = [a_service(f"s{number}") for number, _ in enumerate(found)]
        asked = a_definition() if definition is None else definition
        facts: Mapping[str, Facts] = {
            service.key: Facts(service.key, service=each, definition=asked)
            for service, each in zip(services, found, strict=True)
        }
        eyes = room.Eyes(*[lambda: self] * 6, at=NOW)  # type: ignore[arg-type,list-item]
        return room.look(eyes, an_application(*services), facts)


def denied(operation: str) -> ClientError:
    return ClientError({"Error": {"Code": "AccessDenied", "Message": "no"}}, operation)


def usage(**values: float) -> Any:
    results = [{"Id": name, "Values": [value, 0.0]} for name, value in values.items()]
    return {"MetricDataResults": results}


def quotas(value: float) -> Any:
    return {"Quota": {"Value": value}}


ON_FARGATE: dict[str, Any] = {
    "get_metric_data": usage(used0=12.5),
    "get_service_quota": quotas(100),
    "describe_subnets": {"Subnets": [{"SubnetId": "subnet-1", "AvailableIpAddressCount": 7}]},
    "describe_scalable_targets": {"ScalableTargets": []},
}
GROUP = {"TargetGroupArn": "g1", "HealthCheckIntervalSeconds": 10, "HealthyThresholdCount": 3}
DRAIN = {"Key": "deregistration_delay.timeout_seconds", "Value": "30"}


def on_instances(*found: Any, **override: Any) -> dict[str, Any]:
    answers = {
        "list_container_instances": {"containerInstanceArns": [each["name"] for each in found]},
        "describe_container_instances": {"containerInstances": list(found)},
        "describe_subnets": {"Subnets": []},
        "describe_scalable_targets": {"ScalableTargets": []},
    }
    return {**answers, **override}


def a_described_instance(name: str = "i1", **override: Any) -> dict[str, Any]:
    def resources(cpu: int, memory: int, *ports: str) -> list[dict[str, Any]]:
        return [
            {"name": "CPU", "integerValue": cpu},
            {"name": "MEMORY", "integerValue": memory},
            {"name": "PORTS", "stringSetValue": list(ports)},
            {"name": "PORTS_UDP", "stringSetValue": ["53"]},
        ]

    described = {
        "name": name,
        "status": "ACTIVE",
        "agentConnected": True,
        "attributes": [{"name": "ecs.os-type", "value": "linux"}, {"name": "task-eni"}],
        "registeredResources": resources(2048, 4096, "22"),
        "remainingResources": resources(512, 1024, "22", "8080"),
    }
    return {**described, **override}


# Fargate


def test_ten_services_on_fargate_take_four_calls() -> None:
    aws = FakeAws(**ON_FARGATE)
    seen = aws.look(*[a_found()] * 10)
    assert seen == Room(quotas={"FARGATE": Quota(100, 12.5)}, addresses={"subnet-1": 7})
    assert sorted(aws.calls) == sorted(ON_FARGATE)


def test_an_ipv6_only_subnet_has_no_number_of_addresses() -> None:
    none = {"AvailableIpAddressCount": 0}
    subnets = [
        {"SubnetId": "subnet-1", "Ipv6Native": False, **none},
        {"SubnetId": "subnet-6", "Ipv6Native": True, **none},
    ]
    aws = FakeAws(**{**ON_FARGATE, "describe_subnets": {"Subnets": subnets}})
    assert aws.look(a_found()).addresses == {"subnet-1": 0, "subnet-6": None}


def test_usage_is_the_newest_figure_of_the_last_quarter_of_an_hour() -> None:
    aws = FakeAws(**ON_FARGATE)
    aws.look(a_found())
    asked = dict(aws.asked)["get_metric_data"]
    assert (asked["StartTime"], asked["EndTime"]) == (later(minutes=-15), NOW)
    assert asked["ScanBy"] == "TimestampDescending"
    metric = asked["MetricDataQueries"][0]["MetricStat"]["Metric"]
    assert (metric["Namespace"], metric["MetricName"]) == ("AWS/Usage", "ResourceCount")
    assert {each["Name"]: each["Value"] for each in metric["Dimensions"]} == {
        "Service": "Fargate",
        "Type": "Resource",
        "Resource": "vCPU",
        "Class": "Standard/OnDemand",
    }


def test_both_kinds_of_fargate_are_asked_for_together() -> None:
    aws = FakeAws(**{**ON_FARGATE, "get_metric_data": usage(used0=1, used1=2)})
    seen = aws.look(a_found(), with_provider("FARGATE_SPOT"))
    assert seen.quotas == {"FARGATE": Quota(100, 1), "FARGATE_SPOT": Quota(100, 2)}
    codes = [asked["QuotaCode"] for name, asked in aws.asked if name == "get_service_quota"]
    assert codes == [ON_DEMAND, SPOT]
    assert aws.calls.count("get_metric_data") == 1


def test_an_account_without_a_quota_of_its_own_has_the_usual_one() -> None:
    usual = {"get_service_quota": NoSuchResourceError(), "get_aws_default_service_quota": quotas(6)}
    aws = FakeAws(**{**ON_FARGATE, **usual})
    assert aws.look(a_found()).quotas == {"FARGATE": Quota(6, 12.5)}


def test_without_a_figure_of_what_is_used_the_quota_is_not_known() -> None:
    aws = FakeAws(**{**ON_FARGATE, "get_metric_data": usage()})
    seen = aws.look(a_found()).quotas["FARGATE"]
    assert isinstance(seen, Unread)
    assert "CloudWatch has no figure" in seen.why


# What is refused


@pytest.mark.parametrize(
    ("call", "part", "action"),
    [
        ("describe_subnets", "addresses", "ec2:DescribeSubnets"),
        ("describe_scalable_targets", "scaled", "application-autoscaling:DescribeScalableTargets"),
        ("describe_target_groups", "groups", "elasticloadbalancing:DescribeTargetGroups"),
    ],
)
def test_what_is_refused_is_not_known_and_names_the_permission(
    call: str, part: str, action: str
) -> None:
    balanced = {
        "describe_target_groups": {"TargetGroups": [GROUP]},
        "describe_target_group_attributes": {"Attributes": [DRAIN]},
    }
    aws = FakeAws(**{**ON_FARGATE, **balanced, call: denied("Any")})
    seen = getattr(aws.look(a_found(loadBalancers=[{"targetGroupArn": "g1"}])), part)
    assert isinstance(seen, Unread)
    assert seen.action == action


@pytest.mark.parametrize(
    ("call", "action"),
    [
        ("get_metric_data", "cloudwatch:GetMetricData"),
        ("get_service_quota", "servicequotas:GetServiceQuota"),
    ],
)
def test_a_quota_that_is_refused_is_not_known(call: str, action: str) -> None:
    aws = FakeAws(**{**ON_FARGATE, call: denied("Any")})
    seen = aws.look(a_found()).quotas["FARGATE"]
    assert isinstance(seen, Unread)
    assert seen.action == action


def test_a_mistake_of_ours_is_no_news_about_aws() -> None:
    with pytest.raises(KeyError):
        FakeAws(**{**ON_FARGATE, "describe_subnets": {}}).look(a_found())


# Container instances


def test_what_is_left_of_an_instance() -> None:
    gone = a_described_instance("i2", agentConnected=False, capacityProviderName="ours")
    aws = FakeAws(**on_instances(a_described_instance(), gone))
    seen = aws.look(on_ec2(), on_ec2()).instances
    ports = frozenset({("tcp", 22), ("tcp", 8080), ("udp", 53)})
    attributes = {"ecs.os-type": "linux", "task-eni": ""}
    assert seen == Instances(
        (
            Instance(512, 1024, (2048, 4096), attributes, ports),
            Instance(512, 1024, (2048, 4096), attributes, ports, "ours", usable=False),
        ),
        {},
    )
    assert aws.calls.count("list_container_instances") == 1
    assert "get_service_quota" not in aws.calls


def test_a_cluster_without_instances_is_not_described() -> None:
    aws = FakeAws(**on_instances())
    assert aws.look(on_ec2()).instances == Instances((), {})
    assert "describe_container_instances" not in aws.calls


def test_of_a_large_cluster_only_the_first_instances_are_read() -> None:
    def page(asked: Mapping[str, Any]) -> dict[str, Any]:
        start = int(asked.get("nextToken", "0"))
        return {"containerInstanceArns": ["i1"], "nextToken": str(start + 1)}

    aws = FakeAws(**on_instances(a_described_instance(), list_container_instances=page))
    seen = aws.look(on_ec2()).instances
    assert isinstance(seen, Instances)
    assert (len(seen.found), seen.complete) == (2, False)


def test_a_capacity_provider_says_whether_it_grows() -> None:
    def scaled(name: str, status: str) -> dict[str, Any]:
        return {"name": name, "autoScalingGroupProvider": {"managedScaling": {"status": status}}}

    providers = [
        scaled("ours", "ENABLED"),
        scaled("theirs", "DISABLED"),
        {"name": "managed", "managedInstancesProvider": {"infrastructureRoleArn": "arn"}},
        {"name": "new", "type": "SOMETHING_NEW"},
    ]
    answer = {"describe_capacity_providers": {"capacityProviders": providers}}
    aws = FakeAws(**on_instances(**answer))
    seen = aws.look(*[with_provider(each) for each in ("ours", "theirs", "managed", "new")])
    assert isinstance(seen.instances, Instances)
    assert seen.instances.growing == {"ours": True, "theirs": False, "managed": True}
    asked = dict(aws.asked)["describe_capacity_providers"]
    # Providers of Managed Instances come only with their cluster.
    assert asked == {
        "cluster": "production",
        "capacityProviders": ["managed", "new", "ours", "theirs"],
    }


@pytest.mark.parametrize("launch_type", ["EC2", "EXTERNAL", "MANAGED_INSTANCES"])
def test_a_launch_type_is_no_capacity_provider(launch_type: str) -> None:
    aws = FakeAws(**on_instances())
    assert aws.look(a_found(launchType=launch_type)).instances == Instances((), {})
    assert "describe_capacity_providers" not in aws.calls


@pytest.mark.parametrize("call", ["list_container_instances", "describe_capacity_providers"])
def test_instances_that_cannot_be_read_are_not_known(call: str) -> None:
    aws = FakeAws(**on_instances(**{call: denied("Any")}))
    assert isinstance(aws.look(with_provider("ours")).instances, Unread)


# Limits of autoscaling, and target groups


def test_limits_are_asked_for_together() -> None:
    suspended = dict.fromkeys(
        (
            "DynamicScalingInSuspended",
            "DynamicScalingOutSuspended",
            "ScheduledScalingSuspended",
        ),
        True,
    )
    targets = [
        {"ResourceId": "service/production/orders-s0", "MinCapacity": 1, "MaxCapacity": 4},
        {
            "ResourceId": "service/production/orders-s1",
            "MinCapacity": 2,
            "MaxCapacity": 8,
            "SuspendedState": suspended,
        },
    ]
    answer = {"describe_scalable_targets": {"ScalableTargets": targets}}
    aws = FakeAws(**{**ON_FARGATE, **answer})
    seen = aws.look(*[a_found()] * 60)
    assert seen.scaled == {"orders-s0": Limits(1, 4), "orders-s1": Limits(2, 8, suspended=True)}
    asked = [given for name, given in aws.asked if name == "describe_scalable_targets"]
    assert [len(each["ResourceIds"]) for each in asked] == [50, 10]
    assert asked[0]["ResourceIds"][0] == "service/production/orders-s0"


def test_of_the_first_target_groups_it_is_read_how_long_they_drain() -> None:
    def groups(asked: Mapping[str, Any]) -> dict[str, Any]:
        return {"TargetGroups": [{**GROUP, "TargetGroupArn": arn} for arn in TARGETS]}

    def attributes(asked: Mapping[str, Any]) -> dict[str, Any]:
        return {"Attributes": [DRAIN] if asked["TargetGroupArn"] == "g0" else []}

    answers = {"describe_target_groups": groups, "describe_target_group_attributes": attributes}
    aws = FakeAws(**ON_FARGATE, **answers)
    seen = aws.look(*[a_found(loadBalancers=[{"targetGroupArn": arn}]) for arn in TARGETS])
    assert seen.groups == {
        "g0": Group(10, 3, 30),
        **{arn: Group(10, 3) for arn in TARGETS[1:]},
    }
    assert len(aws.calls) == 8


TARGETS = [f"g{number}" for number in range(10)]
