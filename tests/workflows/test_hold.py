"""After a rollback older pushes are held, until a newer one or a person lifts the hold."""

from functions.domain.catalogue import HoldUntil
from rehearsal.ecs import Behaviour
from tests.workflows.conftest import Rehearse
from tests.workflows.orders import CRASH, Orders
from tests.workflows.ways import takes

UNTIL_PERSON = {"hold_after_rollback": HoldUntil.UNTIL_PERSON}


@takes("deploy: Outcome -> Rejected", "deploy: ends in Rejected")
def test_what_was_pushed_before_a_rollback_is_held(orders: Orders) -> None:
    orders.push("v2")
    turned_back = orders.push("v3", CRASH)
    assert turned_back.outcome == "RolledBack"
    orders.announce_push("v2")
    held = orders.finish()
    assert (held.outcome, held.code) == ("Rejected", "Held")
    assert "since deployment #2 of v3 (release #2) was turned back" in held.message
    assert "push a newer build, or deploy this one by hand" in held.message
    assert (held.record["phase"], held.record["decision"]) == ("Aborted", "Held")
    assert orders.item(f"push#{orders.digest('v2')}#v2")["decision"] == "Held"


def test_a_newer_push_lifts_the_hold(orders: Orders) -> None:
    orders.push("v2", CRASH)
    assert orders.item("hold")["until"] == "until_newer"
    assert orders.push("v3").outcome == "Promoted"
    assert orders.item("hold") is None


def test_a_newer_push_that_is_turned_back_too_leaves_a_newer_hold(orders: Orders) -> None:
    orders.push("v2", CRASH)
    first = orders.item("hold")
    orders.push("v3", CRASH)
    hold = orders.item("hold")
    assert (hold["since"], hold["deployment"]) > (first["since"], first["deployment"])


def test_a_person_deploys_although_pushes_are_held(orders: Orders) -> None:
    orders.push("v2")
    orders.push("v3", CRASH)
    assert orders.deploy("v2").outcome == "NoOp"
    orders.world.images.learn("orders", orders.digest("v3"), Behaviour())
    assert orders.deploy("v3", force=True).outcome == "Promoted"
    # What is awaited is a newer push.
    assert orders.item("hold")["deployment"] == 2


def test_a_hold_may_wait_for_a_person(rehearse: Rehearse) -> None:
    orders = rehearse(**UNTIL_PERSON)
    orders.push("v2", CRASH)
    held = orders.push("v3")
    assert held.outcome == "Rejected"
    assert "deploy an image by hand, and the hold is lifted when it is promoted" in held.message
    assert orders.deploy("v3").outcome == "Promoted"
    assert orders.item("hold") is None
    assert orders.push("v4").outcome == "Promoted"


def test_a_person_who_fails_lifts_no_hold(rehearse: Rehearse) -> None:
    orders = rehearse(**UNTIL_PERSON)
    orders.push("v2", CRASH)
    orders.push("v3", CRASH)
    assert orders.deploy("v3").outcome == "RolledBack"
    assert orders.push("v4").outcome == "Rejected"


def test_a_person_who_goes_back_holds_what_was_pushed_before(orders: Orders) -> None:
    orders.push("v2")
    orders.push("v3")
    assert orders.roll_back().outcome == "Promoted"
    orders.announce_push("v3")
    held = orders.finish()
    assert held.outcome == "Rejected"
    assert "since a person rolled back to v2 (release #1) by deployment #3" in held.message
    assert {digest for _, digest in orders.runs("web")} == {orders.digest("v2")}
    assert orders.push("v4").outcome == "Promoted"


def test_a_push_that_waits_while_the_services_go_back_is_held_under_the_claim(
    orders: Orders,
) -> None:
    orders.push("v2")
    orders.begin_push("v3", CRASH)
    orders.until("deploy: Choose Recovery")
    orders.until("deploy: Roll Services")
    orders.begin_push("v4")
    held = orders.finish()
    assert (held.outcome, held.code) == ("Rejected", "Held")
    assert "Plan Release" in held.execution.path
    assert held.record["decision"] == "Held"
    assert {digest for _, digest in orders.runs("web")} == {orders.digest("v2")}


def test_what_ran_out_of_room_is_bad_on_the_same_bases_only(orders: Orders) -> None:
    capacity = orders.world.scheduler.capacity
    capacity.refusal = "RESOURCE:FARGATE"
    orders.at("deploy: Choose Recovery", lambda: setattr(capacity, "refusal", None))
    deployed = orders.push("v2")
    assert deployed.outcome == "RolledBack"
    assert orders.item(f"bad#{orders.digest('v2')}") is None
    orders.announce_push("v2")
    again = orders.finish()
    assert again.outcome == "Rejected"
    refused = orders.deploy("v2")
    assert refused.outcome == "Failed"
    assert "register a task definition that mends it" in refused.message
    orders.register("web")
    assert orders.deploy("v2").outcome == "Promoted"
