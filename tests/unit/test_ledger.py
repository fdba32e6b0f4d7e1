"""What is recorded of a deployment, and under which condition; on moto's DynamoDB."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from moto import mock_aws

from functions.aws import ledger
from functions.domain.admission import Admission, Decision
from functions.domain.ending.end import Outcome
from functions.domain.ledger import Opening, opened
from functions.domain.plan import Kind, Plan
from functions.domain.reason import Blame
from functions.domain.writes import Put, Write, counters_key
from tests.factories import (
    DIGEST,
    OWNER,
    a_known,
    a_plan,
    a_pushed_request,
    a_reason,
    a_request,
    a_rollback,
    an_admission,
    an_end,
    an_opening,
)
from tests.ledger_table import (
    CLOSED_AT,
    REVISIONS,
    TABLE,
    LedgerTable,
    closing_writes,
    opening_writes,
    planning_writes,
)

ROOT = Path(__file__).parents[2]

TURNED_BACK = an_end(Outcome.ROLLED_BACK, a_reason())


@pytest.fixture
def table() -> Iterator[LedgerTable]:
    with mock_aws():
        yield LedgerTable()


# The record


def test_a_record_is_opened_with_what_was_asked(table: LedgerTable) -> None:
    table.write(opening_writes())
    assert table.item("deployment#000012") == {
        "pk": "app#orders",
        "sk": "deployment#000012",
        "application": "orders",
        "number": 12,
        "by": "push",
        "asked": "v42",
        "decision": "Deploy",
        "image_tag": "v42",
        "digest": DIGEST,
        "pushed_at": "2026-11-21T11:59:00.000Z",
        "owner": OWNER,
        "opened_at": "2026-11-21T12:00:00.000Z",
        "phase": "Pending",
        "message": "Deploy v42.",
    }


def test_a_rollback_is_recorded_without_an_image(table: LedgerTable) -> None:
    opening = an_opening(request=a_rollback("v41"))
    table.write(opened(opening, Admission(Decision.DEPLOY, "Roll back orders.")))
    record = table.item("deployment#000012") or {}
    assert (record["asked"], record["by"]) == ("rollback v41", "person")
    assert record["digest"] is record["image_tag"] is None


def test_a_plan_is_recorded_before_the_first_change(table: LedgerTable) -> None:
    table.write(opening_writes())
    table.write(planning_writes())
    record = table.item("deployment#000012") or {}
    assert record["phase"] == "Progressing"
    assert (record["kind"], record["release"], record["before"]) == ("forward", 12, 11)
    assert record["steps"] == ["pin", "roll", "roll", "bake"]
    assert [release.number for release in table.known().releases] == [12]
    assert table.known().stables == {}


def test_a_refused_plan_is_recorded_without_a_release(table: LedgerTable) -> None:
    table.write(planning_writes(Plan(Kind.FORWARD, Decision.REFUSED, "No web.")))
    record = table.item("deployment#000012") or {}
    assert (record["message"], record["release"], record["steps"]) == ("No web.", None, [])
    assert table.known().releases == ()


def test_a_closed_record_says_how_it_ended_and_why(table: LedgerTable) -> None:
    table.write(opening_writes())
    table.write(planning_writes())
    table.write(closing_writes(TURNED_BACK, a_plan()))
    record = table.item("deployment#000012") or {}
    assert (record["phase"], record["outcome"]) == ("Failed", "RolledBack")
    assert record["reason"]["code"] == "AppExit"
    assert record["services"] == {"web": "2 of 2 tasks run orders-web:20."}
    assert record["revisions"] == REVISIONS
    assert record["closed_at"] == CLOSED_AT


def test_a_closed_record_never_changes(table: LedgerTable) -> None:
    table.write(closing_writes())
    before = table.item("deployment#000012")
    assert "ConditionalCheckFailed" in table.refused(closing_writes(TURNED_BACK))
    assert "ConditionalCheckFailed" in table.refused(planning_writes())
    assert table.item("deployment#000012") == before


def test_a_record_of_another_owner_is_left_alone(table: LedgerTable) -> None:
    table.write(opening_writes(an_opening(request=a_request())))
    other = replace(an_opening(request=a_request()), owner="another")
    assert "ConditionalCheckFailed" in table.refused(opening_writes(other))


# The decision on a push


def test_the_same_push_event_is_decided_once(table: LedgerTable) -> None:
    table.write(opening_writes())
    again = replace(an_opening(13), owner="another")
    assert "ConditionalCheckFailed" in table.refused(opening_writes(again))
    assert table.item("deployment#000013") is None


def test_a_repeated_write_of_the_same_owner_harms_nobody(table: LedgerTable) -> None:
    table.write(opening_writes())
    table.write(opening_writes())
    assert (table.item(f"push#{DIGEST}#v42") or {})["deployment"] == 12


def test_a_second_push_of_the_same_image_is_decided_anew(table: LedgerTable) -> None:
    table.write(opening_writes())
    again = Opening("orders", 13, a_pushed_request(event="event-2"), "another", CLOSED_AT)
    table.write(opening_writes(again))
    decision = table.item(f"push#{DIGEST}#v42") or {}
    assert (decision["deployment"], decision["event"]) == (13, "event-2")


@pytest.mark.parametrize(
    ("admission", "plan", "decision"),
    [
        pytest.param(an_admission(), a_plan(), "Deployed", id="it was deployed"),
        pytest.param(
            an_admission(), Plan(Kind.FORWARD, Decision.OLDER, "Older."), "Older", id="older"
        ),
        pytest.param(an_admission(Decision.BAD), None, "Bad", id="it is bad"),
        pytest.param(an_admission(), None, "Expired", id="it never came to a plan"),
    ],
)
def test_each_push_ends_in_one_recorded_decision(
    table: LedgerTable, admission: Admission, plan: Plan | None, decision: str
) -> None:
    table.write(opening_writes())
    table.write(closing_writes(an_end(Outcome.EXPIRED, a_reason()), plan, admission=admission))
    assert (table.item(f"push#{DIGEST}#v42") or {})["decision"] == decision


def test_a_person_leaves_no_decision_on_a_push(table: LedgerTable) -> None:
    table.write(opening_writes(an_opening(request=a_request())))
    table.write(closing_writes(plan=a_plan(), opening=an_opening(request=a_request())))
    assert table.item(f"push#{DIGEST}#v42") is None


# The claim


@pytest.mark.parametrize(
    "writes",
    [
        pytest.param(planning_writes(), id="a plan"),
        pytest.param(closing_writes(plan=a_plan()), id="a promotion"),
        pytest.param(closing_writes(TURNED_BACK, a_plan()), id="a bad digest"),
    ],
)
@pytest.mark.parametrize(
    "holder", [pytest.param(("another", 7), id="owner"), pytest.param((OWNER, 8), id="fence")]
)
def test_what_later_deployments_rest_on_is_written_under_the_claim_only(
    table: LedgerTable, writes: tuple[Write, ...], holder: tuple[str, int]
) -> None:
    table.claim(*holder)
    assert "ConditionalCheckFailed" in table.refused(writes)
    assert table.known() == a_known()


def test_a_fault_is_recorded_although_the_claim_is_lost(table: LedgerTable) -> None:
    table.claim("another")
    fault = an_end(Outcome.ROLLBACK_FAILED, a_reason(blame=Blame.PILOTHOUSE))
    table.write(closing_writes(fault, a_plan()))
    assert (table.item("deployment#000012") or {})["outcome"] == "RollbackFailed"
    assert table.why_bad(DIGEST) is None


# The rendering


def test_shares_of_the_traffic_are_kept_as_they_were(table: LedgerTable) -> None:
    stages = {"web": [{"stage": "POST_TEST_TRAFFIC_SHIFT", "traffic": 0.0}, {"traffic": 12.5}]}
    key = {"pk": "app#orders", "sk": "deployment#000012"}
    table.write([Put({**key, "stages": stages})])
    found = ledger.read(table.client, TABLE, key)
    assert found == {**key, "stages": stages}


def test_the_writes_are_what_step_functions_sends_to_dynamodb() -> None:
    check, put, *_ = ledger.transact(TABLE, planning_writes())
    assert check == {
        "ConditionCheck": {
            "TableName": TABLE,
            "Key": {"pk": {"S": "app#orders"}, "sk": {"S": "claim"}},
            "ConditionExpression": "#owner = :owner AND #fence = :fence",
            "ExpressionAttributeNames": {"#fence": "fence", "#owner": "owner"},
            "ExpressionAttributeValues": {":owner": {"S": OWNER}, ":fence": {"N": "7"}},
        }
    }
    assert put["Put"]["ConditionExpression"] == "attribute_not_exists(#outcome)"
    assert "ExpressionAttributeValues" not in put["Put"]


def test_a_plan_shows_the_number_that_deploy_would_take() -> None:
    states = json.loads((ROOT / "statemachines/deploy.asl.json").read_text())["States"]
    taken = states["Take Number"]["Arguments"]["Key"]["sk"]["S"]
    assert counters_key("orders") == {"pk": "app#orders", "sk": taken}
