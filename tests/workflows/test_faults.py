"""A fault of ours or of AWS is recorded, told, never taken for news, and leaves no claim behind."""

import pytest

from rehearsal.invariants.checks import claim_is_released, one_owner_at_a_time
from rehearsal.sdk import refusal
from tests.workflows.calls import denied, gone, raised, throttled
from tests.workflows.conftest import Rehearse
from tests.workflows.orders import CRASH, Orders
from tests.workflows.ways import takes

CONFLICT = refusal(
    "TransactWriteItems",
    "TransactionCanceledException",
    "Transaction cancelled, please refer cancellation reasons for specific reasons [None, "
    "TransactionConflict]",
)
ALL_TRIES = 9
"""The first try of a keyed write, and 8 more."""


def faults(fault: Exception, *states: str, way: str = "Conclude") -> list[object]:
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
    orders.fail(state, fault)
    deployed = orders.push("v2")
    assert deployed.execution.error == "Fault"
    assert (deployed.outcome, deployed.code) == ("Failed", "Fault")
    assert "the deployment broke before it touched anything" in deployed.message
    push = orders.item(f"push#{orders.digest('v2')}#v2")
    assert (push["decision"], push["deployment"]) == ("Failed", deployed.record["number"])


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
        pytest.param(state, fault, marks=takes(f"deploy: {step} fails -> Conclude"))
        for state, fault, step in (
            ("deploy: Register Task Definition", denied("RegisterTaskDefinition"), "Pin Services"),
            ("migrate: Run Task", denied("RunTask"), "Migrate"),
            ("roll: Update Service", denied("UpdateService"), "Roll Services"),
            ("deploy: Bake", denied("StartExecution"), "Bake"),
        )
    ],
)
def test_a_fault_in_a_step_sends_a_person_to_the_services(
    rehearse: Rehearse, state: str, fault: Exception
) -> None:
    orders = rehearse(minutes=5, expand=True)
    orders.fail(state, fault, times=ALL_TRIES)
    deployed = orders.push("v2")
    assert (deployed.outcome, deployed.code) == ("Failed", "Fault")
    rolled = state in ("roll: Update Service", "deploy: Bake")
    advice = "Look at its services in the" if rolled else "start the deployment again"
    assert advice in deployed.message
    assert orders.item(f"bad#{deployed.record['digest']}") is None
    assert deployed.execution.path[-3:] == ["Conclude", "Outcome", "Fault"]


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


def test_who_cannot_see_how_services_stand_waits_and_goes_back_then(orders: Orders) -> None:
    orders.fail("deploy: Choose Recovery", raised("TerminalError"), times=2)
    deployed = orders.push("v2", CRASH)
    assert deployed.outcome == "RolledBack"
    assert [each["phase"] for each in orders.world.news] == ["Paused", "Failed"]


def test_a_failure_that_nobody_could_act_on_in_time_is_left_to_a_person(orders: Orders) -> None:
    orders.fail("deploy: Choose Recovery", raised("TerminalError"), times=5)
    deployed = orders.push("v2", CRASH)
    assert (deployed.outcome, deployed.code) == ("Failed", "AppExit")
    assert "since the failure is older than 20 min" in deployed.message


@takes("deploy: Pause fails -> Conclude")
def test_a_pause_of_the_way_back_that_fails_ends_it(orders: Orders) -> None:
    orders.fail("deploy: Choose Recovery", raised("TerminalError"))
    gone_too = refusal("StartExecution", "StateMachineDoesNotExist", "It does not exist.")
    orders.fail("deploy: Pause", gone_too)
    assert orders.push("v2", CRASH).code == "Fault"


@takes(
    "deploy: Choose Recovery fails -> Pause",
    "deploy: Paused -> Conclude",
    "deploy: Paused -> Wait To Look",
)
def test_a_fault_on_the_way_back_tells_what_was_known_of_the_release(orders: Orders) -> None:
    orders.fail("deploy: Choose Recovery", raised("ValueError"), times=100)
    deployed = orders.push("v2", CRASH)
    assert deployed.code == "Fault"
    assert "container app exited with code 1" in deployed.message


@takes("deploy: Handled Before -> Fault")
def test_a_transaction_in_conflict_is_not_taken_for_a_duplicate(orders: Orders) -> None:
    orders.fail("deploy: Open Record", CONFLICT, times=ALL_TRIES)
    deployed = orders.push("v2")
    assert (deployed.execution.error, deployed.outcome) == ("Fault", "Failed")


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
@takes("conclude: Release Claim fails -> All Done")
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


@takes("deploy: Next Step -> Conclude")
def test_a_claim_lost_on_the_way_back_leaves_the_way_back_undone(orders: Orders) -> None:
    orders.excuse(claim_is_released, one_owner_at_a_time)
    orders.at("roll: Claim Still Held", lambda: orders.claim("somebody", minutes=60))
    lost = orders.push("v2", CRASH)
    assert (lost.outcome, lost.code) == ("RollbackFailed", "Fault")
    assert lost.execution.error == "RollbackFailed"
    assert "The release had failed" in lost.message


def test_what_passes_by_itself_is_tried_again(rehearse: Rehearse) -> None:
    orders = rehearse(minutes=5, expand=True)
    for state in (
        "Read Request", "Admit Request", "Plan Release", "Pin Task Definition",
        "Compare Task Definition",
    ):  # fmt: skip
        orders.fail(f"deploy: {state}", raised("RetryableError"))
    orders.fail("conclude: Conclude Deployment", raised("RetryableError"))
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
    orders.refuse("s3:PutObject", refusal("PutObject", "SlowDown", "Reduce your rate", 503))
    orders.refuse("sns:Publish", refusal("Publish", "InternalError", "-", 500), times=2)
    orders.refuse("events:PutEvents", refusal("PutEvents", "InternalException", "-", 500), times=2)
    assert orders.push("v2").outcome == "Promoted"
    assert orders.revisions("web") == 2
    assert len(orders.calls.named("ecs:RunTask")) == 3
