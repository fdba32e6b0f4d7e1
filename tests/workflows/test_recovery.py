"""How services go back: what ECS does by itself is left to it, and when nothing is done."""

from typing import Any

import pytest

from rehearsal.ecs import Behaviour
from tests.workflows.conftest import Rehearse
from tests.workflows.orders import CRASH, Orders
from tests.workflows.test_native import shifting


def updates(orders: Orders) -> int:
    return len(orders.calls.named("ecs:UpdateService"))


def turn_back(orders: Orders) -> None:
    """Have ECS turn back the newest service deployment of web, as a person asks in its console."""
    listed = orders.call(
        "ecs", "list_service_deployments", cluster="production", service="orders-web"
    )
    arn = listed["serviceDeployments"][0]["serviceDeploymentArn"]
    orders.call("ecs", "stop_service_deployment", serviceDeploymentArn=arn, stopType="ROLLBACK")


def test_what_ecs_takes_back_is_watched_and_not_deployed_again(orders: Orders) -> None:
    orders.push("v2")
    orders.begin_push("v3")
    orders.until("roll: Wait For News")
    turn_back(orders)
    deployed = orders.finish()
    assert (deployed.outcome, deployed.code) == ("RolledBack", "RolledBackByEcs")
    assert orders.runs("web") == {("orders-web:2", orders.digest("v2"))}
    assert (updates(orders), orders.revisions("web")) == (2, 3)


def test_what_was_never_pinned_is_watched_too_where_it_runs_what_it_ran(orders: Orders) -> None:
    orders.begin_push("v2")
    orders.until("roll: Wait For News")
    turn_back(orders)
    assert orders.finish().outcome == "RolledBack"
    assert orders.runs("web") == {("orders-web:1", orders.digest("v1"))}
    assert updates(orders) == 1
    assert orders.push("v3").outcome == "Promoted"


def test_a_native_deployment_is_stopped_and_ecs_shifts_back(rehearse: Rehearse) -> None:
    orders = shifting(rehearse, bakeTimeInMinutes=10)
    assert orders.push("v2").outcome == "Promoted"
    deployed = orders.push("v3", CRASH)
    assert (deployed.outcome, deployed.code) == ("RolledBack", "AppExit")
    assert orders.runs("web") == {("orders-web:2", orders.digest("v2"))}
    assert (updates(orders), len(orders.calls.named("ecs:StopServiceDeployment"))) == (2, 1)


def test_a_service_that_could_not_be_updated_has_nothing_to_go_back_from(orders: Orders) -> None:
    orders.push("v2")
    orders.at(
        "roll: Update Service",
        lambda: orders.call("ecs", "deregister_task_definition", taskDefinition="orders-web:3"),
    )
    deployed = orders.push("v3")
    assert (deployed.outcome, deployed.code) == ("Failed", "ConfigInvalid")
    assert "There is nothing to go back from: web runs its stable revision." in deployed.message
    assert orders.item("hold") is None


def test_all_services_go_back_where_one_could_not_be_updated(both: Orders) -> None:
    both.push("v2")
    both.at(
        "roll: Update Service",
        lambda: both.call("ecs", "deregister_task_definition", taskDefinition="orders-worker:3"),
        times=2,
    )
    deployed = both.push("v3")
    assert deployed.outcome == "RolledBack"
    for key in ("web", "worker"):
        assert both.runs(key) == {(f"orders-{key}:2", both.digest("v2"))}


def test_an_image_that_is_gone_is_not_gone_back_to(rehearse: Rehearse) -> None:
    orders = rehearse(minutes=5)
    orders.push("v2")
    gone = [{"imageDigest": orders.digest("v2")}]
    orders.call("ecr", "batch_delete_image", repositoryName="orders", imageIds=gone)
    # It crashes in the bake: none of the tasks runs any more that had the image.
    deployed = orders.push("v3", Behaviour(exits_after=130.0))
    assert (deployed.outcome, deployed.code) == ("Failed", "AppExit")
    assert "web cannot go back to v2 (release #1)" in deployed.message
    assert "is no longer in ECR. Push it again, or deploy another image by hand" in deployed.message
    assert updates(orders) == 2


def test_a_newer_push_that_waits_replaces_the_release_at_once(orders: Orders) -> None:
    orders.push("v2")
    orders.begin_push("v3", CRASH)
    orders.begin_push("v4")
    last = orders.finish()
    assert last.outcome == "Promoted"
    _, failed, promoted = (item for _, item in orders.ends())
    assert (failed["outcome"], promoted["image_tag"]) == ("Failed", "v4")
    assert "since deployment #3 (v4) is next and replaces them now" in failed["message"]
    assert orders.item("hold") is None


@pytest.mark.parametrize("waiting", ["v3", "v1"], ids=["the same", "an older one"])
def test_what_waits_and_is_no_better_replaces_nothing(orders: Orders, waiting: str) -> None:
    orders.push("v2")
    orders.begin_push("v3", CRASH)
    orders.announce_push(waiting, id="again")
    orders.finish()
    outcomes: list[Any] = [item["outcome"] for _, item in orders.ends()]
    assert outcomes[1] == "RolledBack"


def test_a_waiting_deployment_that_was_stopped_replaces_nothing(orders: Orders) -> None:
    orders.push("v2")
    orders.begin_push("v3", CRASH)
    orders.begin_push("v4")
    waiting = orders.world.executions("deploy")[-1]
    orders.call("stepfunctions", "stop_execution", executionArn=waiting.arn)
    orders.until("deploy: Choose Recovery")
    orders.finish()
    turned_back = next(item for _, item in orders.ends() if item["image_tag"] == "v3")
    assert turned_back["outcome"] == "RolledBack"
