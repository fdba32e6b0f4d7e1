"""A release that runs is watched before it counts as good."""

import pytest

from rehearsal.ecs import Behaviour
from rehearsal.invariants.checks import claim_is_released, one_owner_at_a_time
from rehearsal.world import repository_uri
from tests.workflows.conftest import Rehearse
from tests.workflows.orders import CRASH, Orders
from tests.workflows.ways import takes


@pytest.fixture
def orders(rehearse: Rehearse) -> Orders:
    return rehearse(minutes=10)


def alarm(orders: Orders, state: str) -> None:
    """Put the alarm of the catalogue into a state, and have CloudWatch tell of it."""
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
    detail = {"alarmName": "orders-5xx", "state": {"value": state}}
    orders.world.bus.emit("aws.cloudwatch", "CloudWatch Alarm State Change", detail)


@takes(
    "bake: New Or Resumed -> Judge Bake (2)",
    "bake: Verdict -> Renew Claim",
    "bake: Verdict -> Judged",
    "bake: Wait For News fails -> Let It Settle",
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


def test_tasks_that_die_in_the_bake_turn_the_release_back(orders: Orders) -> None:
    deployed = orders.push("v2", Behaviour(exits_after=240.0, exit_code=137))
    assert (deployed.outcome, deployed.code) == ("RolledBack", "AppExit")
    assert "During the bake" in deployed.message
    assert len(orders.world.executions("roll")) == 2


def test_somebody_elses_deployment_in_the_bake_is_left_alone(orders: Orders) -> None:
    orders.begin_push("v2")
    orders.until("bake: Wait For News")
    orders.update("web", taskDefinition=orders.register("web"))
    deployed = orders.finish()
    assert (deployed.outcome, deployed.code) == ("Failed", "ReplacedByOther")
    assert "During the bake another deployment replaced ours on web" in deployed.message


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
    assert (deployed.outcome, deployed.code) == ("Failed", "ReplacedByOther")


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
    assert "another deployment replaced ours on worker" in deployed.message


@takes("bake: Renew Claim fails -> Claim Lost", "bake: ends in Claim Lost")
def test_who_loses_the_claim_in_the_bake_promotes_nothing(orders: Orders) -> None:
    orders.excuse(claim_is_released, one_owner_at_a_time)
    orders.at("bake: Renew Claim", lambda: orders.claim("somebody", minutes=60), times=2)
    lost = orders.push("v2")
    assert (lost.outcome, lost.code) == ("Failed", "Fault")
    assert orders.item("stable#web")["release"] == 0
