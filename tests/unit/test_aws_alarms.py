"""How alarms and their past are read of CloudWatch."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError
from moto import mock_aws

from functions.aws import alarms
from functions.domain.bake.armed import Alarm, Change
from tests.factories import NOW, later
from tests.fakes import client

BEFORE, AFTER = later(minutes=-60), later(minutes=5)


class FakeCloudWatch:
    """CloudWatch that has what a test says: answers by call, page by page."""

    def __init__(self, **pages: list[dict[str, Any]]) -> None:
        self._pages = pages
        self.asked: list[dict[str, Any]] = []

    def get_paginator(self, name: str) -> "FakePages":
        return FakePages(self, self._pages[name])


class FakePages:
    def __init__(self, cloudwatch: FakeCloudWatch, pages: list[Any]) -> None:
        self._cloudwatch = cloudwatch
        self._pages = pages

    def paginate(self, **asked: Any) -> Iterator[dict[str, Any]]:
        self._cloudwatch.asked.append(asked)
        for page in self._pages:
            if isinstance(page, Exception):
                raise page
            yield page


def described(name: str = "orders-5xx", **override: Any) -> dict[str, Any]:
    return {
        "AlarmName": name,
        "StateValue": "ALARM",
        "StateReason": "Threshold Crossed:\n 42",
        "StateTransitionedTimestamp": AFTER,
        "StateUpdatedTimestamp": later(minutes=9),
        **override,
    }


def an_item(before: str, state: str, **override: Any) -> dict[str, Any]:
    """Return an item of a history as the AWS CLI's example shows it."""
    old = {"stateValue": before, "stateReason": "fine"}
    new = {"stateValue": state, "stateReason": "testing purposes"}
    return {
        "AlarmName": "orders-5xx",
        "Timestamp": AFTER,
        "HistoryItemType": "StateUpdate",
        "HistorySummary": f"Alarm updated from {before} to {state}",
        "HistoryData": json.dumps({"version": "1.0", "oldState": old, "newState": new}),
        **override,
    }


def read_with(*items: Any) -> Alarm:
    """Read an alarm whose history has these items, or fails."""
    pages = [
        each if isinstance(each, Exception) else {"AlarmHistoryItems": [each]} for each in items
    ]
    fake = FakeCloudWatch(
        describe_alarms=[{"MetricAlarms": [described()]}], describe_alarm_history=pages
    )
    return alarms.read(fake, ["orders-5xx"], NOW)["orders-5xx"]


@mock_aws
def test_alarms_are_found_by_their_names_and_missing_ones_said_to_be() -> None:
    cloudwatch = client("cloudwatch")
    for name, state in (("orders-5xx", "ALARM"), ("orders-up", "OK")):
        cloudwatch.put_metric_alarm(
            AlarmName=name, EvaluationPeriods=1, ComparisonOperator="GreaterThanThreshold"
        )
        cloudwatch.set_alarm_state(AlarmName=name, StateValue=state, StateReason="test")
    names = ["orders-5xx", "orders-up", "orders-p99"]
    found = alarms.read(cloudwatch, names, later(days=36_500))
    assert {name: (each.state, each.reason) for name, each in found.items()} == {
        "orders-5xx": ("ALARM", "test"),
        "orders-up": ("OK", "test"),
        "orders-p99": ("MISSING", ""),
    }


def test_alarms_of_every_kind_are_asked_for_in_batches_of_a_hundred() -> None:
    page = {
        "MetricAlarms": [described("alarm-1", StateTransitionedTimestamp=BEFORE)],
        "CompositeAlarms": [described("alarm-2", StateTransitionedTimestamp=BEFORE)],
        "LogAlarms": [described("alarm-3", StateTransitionedTimestamp=BEFORE)],
    }
    fake = FakeCloudWatch(describe_alarms=[page])
    found = alarms.read(fake, [f"alarm-{number}" for number in range(205)], NOW)
    assert [name for name, each in found.items() if each.state == "ALARM"] == [
        "alarm-1",
        "alarm-2",
        "alarm-3",
    ]
    assert [len(asked["AlarmNames"]) for asked in fake.asked] == [100, 100, 5]
    assert fake.asked[0]["AlarmTypes"] == ["MetricAlarm", "CompositeAlarm", "LogAlarm"]


def test_what_has_not_changed_since_the_release_began_has_no_history_read() -> None:
    page = {"MetricAlarms": [described(StateTransitionedTimestamp=NOW)]}
    found = alarms.read(FakeCloudWatch(describe_alarms=[page]), ["orders-5xx"], NOW)
    assert found == {"orders-5xx": Alarm("orders-5xx", "ALARM", NOW, "Threshold Crossed: 42")}


def test_the_history_tells_what_changed_since_the_release_began() -> None:
    fake = FakeCloudWatch(
        describe_alarms=[{"MetricAlarms": [described()]}],
        describe_alarm_history=[
            {"AlarmHistoryItems": [an_item("OK", "ALARM")]},
            {"AlarmHistoryItems": [an_item("INSUFFICIENT_DATA", "OK")]},
        ],
    )
    found = alarms.read(fake, ["orders-5xx"], NOW)["orders-5xx"]
    assert found == Alarm(
        "orders-5xx",
        "ALARM",
        AFTER,
        "Threshold Crossed: 42",
        (
            Change(AFTER, "ALARM", "OK", "testing purposes"),
            Change(AFTER, "OK", "INSUFFICIENT_DATA", "testing purposes"),
        ),
    )
    assert fake.asked[1] == {
        "AlarmName": "orders-5xx",
        "AlarmTypes": ["MetricAlarm", "CompositeAlarm", "LogAlarm"],
        "HistoryItemType": "StateUpdate",
        "StartDate": NOW,
    }


@pytest.mark.parametrize(
    ("item", "changes"),
    [
        pytest.param(
            an_item("OK", "ALARM", HistoryData='{"version":"1.0","oldSta'),
            (Change(AFTER, "ALARM", "OK"),),
            id="its data is cut",
        ),
        pytest.param(
            an_item("OK", "ALARM", HistoryData=None), (Change(AFTER, "ALARM", "OK"),), id="no data"
        ),
        pytest.param(
            an_item("OK", "ALARM", HistorySummary="Something else"),
            (Change(AFTER, "ALARM", "OK", "testing purposes"),),
            id="its summary says something else",
        ),
        pytest.param(
            an_item("OK", "ALARM", HistorySummary="", HistoryData="[]"), (), id="it tells no state"
        ),
    ],
)
def test_an_item_of_another_shape_is_read_as_far_as_it_goes(
    item: dict[str, Any], changes: tuple[Change, ...]
) -> None:
    assert read_with(item).changes == changes


@pytest.mark.parametrize("code", ["AccessDeniedException", "ThrottlingException"])
def test_a_history_that_cannot_be_read_becomes_a_sentence(code: str) -> None:
    error = ClientError({"Error": {"Code": code, "Message": "No."}}, "DescribeAlarmHistory")
    found = read_with(error)
    assert (found.state, found.changes) == ("ALARM", ())
    assert found.unread.startswith("the history of the alarm orders-5xx could not be read: AWS ")
    assert not found.unread.endswith(".")


def test_a_mistake_of_ours_is_no_sentence() -> None:
    with pytest.raises(KeyError):
        read_with(KeyError("x"))


def test_a_long_reason_is_cut() -> None:
    page = {"MetricAlarms": [described(StateReason="x" * 1023, StateTransitionedTimestamp=NOW)]}
    found = alarms.read(FakeCloudWatch(describe_alarms=[page]), ["orders-5xx"], NOW)
    assert found["orders-5xx"].reason == "x" * 200


def test_where_nobody_tells_the_transition_the_update_has_to_do() -> None:
    page = {"MetricAlarms": [described(StateTransitionedTimestamp=None)]}
    fake = FakeCloudWatch(describe_alarms=[page], describe_alarm_history=[])
    assert alarms.read(fake, ["orders-5xx"], NOW)["orders-5xx"].since == later(minutes=9)
