"""ECS asks Pilothouse at a lifecycle hook of a service whether what it deploys may go on."""

from typing import Any

import pytest

from rehearsal.template import Template
from tests.workflows.conftest import Rehearse
from tests.workflows.orders import Orders
from tests.workflows.test_native import ROLE, shifting

STAGES = ["POST_SCALE_UP", "TEST_TRAFFIC_SHIFT", "PRE_PRODUCTION_TRAFFIC_SHIFT"]


def function(template: Template) -> str:
    (found,) = [
        each
        for each in template.of("AWS::Lambda::Function")
        if each.properties["Handler"] == "functions.handlers.answer_hook.handler"
    ]
    return template.arn(found.logical_id)


@pytest.fixture
def orders(rehearse: Rehearse) -> Orders:
    """Have a blue/green web whose hook is that of Pilothouse."""
    orders = shifting(rehearse)
    ask_at(orders, *STAGES)
    return orders


def ask_at(orders: Orders, *stages: str) -> None:
    hook = {
        "targetType": "AWS_LAMBDA",
        "hookTargetArn": function(orders.world.template),
        "roleArn": ROLE,
        "lifecycleStages": list(stages),
    }
    shown: dict[str, Any] = {"strategy": "BLUE_GREEN", "lifecycleHooks": [hook]}
    orders.update("web", deploymentConfiguration=shown)


def hooks(orders: Orders) -> list[str]:
    """Return what was answered at the hooks of the newest deployment of web, one after another."""
    return [str(each["status"]) for each in orders.service("web").history[-1].hooks]


def test_a_good_release_passes_and_so_does_what_others_deploy(orders: Orders) -> None:
    assert orders.push("v2").outcome == "Promoted"
    assert hooks(orders) == ["SUCCEEDED"] * 3
    orders.update("web", taskDefinition=orders.register("web", "v1"))
    orders.clock.run(until=orders.clock.seconds + 1800)
    assert hooks(orders) == ["SUCCEEDED"] * 3


@pytest.mark.parametrize(
    ("stage", "answers"),
    [
        ("POST_SCALE_UP", ["FAILED"]),
        # Here ECS asks once more on the way back, where it must not be kept.
        ("TEST_TRAFFIC_SHIFT", ["FAILED", "SUCCEEDED"]),
    ],
)
def test_ecs_turns_a_release_back_itself_once_another_service_of_it_has_failed(
    orders: Orders, stage: str, answers: list[str]
) -> None:
    ask_at(orders, stage)
    orders.begin_push("v2")
    orders.until("roll: Judge Rollout")
    note_failing(orders, "worker")
    deployed = orders.finish()
    assert (deployed.outcome, deployed.code) == ("RolledBack", "RolledBackByEcs")
    assert hooks(orders) == answers
    assert orders.runs("web") == {("orders-web:1", orders.digest("v1"))}


def note_failing(orders: Orders, key: str) -> None:
    table = orders.world.template.one("AWS::DynamoDB::Table").logical_id
    orders.call(
        "dynamodb",
        "update_item",
        TableName=orders.world.template.name(table),
        Key={"pk": {"S": "app#orders"}, "sk": {"S": "claim"}},
        UpdateExpression="SET failing = :key",
        ExpressionAttributeValues={":key": {"S": key}},
        ReturnValues="ALL_NEW",
    )


def test_ecs_turns_back_what_a_person_stopped_deploying_while_nobody_else_would(
    orders: Orders,
) -> None:
    orders.begin_push("v2")
    orders.until("roll: Judge Rollout")
    orders.world.machines.stop(orders.world.executions("deploy")[-1])
    assert orders.finish().outcome == "Aborted"
    orders.clock.run(until=orders.clock.seconds + 1800)
    assert hooks(orders)[0] == "FAILED"
    assert orders.runs("web") == {("orders-web:1", orders.digest("v1"))}
