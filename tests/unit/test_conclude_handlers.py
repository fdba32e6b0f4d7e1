"""What the functions that conclude a deployment write, keep and tell, alive or dead."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import pytest
from moto import mock_aws

from functions.aws import clients
from functions.domain.ending.abandoned import Dead
from functions.domain.verdict import Verdict, Word
from functions.handlers import conclude_abandoned, conclude_deployment
from tests.factories import (
    DIGEST,
    OWNER,
    a_claim,
    a_failure,
    a_pass,
    a_plan,
    a_pushed_request,
    a_release,
    a_request,
    an_admission,
    an_application,
    an_opening,
)
from tests.fakes import client
from tests.lambdas import as_json, invoke
from tests.ledger_table import (
    CLOSED_AT,
    REVISIONS,
    TABLE,
    LedgerTable,
    closing_writes,
    opening_writes,
    planning_writes,
)

BUCKET = "evidence"
KEY = "orders/000012.json"
PART = {"at": "2026-11-21T12:01:00.000Z", "of": "web", "counts": {"web": {"desired": 2}}}
ERROR = Verdict(Word.ERROR, "ECS does not answer.")
UNTOUCHED = "No service was touched"


@dataclass
class World:
    """The ledger and the bucket in which a deployment ends."""

    table: LedgerTable

    def close(self, answer: dict[str, Any]) -> dict[str, Any]:
        """Make the writes of an answer, as the state does, and return the record."""
        writes = answer["writes"]
        self.table.client.transact_write_items(
            ClientRequestToken=answer["token"], TransactItems=writes
        )
        return self.table.item("deployment#000012") or {}


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    """Have deployment #12 planned and on its way, with one part of evidence."""
    with mock_aws():
        monkeypatch.setattr(clients, "dynamodb", lambda: client("dynamodb"))
        monkeypatch.setattr(clients, "s3", lambda: client("s3"))
        place = {"LocationConstraint": "eu-west-1"}
        client("s3").create_bucket(Bucket=BUCKET, CreateBucketConfiguration=place)
        client("s3").put_object(
            Bucket=BUCKET, Key="orders/000012/web/1.json", Body=json.dumps(PART)
        )
        table = LedgerTable()
        before = an_opening(11, a_pushed_request(event="event-11", tag="v41"))
        table.write(closing_writes(plan=a_plan(release=a_release(11)), opening=before))
        table.write(opening_writes())
        table.write(planning_writes())
        yield World(table)


# One that came to its end

PLAN = a_plan()
BAKE = len(PLAN.steps) - 1
ALIVE: dict[str, Any] = {
    "execution": "e-1",
    "now": CLOSED_AT,
    "application": as_json(an_application()),
    "ledger": TABLE,
    "bucket": BUCKET,
    "deployment": 12,
    "request": as_json(a_pushed_request()),
    "owner": OWNER,
    "claim": as_json(a_claim()),
    "opened_at": "2026-11-21T12:00:00.000Z",
    "admission": as_json(an_admission()),
    "plan": as_json(PLAN),
    "steps": as_json(PLAN.steps),
    "step": BAKE,
    "revisions": REVISIONS,
    "rolled": {"web": {"verdict": "Pass", "message": "2 of 2 tasks run orders-web:20."}},
    "verdicts": [as_json(a_pass("The bake passed."))],
    "failures": [],
    "recovery": None,
    "recovering": False,
    "fault": None,
    "expired": False,
    "unkept": None,
    "left": [],
    "holds": False,
    "ran": [],
}


def concluded(**override: Any) -> Any:
    return invoke(conclude_deployment.handler, {**ALIVE, **override})


def verdicts(*given: Verdict) -> list[Any]:
    return [as_json(each) for each in given]


def test_a_release_that_passed_is_written_down_as_what_is_stable(world: World) -> None:
    answer = concluded()
    assert answer["end"] == {
        "outcome": "Promoted",
        "message": "orders runs v42 (release #12). The bake passed.",
        "code": None,
    }
    record = world.close(answer)
    assert (record["outcome"], record["closed_at"], record["evidence"]) == (
        "Promoted",
        CLOSED_AT,
        KEY,
    )
    assert record["services"] == {"web": "2 of 2 tasks run orders-web:20."}
    stables = world.table.known().stables
    assert {key: each.part.revision for key, each in stables.items()} == REVISIONS
    assert (world.table.item(f"push#{DIGEST}#v42") or {})["decision"] == "Deployed"


def test_the_evidence_of_its_looks_becomes_one_document(world: World) -> None:
    evidence = concluded()["evidence"]
    assert evidence["key"] == KEY
    document = evidence["document"]
    assert (document["outcome"], document["number"]) == ("Promoted", 12)
    assert document["timeline"] == [
        {"at": PART["at"], "of": "web", "counts": {"web": {"desired": 2}}}
    ]
    assert world.close(concluded())["evidence"] == KEY


def test_what_is_told_is_kept_until_it_is(world: World) -> None:
    answer = concluded()
    assert answer["news"]["subject"] == "Promoted: orders v42 (release #12)"
    assert answer["news"]["news"]["links"]["evidence"].endswith(f"prefix={KEY}")
    world.close(answer)
    kept = world.table.item("news#000012") or {}
    assert {name: kept[name] for name in ("subject", "text")} == {
        name: answer["news"][name] for name in ("subject", "text")
    }


@pytest.mark.usefixtures("world")
def test_asked_again_it_answers_the_same_under_the_same_token() -> None:
    answer = concluded()
    assert concluded() == answer
    assert 0 < len(answer["token"]) <= 36


def test_a_release_that_was_turned_back_is_bad_and_holds_what_is_pushed(world: World) -> None:
    failed = {"verdicts": verdicts(a_pass()), "failures": verdicts(a_failure())}
    record = world.close(concluded(**failed, recovering=True, recovery="Rolling back web."))
    assert (record["outcome"], record["reason"]["code"]) == ("RolledBack", "AppExit")
    assert "had to be turned back" in (world.table.why_bad(DIGEST) or "")
    hold = world.table.known().hold
    assert hold is not None
    assert hold.deployment == 12


def test_the_hold_lasts_as_long_as_the_catalogue_says(world: World) -> None:
    failed = {"verdicts": verdicts(a_pass()), "failures": verdicts(a_failure()), "recovering": True}
    application = {**ALIVE["application"], "hold_after_rollback": "until_person"}
    world.close(concluded(**failed, application=application))
    hold = world.table.known().hold
    assert hold is not None
    assert hold.until.value == "until_person"


def test_what_a_way_back_had_to_register_is_stable_from_then_on(world: World) -> None:
    back = {
        "key": "web",
        "release": 11,
        "base": "orders-web:1",
        "images": {},
        "revision": REVISIONS["web"],
        "image_tag": "v41",
    }
    step = {"do": "pin", "pins": [back], "rolls": [], "migrate": None, "bake": None}
    again = {**REVISIONS, "web": REVISIONS["web"].replace(":20", ":30")}
    failed = {"verdicts": verdicts(a_pass()), "failures": verdicts(a_failure()), "recovering": True}
    world.close(concluded(**failed, steps=[step], step=0, revisions=again))
    stable = world.table.known().stables["web"]
    assert stable.part.revision == again["web"]


@pytest.mark.parametrize(
    ("given", "outcome", "code"),
    [
        pytest.param(
            {"verdicts": verdicts(a_failure())}, "Failed", "AppExit", id="nothing is gone back to"
        ),
        pytest.param(
            {"verdicts": verdicts(ERROR, a_failure())},
            "Failed",
            "AppExit",
            id="another service could not be looked at",
        ),
        pytest.param(
            {"verdicts": verdicts(a_pass(), a_failure()), "failures": verdicts(a_failure())}
            | {"recovering": True},
            "RollbackFailed",
            "AppExit",
            id="the way back failed",
        ),
        pytest.param({"expired": True, "plan": None}, "Expired", "Expired", id="it never began"),
        pytest.param(
            {"admission": {**ALIVE["admission"], "decision": "NoOp"}, "plan": None, "steps": []},
            "NoOp",
            None,
            id="there was nothing to do",
        ),
    ],
)
def test_it_ends_by_what_came_of_it(
    world: World, given: dict[str, Any], outcome: str, code: str | None
) -> None:
    answer = concluded(**given)
    assert (answer["end"]["outcome"], answer["end"]["code"]) == (outcome, code)
    assert world.close(answer)["outcome"] == outcome


@pytest.mark.parametrize(
    ("taken", "untouched"),
    [
        pytest.param({"step": 0}, True, id="as it pinned"),
        pytest.param({"step": 1}, False, id="as it rolled"),
        pytest.param({"steps": [], "step": 0}, True, id="as it planned"),
        pytest.param({"step": 0, "recovering": True}, False, id="as it pinned on the way back"),
    ],
)
@pytest.mark.usefixtures("world")
def test_a_fault_says_whether_a_service_was_touched(taken: dict[str, Any], untouched: bool) -> None:
    fault = {"error": "Fault", "cause": "boom"}
    end = concluded(fault=fault, verdicts=[], **taken)["end"]
    assert end["code"] == "Fault"
    assert (UNTOUCHED in end["message"]) is untouched


def test_evidence_that_could_not_be_kept_keeps_nothing_from_ending(world: World) -> None:
    answer = concluded(unkept="S3 answered with AccessDenied.")
    assert answer["evidence"] is None
    record = world.close(answer)
    assert (record["outcome"], record["evidence"]) == ("Promoted", None)
    assert record["evidence_problem"] == (
        "The evidence could not be kept: S3 answered with AccessDenied."
    )


def test_parts_that_cannot_be_read_keep_nothing_from_ending(world: World) -> None:
    answer = concluded(bucket="another")
    assert answer["evidence"]["document"]["timeline"] == []
    record = world.close(answer)
    assert record["outcome"] == "Promoted"
    assert "could not be read" in record["evidence_problem"]


# One whose execution died

DEAD = Dead(
    execution=OWNER,
    status="ABORTED",
    error=None,
    cause="wrong image",
    input=json.dumps({"application": "orders", "push": as_json(a_pushed_request().push)}),
    started_at="2026-11-21T12:00:00.000Z",
)
NOTHING: dict[str, Any] = {
    "unnumbered": False,
    "evidence": None,
    "writes": [],
    "token": None,
    "news": None,
}


def abandoned(dead: Dead = DEAD, **override: Any) -> Any:
    event = {
        "execution": "conclude-1",
        "now": CLOSED_AT,
        "ledger": TABLE,
        "bucket": BUCKET,
        "known": ["orders"],
        "dead": as_json(dead),
        "deployment": None,
        "unkept": None,
        **override,
    }
    return invoke(conclude_abandoned.handler, event)


def a_stranger(number: int = 13) -> Dead:
    """Return one that died before it had a record; a person had asked for it."""
    by_hand = json.dumps({"application": "orders", "image": "v42"})
    return replace(DEAD, execution=f"{OWNER}{number}", input=by_hand)


def test_what_died_is_closed_told_and_gives_back_its_claim(world: World) -> None:
    answer = abandoned()
    assert (answer["end"]["outcome"], answer["end"]["code"]) == ("Aborted", "Aborted")
    assert answer["claim"] == as_json(a_claim())
    assert answer["news"]["subject"] == "Aborted: orders v42 (release #12)"
    record = world.close(answer)
    assert (record["outcome"], record["closed_at"]) == ("Aborted", CLOSED_AT)
    assert record["reason"]["evidence"] == ["the execution was stopped by hand: wrong image."]
    assert (world.table.item("news#000012") or {})["subject"] == answer["news"]["subject"]
    assert (world.table.item(f"push#{DIGEST}#v42") or {})["decision"] == "Deployed"


@pytest.mark.usefixtures("world")
def test_the_evidence_of_what_died_becomes_one_document_as_well() -> None:
    evidence = abandoned()["evidence"]
    assert evidence["key"] == KEY
    assert evidence["document"]["outcome"] == "Aborted"
    assert [each["of"] for each in evidence["document"]["timeline"]] == ["web"]
    assert abandoned(unkept="S3 answered with AccessDenied.")["evidence"] is None


def test_what_is_closed_but_untold_is_only_told(world: World) -> None:
    first = abandoned()
    world.close(first)
    again = abandoned()
    assert again == {
        **NOTHING,
        "end": None,
        "claim": first["claim"],
        "news": first["news"],
    }


def test_what_is_closed_and_told_leaves_its_claim_alone(world: World) -> None:
    world.close(abandoned())
    world.table.client.delete_item(
        TableName=TABLE, Key={"pk": {"S": "app#orders"}, "sk": {"S": "news#000012"}}
    )
    assert abandoned() == {**NOTHING, "end": None, "claim": as_json(a_claim())}


def test_a_claim_that_another_has_taken_is_not_given_back(world: World) -> None:
    world.table.claim("another", 8)
    claim = abandoned()["claim"]
    assert claim == {"pk": "app#orders", "owner": OWNER, "fence": 0}


def test_what_died_without_a_record_gets_a_number_first(world: World) -> None:
    dead = a_stranger()
    first = abandoned(dead)
    assert first == {
        **NOTHING,
        "end": None,
        "claim": {"pk": "app#orders", "owner": dead.execution, "fence": 0},
        "unnumbered": True,
    }
    answer = abandoned(dead, deployment=13)
    assert not answer["unnumbered"]
    world.close(answer)
    record = world.table.item("deployment#000013") or {}
    assert (record["outcome"], record["by"], record["asked"]) == ("Aborted", "person", "v42")
    assert UNTOUCHED in record["message"]


@pytest.mark.parametrize(
    "dead",
    [
        pytest.param(replace(DEAD, status="RUNNING"), id="it lives"),
        pytest.param(replace(DEAD, input='{"application": "odrers"}'), id="it was asked nothing"),
    ],
)
@pytest.mark.usefixtures("world")
def test_where_nothing_is_to_conclude_nothing_is_done(dead: Dead) -> None:
    claim = {"pk": "app#?", "owner": OWNER, "fence": 0}
    assert abandoned(dead) == {**NOTHING, "end": None, "claim": claim}


def test_what_a_person_asked_for_is_closed_without_a_push(world: World) -> None:
    opening = replace(an_opening(13, a_request()), owner=f"{OWNER}13")
    world.table.write(opening_writes(opening))
    answer = abandoned(a_stranger())
    assert len(answer["writes"]) == 2
    world.close(answer)
    assert (world.table.item("deployment#000013") or {})["outcome"] == "Aborted"
