"""A release that runs is watched before it counts as good."""

from dataclasses import replace
from typing import Any

import pytest

from functions.domain.catalogue import Unarmed, Unsure
from rehearsal.ecs import Behaviour
from rehearsal.invariants.checks import claim_is_released, one_owner_at_a_time
from rehearsal.world import repository_uri
from tests.workflows.calls import denied
from tests.workflows.conftest import Rehearse
from tests.workflows.orders import CRASH, Orders
from tests.workflows.ways import takes


@pytest.fixture
def orders(rehearse: Rehearse) -> Orders:
    return rehearse(minutes=10)


def ruled(orders: Orders, **rules: Any) -> Orders:
    """Have other rules for the bake of each service."""
    services = tuple(
        replace(each, bake=replace(each.bake, **rules)) for each in orders.application.services
    )
    orders.configure(replace(orders.application, services=services))
    return orders


def alarm(orders: Orders, state: str, *, told: bool = True) -> None:
    """Put the alarm of the catalogue into a state, and have CloudWatch tell of it or not."""
    if not orders.call("cloudwatch", "describe_alarms", AlarmNames=["orders-5xx"])["MetricAlarms"]:
        orders.call(
            "cloudwatch",
            "put_metric_alarm",
            AlarmName="orders-5xx",
            ComparisonOperator="GreaterThanThreshold",
            EvaluationPeriods=1,
            MetricName="5xx",
            Namespace="orders",
            Period=60,
            Statistic="Sum",
            Threshold=1,
        )
    orders.call(
        "cloudwatch",
        "set_alarm_state",
        AlarmName="orders-5xx",
        StateValue=state,
        StateReason="as the test says",
    )
    if told:
        detail = {"alarmName": "orders-5xx", "state": {"value": state}}
        orders.world.bus.emit("aws.cloudwatch", "CloudWatch Alarm State Change", detail)


def after(orders: Orders, seconds: float) -> None:
    orders.clock.run(until=orders.clock.seconds + seconds)


@takes(
    "bake: New Or Resumed -> Judge Bake (2)",
    "bake: Verdict -> Renew Claim",
    "bake: Verdict -> Judged",
    "bake: Wait For News fails -> Let It Settle",
    "bake: Evidence Found -> Verdict",
    "bake: ends in Judged",
)
def test_a_release_that_stays_well_is_promoted_when_its_minutes_are_over(orders: Orders) -> None:
    alarm(orders, "OK")
    deployed = orders.push("v2")
    (bake,) = orders.world.executions("bake")
    assert deployed.outcome == "Promoted"
    assert deployed.message.endswith("The bake passed.")
    assert (bake.stopped_at - bake.started_at).total_seconds() == 600
    assert bake.path.count("Judge Bake") == 3


def test_an_alarm_that_does_not_exist_is_named(orders: Orders) -> None:
    assert "These alarms do not exist: orders-5xx." in orders.push("v2").message


def test_an_alarm_that_fires_turns_the_release_back_at_once(orders: Orders) -> None:
    orders.begin_push("v2")
    orders.until("bake: Wait For News")
    orders.clock.run(until=orders.clock.seconds + 100)
    at = orders.clock.now()
    alarm(orders, "ALARM")
    deployed = orders.finish()
    bake, _ = orders.world.executions("bake")
    assert (deployed.outcome, deployed.code) == ("RolledBack", "AlarmBreach")
    assert (bake.stopped_at - at).total_seconds() < 2
    assert {digest for _, digest in orders.runs("web")} == {orders.digest("v1")}


def test_an_alarm_that_fired_and_recovered_unheard_turns_the_release_back(orders: Orders) -> None:
    alarm(orders, "OK")
    orders.begin_push("v2")
    orders.until("bake: Wait For News")
    after(orders, 20)
    alarm(orders, "ALARM", told=False)
    after(orders, 60)
    alarm(orders, "OK", told=False)
    deployed = orders.finish()
    assert (deployed.outcome, deployed.code) == ("RolledBack", "AlarmBreach")
    assert "orders-5xx was in ALARM for a while: as the test says" in deployed.message


def test_an_alarm_that_fired_before_the_release_does_not_count(orders: Orders) -> None:
    alarm(orders, "ALARM")
    deployed = orders.push("v2")
    assert deployed.outcome == "Promoted"
    assert "orders-5xx was in ALARM already before the release" in deployed.message


def test_an_alarm_that_fired_before_the_release_may_block_it(orders: Orders) -> None:
    ruled(orders, unarmed=Unarmed.BLOCK)
    alarm(orders, "ALARM")
    assert orders.push("v2").code == "PreflightStopped"
    deployed = orders.deploy("v2", force=True)
    assert (deployed.outcome, deployed.code) == ("RolledBack", "AlarmsUnarmed")


def test_a_bake_goes_on_until_enough_requests_have_come(orders: Orders) -> None:
    ruled(orders, min_requests=300)
    orders.world.requests("orders", "web", 20)
    deployed = orders.push("v2")
    (bake,) = orders.world.executions("bake")
    assert deployed.outcome == "Promoted"
    assert 800 < (bake.stopped_at - bake.started_at).total_seconds() < 1100


@pytest.mark.parametrize(
    ("action", "outcome"),
    [
        (Unsure.PROMOTE, "Promoted"),
        (Unsure.HOLD, "Failed"),
        (Unsure.ROLLBACK, "RolledBack"),
    ],
)
def test_a_bake_without_requests_ends_as_the_catalogue_says(
    orders: Orders, action: Unsure, outcome: str
) -> None:
    ruled(orders, min_requests=300, extend_seconds=600, no_data=action)
    deployed = orders.push("v2")
    assert deployed.outcome == outcome
    assert "web has had 0 of at least 300 requests" in deployed.message
    if action is not Unsure.PROMOTE:
        assert deployed.code == "NoData"
    runs = "v1" if action is Unsure.ROLLBACK else "v2"
    assert {digest for _, digest in orders.runs("web")} == {orders.digest(runs)}


def test_requests_that_may_not_be_read_leave_the_services_as_they_are(orders: Orders) -> None:
    ruled(orders, min_requests=300)
    orders.refuse("cloudwatch:GetMetricData", denied("GetMetricData"), times=99)
    deployed = orders.push("v2")
    assert (deployed.outcome, deployed.code) == ("Failed", "Fault")
    assert "the requests of orders-web could not be read" in deployed.message
    assert {digest for _, digest in orders.runs("web")} == {orders.digest("v2")}


def test_tasks_that_die_in_the_bake_turn_the_release_back(orders: Orders) -> None:
    deployed = orders.push("v2", Behaviour(exits_after=240.0, exit_code=137))
    assert (deployed.outcome, deployed.code) == ("RolledBack", "AppExit")
    assert "During the bake of web: " in deployed.message
    assert len(orders.world.executions("roll")) == 2


def test_somebody_elses_deployment_in_the_bake_is_left_alone(orders: Orders) -> None:
    orders.begin_push("v2")
    orders.until("bake: Wait For News")
    orders.update("web", taskDefinition=orders.register("web"))
    deployed = orders.finish()
    assert (deployed.outcome, deployed.code) == ("Failed", "ReplacedByOther")
    assert "During the bake of web: Another deployment replaced ours" in deployed.message


def test_a_task_that_is_being_replaced_at_the_end_is_waited_for(orders: Orders) -> None:

    def stop_one() -> None:
        task = next(orders.service("web").tasks())
        orders.call("ecs", "stop_task", cluster="production", task=task.arn)

    orders.begin_push("v2")
    orders.until("bake: Judge Bake")
    orders.clock.at(595, stop_one)
    assert orders.finish().outcome == "Promoted"
    (bake,) = orders.world.executions("bake")
    assert (bake.stopped_at - bake.started_at).total_seconds() > 600


def test_a_release_without_bake_minutes_is_looked_at_once_more(both: Orders) -> None:
    def deploy_web() -> None:
        both.update("web", taskDefinition=both.register("web"))

    both.at("deploy: Roll Services", deploy_web, times=2)
    deployed = both.push("v2")
    assert (deployed.outcome, deployed.code) == ("RollbackFailed", "ReplacedByOther")
    assert "web was left alone, since somebody else deployed there" in deployed.message


def test_a_way_back_is_looked_at_once_more(both: Orders) -> None:
    image = f"{repository_uri(both.application)}:v1"
    both.register(
        "worker", containerDefinitions=[{"name": "app", "image": image, "command": ["work"]}]
    )

    def deploy_worker() -> None:
        both.update("worker", taskDefinition=both.register("worker"))

    both.at("deploy: Roll Services", deploy_worker, times=4)
    deployed = both.push("v2", Behaviour(commands={"work": CRASH}))
    assert deployed.outcome == "RollbackFailed"
    assert "During the bake of worker: Another deployment replaced ours" in deployed.message


@takes("bake: Renew Claim fails -> Claim Lost", "bake: ends in Claim Lost")
def test_who_loses_the_claim_in_the_bake_promotes_nothing(orders: Orders) -> None:
    orders.excuse(claim_is_released, one_owner_at_a_time)
    orders.at("bake: Renew Claim", lambda: orders.claim("somebody", minutes=60), times=2)
    lost = orders.push("v2")
    assert (lost.outcome, lost.code) == ("Failed", "Fault")
    assert orders.item("stable#web")["release"] == 0
