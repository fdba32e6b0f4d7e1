"""What is left to do of a deployment that died, and what a person is told of it."""

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from moto import mock_aws

from functions.aws import leftovers
from functions.domain.ending.abandoned import Dead, Found, asked, closed, end, opening_of, resumed
from functions.domain.ending.end import Outcome
from functions.domain.ending.ended import Evidence, to_tell
from functions.domain.ending.news import news
from functions.domain.opening import Opening
from functions.domain.reason import Blame, Code
from tests.factories import DIGEST, OWNER, a_pushed_request, a_request, an_end
from tests.ledger_table import (
    CLOSED_AT,
    TABLE,
    LedgerTable,
    closing_writes,
    opening_writes,
    planning_writes,
)

BY_HAND = json.dumps({"application": "orders", "image": "v42"})
LOOK = (
    "Look at its services in the ECS console now: they may run a mix of revisions. Then push "
    "again, or go back by hand: the next deployment need not wait."
)


def a_dead(status: str = "ABORTED", **override: Any) -> Dead:
    dead = Dead(OWNER, status, None, None, BY_HAND, "2026-11-21T12:00:00.000Z")
    return replace(dead, **override)


def a_broken(cause: str | None = "States.TaskFailed: boom") -> Dead:
    return a_dead("FAILED", error="Fault", cause=cause)


# Who is dead


@pytest.mark.parametrize("status", ["ABORTED", "TIMED_OUT", "FAILED"])
def test_what_it_was_asked_for_is_read_again(status: str) -> None:
    assert asked(a_dead(status), ("orders",)) == a_request()


@pytest.mark.parametrize(
    "dead",
    [
        pytest.param(a_dead("RUNNING"), id="it was redriven"),
        pytest.param(a_dead("SUCCEEDED"), id="it ended well"),
        pytest.param(a_dead(input='{"application": "odrers", "image": "v42"}'), id="unknown"),
        pytest.param(a_dead(input="[]"), id="no request"),
    ],
)
def test_who_is_not_dead_or_was_asked_for_nothing_leaves_nothing(dead: Dead) -> None:
    assert asked(dead, ("orders",)) is None


# How it ended

ROLLING = {"phase": "Progressing", "steps": ["pin", "roll"], "doing": "roll", "touched": "web"}


@pytest.mark.parametrize(
    ("record", "message"),
    [
        pytest.param(
            {"phase": "Pending"},
            "orders: somebody stopped the deployment before it touched anything. No service was "
            "touched. Start the deployment again, or push again.",
            id="before the plan",
        ),
        pytest.param(
            {"phase": "Progressing", "steps": ["pin"]},
            "orders: somebody stopped the deployment when it was planned. No service is noted as "
            "touched. Look at them in the ECS console. Then push again, or go back by hand: the "
            "next deployment need not wait.",
            id="before the first step",
        ),
        pytest.param(
            {"phase": "Progressing", "steps": ["migrate"], "doing": "expand", "touched": ""},
            "orders: somebody stopped the deployment while its expand migration ran. No service "
            "was touched. The task that it had started may run on. The next deployment waits for "
            "its end: push again, or start the deployment again.",
            id="in the expand",
        ),
        pytest.param(
            {"phase": "Progressing", "steps": ["bake"], "doing": "contract", "touched": "web"},
            "orders: somebody stopped the deployment while its contract migration ran. It had "
            "passed its bake and is what is stable now: its services (web) were left as they are. "
            "The task of its contract may run on, and nothing goes back behind it. The next "
            "deployment finds out how it ended: push again, or look at the task in ECS.",
            id="in the contract",
        ),
        pytest.param(
            {"phase": "Progressing", "steps": ["pin"], "doing": "headroom", "touched": ""},
            "orders: somebody stopped the deployment while it waited for headroom. No service was "
            "touched. Instances that were added are taken back by themselves. Start the deployment "
            "again, or push again.",
            id="waiting for headroom",
        ),
        pytest.param(
            ROLLING,
            "orders: somebody stopped the deployment while it rolled web. Its services (web) were "
            f"left as they are. {LOOK}",
            id="rolling",
        ),
        pytest.param(
            {**ROLLING, "phase": "Baking", "doing": "bake", "touched": "web, worker"},
            "orders: somebody stopped the deployment while web, worker baked. Its services "
            f"(web, worker) were left as they are. {LOOK}",
            id="baking",
        ),
        pytest.param(
            {**ROLLING, "phase": "RollingBack"},
            "orders: somebody stopped the deployment while, on the way back, it rolled web. Its "
            f"services (web) were left as they are. {LOOK}",
            id="on the way back",
        ),
    ],
)
def test_the_message_says_what_was_going_on_and_what_to_do(
    record: dict[str, Any], message: str
) -> None:
    ended = end("orders", a_dead(), record)
    assert (ended.outcome, ended.message) == (Outcome.ABORTED, message)


@pytest.mark.parametrize(
    ("dead", "died", "evidence"),
    [
        pytest.param(
            a_dead(),
            "somebody stopped the deployment",
            "the execution was stopped by hand.",
            id="stopped",
        ),
        pytest.param(
            a_dead(cause="Wrong build."),
            "somebody stopped the deployment",
            "the execution was stopped by hand: Wrong build.",
            id="stopped with a word",
        ),
        pytest.param(
            a_dead("TIMED_OUT"),
            "the deployment ran out of time",
            "the execution ran longer than an execution may.",
            id="timed out",
        ),
        pytest.param(a_broken(), "the deployment broke", "States.TaskFailed: boom.", id="a fault"),
        pytest.param(
            a_broken('States.TaskFailed: {"Error": "ValueError", "Cause": "boom"}'),
            "the deployment broke",
            "ValueError: boom.",
            id="a fault of a child",
        ),
        pytest.param(a_broken(None), "the deployment broke", "Fault.", id="without a cause"),
        pytest.param(
            a_dead("FAILED"), "the deployment broke", "no error was named.", id="without an error"
        ),
    ],
)
def test_the_reason_says_what_killed_it(dead: Dead, died: str, evidence: str) -> None:
    ended = end("orders", dead, ROLLING)
    assert ended.what == f"orders: {died} while it rolled web."
    assert ended.reason is not None
    assert ended.reason.evidence == (evidence,)


def test_who_stops_is_to_blame_for_it_and_nobody_else() -> None:
    stopped, broken = end("orders", a_dead(), ROLLING), end("orders", a_broken(), ROLLING)
    assert stopped.reason is not None
    assert broken.reason is not None
    assert (stopped.reason.code, stopped.reason.blame) == (Code.ABORTED, Blame.PERSON)
    assert (broken.reason.code, broken.reason.blame) == (Code.FAULT, Blame.PILOTHOUSE)


# What is written


@pytest.fixture
def table() -> Iterator[LedgerTable]:
    with mock_aws():
        yield LedgerTable()


def of_push(number: int = 0) -> Opening:
    return opening_of(a_pushed_request(), a_dead(), number)


def found_in(table: LedgerTable, opening: Opening | None = None) -> Found:
    return leftovers.find(table.client, TABLE, opening or of_push())


def conclude(table: LedgerTable, found: Found, number: int = 0) -> None:
    opening, record = resumed(of_push(number), found)
    ended = end("orders", a_dead(), record)
    table.write(closed(opening, record, ended, CLOSED_AT, Evidence("orders/000012.json")))


def test_an_open_record_is_closed_and_keeps_what_it_said(table: LedgerTable) -> None:
    table.write(opening_writes())
    table.write(planning_writes())
    found = found_in(table)
    assert not found.ended
    assert found.fence == 7
    conclude(table, found)
    record = table.item("deployment#000012") or {}
    assert (record["outcome"], record["phase"]) == ("Aborted", "Aborted")
    assert (record["steps"], record["release"]) == (["pin", "roll", "roll", "bake"], 12)
    assert (record["opened_at"], record["closed_at"]) == ("2026-11-21T12:00:00.000Z", CLOSED_AT)
    assert (record["services"], record["evidence"]) == ({}, "orders/000012.json")
    assert (table.item(f"push#{DIGEST}#v42") or {})["decision"] == "Deployed"
    assert found_in(table).ended


def test_what_died_before_its_plan_decides_its_push_by_its_end(table: LedgerTable) -> None:
    table.write(opening_writes())
    conclude(table, found_in(table))
    assert (table.item(f"push#{DIGEST}#v42") or {})["decision"] == "Aborted"


def test_what_died_before_its_record_gets_one(table: LedgerTable) -> None:
    found = found_in(table)
    assert found.record is None
    assert not found.ended
    conclude(table, found, number=12)
    record = table.item("deployment#000012") or {}
    assert (record["outcome"], record["image_tag"], record["digest"]) == ("Aborted", "v42", DIGEST)
    push = table.item(f"push#{DIGEST}#v42") or {}
    assert (push["decision"], push["deployment"]) == ("Aborted", 12)


def test_a_person_leaves_no_decision_on_a_push(table: LedgerTable) -> None:
    opening, record = resumed(opening_of(a_request(), a_dead(), 12), Found())
    writes = closed(opening, record, end("orders", a_dead(), record), CLOSED_AT, Evidence())
    assert len(writes) == 1
    assert record["digest"] is None
    assert not found_in(table, opening).ended


def test_a_push_that_another_execution_decided_is_left_to_it(table: LedgerTable) -> None:
    table.write(opening_writes(replace(of_push(13), owner="another")))
    assert found_in(table).ended
    assert found_in(table).record is None
    other = replace(of_push(), request=a_pushed_request(event="event-2"))
    assert not found_in(table, other).ended


def test_a_record_is_closed_once_whoever_comes_first(table: LedgerTable) -> None:
    table.write(opening_writes())
    found = found_in(table)
    table.write(closing_writes())
    with pytest.raises(table.client.exceptions.TransactionCanceledException):
        conclude(table, found)


def test_news_that_were_never_told_are_found(table: LedgerTable) -> None:
    writes = closing_writes()
    told = news(writes[0].item, an_end(), "evidence")
    table.write([*writes, to_tell(told)])
    found = found_in(table)
    assert found.ended
    assert found.news == {"news": told.news, "subject": told.subject, "text": told.text}


def test_the_claim_of_another_is_none_of_ours(table: LedgerTable) -> None:
    table.claim("another")
    assert found_in(table).fence is None


phases = st.sampled_from(["Pending", "Progressing", "Baking", "RollingBack"])
records = st.fixed_dictionaries(
    {"phase": phases},
    optional={
        "doing": st.sampled_from(["pin", "expand", "contract", "headroom", "roll", "bake", "new"]),
        "touched": st.sampled_from(["", "web", "web, worker"]),
        "steps": st.lists(st.just("roll"), max_size=2),
    },
)
dead = st.builds(
    a_dead,
    st.sampled_from(["ABORTED", "TIMED_OUT", "FAILED"]),
    error=st.none() | st.just("Fault"),
    cause=st.none() | st.text(),
)


@given(dead, records)
def test_every_end_of_a_dead_deployment_says_why_and_what_to_do(
    died: Dead, record: dict[str, Any]
) -> None:
    ended = end("orders", died, record)
    assert ended.outcome in (Outcome.ABORTED, Outcome.FAILED)
    assert ended.reason is not None
    assert all(ended.reason.evidence)
    assert ended.now
    assert "No service" in ended.done or "were left as they are" in ended.done
    if record.get("doing") not in ("contract", "headroom"):
        assert ("No service" in ended.done) is not bool(record.get("touched"))
