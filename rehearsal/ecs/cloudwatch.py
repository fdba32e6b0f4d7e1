"""What does CloudWatch answer about the past of an alarm, about requests, and about usage?

moto keeps the states that an alarm had, all of them metric alarms, and tells nobody. Of metrics
only these are here: the requests of target groups, a data point for each minute that is over and
had some, and the vCPU of Fargate that are in use, the newest data point alone.
"""

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import pairwise
from typing import Any

from moto.cloudwatch.models import Alarm as MotoAlarm
from moto.cloudwatch.models import cloudwatch_backends

from rehearsal.ecs.world import Document, World
from rehearsal.sdk import Answer, Arguments

MOST_ITEMS = 100
EARLIEST = datetime.min.replace(tzinfo=UTC)
LATEST = datetime.max.replace(tzinfo=UTC)
DESCENDING = "TimestampDescending"


Used = Callable[[dict[str, str]], float | None]
"""Tells the newest value of `ResourceCount` in `AWS/Usage` by its dimensions, if it has one."""


def answers(world: World, account: str, region: str, used: Used) -> dict[tuple[str, str], Answer]:
    """Return what answers for one account and region."""
    return {
        ("cloudwatch", "DescribeAlarmHistory"): partial(_history, account, region),
        ("cloudwatch", "GetMetricData"): partial(_metric_data, world, used),
    }


def _history(account: str, region: str, asked: Arguments) -> dict[str, Any]:
    alarms = cloudwatch_backends[account][region].alarms
    name, kind = asked.get("AlarmName"), asked.get("HistoryItemType")
    items = [
        item
        for alarm in alarms.values()
        if name in (None, alarm.name) and kind in (None, "StateUpdate")
        for item in _items(alarm)
        if asked.get("StartDate", EARLIEST) <= item["Timestamp"] <= asked.get("EndDate", LATEST)
    ]
    items.sort(key=lambda item: item["Timestamp"], reverse=_newest_first(asked))
    size, start = int(asked.get("MaxRecords") or MOST_ITEMS), int(asked.get("NextToken") or 0)
    more = {"NextToken": str(start + size)} if len(items) > start + size else {}
    return {"AlarmHistoryItems": items[start : start + size], **more}


def _items(alarm: MotoAlarm) -> Iterator[Document]:
    """Yield the changes of state: moto keeps each state that was left."""
    left = [(state, reason, at) for _, reason, _, state, at in alarm.history]
    states = [*left, (alarm.state_value, alarm.state_reason, alarm.state_updated_timestamp)]
    for (old, was, _), (new, reason, at) in pairwise(states):
        if old != new:
            data = {
                "version": "1.0",
                "oldState": {"stateValue": old, "stateReason": was},
                "newState": {"stateValue": new, "stateReason": reason},
            }
            yield {
                "AlarmName": alarm.name,
                "AlarmType": "MetricAlarm",
                "Timestamp": at.replace(tzinfo=UTC),
                "HistoryItemType": "StateUpdate",
                "HistorySummary": f"Alarm updated from {old} to {new}",
                "HistoryData": json.dumps(data),
            }


def _metric_data(world: World, used: Used, asked: Arguments) -> dict[str, Any]:
    queries = asked["MetricDataQueries"]
    return {"MetricDataResults": [_result(world, used, each, asked) for each in queries]}


def _result(world: World, used: Used, query: Document, asked: Arguments) -> Document:
    stat = query.get("MetricStat") or {}
    points = [*_points(world, stat, asked), *_usage(used, stat, asked)]
    points.sort(reverse=_newest_first(asked))
    return {
        "Id": query["Id"],
        "Label": query["Id"],
        "Timestamps": [at for at, _ in points],
        "Values": [float(number) for _, number in points],
        "StatusCode": "Complete",
    }


def _usage(used: Used, stat: Document, asked: Arguments) -> Iterator[tuple[datetime, float]]:
    metric = stat.get("Metric") or {}
    if (metric.get("Namespace"), metric.get("MetricName")) == ("AWS/Usage", "ResourceCount"):
        value = used({each["Name"]: each["Value"] for each in metric.get("Dimensions", ())})
        if value is not None:
            yield asked["EndTime"] - timedelta(seconds=stat["Period"]), value


def _points(world: World, stat: Document, asked: Arguments) -> Iterator[tuple[datetime, float]]:
    group = _group(world, stat.get("Metric") or {})
    if group is None:
        return
    period = timedelta(seconds=stat["Period"])
    at = asked["StartTime"] - (asked["StartTime"] - EARLIEST) % period
    while at < asked["EndTime"] and at + period <= world.now():
        number = world.target_groups.requests(group, at, at + period)
        if number:
            yield at, number
        at += period


def _group(world: World, metric: Document) -> str | None:
    """Return the target group whose requests a metric counts."""
    named = {each["Name"]: each["Value"] for each in metric.get("Dimensions", ())}
    if metric.get("MetricName") != "RequestCount" or "LoadBalancer" not in named:
        return None
    end = f":{named.get('TargetGroup', ' ')}"
    return next((arn for arn in world.target_groups.asked() if arn.endswith(end)), None)


def _newest_first(asked: Arguments) -> bool:
    return bool(asked.get("ScanBy", DESCENDING) == DESCENDING)
