"""When pushes are held and when they are not any more, as the ledger has it."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from moto import mock_aws

from functions.aws import ledger
from functions.domain.admission import Decision
from functions.domain.catalogue import HoldUntil
from functions.domain.ending.end import End, Outcome
from functions.domain.plan import Plan
from functions.domain.reason import Blame
from functions.domain.recovery.hold import Hold, Holder
from functions.domain.request import By, Request
from functions.domain.writes import Put, hold_key
from tests.factories import (
    DIGEST,
    NOW,
    OTHER_DIGEST,
    OWNER,
    a_hold,
    a_known,
    a_pending,
    a_plan,
    a_plan_back,
    a_pushed_request,
    a_reason,
    a_request,
    a_rollback,
    an_end,
    an_image,
    an_opening,
)
from tests.fakes import client
from tests.ledger_table import (
    CLOSED_AT,
    TABLE,
    LedgerTable,
    closing_writes,
    opening_writes,
    planning_writes,
)

TURNED_BACK = an_end(Outcome.ROLLED_BACK, a_reason())
NOT_BACK = an_end(Outcome.ROLLBACK_FAILED, a_reason())
UNTIL_PERSON = a_hold(until=HoldUntil.UNTIL_PERSON)
A_PERSONS = a_hold(by=Holder.PERSON)


class Table(LedgerTable):
    def hold(self) -> Hold | None:
        return ledger.hold(self.client, TABLE, "orders")

    def put(self, hold: Hold) -> None:
        item = {
            "by": hold.by.value,
            "until": hold.until.value,
            "since": hold.since,
            "why": hold.why,
            "deployment": hold.deployment,
        }
        self.write((Put({**hold_key("orders"), **item}),))


@pytest.fixture
def table() -> Iterator[Table]:
    with mock_aws():
        yield Table()


# When they are held


@pytest.mark.parametrize(
    ("end", "plan", "why"),
    [
        pytest.param(
            TURNED_BACK,
            a_plan(),
            "deployment #12 of v42 (release #12) was turned back",
            id="it was turned back",
        ),
        pytest.param(
            NOT_BACK,
            a_plan(),
            "deployment #12 of v42 (release #12) was turned back",
            id="it did not get back",
        ),
        pytest.param(
            an_end(),
            a_plan_back(),
            "a person rolled back to v41 (release #11) by deployment #12",
            id="a person went back",
        ),
        pytest.param(
            NOT_BACK,
            a_plan_back(),
            "a person rolled back to v41 (release #11) by deployment #12",
            id="a person did not get back",
        ),
    ],
)
def test_everything_pushed_up_to_its_end_is_held_when(
    table: Table, end: End, plan: Plan, why: str
) -> None:
    table.write(closing_writes(end, plan, until=HoldUntil.UNTIL_PERSON))
    wanted = Hold(Holder.PILOTHOUSE, HoldUntil.UNTIL_PERSON, CLOSED_AT, why, 12)
    assert table.hold() == table.known().hold == wanted


@pytest.mark.parametrize(
    ("end", "plan"),
    [
        pytest.param(an_end(), a_plan(), id="it was promoted"),
        pytest.param(an_end(Outcome.FAILED, a_reason()), a_plan(), id="it touched nothing"),
        pytest.param(an_end(Outcome.NO_OP), a_plan_back(), id="it was there already"),
        pytest.param(an_end(Outcome.FAILED, a_reason()), None, id="it was never planned"),
        pytest.param(
            an_end(Outcome.ROLLBACK_FAILED, a_reason(blame=Blame.PILOTHOUSE)),
            a_plan(),
            id="a fault of ours came in between",
        ),
    ],
)
def test_nothing_is_held_when(table: Table, end: End, plan: Plan | None) -> None:
    table.write(closing_writes(end, plan))
    assert table.hold() is None


def test_a_later_hold_takes_the_place_of_an_earlier_one(table: Table) -> None:
    table.put(UNTIL_PERSON)
    table.write(closing_writes(TURNED_BACK, a_plan(hold=UNTIL_PERSON)))
    hold = table.hold()
    assert hold is not None
    assert (hold.since, hold.until) == (CLOSED_AT, HoldUntil.UNTIL_NEWER)


def test_what_a_person_holds_stays_although_more_is_turned_back(table: Table) -> None:
    table.put(A_PERSONS)
    table.write(closing_writes(TURNED_BACK, a_plan(hold=A_PERSONS)))
    assert table.hold() == A_PERSONS


# When they are not any more


@pytest.mark.parametrize(
    ("hold", "request_", "lifted"),
    [
        pytest.param(a_hold(), a_pushed_request(), True, id="a newer push"),
        pytest.param(a_hold(), a_request(), False, id="a person, where a push is awaited"),
        pytest.param(UNTIL_PERSON, a_request(), False, id="a person, who may fail yet"),
        pytest.param(A_PERSONS, a_pushed_request(), False, id="no push, where a person holds"),
    ],
)
def test_a_hold_is_lifted_at_the_start_by(
    table: Table, hold: Hold, request_: Request, lifted: bool
) -> None:
    table.put(hold)
    table.write(planning_writes(a_plan(hold=hold), opening=an_opening(request=request_)))
    assert table.hold() == (None if lifted else hold)


def test_a_hold_stays_where_nothing_is_deployed(table: Table) -> None:
    table.put(a_hold())
    table.write(planning_writes(a_plan(hold=a_hold(), decision=Decision.NO_OP, steps=())))
    assert table.hold() == a_hold()


@pytest.mark.parametrize(
    ("hold", "request_", "end", "lifted"),
    [
        pytest.param(UNTIL_PERSON, a_request(), an_end(), True, id="a person"),
        pytest.param(
            UNTIL_PERSON,
            a_request(),
            an_end(Outcome.FAILED, a_reason()),
            False,
            id="a person who failed",
        ),
        pytest.param(a_hold(), a_request(), an_end(), False, id="a person, but no newer push"),
        pytest.param(A_PERSONS, a_request(), an_end(), False, id="a person who does not say so"),
    ],
)
def test_a_hold_is_lifted_at_the_end_by(
    table: Table, hold: Hold, request_: Request, end: End, lifted: bool
) -> None:
    table.put(hold)
    opening = an_opening(request=request_)
    table.write(closing_writes(end, a_plan(hold=hold), opening=opening))
    assert table.hold() == (None if lifted else hold)


def test_a_hold_is_written_and_lifted_under_the_claim_only(table: Table) -> None:
    table.put(a_hold())
    table.claim("another")
    for writes in (
        planning_writes(a_plan(hold=a_hold())),
        closing_writes(an_end(), a_plan_back()),
    ):
        assert "ConditionalCheckFailed" in table.refused(writes)
    assert table.hold() == a_hold()


# Who waits meanwhile


def test_what_waits_for_the_claim_is_found_the_newest_first(table: Table) -> None:
    for number in (12, 13, 14):
        push = a_pushed_request(event=f"event-{number}", tag=f"v{number}")
        opening = replace(an_opening(number, push), owner=f"{OWNER}{number}")
        table.write(opening_writes(opening))
    table.write(closing_writes(NOT_BACK, a_plan(), opening=an_opening(14, a_rollback())))
    table.write(opening_writes(an_opening(15, a_request()), message="Deploy it."))
    waiting = ledger.pending(client("dynamodb"), TABLE, "orders", 12)
    assert waiting == (
        a_pending(15, by=By.PERSON, digest=DIGEST, image_tag="v42", owner=OWNER, **_pushed()),
        a_pending(13, digest=DIGEST, image_tag="v42", **_pushed()),
    )
    assert OTHER_DIGEST not in {each.digest for each in waiting}


def _pushed() -> dict[str, object]:
    return {"pushed_at": an_image().pushed_at, "opened_at": NOW}


def test_nobody_waits_where_nothing_came_after(table: Table) -> None:
    assert ledger.pending(client("dynamodb"), TABLE, "orders", 12) == ()
    assert table.known() == a_known()
