"""How much of the account's quotas of Fargate is used?

Usage is the metric that Fargate sends itself, quotas are those of the region:
https://docs.aws.amazon.com/AmazonECS/latest/developerguide/monitoring-fargate-usage.html,
https://docs.aws.amazon.com/general/latest/gr/ecs-service.html
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from functions.aws.preflight.asking import asked
from functions.domain.preflight.fargate import Quota
from functions.domain.preflight.sight import Unread

if TYPE_CHECKING:
    from mypy_boto3_cloudwatch import CloudWatchClient
    from mypy_boto3_service_quotas import ServiceQuotasClient

CODES = {"FARGATE": "L-3032A538", "FARGATE_SPOT": "L-36FBB829"}
CLASSES = {"FARGATE": "Standard/OnDemand", "FARGATE_SPOT": "Standard/Spot"}
PERIOD_SECONDS = 300
PERIODS = 3
"""Usage comes every few minutes at the latest; what is older is no figure for now."""


def read(
    quotas: "ServiceQuotasClient",
    cloudwatch: "CloudWatchClient",
    kinds: Sequence[str],
    at: datetime,
) -> dict[str, Quota | Unread]:
    """Return the quota of each kind of Fargate, which are called as capacity providers are."""
    used = asked("cloudwatch:GetMetricData", lambda: _used(cloudwatch, kinds, at))
    return {each: _quota(quotas, each, used) for each in kinds}


def _quota(
    client: "ServiceQuotasClient", kind: str, used: Mapping[str, float] | Unread
) -> Quota | Unread:
    if isinstance(used, Unread):
        return used
    if kind not in used:
        return Unread("CloudWatch has no figure of the last minutes for what is used.")
    limit = asked("servicequotas:GetServiceQuota", lambda: _limit(client, CODES[kind]))
    return limit if isinstance(limit, Unread) else Quota(limit, used[kind])


def _limit(client: "ServiceQuotasClient", code: str) -> float:
    """Return the quota of the account, or the usual one where it has none of its own."""
    try:
        answer = client.get_service_quota(ServiceCode="fargate", QuotaCode=code)
        return answer["Quota"]["Value"]
    except client.exceptions.NoSuchResourceException:
        usual = client.get_aws_default_service_quota(ServiceCode="fargate", QuotaCode=code)
        return usual["Quota"]["Value"]


def _used(client: "CloudWatchClient", kinds: Sequence[str], at: datetime) -> dict[str, float]:
    """Return the newest figure of each kind that has one."""
    queries: list[Any] = [_query(number, CLASSES[kind]) for number, kind in enumerate(kinds)]
    since = at - timedelta(seconds=PERIOD_SECONDS * PERIODS)
    answer = client.get_metric_data(
        MetricDataQueries=queries, StartTime=since, EndTime=at, ScanBy="TimestampDescending"
    )
    values = {each["Id"]: each["Values"] for each in answer["MetricDataResults"]}
    newest = {kind: values.get(f"used{number}", []) for number, kind in enumerate(kinds)}
    return {kind: figures[0] for kind, figures in newest.items() if figures}


def _query(number: int, kind: str) -> dict[str, Any]:
    named = {"Service": "Fargate", "Type": "Resource", "Resource": "vCPU", "Class": kind}
    metric = {
        "Namespace": "AWS/Usage",
        "MetricName": "ResourceCount",
        "Dimensions": [{"Name": name, "Value": value} for name, value in named.items()],
    }
    stat = {"Metric": metric, "Period": PERIOD_SECONDS, "Stat": "Maximum"}
    return {"Id": f"used{number}", "MetricStat": stat}
