"""What the ledger says of a migration, and of one that was told to stop."""

from dataclasses import replace
from typing import Any

import pytest
from moto import mock_aws

from functions.domain.migration.noted import begun, ended
from functions.domain.migration.ran import Ran, State
from functions.domain.migration.stopping import Stopping, awaited
from functions.domain.opening import Claim
from functions.domain.verdict import Verdict, Word
from tests.factories import OWNER, a_failure, a_run, a_stop, later
from tests.ledger_table import LedgerTable

CLAIM = Claim("app#orders", OWNER, 7)
RAN = Ran(12, "expand", State.STARTED, 1, 13, "2026-11-21T12:00:00.000Z", cluster="production")
PASSED = Verdict(Word.PASS, "It ended.")


@pytest.fixture
def ledger() -> Any:
    with mock_aws():
        yield LedgerTable()


def test_a_start_is_noted_once(ledger: LedgerTable) -> None:
    ledger.write(begun(CLAIM, "orders", RAN, 0))
    assert ledger.known().migrations == (RAN,)
    assert "ConditionalCheckFailed" in ledger.refused(begun(CLAIM, "orders", RAN, 2))
    second = replace(RAN, attempt=2)
    ledger.write(begun(CLAIM, "orders", second, 1))
    assert ledger.known().migrations == (second,)


def test_who_lost_the_claim_notes_nothing(ledger: LedgerTable) -> None:
    ledger.claim("somebody", 8)
    assert "ConditionalCheckFailed, None" in ledger.refused(begun(CLAIM, "orders", RAN, 0))
    assert "ConditionalCheckFailed, None" in ledger.refused(
        ended(CLAIM, "orders", RAN, PASSED, 0, "t1")
    )
    assert ledger.known().migrations == ()


@pytest.mark.parametrize(
    ("verdict", "exit_code", "state"),
    [
        (PASSED, 0, State.PASSED),
        (a_failure(), 1, State.FAILED),
        (Verdict(Word.ERROR, "Nobody could look."), None, State.FAILED),
    ],
)
def test_an_end_is_noted(
    ledger: LedgerTable, verdict: Verdict, exit_code: int | None, state: State
) -> None:
    ledger.write(begun(CLAIM, "orders", RAN, 0))
    ledger.write(ended(CLAIM, "orders", RAN, verdict, exit_code, "t1"))
    (noted,) = ledger.known().migrations
    assert noted == replace(
        RAN, state=state, exit_code=exit_code, message=verdict.message, task="t1"
    )


def test_an_undo_that_passed_takes_its_expand_back(ledger: LedgerTable) -> None:
    undo = replace(RAN, phase="undo")
    for each in (RAN, undo):
        ledger.write(begun(CLAIM, "orders", each, 0))
    ledger.write(ended(CLAIM, "orders", undo, a_failure(), 1, "t2"))
    assert {each.phase: each.state for each in ledger.known().migrations} == {
        "expand": State.STARTED,
        "undo": State.FAILED,
    }
    ledger.write(ended(CLAIM, "orders", undo, PASSED, 0, "t2"))
    assert {each.phase: each.state for each in ledger.known().migrations} == {
        "expand": State.UNDONE,
        "undo": State.PASSED,
    }


def test_a_probe_leaves_nothing_behind(ledger: LedgerTable) -> None:
    tried = replace(RAN, phase="probe")
    ledger.write(begun(CLAIM, "orders", tried, 0))
    assert ended(CLAIM, "orders", tried, PASSED, None, "t1") == ()
    assert ledger.known().migrations == ()


STOPPING = Stopping(later(minutes=10), a_failure())


@pytest.mark.parametrize(
    ("run", "verdict"),
    [
        ({"status": "DEPROVISIONING", "at": later(minutes=12)}, Word.WAIT),
        ({"stop": a_stop(), "at": later(minutes=12)}, Word.FAIL),
        ({"task": None, "at": later(minutes=11)}, Word.FAIL),
        ({"status": "STOPPING", "at": later(minutes=13)}, Word.FAIL),
    ],
)
def test_the_end_of_a_stopped_task_is_awaited(run: dict[str, Any], verdict: Word) -> None:
    assert awaited(a_run(**run), STOPPING).verdict is verdict


@pytest.mark.parametrize("verdict", [a_failure(), Verdict(Word.PASS, "It came up.")])
def test_what_cannot_be_stopped_is_said(verdict: Verdict) -> None:
    run = a_run(at=later(minutes=13), status="STOPPING")
    late = awaited(run, Stopping(later(minutes=10), verdict))
    assert late.message == (
        f"{verdict.message} Task t1 was told to stop and is STOPPING still: look at it."
    )
    assert late.verdict is verdict.verdict
    assert late.reason is None or late.reason.message == late.message
