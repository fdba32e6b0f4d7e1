"""A fault of ours or of AWS is recorded, told, never taken for news, and leaves no claim behind."""

import pytest

from rehearsal.invariants.checks import (
    claim_is_released,
    ends_are_announced,
    one_owner_at_a_time,
    pushes_are_decided,
    records_are_closed,
)
from rehearsal.sdk import refusal
from tests.workflows.calls import denied, raised, throttled
from tests.workflows.conftest import Rehearse
from tests.workflows.orders import CRASH, Orders
from tests.workflows.ways import takes

CANCELLED = refusal(
    "TransactWriteItems",
    "TransactionCanceledException",
    "Transaction cancelled, please refer cancellation reasons for specific reasons [None, "
    "ConditionalCheckFailed]",
)
CONFLICT = refusal(
    "TransactWriteItems",
    "TransactionCanceledException",
    "Transaction cancelled, please refer cancellation reasons for specific reasons [None, "
    "TransactionConflict]",
)
ALL_TRIES = 9
"""The first try of a keyed write, and 8 more."""


def gone(operation: str) -> Exception:
    """Return an error of DynamoDB that no try can change."""
    return refusal(operation, "ResourceNotFoundException", "Requested resource not found")


def faults(fault: Exception, *states: str, way: str = "Conclude Deployment") -> list[object]:
    """Return a case for each state: its call fails so, and its Catch leads there."""
    return [
        pytest.param(
            f"deploy: {state}", fault, marks=takes(f"deploy: {state} fails -> {way}"), id=state
        )
        for state in states
    ]


@pytest.mark.parametrize(
    ("state", "fault"),
    [
        *faults(raised("ValueError"), "Read Request", "Admit Request", way="Fault"),
        *faults(denied("GetParameter"), "Read Application", way="Fault"),
        *faults(gone("UpdateItem"), "Take Number", way="Fault"),
        *faults(gone("TransactWriteItems"), "Open Record", way="Fault"),
    ],
)
@takes("deploy: ends in Fault")
def test_a_fault_before_the_record_is_open_is_an_alarm(
    orders: Orders, state: str, fault: Exception
) -> None:
    orders.excuse(pushes_are_decided)
    orders.fail(state, fault)
    deployed = orders.push("v2")
    assert deployed.execution.error == "Fault"
    assert orders.world.items("orders", "deployment#") == []


@pytest.mark.parametrize(
    ("state", "fault"),
    [
        *faults(gone("UpdateItem"), "Take Claim"),
        *faults(raised("ValueError"), "Plan Release"),
        *faults(gone("TransactWriteItems"), "Record Plan"),
    ],
)
@takes("deploy: Outcome -> Fault")
def test_a_fault_before_the_first_change_is_recorded(
    orders: Orders, state: str, fault: Exception
) -> None:
    orders.fail(state, fault)
    deployed = orders.push("v2")
    assert (deployed.outcome, deployed.code) == ("Failed", "Fault")
    assert deployed.execution.error == "Fault"
    assert "No service was touched: start the deployment again." in deployed.message
    assert orders.writes() == []


@pytest.mark.parametrize(
    ("state", "fault"),
    [
        pytest.param(state, fault, marks=takes(f"deploy: {step} fails -> Conclude Deployment"))
        for state, fault, step in (
            ("deploy: Register Task Definition", denied("RegisterTaskDefinition"), "Pin Services"),
            ("migrate: Run Task", denied("RunTask"), "Migrate"),
            ("roll: Update Service", denied("UpdateService"), "Roll Services"),
            ("roll: Judge Rollout", raised("TerminalError"), "Roll Services"),
            ("bake: Judge Bake", raised("ValueError"), "Bake"),
        )
    ],
)
def test_a_fault_in_a_step_sends_a_person_to_the_services(
    rehearse: Rehearse, state: str, fault: Exception
) -> None:
    orders = rehearse(minutes=5, expand=True)
    orders.fail(state, fault)
    deployed = orders.push("v2")
    assert (deployed.outcome, deployed.code) == ("Failed", "Fault")
    rolled = state.startswith(("roll", "bake"))
    advice = "Look at its services in the" if rolled else "start the deployment again"
    assert advice in deployed.message
    assert orders.item(f"bad#{deployed.record['digest']}") is None
    assert deployed.execution.path[-6:-1] == [
        "Conclude Deployment",
        "Close Record",
        "Announce",
        "Release Claim",
        "Outcome",
    ]


@takes(
    "deploy: Register Again -> Not Registered",
    "deploy: ends in Not Registered",
)
def test_a_registration_that_is_always_throttled_is_a_fault(orders: Orders) -> None:
    orders.fail("deploy: Register Task Definition", throttled("RegisterTaskDefinition"), times=99)
    deployed = orders.push("v2")
    assert (deployed.outcome, deployed.code) == ("Failed", "Fault")
    assert "Rate exceeded" in deployed.message
    assert orders.calls.named("ecs:UpdateService") == []


@takes("deploy: Choose Recovery fails -> Conclude Deployment")
def test_a_fault_on_the_way_back_tells_what_was_known_of_the_release(orders: Orders) -> None:
    orders.fail("deploy: Choose Recovery", raised("ValueError"))
    deployed = orders.push("v2", CRASH)
    assert deployed.code == "Fault"
    assert "container app exited with code 1" in deployed.message


@takes("deploy: Conclude Deployment fails -> Release Claim")
def test_a_fault_of_the_conclusion_releases_the_claim_all_the_same(orders: Orders) -> None:
    orders.excuse(records_are_closed)
    orders.fail("deploy: Conclude Deployment", raised("ValueError"))
    deployed = orders.push("v2")
    assert deployed.execution.error == "Fault"
    assert orders.item("deployment#000001")["phase"] == "Progressing"


@takes("deploy: Close Record fails -> Close Again", "deploy: Close Again -> Conclude Deployment")
def test_a_record_that_could_not_be_closed_is_closed_as_a_fault(orders: Orders) -> None:
    orders.fail("deploy: Close Record", CANCELLED, times=ALL_TRIES)
    deployed = orders.push("v2")
    assert (deployed.outcome, deployed.code) == ("Failed", "Fault")
    assert "TransactionCanceledException" in deployed.record["reason"]["evidence"][0]


@takes("deploy: Close Again -> Release Claim")
def test_a_record_that_can_never_be_closed_releases_the_claim(orders: Orders) -> None:
    orders.excuse(records_are_closed)
    orders.fail("deploy: Close Record", gone("TransactWriteItems"), times=2)
    assert orders.push("v2").execution.error == "Fault"
    assert orders.world.news == []


@takes("deploy: Announce fails -> Release Claim")
def test_news_that_could_not_be_told_are_a_fault_and_the_record_is_right(orders: Orders) -> None:
    orders.excuse(ends_are_announced)
    orders.fail("deploy: Announce", denied("PutEvents"))
    deployed = orders.push("v2")
    assert deployed.execution.error == "Fault"
    assert deployed.outcome == "Promoted"


@takes("deploy: Release Claim fails -> Fault")
def test_a_claim_that_cannot_be_released_is_a_fault(orders: Orders) -> None:
    orders.excuse(claim_is_released)
    orders.fail("deploy: Release Claim", gone("UpdateItem"))
    deployed = orders.push("v2")
    assert (deployed.outcome, deployed.execution.error) == ("Promoted", "Fault")


@takes("deploy: Handled Before -> Fault")
def test_a_transaction_in_conflict_is_not_taken_for_a_duplicate(orders: Orders) -> None:
    orders.excuse(pushes_are_decided)
    orders.fail("deploy: Open Record", CONFLICT, times=ALL_TRIES)
    assert orders.push("v2").execution.error == "Fault"


@pytest.mark.parametrize(
    "state",
    [
        pytest.param(
            "deploy: Check Claim",
            marks=takes("deploy: Check Claim fails -> Claim Lost", "deploy: ends in Claim Lost"),
        ),
        pytest.param(
            "roll: Check Claim",
            marks=takes("roll: Check Claim fails -> Claim Lost", "roll: ends in Claim Lost"),
        ),
        pytest.param("roll: Renew Claim", marks=takes("roll: Renew Claim fails -> Claim Lost")),
    ],
)
@takes("deploy: Release Claim fails -> Outcome")
def test_who_loses_the_claim_writes_nothing_more(orders: Orders, state: str) -> None:
    orders.excuse(claim_is_released, one_owner_at_a_time)
    written: list[int] = []

    def lose() -> None:
        written.append(len(orders.writes()))
        orders.claim("somebody", minutes=60)

    orders.at(state, lose)
    lost = orders.push("v2")
    assert (lost.outcome, lost.code) == ("Failed", "Fault")
    assert "The claim was lost to another deployment" in lost.message
    assert len(orders.writes()) == written[0]
    assert orders.item("claim")["owner"] == "somebody"


@takes("deploy: Next Step -> Conclude Deployment")
def test_a_claim_lost_on_the_way_back_leaves_the_way_back_undone(orders: Orders) -> None:
    orders.excuse(claim_is_released, one_owner_at_a_time)
    orders.at("roll: Check Claim", lambda: orders.claim("somebody", minutes=60), times=2)
    lost = orders.push("v2", CRASH)
    assert (lost.outcome, lost.code) == ("RollbackFailed", "Fault")
    assert lost.execution.error == "RollbackFailed"
    assert "The release had failed" in lost.message


def test_what_passes_by_itself_is_tried_again(rehearse: Rehearse) -> None:
    orders = rehearse(minutes=5, expand=True)
    for state in (
        "Read Request", "Admit Request", "Plan Release", "Pin Task Definition",
        "Compare Task Definition", "Conclude Deployment",
    ):  # fmt: skip
        orders.fail(f"deploy: {state}", raised("RetryableError"))
    for state in ("migrate: Judge Migration", "roll: Judge Rollout", "bake: Judge Bake"):
        orders.fail(state, refusal("Invoke", "TooManyRequestsException", "Rate exceeded", 429))
    for operation in ("UpdateItem", "TransactWriteItems"):
        orders.refuse(f"dynamodb:{operation}", throttled(operation), times=3)
    for operation in ("Query", "GetItem"):
        orders.refuse(f"dynamodb:{operation}", throttled(operation))
    orders.refuse("ecs:RunTask", refusal("RunTask", "ServerException", "Unavailable", 500))
    orders.refuse("ecs:DescribeServices", throttled("DescribeServices"), times=2)
    orders.refuse("ecr:DescribeImages", refusal("DescribeImages", "ServerException", "-", 500))
    orders.refuse("ssm:GetParameter", throttled("GetParameter"), times=2)
    orders.refuse("cloudwatch:DescribeAlarms", throttled("DescribeAlarms"))
    full = refusal("StartExecution", "ExecutionLimitExceeded", "Limit exceeded")
    orders.refuse("stepfunctions:StartExecution", full, times=3)
    orders.refuse("events:PutEvents", refusal("PutEvents", "InternalException", "-", 500), times=2)
    assert orders.push("v2").outcome == "Promoted"
    assert orders.revisions("web") == 2
    assert len(orders.calls.named("ecs:RunTask")) == 2
