"""What a deployment leaves behind: revisions, the image that runs, percentages that were lent."""

import json
from typing import Any

import pytest

from rehearsal.ecs import Behaviour
from rehearsal.invariants.checks import (
    claim_is_released,
    configurations_are_given_back,
    counts_are_unchanged,
    one_owner_at_a_time,
)
from rehearsal.sdk import refusal
from rehearsal.template import ACCOUNT, REGION
from tests.workflows.calls import denied, gone, throttled
from tests.workflows.conftest import Rehearse
from tests.workflows.orders import CRASH, Orders, word
from tests.workflows.test_follow import SECOND, target
from tests.workflows.ways import takes

URI = f"{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com/orders"
ENDLESS = Behaviour(task_takes=None)
LATE = Behaviour(exits_after=130.0, exit_code=1)
USUAL = {"MaximumPercent": 150, "MinimumHealthyPercent": 50}
NIGHTLY = {
    "Name": "orders-nightly",
    "ScheduleExpression": "rate(1 day)",
    "FlexibleTimeWindow": {"Mode": "OFF"},
}
LENT = {"maximumPercent": 100, "minimumHealthyPercent": 0}


def published(orders: Orders) -> str | None:
    """Return what `cdk deploy` and Terraform read."""
    name = "/pilothouse/production/orders/image"
    found = orders.call("ssm", "get_parameters", Names=[name])["Parameters"]
    return str(found[0]["Value"]) if found else None


def active(orders: Orders) -> list[int]:
    """Return which revisions of web can still be deployed."""
    mine = (each for each in orders.definitions() if each.family == "orders-web")
    return [each.revision for each in mine if each.active]


def percentages(orders: Orders) -> tuple[int, int]:
    found = orders.world.service("orders", "web")["deploymentConfiguration"]
    return found["minimumHealthyPercent"], found["maximumPercent"]


def told(orders: Orders) -> str:
    """Return what the last `tidy` says that it could not do."""
    ended = orders.world.executions("tidy")[-1]
    assert (ended.status, ended.error) == ("FAILED", "NotTidied")
    return str(ended.cause)


def lend(orders: Orders, service: str = "orders-web", **configuration: Any) -> None:
    """Note what a service had before somebody recreated it, who died at once."""
    usual = json.dumps({**USUAL, **configuration})
    item = {"service": service, "cluster": "production", "configuration": usual}
    orders.world.write("orders", "restore#web", item)
    orders.excuse(counts_are_unchanged)


@takes("conclude: Claim Is Held -> Tidy Up", "tidy: What Is Left -> Publish Image")
def test_the_image_that_runs_is_published(orders: Orders) -> None:
    orders.push("v2")
    assert published(orders) == f"{URI}@{orders.digest('v2')}"
    orders.push("v3")
    assert published(orders) == f"{URI}@{orders.digest('v3')}"
    orders.roll_back()
    assert published(orders) == f"{URI}@{orders.digest('v2')}"


def test_what_ran_before_the_first_release_is_not_published(orders: Orders) -> None:
    assert orders.push("v2", CRASH).outcome == "RolledBack"
    assert published(orders) is None


@takes(
    "conclude: Claim Is Held -> Release Claim",
    "tidy: What Is Left -> All Done",
    "tidy: All Done -> Tidied",
    "tidy: ends in Tidied",
)
def test_where_nothing_is_left_one_look_is_all(orders: Orders) -> None:
    orders.push("v2")
    assert orders.deploy("v2").outcome == "NoOp"
    path = orders.world.executions("tidy")[-1].path
    assert path == ["Find Leftovers", "What Is Left", "All Done", "Tidied"]
    # What is refused before it has the claim has nothing to tidy.
    assert orders.deploy("v9").outcome == "Failed"
    assert len(orders.world.executions("tidy")) == 2


@takes("tidy: What Is Left -> Tidy Each", "tidy: What To Do -> Claim Still Held")
def test_a_revision_that_was_turned_back_is_deregistered(orders: Orders) -> None:
    orders.push("v2")
    assert orders.push("v3", CRASH).outcome == "RolledBack"
    assert active(orders) == [1, 2]
    assert published(orders) == f"{URI}@{orders.digest('v2')}"
    assert orders.world.items("orders", "unused#") == []


def test_what_a_killed_deployment_has_registered_is_deregistered_too(orders: Orders) -> None:
    machines = orders.world.machines
    orders.at("deploy: Roll Services", lambda: machines.stop(orders.world.executions("deploy")[0]))
    assert orders.push("v2").outcome == "Aborted"
    assert orders.revisions("web") == 2
    assert active(orders) == [1]


def test_a_revision_that_is_used_stays_until_it_is_not(orders: Orders) -> None:
    orders.begin_push("v2")
    orders.until("roll: Judge Rollout", times=2)
    orders.world.machines.stop(orders.world.executions("deploy")[0])
    assert orders.finish().outcome == "Aborted"
    assert active(orders) == [1, 2]
    assert orders.push("v3").outcome == "Promoted"
    assert active(orders) == [1, 3]
    assert orders.world.items("orders", "unused#") == []


def test_a_task_that_runs_by_itself_needs_its_revision(orders: Orders) -> None:
    orders.begin_push("v2", ENDLESS)
    orders.until("bake: Judge Bake")
    web = orders.world.service("orders", "web")
    borrowed = {key: web[key] for key in ("taskDefinition", "networkConfiguration")}
    orders.call("ecs", "run_task", cluster="production", launchType="FARGATE", **borrowed)
    orders.world.machines.stop(orders.world.executions("deploy")[0])
    orders.finish()
    orders.push("v3")
    assert active(orders) == [1, 2, 3]
    assert [each["deployment"] for each in orders.world.items("orders", "unused#")] == [1]


def test_a_schedule_needs_its_revision(rehearse: Rehearse) -> None:
    orders = rehearse(schedules=("orders-nightly",))

    def die() -> None:
        orders.call("scheduler", "update_schedule", **NIGHTLY, Target=target(SECOND))
        orders.update("web", taskDefinition="orders-web:1")
        orders.clock.sleep(900)
        orders.world.machines.stop(orders.world.executions("deploy")[0])

    orders.at("bake: Judge Bake", die)
    assert orders.push("v2").outcome == "Aborted"
    assert active(orders) == [1, 2]
    # From now on the schedule runs what the service runs.
    assert orders.push("v3").outcome == "Promoted"
    assert active(orders) == [1, 3]


def test_what_nobody_may_see_is_left(orders: Orders) -> None:
    refused = denied("ListTaskDefinitions")
    orders.at("tidy: Find Leftovers", lambda: orders.refuse("ecs:ListTaskDefinitions", refused))
    assert orders.push("v2", CRASH).outcome == "RolledBack"
    assert active(orders) == [1, 2]
    assert "What nobody needs could not be read: " in told(orders)
    orders.push("v3")
    assert active(orders) == [1, 3]


def test_what_the_way_back_has_registered_stays(rehearse: Rehearse) -> None:
    orders = rehearse(minutes=5)
    orders.push("v2")
    orders.call("ecs", "deregister_task_definition", taskDefinition="orders-web:2")
    assert orders.push("v3", LATE).outcome == "RolledBack"
    # 2 is what somebody took away, 3 was turned back, 4 is 2 registered anew.
    assert active(orders) == [1, 4]
    assert orders.world.items("orders", "unused#") == []


@takes("tidy: What To Do -> Check Claim")
def test_what_was_lent_is_given_back(orders: Orders) -> None:
    lend(orders)
    orders.update("web", deploymentConfiguration=LENT)
    assert orders.push("v2").outcome == "Promoted"
    assert percentages(orders) == (50, 150)


def test_what_was_lent_is_given_back_for_whoever_dies(orders: Orders) -> None:
    lend(orders)
    orders.update("web", deploymentConfiguration=LENT)
    orders.begin_push("v2")
    orders.until("roll: Judge Rollout")
    orders.world.machines.stop(orders.world.executions("deploy")[0])
    assert orders.finish().outcome == "Aborted"
    assert percentages(orders) == (50, 150)


def test_what_somebody_has_set_since_stays(orders: Orders) -> None:
    lend(orders)
    orders.update(
        "web", deploymentConfiguration={"maximumPercent": 120, "minimumHealthyPercent": 20}
    )
    orders.push("v2")
    assert percentages(orders) == (20, 120)


def test_a_service_that_is_gone_gets_nothing_back(orders: Orders) -> None:
    lend(orders, service="orders-gone")
    assert orders.push("v2").outcome == "Promoted"


@takes("tidy: Restore Configuration fails -> Gone", "tidy: ends in Gone")
def test_a_service_that_goes_in_between_gets_nothing_back(orders: Orders) -> None:
    lend(orders)
    orders.update("web", deploymentConfiguration=LENT)
    missing = refusal("UpdateService", "ServiceNotFoundException", "Service not found.")
    orders.fail("tidy: Restore Configuration", missing)
    orders.push("v2")
    assert orders.world.executions("tidy")[-1].status == "SUCCEEDED"
    assert orders.item("restore#web") is None


@takes("tidy: Deregister Task Definition fails -> Gone")
def test_a_revision_that_seems_gone_is_no_matter_and_looked_at_again(orders: Orders) -> None:
    missing = refusal("DeregisterTaskDefinition", "ClientException", "Revision is gone.")
    orders.fail("tidy: Deregister Task Definition", missing)
    assert orders.push("v2", CRASH).outcome == "RolledBack"
    assert orders.world.executions("tidy")[-1].status == "SUCCEEDED"
    # What ECS calls a ClientException may be something else than that it is gone.
    assert active(orders) == [1, 2]
    assert orders.push("v3").outcome == "Promoted"
    assert active(orders) == [1, 3]
    assert orders.world.items("orders", "unused#") == []


@takes(
    "tidy: Restore Configuration fails -> Not Done",
    "tidy: ends in Not Done",
    "tidy: All Done -> Fault",
    "tidy: ends in Fault",
    "conclude: Tidy Up fails -> Release Claim",
)
def test_what_cannot_be_tidied_is_named_and_waits_for_the_next_end(orders: Orders) -> None:
    lend(orders)
    orders.update("web", deploymentConfiguration=LENT)
    orders.fail("tidy: Restore Configuration", denied("UpdateService"))
    assert orders.push("v2").outcome == "Promoted"
    said = told(orders)
    assert said.startswith("orders-web was recreated: it gets back the deployment configuration")
    assert "Ecs.AccessDeniedException" in said
    assert "owner" not in (orders.item("claim") or {})
    assert percentages(orders) == (0, 100)
    assert orders.item("restore#web") is not None
    orders.push("v3")
    assert percentages(orders) == (50, 150)
    assert orders.item("restore#web") is None


@pytest.mark.parametrize(
    "refused",
    [
        denied("UpdateService"),
        refusal("UpdateService", "InvalidParameterException", "Not with this controller."),
    ],
)
def test_what_is_refused_for_good_keeps_nothing_behind_it_back(
    orders: Orders, refused: Exception
) -> None:
    lend(orders)
    orders.update("web", deploymentConfiguration=LENT)
    orders.fail("tidy: Restore Configuration", refused)
    orders.excuse(configurations_are_given_back)
    assert orders.push("v2", CRASH).outcome == "RolledBack"
    assert active(orders) == [1]
    assert orders.world.items("orders", "unused#") == []
    assert orders.item("restore#web") is not None
    assert "orders-web" in told(orders)


@takes("tidy: Deregister Task Definition fails -> Not Done")
def test_each_revision_is_tried_and_what_stays_is_not_forgotten(orders: Orders) -> None:
    seen = denied("ListTaskDefinitions")
    orders.at("tidy: Find Leftovers", lambda: orders.refuse("ecs:ListTaskDefinitions", seen))
    assert orders.push("v2", CRASH).outcome == "RolledBack"
    orders.fail("tidy: Deregister Task Definition", denied("DeregisterTaskDefinition"))
    assert orders.push("v3", CRASH).outcome == "RolledBack"
    assert active(orders) == [1, 3]
    assert [each["deployment"] for each in orders.world.items("orders", "unused#")] == [2]
    assert "orders-web:3 of deployment #2 is unused" in told(orders)
    assert orders.push("v4").outcome == "Promoted"
    assert active(orders) == [1, 4]


@takes("tidy: Tidy Each fails -> All Done")
def test_who_cannot_check_the_claim_writes_nothing(orders: Orders) -> None:
    lend(orders)
    orders.update("web", deploymentConfiguration=LENT)
    orders.fail("tidy: Check Claim", gone("UpdateItem"))
    orders.excuse(configurations_are_given_back)
    assert orders.push("v2").outcome == "Promoted"
    assert percentages(orders) == (0, 100)
    assert orders.item("restore#web") is not None
    assert told(orders).startswith("Nothing more could be tidied: ")


@takes("tidy: Forget Each fails -> All Done")
def test_what_cannot_be_forgotten_is_done_again_for_nothing(orders: Orders) -> None:
    lend(orders)
    orders.update("web", deploymentConfiguration=LENT)
    orders.fail("tidy: Forget", gone("DeleteItem"))
    assert orders.push("v2").outcome == "Promoted"
    assert percentages(orders) == (50, 150)
    assert told(orders).startswith("What is done could not be taken off the ledger: ")
    assert orders.push("v3").outcome == "Promoted"
    assert orders.item("restore#web") is None
    assert orders.world.executions("tidy")[-1].status == "SUCCEEDED"


def test_an_image_that_cannot_be_looked_up_keeps_nothing_else_back(orders: Orders) -> None:
    lend(orders)
    orders.update("web", deploymentConfiguration=LENT)
    refused = denied("GetParameter")
    orders.at("tidy: Find Leftovers", lambda: orders.refuse("ssm:GetParameter", refused))
    assert orders.push("v2").outcome == "Promoted"
    assert percentages(orders) == (50, 150)
    assert told(orders).startswith("The image that is published could not be read: ")
    assert orders.deploy("v2").outcome == "NoOp"
    assert published(orders) == f"{URI}@{orders.digest('v2')}"


def test_services_that_cannot_be_seen_keep_nothing_else_back(orders: Orders) -> None:
    lend(orders)
    orders.update("web", deploymentConfiguration=LENT)
    refused = denied("DescribeServices")
    orders.at("tidy: Find Leftovers", lambda: orders.refuse("ecs:DescribeServices", refused))
    assert orders.push("v2").outcome == "Promoted"
    assert published(orders) == f"{URI}@{orders.digest('v2')}"
    assert told(orders).startswith("What services are to be given back could not be read: ")
    assert orders.push("v3").outcome == "Promoted"
    assert percentages(orders) == (50, 150)


@takes("tidy: Publish Image fails -> Tidy Each")
def test_what_cannot_be_published_keeps_nothing_else_from_being_tidied(orders: Orders) -> None:
    lend(orders)
    orders.update("web", deploymentConfiguration=LENT)
    orders.fail("tidy: Publish Image", denied("PutParameter"))
    assert orders.push("v2").outcome == "Promoted"
    assert percentages(orders) == (50, 150)
    assert published(orders) is None
    assert told(orders).startswith("The image that runs was not published under /pilothouse/")
    # Also by one that has nothing to deploy.
    assert orders.deploy("v2").outcome == "NoOp"
    assert published(orders) == f"{URI}@{orders.digest('v2')}"


@takes("tidy: Tidy Each fails -> Claim Lost", "tidy: ends in Claim Lost")
def test_who_has_lost_the_claim_tidies_nothing(orders: Orders) -> None:
    lend(orders)
    orders.update("web", deploymentConfiguration=LENT)
    orders.excuse(configurations_are_given_back, claim_is_released, one_owner_at_a_time)
    orders.at("tidy: Find Leftovers", lambda: orders.claim("somebody", minutes=60))
    orders.push("v2")
    assert percentages(orders) == (0, 100)
    assert [each.name for each in orders.writes() if word(each.execution) == "tidy"] == []


@pytest.mark.parametrize("operation", ["DescribeServices", "ListTaskDefinitions"])
def test_a_look_that_is_throttled_is_made_again(orders: Orders, operation: str) -> None:
    refused = throttled(operation)
    orders.at("tidy: Find Leftovers", lambda: orders.refuse(f"ecs:{operation}", refused, times=4))
    assert orders.push("v2", CRASH).outcome == "RolledBack"
    assert active(orders) == [1]
