"""A service that bears no two revisions at once: stopped before it is started, and put back."""

from typing import Any

import pytest

from functions.domain.catalogue import Strategy
from rehearsal.sdk import refusal
from rehearsal.world import Running
from tests.workflows.calls import denied
from tests.workflows.conftest import Rehearse
from tests.workflows.orders import CRASH, Orders
from tests.workflows.ways import takes

BREAKER = {"enable": True, "rollback": False, "resetOnHealthyTask": True}


@pytest.fixture
def alone(rehearse: Rehearse) -> Orders:
    """The application with a web of which one task runs at most."""
    web = Running(desired=1, load_balancer=True, circuit_breaker=BREAKER)
    return rehearse({"web": web}, services={"web": {"strategy": Strategy.RECREATE}})


def asked(orders: Orders) -> list[Any]:
    """Return with which configurations the rolls have updated the service."""
    return [
        call.arguments.get("deploymentConfiguration")
        for call in orders.calls.named("ecs:UpdateService")
        if "taskDefinition" in call.arguments
    ]


@takes("roll: To Be Recreated -> Read Configuration")
def test_its_whole_configuration_is_sent_but_for_the_percentages(alone: Orders) -> None:
    before = alone.service("web").configuration
    assert alone.push("v2").outcome == "Promoted"
    assert asked(alone) == [{**before, "minimumHealthyPercent": 0, "maximumPercent": 100}]
    assert alone.service("web").configuration == before
    assert alone.item("restore#web") is None


def test_it_goes_back_as_it_went_forward_and_gets_its_configuration_back(alone: Orders) -> None:
    before = alone.service("web").configuration
    done = refusal("StopServiceDeployment", "ConflictException", "It has ended already.")
    alone.fail("roll: Stop Service Deployment", done)
    deployed = alone.push("v2", CRASH)
    assert (deployed.outcome, deployed.code) == ("RolledBack", "AppExit")
    assert [each["maximumPercent"] for each in asked(alone)] == [100, 100]
    assert alone.service("web").configuration == before
    assert alone.runs("web") == {("orders-web:1", alone.digest("v1"))}


def test_what_a_dead_deployment_left_is_not_taken_for_the_original(alone: Orders) -> None:
    before = alone.service("web").configuration
    zero = {**before, "minimumHealthyPercent": 0, "maximumPercent": 100}
    alone.begin_push("v2")
    alone.until("roll: Wait For News")
    kept = alone.item("restore#web")
    assert kept is not None
    assert alone.service("web").configuration == zero
    assert alone.finish().outcome == "Promoted"
    # As if it had died before it could tidy up.
    alone.update("web", deploymentConfiguration=zero)
    alone.world.write("orders", "restore#web", kept)
    assert alone.push("v3").outcome == "Promoted"
    assert alone.service("web").configuration == before


def test_what_somebody_has_set_since_is_what_it_gets_back(alone: Orders) -> None:
    alone.fail("tidy: Restore Configuration", denied("UpdateService"))
    assert alone.push("v2").outcome == "Promoted"
    assert alone.item("restore#web") is not None
    before = alone.service("web").configuration
    since = {**before, "minimumHealthyPercent": 20, "maximumPercent": 120}
    alone.update("web", deploymentConfiguration=since)
    assert alone.push("v3").outcome == "Promoted"
    assert alone.service("web").configuration == since
    assert alone.item("restore#web") is None


def test_one_that_is_deleted_meanwhile_is_news_about_the_release(alone: Orders) -> None:
    def delete() -> None:
        alone.call("ecs", "delete_service", cluster="production", service="orders-web", force=True)
        alone.clock.sleep(120)

    alone.at("roll: Read Configuration", delete)
    deployed = alone.push("v2")
    assert (deployed.outcome, deployed.code) == ("RollbackFailed", "ConfigInvalid")
    assert "ECS refused the update" in deployed.message
    assert alone.item("restore#web") is None


def test_a_service_that_rolls_keeps_its_configuration(orders: Orders) -> None:
    assert orders.push("v2").outcome == "Promoted"
    assert asked(orders) == [None]


def test_a_service_that_ecs_balances_between_zones_is_not_touched(alone: Orders) -> None:
    alone.update("web", availabilityZoneRebalancing="ENABLED")
    before = alone.service("web").configuration
    deployed = alone.push("v2")
    assert (deployed.outcome, deployed.code) == ("Failed", "PreflightStopped")
    assert "--availability-zone-rebalancing DISABLED" in deployed.message
    assert (asked(alone), alone.service("web").configuration) == ([], before)
    alone.update("web", availabilityZoneRebalancing="DISABLED")
    assert alone.push("v3").outcome == "Promoted"
