"""How the requests of a service are read."""

from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from functions.aws import traffic
from functions.domain.bake.traffic import Requests
from tests.factories import NOW, later

PLACE = traffic.Place("production", "orders-web")
ARN = "arn:aws:elasticloadbalancing:eu-west-1:123456789012:"
BLUE, GREEN = f"{ARN}targetgroup/web/0123", f"{ARN}targetgroup/web-green/4567"
BALANCER = f"{ARN}loadbalancer/app/orders/89ab"


class FakeAws:
    """ECS, Elastic Load Balancing and CloudWatch in one, as a test says they answer."""

    def __init__(self, *pages: dict[str, Any], balancer: str = BALANCER) -> None:
        self.balancers: list[dict[str, Any]] = [{"targetGroupArn": BLUE}]
        self.attached = [balancer]
        self.pages = pages
        self.refuses: Exception | None = None
        self.asked: dict[str, Any] = {}

    @property
    def sources(self) -> traffic.Sources:
        return traffic.Sources(self, self, self)

    def describe_services(self, cluster: str, services: list[str]) -> dict[str, Any]:
        assert (cluster, services) == ("production", ["orders-web"])
        return {"services": [{"loadBalancers": self.balancers}]}

    def describe_target_groups(self, TargetGroupArns: list[str]) -> dict[str, Any]:  # noqa: N803
        groups = [
            {"TargetGroupArn": arn, "LoadBalancerArns": self.attached} for arn in TargetGroupArns
        ]
        return {"TargetGroups": groups}

    def get_paginator(self, name: str) -> "FakeAws":
        assert name == "get_metric_data"
        return self

    def paginate(self, **asked: Any) -> Iterator[dict[str, Any]]:
        self.asked = asked
        if self.refuses:
            raise self.refuses
        yield from self.pages


def a_page(*points: tuple[float, float], status: str = "Complete") -> dict[str, Any]:
    result = {
        "Id": "requests0",
        "Timestamps": [later(minutes=minutes) for minutes, _ in points],
        "Values": [number for _, number in points],
        "StatusCode": status,
    }
    return {"MetricDataResults": [result]}


def read(fake: FakeAws) -> Requests:
    return traffic.requests(fake.sources, PLACE, NOW, later(minutes=10))


def test_requests_are_counted_minute_by_minute_over_all_pages() -> None:
    fake = FakeAws(a_page((2, 30.0), (1, 20.0), status="PartialData"), a_page((0, 10.0)))
    assert read(fake) == Requests(
        ((later(minutes=2), 30), (later(minutes=1), 20), (NOW, 10)),
    )
    metric = {
        "Namespace": "AWS/ApplicationELB",
        "MetricName": "RequestCount",
        "Dimensions": [
            {"Name": "TargetGroup", "Value": "targetgroup/web/0123"},
            {"Name": "LoadBalancer", "Value": "app/orders/89ab"},
        ],
    }
    stat = {"Metric": metric, "Period": 60, "Stat": "Sum"}
    assert fake.asked == {
        "MetricDataQueries": [{"Id": "requests0", "MetricStat": stat}],
        "StartTime": NOW,
        "EndTime": later(minutes=10),
    }


def test_a_service_whose_traffic_is_shifted_has_its_requests_in_two_groups() -> None:
    fake = FakeAws(a_page())
    fake.balancers = [
        {"targetGroupArn": BLUE, "advancedConfiguration": {"alternateTargetGroupArn": GREEN}},
        {"targetGroupArn": BLUE},
    ]
    assert read(fake) == Requests()
    assert [each["Id"] for each in fake.asked["MetricDataQueries"]] == ["requests0", "requests1"]


@pytest.mark.parametrize(
    "balancers", [[], [{"loadBalancerName": "classic"}]], ids=["none", "a classic one"]
)
def test_a_service_without_target_group_has_nothing_to_count(
    balancers: list[dict[str, Any]],
) -> None:
    fake = FakeAws()
    fake.balancers = balancers
    assert read(fake).absent == "orders-web has no target group to count its requests by"


@pytest.mark.parametrize("attached", [[], [f"{ARN}loadbalancer/net/orders/89ab"]])
def test_only_application_load_balancers_count_requests(attached: list[str]) -> None:
    fake = FakeAws()
    fake.attached = attached
    assert read(fake).absent == ("no Application Load Balancer counts the requests of orders-web")


@pytest.mark.parametrize("status", ["Forbidden", "InternalError"])
def test_a_metric_that_may_not_be_read_is_unread(status: str) -> None:
    assert read(FakeAws(a_page(status=status))).unread == (
        f"the requests of orders-web could not be read: CloudWatch answered {status}"
    )


def test_a_call_that_is_refused_is_unread() -> None:
    fake = FakeAws()
    fake.refuses = ClientError({"Error": {"Code": "AccessDenied", "Message": "No."}}, "Get")
    unread = read(fake).unread
    assert unread.startswith("the requests of orders-web could not be read: AWS answered Get ")
    assert not unread.endswith(".")


def test_a_mistake_of_ours_is_no_sentence() -> None:
    fake = FakeAws()
    fake.refuses = KeyError("x")
    with pytest.raises(KeyError):
        read(fake)
