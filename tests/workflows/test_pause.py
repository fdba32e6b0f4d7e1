"""When Pilothouse cannot look, it says so, waits, and says nothing about the release."""

from dataclasses import replace
from typing import Any

import pytest

from functions.domain.catalogue import Unsure
from rehearsal.sdk import refusal
from tests.workflows.calls import gone, raised
from tests.workflows.conftest import Rehearse
from tests.workflows.orders import Orders
from tests.workflows.ways import takes

DENIED = "ECS answered DescribeServices with AccessDeniedException"
JUDGES = ("roll: Judge Rollout", "bake: Judge Bake", "migrate: Judge Migration")


@pytest.fixture
def whole(rehearse: Rehearse) -> Orders:
    """The application with its migration and a bake of some minutes."""
    return rehearse(minutes=5, expand=True)


def blind(orders: Orders, state: str, times: int) -> None:
    orders.fail(state, raised("TerminalError", DENIED), times=times)


def pauses(orders: Orders) -> list[dict[str, Any]]:
    return [each for each in orders.world.news if each["phase"] == "Paused"]


@pytest.mark.parametrize(
    "judge",
    [
        pytest.param(
            judge,
            marks=takes(
                f"{judge} fails -> Pause",
                f"{judge.partition(':')[0]}: Evidence Found -> Note Resumed",
            ),
        )
        for judge in JUDGES
    ],
)
@takes(
    "pause: To Be Told -> Note Pause", "pause: To Be Told -> Reported", "pause: ends in Reported"
)
def test_a_pause_is_told_once_and_ends_with_the_first_look(whole: Orders, judge: str) -> None:
    blind(whole, judge, times=3)
    whole.begin_push("v2")
    whole.until("pause: Reported")
    record = whole.item("deployment#000001")
    assert record is not None
    assert record["phase"] == "Paused"
    assert "Nothing is turned back for that" in record["message"]
    deployed = whole.finish()
    assert deployed.outcome == "Promoted"
    (news,) = pauses(whole)
    assert DENIED in news["message"]
    assert [each for each in whole.world.mail if each.startswith("Paused: orders v2")] != []
    assert len(whole.calls.named("ecs:UpdateService")) == 1


def test_a_phase_comes_back_when_the_pause_is_over(whole: Orders) -> None:
    phases: list[object] = []

    def note() -> None:
        record = whole.item("deployment#000001")
        phases.append(record and record["phase"])

    blind(whole, "bake: Judge Bake", times=1)
    whole.at("bake: Judged", note)
    assert whole.push("v2").outcome == "Promoted"
    assert phases == ["Baking"]


def test_who_can_never_look_leaves_the_services_as_they_are(orders: Orders) -> None:
    blind(orders, "roll: Judge Rollout", times=10_000)
    deployed = orders.push("v2")
    assert (deployed.outcome, deployed.code) == ("Failed", "Fault")
    assert "Pilothouse cannot look at web" in deployed.message
    assert "the services are left as they are" in deployed.message
    assert orders.item(f"bad#{deployed.record['digest']}") is None
    assert len(orders.calls.named("ecs:UpdateService")) == 1
    assert len(pauses(orders)) == 1


@pytest.mark.parametrize(
    ("error", "outcome"),
    [(Unsure.PROMOTE, "Promoted"), (Unsure.ROLLBACK, "RolledBack"), (Unsure.HOLD, "Failed")],
)
def test_the_catalogue_says_what_becomes_of_a_bake_that_nobody_saw(
    rehearse: Rehearse, error: Unsure, outcome: str
) -> None:
    orders = rehearse(minutes=5)
    (web,) = orders.application.services
    rules = replace(web.bake, extend_seconds=600, error=error)
    orders.configure(replace(orders.application, services=(replace(web, bake=rules),)))
    # A quarter of an hour of looks, one every 5 min; those of the way back are let through.
    blind(orders, "bake: Judge Bake", times=4)
    deployed = orders.push("v2")
    assert deployed.outcome == outcome
    assert "Pilothouse cannot look at the bake" in deployed.message


@takes("pause: Note Pause fails -> Announce Pause", "pause: Announce Pause fails -> Reported")
def test_a_pause_that_cannot_be_told_is_one_all_the_same(orders: Orders) -> None:
    blind(orders, "roll: Judge Rollout", times=2)
    orders.fail("pause: Note Pause", gone("UpdateItem"))
    gone_too = refusal("StartExecution", "StateMachineDoesNotExist", "It does not exist.")
    orders.fail("pause: Announce Pause", gone_too)
    assert orders.push("v2").outcome == "Promoted"
    assert pauses(orders) == []


@pytest.mark.parametrize(
    "state",
    [
        pytest.param(
            f"{child}: Note Resumed", marks=takes(f"{child}: Note Resumed fails -> Evidence Found")
        )
        for child in ("roll", "bake", "migrate")
    ],
)
def test_an_end_of_a_pause_that_cannot_be_noted_stops_nothing(whole: Orders, state: str) -> None:
    judge = next(each for each in JUDGES if each.partition(":")[0] == state.partition(":")[0])
    blind(whole, judge, times=1)
    whole.fail(state, gone("UpdateItem"))
    assert whole.push("v2").outcome == "Promoted"


@pytest.mark.parametrize(
    "child",
    [
        pytest.param(
            child,
            marks=takes(
                f"{child}: Keep Evidence fails -> {after}",
                f"{child}: Evidence Found -> Keep Evidence",
            ),
        )
        for child, after in (("roll", "Stage Reached"), ("bake", "Verdict"), ("migrate", "Verdict"))
    ],
)
def test_evidence_that_cannot_be_kept_stops_nothing(whole: Orders, child: str) -> None:
    refused = refusal("PutObject", "AccessDenied", "Access Denied")
    whole.fail(f"{child}: Keep Evidence", refused, times=100)
    assert whole.push("v2").outcome == "Promoted"
