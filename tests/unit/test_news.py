"""What is announced: the detail for machines, the text for people, and that it is told once."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.domain.admission import Admission, Decision
from functions.domain.ending import abandoned, closing
from functions.domain.ending.abandoned import Dead
from functions.domain.ending.end import End, Outcome
from functions.domain.ending.ended import Evidence, ended
from functions.domain.ending.news import News, news, token
from functions.domain.fault import Fault
from functions.domain.plan import Kind, Plan
from functions.domain.reason import Code
from functions.domain.stop_reason.advice import advice
from functions.domain.verdict import Verdict, Word
from tests.factories import (
    DIGEST,
    OWNER,
    a_course,
    a_failure,
    a_pass,
    a_plan_back,
    a_reason,
    an_end,
)

AT = "2026-11-21T13:00:00.000Z"
BUCKET = "evidence"
PLACE = "https://eu-west-1.console.aws.amazon.com"
LINKS = [
    f"Execution: {PLACE}/states/home?region=eu-west-1#/v2/executions/details/{OWNER}",
    f"Evidence: {PLACE}/s3/object/evidence?region=eu-west-1&prefix=orders/000012.json",
]
DSN = "postgres://orders:hunter2@db.internal:5432/orders"
CRASHED = "3 tasks of orders-web:12 failed: container app exited with code 1."
ROLLED = {"web": "0 of 2 tasks run orders-web:12.", "worker": "1 of 1 tasks run orders-worker:12."}


def a_record(end: End, **override: Any) -> dict[str, Any]:
    return {
        "application": "orders",
        "number": 12,
        "by": "push",
        "release": 12,
        "image_tag": "v42",
        "digest": DIGEST,
        "owner": OWNER,
        "services": {},
        **ended(end, AT, Evidence("orders/000012.json")),
        **override,
    }


def told(end: End, **override: Any) -> News:
    return news(a_record(end, **override), end, BUCKET)


def ends(**course: Any) -> End:
    return closing.end("orders", a_course(**course))


def lines_of(end: End, **override: Any) -> list[str]:
    said = told(end, **override).text.splitlines()
    assert said[-2:] == LINKS
    return said[:-2]


# The detail


def test_the_news_tell_who_deployed_what_and_how_it_ended() -> None:
    end = ends(failure=a_failure(log_lines=("boom",)), recovering=True)
    assert told(end, services=ROLLED).news == {
        "announcement": "orders#12/RolledBack",
        "application": "orders",
        "deployment": 12,
        "release": 12,
        "image_tag": "v42",
        "digest": DIGEST,
        "by": "push",
        "outcome": "RolledBack",
        "phase": "Failed",
        "message": end.message,
        "reason": {
            "code": "AppExit",
            "class": "release",
            "message": CRASHED,
            "evidence": list(a_reason().evidence),
            "log_lines": ["boom"],
        },
        "services": ROLLED,
        "notes": [],
        "condition": None,
        "execution": OWNER,
        "evidence": "orders/000012.json",
        "links": {"execution": LINKS[0].split(" ")[1], "evidence": LINKS[1].split(" ")[1]},
    }


def test_a_push_that_waits_for_a_contract_is_not_told_to_be_pushed_again() -> None:
    plan = Plan(Kind.FORWARD, Decision.HELD, "It is not settled.", condition=Code.CONTRACT_FAILED)
    found = told(closing.end("orders", a_course(plan=plan)))
    assert found.subject.startswith("Rejected: ")
    assert "The same image again" not in found.text


def test_whose_hand_was_seen_on_the_services_is_told_with_the_rest() -> None:
    note = "web was switched by hand to orders-web:9, which is not the stable revision."
    found = told(an_end(), notes=[note])
    assert f"Noticed: {note}" in found.text.splitlines()
    assert found.news["notes"] == [note]


def test_a_contract_that_failed_is_told_although_the_release_runs() -> None:
    end = closing.end("orders", a_course(verdict=a_failure(), promoted=True))
    found = told(end)
    assert found.subject == "Promoted, ContractFailed: orders v42 (release #12)"
    assert found.news["condition"] == "ContractFailed"
    lines = found.text.splitlines()
    assert lines[0] == (
        "orders runs v42 (release #12), which passed its bake, but its contract failed."
    )
    assert f"Now: {advice(Code.CONTRACT_FAILED)}" in lines


def test_without_evidence_there_is_no_link_to_it() -> None:
    said = told(an_end(), evidence=None)
    assert said.news["links"]["evidence"] is None
    assert said.text.splitlines()[-1] == LINKS[0]


# What people read


def test_a_release_that_went_well() -> None:
    end = ends(verdict=a_pass("It baked for 10 min."))
    assert lines_of(end, services={"web": "2 of 2 tasks run orders-web:12."}) == [
        "orders runs v42 (release #12).",
        "Tasks:",
        "  web: 2 of 2 tasks run orders-web:12.",
        "Seen: It baked for 10 min.",
    ]


def test_a_release_that_was_turned_back() -> None:
    failure = a_failure(log_lines=("Traceback (most recent call last):", "KeyError: 'REGION'"))
    assert lines_of(ends(failure=failure, recovering=True), services=ROLLED) == [
        "orders v42 (release #12) was turned back.",
        f"Why: {CRASHED}",
        "Tasks:",
        "  web: 0 of 2 tasks run orders-web:12.",
        "  worker: 1 of 1 tasks run orders-worker:12.",
        "Last log lines:",
        "  Traceback (most recent call last):",
        "  KeyError: 'REGION'",
        "Done: The services run their stable revisions again: push a corrected build.",
        f"Now: {advice(Code.APP_EXIT)}",
        "The same image again, once that is done: start deploy with "
        '{"application": "orders", "image": "v42", "force": true}',
    ]


def test_a_release_that_failed_and_was_left() -> None:
    end = ends(failure=a_failure(), recovery="The services were left as they are.")
    assert lines_of(end) == [
        "orders v42 (release #12) failed.",
        f"Why: {CRASHED}",
        "Done: The services were left as they are.",
        f"Now: {advice(Code.APP_EXIT)}",
    ]


def test_a_way_back_that_failed() -> None:
    wrong = Verdict(Word.FAIL, "orders-web:7 never got healthy.")
    end = ends(failure=a_failure(), recovering=True, verdict=wrong)
    assert lines_of(end) == [
        "orders v42 (release #12) failed.",
        f"Why: {CRASHED}",
        "Done: The rollback failed as well: orders-web:7 never got healthy.",
        "Now: Look at its services in the ECS console now: they may run a mix of revisions. "
        f"{advice(Code.APP_EXIT)}",
        "The same image again, once that is done: start deploy with "
        '{"application": "orders", "image": "v42", "force": true}',
    ]


def test_a_rollback_by_hand_that_failed() -> None:
    end = ends(plan=a_plan_back(), failure=a_failure())
    assert lines_of(end, kind=Kind.BY_HAND.value) == [
        "orders did not get back to v41 (release #11).",
        f"Why: {CRASHED}",
        "Now: Look at its services in the ECS console now: they may run a mix of revisions. "
        f"{advice(Code.APP_EXIT)}",
    ]


def test_a_request_that_was_refused() -> None:
    end = ends(plan=None, admission=Admission(Decision.REFUSED, "v42 is not in ECR."))
    assert lines_of(end, release=None) == [
        "orders: the request was refused.",
        "Why: v42 is not in ECR.",
        "Done: Nothing was touched.",
        f"Now: {advice(Code.INVALID_REQUEST)}",
    ]


def test_a_push_of_what_runs_already() -> None:
    same = Plan(Kind.FORWARD, Decision.NO_OP, "v42 (release #12) runs already.")
    assert lines_of(ends(plan=same)) == ["orders: v42 (release #12) runs already."]


def test_a_deployment_that_waited_in_vain() -> None:
    assert lines_of(ends(plan=None, expired=True)) == [
        "orders waited in vain.",
        "Why: Another deployment of it held the claim all the time this one waited.",
        "Done: Nothing was touched.",
        f"Now: {advice(Code.EXPIRED)}",
    ]


def test_a_fault_of_ours() -> None:
    lost = Fault("ClaimLost", "The claim was lost to another deployment.")
    assert lines_of(ends(fault=lost)) == [
        "orders: Pilothouse could not go on.",
        "Why: ClaimLost: The claim was lost to another deployment.",
        "Done: This says nothing about the release.",
        "Now: Look at its services in the ECS console now: they may run a mix of revisions.",
    ]


def test_a_deployment_that_a_person_stopped() -> None:
    dead = Dead(OWNER, "ABORTED", None, "wrong build", "{}", AT)
    record = {"phase": "Progressing", "steps": ["pin", "roll"], "doing": "roll", "touched": "web"}
    assert lines_of(abandoned.end("orders", dead, record)) == [
        "orders: somebody stopped the deployment while it rolled web.",
        "Why: the execution was stopped by hand: wrong build.",
        "Done: Its services (web) were left as they are.",
        "Now: Look at its services in the ECS console now: they may run a mix of revisions. Then "
        "push again, or go back by hand: the next deployment need not wait.",
    ]


# The subject


@pytest.mark.parametrize(
    ("override", "subject"),
    [
        ({}, "Promoted: orders v42 (release #12)"),
        ({"image_tag": None}, "Promoted: orders release #12"),
        ({"release": None}, "Promoted: orders v42"),
        ({"release": None, "image_tag": None}, "Promoted: orders deployment #12"),
        ({"release": 0}, "Promoted: orders release #0"),
        ({"image_tag": "v" * 128}, "Promoted: orders " + "v" * 82),
    ],
)
def test_the_subject_names_outcome_application_and_release(
    override: dict[str, Any], subject: str
) -> None:
    assert told(an_end(), **override).subject == subject


# What nobody is to read


def test_no_secret_leaves_here_whoever_wrote_it() -> None:
    reason = a_reason(message=f"cannot reach {DSN}", evidence=(DSN,), log_lines=(DSN,) * 20)
    end = End(Outcome.FAILED, f"orders: {DSN}", reason, DSN, DSN, DSN, DSN)
    said = told(end, services={"web": DSN})
    assert "hunter2" not in repr(said)
    assert len(said.news["reason"]["log_lines"]) == 10


@given(st.text(), st.lists(st.text(), max_size=20))
def test_whatever_is_told_fits_and_ends_in_the_links(text: str, logged: list[str]) -> None:
    reason = a_reason(log_lines=tuple(logged))
    end = End(Outcome.FAILED, "orders failed.", reason, "orders failed.", text)
    said = told(end, image_tag=text)
    assert said.subject.isascii()
    assert len(said.subject) < 100
    assert said.text.endswith("\n".join(LINKS))


# The id


def test_a_record_is_closed_under_a_token_of_its_end() -> None:
    turned_back = an_end(Outcome.ROLLED_BACK, a_reason())
    tokens = [
        token(a_record(an_end()), an_end()),
        token(a_record(turned_back), turned_back),
        token(a_record(an_end(), number=13), an_end()),
        token(a_record(an_end(), evidence=None), an_end()),
    ]
    assert tokens[0] == token(a_record(an_end()), an_end())
    assert len(set(tokens)) == 4
    assert all(len(each) == 36 for each in tokens)
