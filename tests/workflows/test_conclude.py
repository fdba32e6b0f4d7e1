"""The end of a deployment: what fails there is done again, by another execution if need be."""

import pytest

from rehearsal.invariants.checks import claim_is_released, one_owner_at_a_time
from rehearsal.sdk import refusal
from tests.workflows.calls import denied, gone, raised
from tests.workflows.orders import CRASH, Orders
from tests.workflows.test_faults import ALL_TRIES
from tests.workflows.ways import takes

CANCELLED = refusal(
    "TransactWriteItems",
    "TransactionCanceledException",
    "Transaction cancelled, please refer cancellation reasons for specific reasons [None, "
    "ConditionalCheckFailed]",
)


@takes(
    "conclude: Who Ended -> Conclude Deployment",
    "conclude: What Is Left -> Keep Evidence",
    "conclude: All Done -> Concluded",
    "conclude: ends in Concluded",
    "announce: Everybody Told -> Told",
    "announce: ends in Told",
)
def test_evidence_record_news_and_claim_come_one_after_the_other(orders: Orders) -> None:
    deployed = orders.push("v2", CRASH)
    (conclude,) = orders.world.executions("conclude")
    assert conclude.path == [
        "Begin",
        "Who Ended",
        "Conclude Deployment",
        "What Is Left",
        "Keep Evidence",
        "Close Record",
        "Announce",
        "Told",
        "Claim Is Held",
        "Tidy Up",
        "Release Claim",
        "All Done",
        "Concluded",
    ]
    assert conclude.output["outcome"] == deployed.outcome == "RolledBack"
    assert deployed.record["evidence"] == "orders/000001.json"
    assert orders.world.items("orders", "news#") == []


@takes(
    "deploy: Conclude fails -> Fault",
    "conclude: Conclude Deployment fails -> Claim Is Held",
    "conclude: All Done -> Fault",
    "conclude: ends in Fault",
    "conclude: Who Ended -> Read Execution",
    "conclude: Whose Execution -> Conclude Abandoned",
)
def test_what_cannot_conclude_is_concluded_by_another(orders: Orders) -> None:
    orders.fail("conclude: Conclude Deployment", raised("ValueError"))
    deployed = orders.push("v2")
    first, second = orders.world.executions("conclude")
    assert (first.error, second.status) == ("ValueError", "SUCCEEDED")
    assert deployed.execution.error == "Fault"
    assert (deployed.outcome, deployed.code) == ("Failed", "Fault")
    assert "the deployment broke while web baked" in deployed.message
    assert "ValueError: boom" in deployed.record["reason"]["evidence"][0]


@takes("conclude: Close Record fails -> Close Again", "conclude: Close Again -> Who Ended")
def test_a_record_that_could_not_be_closed_is_closed_as_a_fault(orders: Orders) -> None:
    orders.fail("conclude: Close Record", CANCELLED, times=ALL_TRIES)
    deployed = orders.push("v2")
    assert (deployed.outcome, deployed.code) == ("Failed", "Fault")
    assert deployed.execution.error == "Fault"
    assert "TransactionCanceledException" in deployed.record["reason"]["evidence"][0]


@takes("conclude: Close Again -> Claim Is Held")
def test_a_record_that_can_never_be_closed_is_closed_by_another(orders: Orders) -> None:
    orders.fail("conclude: Close Record", gone("TransactWriteItems"), times=2)
    deployed = orders.push("v2")
    assert (deployed.outcome, deployed.execution.error) == ("Failed", "Fault")
    assert len(orders.world.news) == 1


@takes("conclude: Keep Evidence fails -> Who Ended", "conclude: What Is Left -> Close Record")
def test_evidence_that_cannot_be_kept_keeps_nothing_from_ending(orders: Orders) -> None:
    orders.fail("conclude: Keep Evidence", denied("PutObject"), times=ALL_TRIES)
    deployed = orders.push("v2")
    assert (deployed.outcome, deployed.record["evidence"]) == ("Promoted", None)
    assert "The evidence could not be kept: S3.S3Exception" in deployed.record["evidence_problem"]
    assert "Evidence:" not in orders.world.mail[-1]


def test_evidence_that_cannot_be_read_keeps_nothing_from_ending(orders: Orders) -> None:
    orders.refuse("s3:ListObjectsV2", denied("ListObjectsV2"), times=99)
    deployed = orders.push("v2")
    assert deployed.outcome == "Promoted"
    assert "could not be read" in deployed.record["evidence_problem"]


@takes(
    "conclude: Announce fails -> Claim Is Held",
    "conclude: What Is Left -> Announce",
    "announce: Put News fails -> Tell People",
    "announce: Everybody Told -> Not Told",
    "announce: ends in Not Told",
)
def test_news_that_could_not_be_told_are_told_by_another(orders: Orders) -> None:
    orders.fail("announce: Put News", denied("PutEvents"))
    deployed = orders.push("v2")
    assert (deployed.outcome, deployed.execution.error) == ("Promoted", "Fault")
    assert [each["outcome"] for each in orders.world.news] == ["Promoted"]
    # People were told the first time too: rather twice than never.
    assert [each.split(":")[0] for each in orders.world.mail] == ["Promoted", "Promoted"]


@takes("announce: Tell People fails -> Everybody Told")
def test_what_people_could_not_be_told_they_are_told_by_another(orders: Orders) -> None:
    orders.story.struck.add("fail")
    orders.fail("announce: Tell People", denied("Publish"), times=ALL_TRIES)
    deployed = orders.push("v2")
    assert (deployed.outcome, deployed.execution.error) == ("Promoted", "Fault")
    assert [each.split(":")[0] for each in orders.world.mail] == ["Promoted"]
    assert [each["announcement"] for each in orders.world.news] == ["orders#1/Promoted"] * 2


@takes("conclude: Whose Execution -> Read Execution")
def test_who_dies_finishing_another_is_replaced_too(orders: Orders) -> None:
    orders.begin_push("v2")
    orders.until("roll: Judge Rollout")
    orders.world.machines.stop(orders.world.executions("deploy")[0])
    orders.world.machines.stop(orders.until("conclude: Close Record"))
    orders.finish()
    first, second = orders.world.executions("conclude")
    assert (first.status, second.status) == ("ABORTED", "SUCCEEDED")
    assert second.path.count("Read Execution") == 2
    deployed = orders.closed_by(orders.world.executions("deploy")[0])
    assert deployed["outcome"] == "Aborted"
    assert "owner" not in orders.item("claim")


@takes("conclude: Told fails -> Claim Is Held")
def test_what_is_not_known_to_be_told_is_told_again(orders: Orders) -> None:
    orders.story.struck.add("fail")
    orders.fail("conclude: Told", gone("DeleteItem"))
    assert orders.push("v2").outcome == "Promoted"
    assert [each["announcement"] for each in orders.world.news] == ["orders#1/Promoted"] * 2


@takes(
    "conclude: Release Claim fails -> All Done (2)",
    "conclude: What Is Left -> Claim Is Held",
)
def test_a_claim_that_could_not_be_released_is_released_by_another(orders: Orders) -> None:
    orders.fail("conclude: Release Claim", gone("UpdateItem"))
    deployed = orders.push("v2")
    assert (deployed.outcome, deployed.execution.error) == ("Promoted", "Fault")
    assert "owner" not in orders.item("claim")
    assert len(orders.world.news) == 1


@takes(
    "conclude: What Is Left -> Take Number",
    "conclude: Take Number fails -> Claim Is Held",
)
def test_whoever_finishes_in_vain_calls_a_person(orders: Orders) -> None:
    orders.excuse(*orders.undone)
    orders.fail("deploy: Admit Request", raised("ValueError"))
    orders.fail("conclude: Take Number", gone("UpdateItem"))
    orders.push("v2")
    assert [each.split(":")[0] for each in orders.world.mail] == ["Look now"]


@pytest.mark.parametrize(
    ("state", "error"),
    [
        pytest.param(
            "Read Execution",
            denied("DescribeExecution"),
            marks=takes("conclude: Read Execution fails -> Fault"),
        ),
        pytest.param(
            "Conclude Abandoned",
            raised("ValueError"),
            marks=takes("conclude: Conclude Abandoned fails -> Fault"),
        ),
    ],
)
def test_what_not_even_another_can_conclude_calls_a_person(
    orders: Orders, state: str, error: Exception
) -> None:
    orders.excuse(*orders.undone, claim_is_released, one_owner_at_a_time)
    orders.fail(f"conclude: {state}", error, times=ALL_TRIES)
    orders.begin_push("v2")
    orders.until("roll: Judge Rollout")
    orders.world.machines.stop(orders.world.executions("deploy")[0])
    orders.finish()
    (mail,) = orders.world.mail
    assert mail.startswith("Look now: the execution")
    assert "could not finish what a dead deployment left" in mail
