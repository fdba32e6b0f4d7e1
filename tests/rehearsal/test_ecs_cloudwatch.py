"""What CloudWatch tells of the past of an alarm, and of the requests that came."""

import botocore.session
import pytest
from botocore.validate import ParamValidator

from functions.aws import alarms, traffic
from functions.domain.bake.armed import Change
from rehearsal.sdk import Sdk
from tests.rehearsal.house import ACCOUNT, GROUP, REGION, house

MODEL = botocore.session.get_session().get_service_model("cloudwatch")
BALANCER = "app/web/0123456789abcdef"


@pytest.fixture
def made():
    with house() as made:
        yield made


def cloudwatch(made):
    sdk = Sdk(REGION)
    sdk.answers |= made.installation.answers(ACCOUNT, REGION)
    return sdk.client("cloudwatch")


def alarm(made, state):
    with made.clock.travel():
        client = cloudwatch(made)
        if not client.describe_alarms(AlarmNames=["errors"])["MetricAlarms"]:
            client.put_metric_alarm(AlarmName="errors", **METRIC)
        client.set_alarm_state(AlarmName="errors", StateValue=state, StateReason=f"went {state}")


METRIC = {
    "MetricName": "errors",
    "Namespace": "orders",
    "Period": 60,
    "EvaluationPeriods": 1,
    "Threshold": 1,
    "ComparisonOperator": "GreaterThanThreshold",
    "Statistic": "Sum",
}


def at(made, seconds):
    made.until(seconds)
    return made.clock.now()


def test_an_alarm_that_fired_and_recovered_is_told_by_its_history(made):
    alarm(made, "OK")
    began = at(made, 60)
    fired = at(made, 90)
    alarm(made, "ALARM")
    recovered = at(made, 120)
    alarm(made, "OK")
    found = alarms.read(cloudwatch(made), ["errors"], began)["errors"]
    assert (found.state, found.since) == ("OK", recovered)
    assert sorted(found.changes, key=lambda each: each.at) == [
        Change(fired, "ALARM", "OK", "went ALARM"),
        Change(recovered, "OK", "ALARM", "went OK"),
    ]


def test_setting_an_alarm_to_its_own_state_is_no_change(made):
    began = at(made, 30)
    alarm(made, "ALARM")
    since = made.clock.now()
    at(made, 90)
    alarm(made, "ALARM")
    found = alarms.read(cloudwatch(made), ["errors"], began)["errors"]
    assert found.since == since
    assert len(found.changes) <= 1


def test_a_history_is_told_page_by_page_the_newest_first(made):
    for number in range(3):
        at(made, 60 * number)
        alarm(made, "OK" if number % 2 else "ALARM")
    client = cloudwatch(made)
    pages = client.get_paginator("describe_alarm_history")
    kinds = {"AlarmName": "errors", "HistoryItemType": "StateUpdate"}
    newest = [
        item["Timestamp"]
        for page in pages.paginate(MaxRecords=1, **kinds)
        for item in page["AlarmHistoryItems"]
    ]
    assert len(newest) == 3
    assert newest == sorted(newest, reverse=True)
    oldest = client.describe_alarm_history(ScanBy="TimestampAscending", **kinds)
    assert [each["Timestamp"] for each in oldest["AlarmHistoryItems"]] == sorted(newest)
    assert client.describe_alarm_history(HistoryItemType="Action")["AlarmHistoryItems"] == []


NAMED = GROUP.rpartition(":")[2]


def query(name="RequestCount", group=NAMED):
    dimensions = [
        {"Name": "TargetGroup", "Value": group},
        {"Name": "LoadBalancer", "Value": BALANCER},
    ]
    metric = {"Namespace": "AWS/ApplicationELB", "MetricName": name, "Dimensions": dimensions}
    return {"Id": "m", "MetricStat": {"Metric": metric, "Period": 60, "Stat": "Sum"}}


def counted(made, since, **more):
    answer = cloudwatch(made).get_metric_data(
        MetricDataQueries=[query(**more)], StartTime=since, EndTime=made.clock.now()
    )
    return answer["MetricDataResults"][0]["Values"]


def test_requests_are_counted_for_each_minute_that_is_over_and_had_some(made):
    groups = made.installation.target_groups
    since = at(made, 60)
    at(made, 120)
    groups.ask(GROUP, 30, made.clock.now())
    at(made, 180)
    groups.ask(GROUP, 90, made.clock.now())
    at(made, 270)
    assert counted(made, since) == [90.0, 30.0]
    groups.ask(GROUP, 0, made.clock.now())
    at(made, 600)
    assert counted(made, since) == [45.0, 90.0, 30.0]


@pytest.mark.parametrize(
    "more", [{"name": "TargetResponseTime"}, {"group": "targetgroup/nobody/1"}]
)
def test_no_other_metric_is_there(made, more):
    since = made.clock.now()
    made.installation.target_groups.ask(GROUP, 30, since)
    at(made, 600)
    assert counted(made, since, **more) == []


def test_what_pilothouse_reads_is_what_came(made):
    since = made.clock.now()
    made.installation.target_groups.ask(GROUP, 30, since)
    at(made, 300)
    queries = [query()]
    place = traffic.Place("production", "web")
    now = made.clock.now()
    found = traffic._counted(cloudwatch(made), queries, place, since, now)
    assert found.number in (120, 150)


@pytest.mark.parametrize("name", ["DescribeAlarmHistory", "GetMetricData"])
def test_an_answer_is_what_the_api_says(made, name):
    alarm(made, "ALARM")
    made.installation.target_groups.ask(GROUP, 30, made.clock.now())
    since = made.clock.now()
    at(made, 300)
    asked = {
        "DescribeAlarmHistory": {},
        "GetMetricData": {
            "MetricDataQueries": [query()],
            "StartTime": since,
            "EndTime": made.clock.now(),
        },
    }[name]
    answer = made.installation.answers(ACCOUNT, REGION)["cloudwatch", name](asked)
    shape = MODEL.operation_model(name).output_shape
    assert not ParamValidator().validate(answer, shape).has_errors()
