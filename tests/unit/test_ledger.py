"""What is recorded, under which condition, and what of it is read again; on moto's DynamoDB."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from boto3.dynamodb.types import TypeDeserializer
from botocore.exceptions import ClientError
from moto import mock_aws

from functions.aws import ledger
from functions.domain.admission import Admission, Decision
from functions.domain.closing import End, Outcome
from functions.domain.ledger import Opening, closed, opened, planned
from functions.domain.news import announcement, token
from functions.domain.plan import Kind, Pin, Plan
from functions.domain.planning import Known
from functions.domain.reason import Blame
from functions.domain.release import Release
from functions.domain.writes import Write
from tests.factories import (
    DIGEST,
    OTHER_DIGEST,
    OWNER,
    a_claim,
    a_known,
    a_part,
    a_plan,
    a_plan_back,
    a_pushed_request,
    a_reason,
    a_release,
    a_request,
    a_revision,
    a_rollback,
    an_admission,
    an_end,
    an_opening,
)

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

TABLE = "ledger"
CLOSED_AT = "2026-11-21T13:00:00.000Z"
REVISIONS = {"web": a_revision("web", 20), "worker": a_revision("worker", 21)}
TURNED_BACK = an_end(Outcome.ROLLED_BACK, a_reason())
# What ran before the first release is pinned only when it is gone back to.
ADOPTED = Release(0, {key: a_part(key, revision=None) for key in ("web", "worker")})


@pytest.fixture
def client() -> Iterator["DynamoDBClient"]:
    with mock_aws():
        made = boto3.client("dynamodb", region_name="eu-west-1")
        made.create_table(
            TableName=TABLE,
            BillingMode="PAY_PER_REQUEST",
            KeySchema=[
                {"AttributeName": "pk", "KeyType": "HASH"},
                {"AttributeName": "sk", "KeyType": "RANGE"},
            ],
            AttributeDefinitions=[
                {"AttributeName": "pk", "AttributeType": "S"},
                {"AttributeName": "sk", "AttributeType": "S"},
            ],
        )
        claim(made)
        yield made


def claim(client: "DynamoDBClient", owner: str = OWNER, fence: int = 7) -> None:
    item = {"pk": "app#orders", "sk": "claim"}
    client.put_item(
        TableName=TABLE,
        Item={key: {"S": value} for key, value in item.items()}
        | {"owner": {"S": owner}, "fence": {"N": str(fence)}},
    )


def write(client: "DynamoDBClient", writes: Sequence[Write]) -> None:
    client.transact_write_items(TransactItems=ledger.transact(TABLE, writes))  # type: ignore[arg-type]


def refused(client: "DynamoDBClient", writes: Sequence[Write]) -> str:
    """Return why a transaction was cancelled, in the codes of its writes."""
    with pytest.raises(client.exceptions.TransactionCanceledException) as caught:
        write(client, writes)
    return str(caught.value)


def item(client: "DynamoDBClient", sk: str) -> dict[str, Any] | None:
    key = {"pk": {"S": "app#orders"}, "sk": {"S": sk}}
    found = client.get_item(TableName=TABLE, Key=key).get("Item")
    read = TypeDeserializer().deserialize
    return {name: read(value) for name, value in found.items()} if found else None


def known(client: "DynamoDBClient") -> Known:
    return ledger.known(client, TABLE, "orders")


def opening_writes(opening: Opening | None = None, **admission: Any) -> tuple[Write, ...]:
    return opened(opening or an_opening(), an_admission(**admission))


def planning_writes(
    plan: Plan | None = None, recorded: Known | None = None, adopted: Known | None = None
) -> tuple[Write, ...]:
    before = recorded or a_known()
    return planned(
        an_opening(), an_admission(), plan or a_plan(), before, adopted or before, a_claim()
    )


def closing_writes(
    end: End | None = None,
    plan: Plan | None = None,
    *,
    opening: Opening | None = None,
    admission: Admission | None = None,
    pins: tuple[Pin, ...] = (),
) -> tuple[Write, ...]:
    return closed(
        opening or an_opening(),
        admission or an_admission(),
        plan,
        end or an_end(),
        CLOSED_AT,
        REVISIONS,
        a_claim(),
        {"web": "2 of 2 tasks run orders-web:20."},
        pins,
    )


# The record


def test_a_record_is_opened_with_what_was_asked(client: "DynamoDBClient") -> None:
    write(client, opening_writes())
    assert item(client, "deployment#000012") == {
        "pk": "app#orders",
        "sk": "deployment#000012",
        "application": "orders",
        "number": 12,
        "by": "push",
        "asked": "v42",
        "decision": "Deploy",
        "image_tag": "v42",
        "digest": DIGEST,
        "owner": OWNER,
        "opened_at": "2026-11-21T12:00:00.000Z",
        "phase": "Pending",
        "message": "Deploy v42.",
    }


def test_a_rollback_is_recorded_without_an_image(client: "DynamoDBClient") -> None:
    opening = an_opening(request=a_rollback("v41"))
    write(client, opened(opening, Admission(Decision.DEPLOY, "Roll back orders.")))
    record = item(client, "deployment#000012") or {}
    assert (record["asked"], record["by"]) == ("rollback v41", "person")
    assert record["digest"] is record["image_tag"] is None


def test_a_plan_is_recorded_before_the_first_change(client: "DynamoDBClient") -> None:
    write(client, opening_writes())
    write(client, planning_writes())
    record = item(client, "deployment#000012") or {}
    assert record["phase"] == "Progressing"
    assert (record["kind"], record["release"], record["before"]) == ("forward", 12, 11)
    assert record["steps"] == ["pin", "roll", "roll", "bake"]
    assert [release.number for release in known(client).releases] == [12]
    assert known(client).stables == {}


def test_a_refused_plan_is_recorded_without_a_release(client: "DynamoDBClient") -> None:
    write(client, planning_writes(Plan(Kind.FORWARD, Decision.REFUSED, "No web.")))
    record = item(client, "deployment#000012") or {}
    assert (record["message"], record["release"], record["steps"]) == ("No web.", None, [])
    assert known(client).releases == ()


def test_a_closed_record_says_how_it_ended_and_why(client: "DynamoDBClient") -> None:
    write(client, opening_writes())
    write(client, planning_writes())
    write(client, closing_writes(TURNED_BACK, a_plan()))
    record = item(client, "deployment#000012") or {}
    assert (record["phase"], record["outcome"]) == ("Failed", "RolledBack")
    assert record["reason"]["code"] == "AppExit"
    assert record["services"] == {"web": "2 of 2 tasks run orders-web:20."}
    assert record["revisions"] == REVISIONS
    assert record["closed_at"] == CLOSED_AT


def test_a_closed_record_never_changes(client: "DynamoDBClient") -> None:
    write(client, closing_writes())
    before = item(client, "deployment#000012")
    assert "ConditionalCheckFailed" in refused(client, closing_writes(TURNED_BACK))
    assert "ConditionalCheckFailed" in refused(client, planning_writes())
    assert item(client, "deployment#000012") == before


def test_a_record_of_another_owner_is_left_alone(client: "DynamoDBClient") -> None:
    write(client, opening_writes(an_opening(request=a_request())))
    other = replace(an_opening(request=a_request()), owner="another")
    assert "ConditionalCheckFailed" in refused(client, opening_writes(other))


# The decision on a push


def test_the_same_push_event_is_decided_once(client: "DynamoDBClient") -> None:
    write(client, opening_writes())
    again = replace(an_opening(13), owner="another")
    assert "ConditionalCheckFailed" in refused(client, opening_writes(again))
    assert item(client, "deployment#000013") is None


def test_a_repeated_write_of_the_same_owner_harms_nobody(client: "DynamoDBClient") -> None:
    write(client, opening_writes())
    write(client, opening_writes())
    assert (item(client, f"push#{DIGEST}#v42") or {})["deployment"] == 12


def test_a_second_push_of_the_same_image_is_decided_anew(client: "DynamoDBClient") -> None:
    write(client, opening_writes())
    again = Opening("orders", 13, a_pushed_request(event="event-2"), "another", CLOSED_AT)
    write(client, opening_writes(again))
    decision = item(client, f"push#{DIGEST}#v42") or {}
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
    client: "DynamoDBClient", admission: Admission, plan: Plan | None, decision: str
) -> None:
    write(client, opening_writes())
    write(client, closing_writes(an_end(Outcome.EXPIRED, a_reason()), plan, admission=admission))
    assert (item(client, f"push#{DIGEST}#v42") or {})["decision"] == decision


def test_a_person_leaves_no_decision_on_a_push(client: "DynamoDBClient") -> None:
    write(client, opening_writes(an_opening(request=a_request())))
    write(client, closing_writes(plan=a_plan(), opening=an_opening(request=a_request())))
    assert item(client, f"push#{DIGEST}#v42") is None


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
    client: "DynamoDBClient", writes: tuple[Write, ...], holder: tuple[str, int]
) -> None:
    claim(client, *holder)
    assert "ConditionalCheckFailed" in refused(client, writes)
    assert known(client) == a_known()


def test_a_fault_is_recorded_although_the_claim_is_lost(client: "DynamoDBClient") -> None:
    claim(client, "another")
    fault = an_end(Outcome.ROLLBACK_FAILED, a_reason(blame=Blame.PILOTHOUSE))
    write(client, closing_writes(fault, a_plan()))
    assert (item(client, "deployment#000012") or {})["outcome"] == "RollbackFailed"
    assert ledger.why_bad(client, TABLE, "orders", DIGEST) is None


# What is stable


def test_what_was_adopted_is_read_again_as_it_was(client: "DynamoDBClient") -> None:
    adopted = a_known(ADOPTED)
    write(client, planning_writes(adopted=adopted))
    assert known(client).stables == adopted.stables
    assert [release.number for release in known(client).releases] == [12, 0]
    assert known(client).current == ADOPTED


def test_what_is_stable_already_is_adopted_by_nobody(client: "DynamoDBClient") -> None:
    write(client, planning_writes(adopted=a_known(ADOPTED)))
    assert "ConditionalCheckFailed" in refused(client, planning_writes(adopted=a_known(ADOPTED)))


def test_a_promoted_release_is_stable_with_the_revisions_that_run(
    client: "DynamoDBClient",
) -> None:
    write(client, planning_writes())
    write(client, closing_writes(plan=a_plan()))
    current = known(client).current
    assert current is not None
    assert {key: part.revision for key, part in current.parts.items()} == REVISIONS
    assert (current.number, current.before, current.verified_at) == (12, 11, CLOSED_AT)
    assert known(client).stables == current.stables()
    assert (item(client, "stable#web") or {})["verified_at"] == CLOSED_AT


@pytest.mark.parametrize(
    ("plan", "before"),
    [
        pytest.param(a_plan(before=11), 11, id="after another"),
        pytest.param(a_plan(before=None), None, id="the first"),
        pytest.param(
            a_plan(release=a_release(12, before=9), before=12), 9, id="deployed once more"
        ),
        pytest.param(a_plan_back(release=a_release(12, before=9), before=13), 9, id="gone back to"),
    ],
)
def test_a_stable_release_knows_which_one_came_before_it(
    client: "DynamoDBClient", plan: Plan, before: int | None
) -> None:
    write(client, closing_writes(plan=plan))
    current = known(client).current
    assert current is not None
    assert current.before == before


def test_a_rollback_makes_its_target_the_current_release_again(client: "DynamoDBClient") -> None:
    write(client, closing_writes(plan=a_plan()))
    back = replace(an_opening(13, a_rollback()), opened_at=CLOSED_AT)
    later = "2026-11-21T14:00:00.000Z"
    writes = closed(back, an_admission(), a_plan_back(), an_end(), later, {}, a_claim(), {}, ())
    write(client, writes)
    current = known(client).current
    assert current is not None
    assert (current.number, current.verified_at) == (11, later)


@pytest.mark.parametrize(
    "end",
    [
        pytest.param(an_end(Outcome.FAILED, a_reason()), id="it failed"),
        pytest.param(an_end(Outcome.NO_OP), id="nothing was done"),
        pytest.param(TURNED_BACK, id="it was turned back"),
    ],
)
def test_only_a_promotion_makes_a_release_stable(client: "DynamoDBClient", end: End) -> None:
    write(client, closing_writes(end, a_plan()))
    assert known(client).stables == {}


def test_the_newest_releases_are_known_newest_first_and_old_ones_by_nobody(
    client: "DynamoDBClient", monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ledger, "NEWEST_RELEASES", 3)
    for number in (8, 9, 10, 11):
        plan = a_plan(release=a_release(number, "web"))
        write(client, closing_writes(plan=plan, opening=an_opening(number, a_request())))
    assert [each.number for each in known(client).releases] == [11, 10, 9]


# The way back


def test_the_revisions_that_a_way_back_registered_are_what_is_stable_from_now_on(
    client: "DynamoDBClient",
) -> None:
    write(client, planning_writes(adopted=a_known(ADOPTED)))
    pins = tuple(Pin(key, 0, part.base, {}, None, None) for key, part in ADOPTED.parts.items())
    write(client, closing_writes(TURNED_BACK, a_plan(), pins=pins))
    current = known(client).current
    assert current is not None
    assert current.number == 0
    assert {key: part.revision for key, part in current.parts.items()} == REVISIONS
    assert known(client).stables == current.stables()


def test_a_way_back_to_what_is_registered_changes_no_revision(client: "DynamoDBClient") -> None:
    pins = tuple(Pin(key, 11, "base", {}, arn, "v41") for key, arn in REVISIONS.items())
    write(client, closing_writes(TURNED_BACK, a_plan(), pins=pins))
    assert known(client) == a_known()


# What is bad


@pytest.mark.parametrize("outcome", [Outcome.ROLLED_BACK, Outcome.ROLLBACK_FAILED])
def test_a_digest_that_had_to_be_turned_back_is_bad(
    client: "DynamoDBClient", outcome: Outcome
) -> None:
    write(client, closing_writes(an_end(outcome, a_reason()), a_plan()))
    assert ledger.why_bad(client, TABLE, "orders", DIGEST) == (
        "Deployment #12 of this image had to be turned back: "
        "3 tasks of orders-web:12 failed: container app exited with code 1."
    )
    assert ledger.why_bad(client, TABLE, "orders", OTHER_DIGEST) is None


@pytest.mark.parametrize(
    ("end", "plan"),
    [
        pytest.param(an_end(), a_plan(), id="it was promoted"),
        pytest.param(an_end(Outcome.FAILED, a_reason()), a_plan(), id="it touched nothing"),
        pytest.param(
            an_end(Outcome.ROLLED_BACK, a_reason(blame=Blame.PERSON)),
            a_plan(),
            id="someone else deployed",
        ),
        pytest.param(an_end(Outcome.ROLLED_BACK), a_plan(), id="nobody says why"),
        pytest.param(
            TURNED_BACK, a_plan(release=a_release(digest=None)), id="it has no digest of its own"
        ),
        pytest.param(
            an_end(Outcome.ROLLBACK_FAILED, a_reason()), a_plan_back(), id="a rollback failed"
        ),
        pytest.param(an_end(Outcome.FAILED, a_reason()), None, id="it was never planned"),
    ],
)
def test_a_digest_is_innocent_when(client: "DynamoDBClient", end: End, plan: Plan | None) -> None:
    write(client, closing_writes(end, plan))
    assert ledger.why_bad(client, TABLE, "orders", DIGEST) is None


# The rendering


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


def test_a_read_of_a_table_that_is_not_there_is_an_error_of_aws(client: "DynamoDBClient") -> None:
    with pytest.raises(ClientError, match="ResourceNotFound"):
        ledger.known(client, "elsewhere", "orders")


# The news


def test_the_news_tell_who_deployed_what_and_how_it_ended() -> None:
    told = announcement(an_opening(), an_admission(), a_plan(), TURNED_BACK)
    assert told == {
        "announcement": "orders#12/RolledBack",
        "application": "orders",
        "deployment": 12,
        "release": 12,
        "image_tag": "v42",
        "digest": DIGEST,
        "by": "push",
        "outcome": "RolledBack",
        "phase": "Failed",
        "message": TURNED_BACK.message,
        "reason": {
            "code": "AppExit",
            "class": "release",
            "message": a_reason().message,
            "evidence": list(a_reason().evidence),
        },
        "execution": OWNER,
    }


@pytest.mark.parametrize(
    "plan", [None, Plan(Kind.BY_HAND, Decision.REFUSED, "No.")], ids=["unplanned", "refused"]
)
def test_the_news_of_what_was_never_planned_name_no_release(plan: Plan | None) -> None:
    told = announcement(an_opening(), Admission(Decision.REFUSED, "No."), plan, an_end())
    assert told["release"] is told["image_tag"] is told["digest"] is told["reason"] is None


def test_a_record_is_closed_under_a_token_of_its_end() -> None:
    tokens = [
        token(an_opening(), an_end()),
        token(an_opening(), TURNED_BACK),
        token(an_opening(13), an_end()),
    ]
    assert tokens[0] == token(an_opening(), an_end())
    assert len(set(tokens)) == 3
    assert all(len(each) == 36 for each in tokens)
