"""How many requests came to a service since its bake began?"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from functions.aws.failures import translated
from functions.domain.bake.traffic import Requests

if TYPE_CHECKING:
    from mypy_boto3_cloudwatch import CloudWatchClient
    from mypy_boto3_ecs import ECSClient
    from mypy_boto3_elbv2 import ElasticLoadBalancingv2Client

PERIOD_SECONDS = 60
"""Elastic Load Balancing sends its metrics once a minute, and none for a minute without requests:
https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-cloudwatch-metrics.html
"""

APPLICATION = "app/"
"""How the name of an Application Load Balancer begins in its ARN; only those count requests."""

COMPLETE = ("Complete", "PartialData")
"""What is partial goes on on the next page; the other status codes are errors (GetMetricData)."""


@dataclass(frozen=True, slots=True)
class Sources:
    """The clients that are asked."""

    ecs: "ECSClient"
    elbv2: "ElasticLoadBalancingv2Client"
    cloudwatch: "CloudWatchClient"


@dataclass(frozen=True, slots=True)
class Place:
    cluster: str
    service: str


def requests(sources: Sources, place: Place, began_at: datetime, at: datetime) -> Requests:
    """Return the requests minute by minute, or why there are none to count or none to be read."""
    try:
        return _requests(sources, place, began_at, at)
    except Exception as error:
        known = translated(error)
        if known is None:
            raise
        return Requests(unread=_unread(place, str(known).rstrip(".")))


def _requests(sources: Sources, place: Place, began_at: datetime, at: datetime) -> Requests:
    groups = _groups(sources.ecs, place)
    if not groups:
        return Requests(absent=f"{place.service} has no target group to count its requests by")
    queries = [_query(*each) for each in enumerate(_dimensions(sources.elbv2, groups))]
    if not queries:
        return Requests(
            absent=f"no Application Load Balancer counts the requests of {place.service}"
        )
    return _counted(sources.cloudwatch, queries, place, began_at, at)


def _groups(client: "ECSClient", place: Place) -> list[str]:
    """Return the target groups; a service whose traffic is shifted has its requests in either."""
    answer = client.describe_services(cluster=place.cluster, services=[place.service])
    balancers: list[dict[str, Any]] = [
        dict(each) for found in answer["services"] for each in found.get("loadBalancers", [])
    ]
    groups = [each.get("targetGroupArn") for each in balancers]
    groups += [
        (each.get("advancedConfiguration") or {}).get("alternateTargetGroupArn")
        for each in balancers
    ]
    return [each for each in dict.fromkeys(groups) if each]


def _dimensions(
    client: "ElasticLoadBalancingv2Client", groups: Sequence[str]
) -> Iterator[dict[str, str]]:
    """Yield the dimensions of each group's metrics: the last parts of the two ARNs."""
    answer = client.describe_target_groups(TargetGroupArns=groups)
    for group in answer["TargetGroups"]:
        for balancer in group.get("LoadBalancerArns", []):
            name = balancer.partition(":loadbalancer/")[2]
            if name.startswith(APPLICATION):
                yield {
                    "TargetGroup": group["TargetGroupArn"].rpartition(":")[2],
                    "LoadBalancer": name,
                }


def _query(number: int, dimensions: dict[str, str]) -> dict[str, Any]:
    metric = {
        "Namespace": "AWS/ApplicationELB",
        "MetricName": "RequestCount",
        "Dimensions": [{"Name": name, "Value": value} for name, value in dimensions.items()],
    }
    stat = {"Metric": metric, "Period": PERIOD_SECONDS, "Stat": "Sum"}
    return {"Id": f"requests{number}", "MetricStat": stat}


def _counted(
    client: "CloudWatchClient",
    queries: list[Any],
    place: Place,
    began_at: datetime,
    at: datetime,
) -> Requests:
    pages = client.get_paginator("get_metric_data").paginate(
        MetricDataQueries=queries, StartTime=began_at, EndTime=at
    )
    results = [each for page in pages for each in page["MetricDataResults"]]
    wrong = sorted({each["StatusCode"] for each in results} - {*COMPLETE})
    if wrong:
        return Requests(unread=_unread(place, f"CloudWatch answered {', '.join(wrong)}"))
    return Requests(
        tuple(
            (start, round(number))
            for each in results
            for start, number in zip(each["Timestamps"], each["Values"], strict=True)
        )
    )


def _unread(place: Place, why: str) -> str:
    return f"the requests of {place.service} could not be read: {why}"
