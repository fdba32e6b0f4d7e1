"""Is a release stopped before anything is touched where what its task definitions name lacks?"""

from collections.abc import Callable
from dataclasses import replace

import pytest

from functions.domain.catalogue import Unarmed
from rehearsal.prepare import base
from rehearsal.sdk import refusal
from rehearsal.template import ACCOUNT
from tests.workflows.orders import Orders

Lack = Callable[[Orders], object]


def no_role(orders: Orders) -> None:
    orders.call("iam", "delete_role", RoleName="orders-execution")


def another_role(orders: Orders) -> None:
    orders.register("web", taskRoleArn=f"arn:aws:iam::{ACCOUNT}:role/shop")


def no_log_group(orders: Orders) -> None:
    orders.call("logs", "delete_log_group", logGroupName="/ecs/orders-web")


def a_secret(orders: Orders, *value_from: str) -> None:
    """Register a base whose container takes variables of secrets."""
    made = base(orders.application, orders.application.services[0], "v1")
    secrets = [{"name": f"DB{place or ''}", "valueFrom": e} for place, e in enumerate(value_from)]
    orders.register(
        "web", containerDefinitions=[{**made["containerDefinitions"][0], "secrets": secrets}]
    )


def no_parameter(orders: Orders) -> None:
    a_secret(orders, "/orders/db")


def a_secret_that_goes(orders: Orders) -> None:
    made = orders.call("secretsmanager", "create_secret", Name="orders/db", SecretString="-")
    orders.call("secretsmanager", "delete_secret", SecretId=made["ARN"])
    a_secret(orders, made["ARN"])


def an_alarm_that_fires(orders: Orders) -> None:
    web = orders.application.services[0]
    bake = replace(web.bake, alarms=("orders-5xx",), unarmed=Unarmed.BLOCK)
    orders.configure(replace(orders.application, services=(replace(web, bake=bake),)))
    orders.call(
        "cloudwatch",
        "put_metric_alarm",
        AlarmName="orders-5xx",
        Namespace="orders",
        MetricName="5xx",
        Period=60,
        EvaluationPeriods=1,
        Threshold=1,
        Statistic="Sum",
        ComparisonOperator="GreaterThanThreshold",
    )
    alarm = {"AlarmName": "orders-5xx", "StateValue": "ALARM", "StateReason": "42 of 10"}
    orders.call("cloudwatch", "set_alarm_state", **alarm)


@pytest.mark.parametrize(
    ("lack", "said"),
    [
        (no_role, "The role orders-execution (execution role of web) does not exist"),
        (another_role, "List shop under roles in the catalogue and deploy the stack."),
        (no_log_group, "The log group /ecs/orders-web (of web) does not exist"),
        (no_parameter, "The parameter /orders/db (DB of web) does not exist."),
        (a_secret_that_goes, "is scheduled for deletion: no task can read it."),
        (an_alarm_that_fires, "The alarm orders-5xx (bake of web) is in ALARM already: 42 of 10."),
    ],
)
def test_what_lacks_stops_a_release_before_any_call_that_changes_something(
    orders: Orders, lack: Lack, said: str
) -> None:
    lack(orders)
    orders.calls.clear()
    deployed = orders.push("v2")
    assert (deployed.outcome, deployed.code) == ("Failed", "PreflightStopped")
    assert said in deployed.message
    assert orders.writes() == []


def test_an_image_for_other_machines_stops_a_release(orders: Orders) -> None:
    orders.world.store("orders", "v2", platforms=("arm64",))
    deployed = orders.deploy("v2")
    assert deployed.code == "PreflightStopped"
    assert "web needs linux/amd64" in deployed.message
    assert orders.writes() == []


@pytest.mark.parametrize(
    "name",
    [
        "cloudwatch:DescribeAlarms",
        "ecr:BatchGetImage",
        "ecr:GetLifecyclePolicy",
        "iam:GetRole",
        "logs:DescribeLogGroups",
        "secretsmanager:DescribeSecret",
        "ssm:DescribeParameters",
    ],
)
@pytest.mark.parametrize("code", ["AccessDeniedException", "ThrottlingException"])
def test_what_cannot_be_looked_at_stops_nothing(orders: Orders, name: str, code: str) -> None:
    made = orders.call("secretsmanager", "create_secret", Name="orders/db", SecretString="-")
    orders.call("ssm", "put_parameter", Name="/orders/db", Value="-", Type="SecureString")
    a_secret(orders, "/orders/db", made["ARN"])
    orders.world.store("orders", "v2")
    # The SDK asks three times more where it is throttled.
    orders.refuse(name, refusal(name.partition(":")[2], code, "not now"), times=4)
    plan = orders.deploy("v2", plan=True).execution.output
    assert isinstance(plan, dict)
    assert plan["verdict"] == "can be deployed"
    unknown = [each for each in plan["finds"] if each.startswith("unknown")]
    assert unknown
    assert all(name in each for each in unknown)
