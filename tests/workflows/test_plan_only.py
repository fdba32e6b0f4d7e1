"""A plan says what would become of a request, changes nothing, and can be deployed as it was."""

import pytest

from tests.workflows.calls import raised
from tests.workflows.orders import Orders
from tests.workflows.ways import takes

READS = ("Describe", "Get", "List", "BatchGet", "Query", "Invoke")


def planned(orders: Orders, **asked: object) -> dict[str, object]:
    """Return what the console shows of a plan that is only asked for; nothing may be written."""
    before = len(orders.calls.made)
    execution = orders.ask({"application": "orders", "plan": True, **asked}).execution
    assert execution.path[-1] == "Planned"
    written = [
        each.name
        for each in orders.calls.made[before:]
        if not each.name.partition(":")[2].startswith(READS)
    ]
    assert written == []
    shown: dict[str, object] = execution.output
    return shown


@takes("deploy: Plan Only -> Draft Plan", "deploy: ends in Planned")
def test_a_plan_shows_what_would_be_done_and_changes_nothing(orders: Orders) -> None:
    orders.world.store("orders", "v2", None)
    shown = planned(orders, image="v2")
    assert (shown["plan"], shown["verdict"]) == ("orders v2 (release #1)", "can be deployed")
    does = shown["does"]
    assert isinstance(does, list)
    assert does[:2] == ["1. register task definitions for web", "2. roll web"]
    assert list(orders.world.items("orders", "deployment#")) == []


def test_what_was_planned_is_deployed_by_its_token(orders: Orders) -> None:
    orders.world.store("orders", "v2", None)
    shown = planned(orders, image="v2")
    assert orders.ask(shown["deploy_it_with"]).outcome == "Promoted"


def test_a_plan_is_not_deployed_once_the_world_has_changed(orders: Orders) -> None:
    orders.world.store("orders", "v2", None)
    shown = planned(orders, image="v2")
    orders.register("web", "v1", cpu="512")
    deployed = orders.ask(shown["deploy_it_with"])
    assert (deployed.outcome, deployed.code) == ("Failed", "InvalidRequest")
    assert (
        "Since the plan was made, their task definitions changed: plan again, and deploy that."
        in deployed.message
    )


def test_a_way_back_can_be_planned_too(orders: Orders) -> None:
    orders.push("v2")
    shown = planned(orders, rollback=True)
    assert shown["plan"] == "orders what ran before Pilothouse (release #0)"
    assert orders.ask(shown["deploy_it_with"]).outcome == "Promoted"


@pytest.mark.parametrize(
    ("image", "said"),
    [
        ("v9", 'The image "v9" is not in the ECR repository orders'),
        ("v1", "v1 (release #0) runs already."),
    ],
)
def test_what_would_not_be_deployed_says_why(orders: Orders, image: str, said: str) -> None:
    shown = planned(orders, image=image)
    if image == "v9":
        assert said in str(shown["verdict"])
    assert "deploy_it_with" not in shown or shown["verdict"] == "can be deployed"


@takes("deploy: Draft Plan fails -> Fault")
def test_a_plan_that_cannot_be_made_is_a_fault_of_ours(orders: Orders) -> None:
    orders.world.store("orders", "v2", None)
    orders.fail("deploy: Draft Plan", raised("ValueError"))
    execution = orders.ask({"application": "orders", "image": "v2", "plan": True}).execution
    assert execution.error == "Fault"
    assert list(orders.world.items("orders", "deployment#")) == []
    assert list(orders.world.items("orders", "news#")) == []
