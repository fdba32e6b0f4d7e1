"""A service that ECS itself deploys blue/green: Pilothouse waits with it and knows its end."""

from typing import Any

from functions.domain.catalogue import Strategy
from rehearsal.ecs.shifting.shift import production_shares
from rehearsal.sdk import refusal
from rehearsal.template import ACCOUNT, REGION
from rehearsal.world import Running
from tests.workflows.calls import gone
from tests.workflows.conftest import Rehearse
from tests.workflows.orders import CRASH, Orders
from tests.workflows.ways import takes

RULE = f"arn:aws:elasticloadbalancing:{REGION}:{ACCOUNT}:listener-rule/app/orders/1/2"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/infrastructure"
PAUSE = {"targetType": "PAUSE", "lifecycleStages": ["POST_TEST_TRAFFIC_SHIFT"]}
HOUR = 3600


def shifting(rehearse: Rehearse, **configuration: Any) -> Orders:
    """Have the web run, and configured so for the next deployment."""
    advanced = {
        "alternateTargetGroupArn": target_group_of("alternate"),
        "productionListenerRule": f"{RULE}/production",
        "testListenerRule": f"{RULE}/test",
        "roleArn": ROLE,
    }
    web = Running(load_balancer=True, advanced=advanced)
    orders = rehearse({"web": web}, services={"web": {"strategy": Strategy.NATIVE}})
    orders.update("web", deploymentConfiguration={"strategy": "BLUE_GREEN", **configuration})
    return orders


def target_group_of(name: str) -> str:
    return f"arn:aws:elasticloadbalancing:{REGION}:{ACCOUNT}:targetgroup/{name}/0123456789abcdef"


def paused(orders: Orders) -> dict[str, Any]:
    """Return the service deployment that waits for a person."""
    listed = orders.call(
        "ecs", "list_service_deployments", cluster="production", service="orders-web"
    )
    arn = listed["serviceDeployments"][0]["serviceDeploymentArn"]
    found = orders.call("ecs", "describe_service_deployments", serviceDeploymentArns=[arn])
    return dict(found["serviceDeployments"][0])


def answer(orders: Orders, action: str) -> None:
    found = paused(orders)
    (hook,) = found["lifecycleHookDetails"]
    assert hook["status"] == "AWAITING_ACTION"
    orders.call(
        "ecs",
        "continue_service_deployment",
        serviceDeploymentArn=found["serviceDeploymentArn"],
        hookId=hook["hookId"],
        action=action,
    )


def told(orders: Orders) -> list[str]:
    """Return what people were told of approvals."""
    return [
        str(each["message"]) for each in orders.world.news if "/Approval/" in each["announcement"]
    ]


def test_a_blue_green_service_is_paused_continued_by_a_person_and_promoted(
    rehearse: Rehearse,
) -> None:
    orders = shifting(rehearse, bakeTimeInMinutes=10, lifecycleHooks=[PAUSE])
    orders.begin_push("v2")
    orders.clock.run(until=orders.clock.seconds + 20 * HOUR)
    assert paused(orders)["lifecycleStage"] == "POST_TEST_TRAFFIC_SHIFT"
    assert orders.world.executions("deploy")[-1].running
    answer(orders, "CONTINUE")
    assert orders.finish().outcome == "Promoted"
    assert orders.runs("web") == {("orders-web:2", orders.digest("v2"))}


def test_a_person_who_sends_a_blue_green_service_back_is_not_asked_once_more(
    rehearse: Rehearse,
) -> None:
    orders = shifting(rehearse, bakeTimeInMinutes=10, lifecycleHooks=[PAUSE])
    orders.begin_push("v2")
    orders.clock.run(until=orders.clock.seconds + HOUR)
    answer(orders, "ROLLBACK")
    deployed = orders.finish()
    assert deployed.outcome == "RolledBack"
    assert "ECS rolled the service back to orders-web:1" in deployed.message
    # What ECS does by itself is only watched: another deployment would pause at the hook again.
    assert len(orders.calls.named("ecs:UpdateService")) == 1
    assert orders.runs("web") == {("orders-web:1", orders.digest("v1"))}


def test_a_crash_at_start_of_a_blue_green_service_never_gets_traffic(rehearse: Rehearse) -> None:
    orders = shifting(rehearse, bakeTimeInMinutes=10)
    shares = []
    orders.begin_push("v2", CRASH)
    service = orders.service("web")
    orders.world.scheduler.world.on_change.append(
        lambda each: shares.append(production_shares(service)) if each is service else None
    )
    deployed = orders.finish()
    assert (deployed.outcome, deployed.code) == ("RolledBack", "AppExit")
    crashed = next(
        each.target for each in service.history if each.target.definition.arn.endswith(":2")
    )
    assert {found.get(crashed.revision_arn) for found in shares} <= {None, 0.0}


@takes(
    "roll: Stage Reached -> Note Stage",
    "roll: Stage Reached -> Verdict",
    "roll: Approval Wanted -> Ask For Approval",
    "roll: Approval Wanted -> Verdict",
)
def test_its_stages_are_on_the_record_while_they_happen_and_handed_back(
    rehearse: Rehearse,
) -> None:
    orders = shifting(rehearse, bakeTimeInMinutes=10, lifecycleHooks=[PAUSE])
    orders.begin_push("v2")
    orders.clock.run(until=orders.clock.seconds + HOUR)
    during = orders.item("deployment#000001") or {}
    assert during["doing_stage"] == (
        "web is at POST_TEST_TRAFFIC_SHIFT (0 % of the traffic), and waits for a person."
    )
    answer(orders, "CONTINUE")
    assert orders.finish().outcome == "Promoted"
    (roll,) = orders.world.executions("roll")
    assert isinstance(roll.output, dict)
    seen = [(each["stage"], each["traffic"]) for each in roll.output["stages"]]
    assert ("POST_TEST_TRAFFIC_SHIFT", 0) in seen
    assert ("BAKE_TIME", 100) in seen
    assert len(seen) == len({*seen})


def test_people_are_told_once_what_waits_for_them_until_when_and_what_to_say(
    rehearse: Rehearse,
) -> None:
    orders = shifting(rehearse, lifecycleHooks=[PAUSE])
    orders.begin_push("v2")
    orders.clock.run(until=orders.clock.seconds + 10 * HOUR)
    assert told(orders) == [
        "web waits at POST_TEST_TRAFFIC_SHIFT (0 % of the traffic) for a person to say whether it "
        "goes on."
    ]
    (hook,) = paused(orders)["lifecycleHookDetails"]
    (mail,) = [each for each in orders.world.mail if "Approval wanted" in each]
    assert f"--hook-id {hook['hookId']} --action CONTINUE" in mail
    assert "ECS rolls the service back" in mail
    answer(orders, "CONTINUE")
    assert orders.finish().outcome == "Promoted"


@takes("roll: Note Stage fails -> Approval Wanted", "roll: Ask For Approval fails -> Verdict")
def test_what_can_be_neither_noted_nor_told_stops_nothing(rehearse: Rehearse) -> None:
    orders = shifting(rehearse, lifecycleHooks=[PAUSE])
    none = refusal("StartExecution", "StateMachineDoesNotExist", "There is none.")
    orders.fail("roll: Note Stage", gone("UpdateItem"), times=99)
    orders.fail("roll: Ask For Approval", none)
    orders.begin_push("v2")
    orders.clock.run(until=orders.clock.seconds + 2 * HOUR)
    answer(orders, "CONTINUE")
    assert orders.finish().outcome == "Promoted"
