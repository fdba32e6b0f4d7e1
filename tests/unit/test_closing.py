"""How a deployment ends, and what a person is told."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.domain.admission import Decision
from functions.domain.ending.closing import end
from functions.domain.ending.end import PHASES, Course, Outcome, end_document, reason_document
from functions.domain.fault import Fault
from functions.domain.plan import Kind, Plan
from functions.domain.reason import Blame, Code, Reason
from functions.domain.verdict import Verdict, Word
from tests.factories import (
    a_course,
    a_failure,
    a_pass,
    a_plan,
    a_plan_back,
    a_reason,
    an_admission,
)

CRASHED = "3 tasks of orders-web:12 failed: container app exited with code 1."
LOOK = "Look at its services in the ECS console now: they may run a mix of revisions."
LOST = Fault("ClaimLost", "The claim was lost to another deployment.")
NO_OP = Plan(Kind.FORWARD, Decision.NO_OP, "v42 (release #12) runs already.")
OLDER = Plan(Kind.FORWARD, Decision.OLDER, "v40 is older than v42.")
REFUSED = Plan(Kind.BY_HAND, Decision.REFUSED, "There is nothing to go back to.")
WRONG = Verdict(Word.FAIL, "task orders-web:7 runs another image")


@pytest.mark.parametrize(
    ("course", "outcome", "message"),
    [
        pytest.param(
            {},
            Outcome.PROMOTED,
            "orders runs v42 (release #12). 2 of 2 tasks run orders-web:8.",
            id="a release passes",
        ),
        pytest.param(
            {"verdict": a_pass("")},
            Outcome.PROMOTED,
            "orders runs v42 (release #12).",
            id="a release passes without a word",
        ),
        pytest.param(
            {"plan": a_plan_back(), "verdict": None},
            Outcome.PROMOTED,
            "orders went back to v41 (release #11).",
            id="a rollback passes",
        ),
        pytest.param(
            {"plan": a_plan(release=None), "verdict": None},
            Outcome.PROMOTED,
            "orders runs the release.",
            id="a release nobody named",
        ),
        pytest.param(
            {"failure": a_failure(), "recovering": True},
            Outcome.ROLLED_BACK,
            f"orders v42 (release #12) was turned back: {CRASHED} "
            "The services run their stable revisions again: push a corrected build.",
            id="a release is turned back",
        ),
        pytest.param(
            {"failure": a_failure(), "recovering": True, "verdict": WRONG},
            Outcome.ROLLBACK_FAILED,
            f"orders v42 (release #12) failed: {CRASHED} "
            f"The rollback failed as well: task orders-web:7 runs another image. {LOOK}",
            id="the way back fails",
        ),
        pytest.param(
            {"failure": a_failure(), "recovering": True, "verdict": None},
            Outcome.ROLLBACK_FAILED,
            f"orders v42 (release #12) failed: {CRASHED} {LOOK}",
            id="the way back never starts",
        ),
        pytest.param(
            {"failure": a_failure(), "recovery": "No service was touched."},
            Outcome.FAILED,
            f"orders v42 (release #12) failed: {CRASHED} No service was touched.",
            id="a release fails and is left",
        ),
        pytest.param(
            {"failure": a_failure()},
            Outcome.FAILED,
            f"orders v42 (release #12) failed: {CRASHED}",
            id="a release fails, and nobody says what was done",
        ),
        pytest.param(
            {"plan": a_plan_back(), "failure": a_failure(), "recovery": "It was left."},
            Outcome.ROLLBACK_FAILED,
            f"orders did not get back to v41 (release #11): {CRASHED} It was left.",
            id="a rollback fails",
        ),
        pytest.param(
            {"plan": a_plan_back(), "failure": a_failure()},
            Outcome.ROLLBACK_FAILED,
            f"orders did not get back to v41 (release #11): {CRASHED} {LOOK}",
            id="a rollback fails, and nobody says what was done",
        ),
        pytest.param(
            {"plan": None, "admission": an_admission(Decision.FILTERED, "The tag is left out.")},
            Outcome.NO_OP,
            "orders: The tag is left out.",
            id="a push is filtered",
        ),
        pytest.param(
            {"plan": None, "admission": an_admission(Decision.BAD, "It is bad.")},
            Outcome.NO_OP,
            "orders: It is bad.",
            id="a push of a bad digest",
        ),
        pytest.param(
            {"plan": NO_OP}, Outcome.NO_OP, "orders: v42 (release #12) runs already.", id="no-op"
        ),
        pytest.param(
            {"plan": OLDER}, Outcome.SUPERSEDED, "orders: v40 is older than v42.", id="older"
        ),
        pytest.param(
            {"plan": None, "admission": an_admission(Decision.OLDER, "The tag has moved on.")},
            Outcome.SUPERSEDED,
            "orders: The tag has moved on.",
            id="the tag has moved on",
        ),
        pytest.param(
            {"plan": REFUSED},
            Outcome.FAILED,
            "orders: There is nothing to go back to. Nothing was touched.",
            id="it cannot be planned",
        ),
        pytest.param(
            {"plan": None, "admission": an_admission(Decision.REFUSED, "It is not in ECR.")},
            Outcome.FAILED,
            "orders: It is not in ECR. Nothing was touched.",
            id="it is not admitted",
        ),
        pytest.param(
            {"plan": None, "expired": True},
            Outcome.EXPIRED,
            "orders: Another deployment of it held the claim all the time this one waited. "
            "Nothing was touched: start it again when the other one is done.",
            id="the claim is never free",
        ),
        pytest.param(
            {"plan": None, "fault": Fault("States.Timeout", "")},
            Outcome.FAILED,
            "orders: Pilothouse could not go on (States.Timeout). No service was touched: "
            "start the deployment again. This says nothing about the release.",
            id="a fault before anything was touched",
        ),
        pytest.param(
            {"fault": LOST},
            Outcome.FAILED,
            "orders: Pilothouse could not go on (ClaimLost: The claim was lost to another "
            f"deployment). {LOOK} This says nothing about the release.",
            id="a fault on the way",
        ),
        pytest.param(
            {"fault": LOST, "verdict": a_failure()},
            Outcome.FAILED,
            "orders: Pilothouse could not go on (ClaimLost: The claim was lost to another "
            f"deployment). {LOOK} The release had failed: {CRASHED}",
            id="a fault after the release has failed",
        ),
        pytest.param(
            {"fault": LOST, "failure": a_failure(), "recovering": True},
            Outcome.ROLLBACK_FAILED,
            "orders: Pilothouse could not go on (ClaimLost: The claim was lost to another "
            f"deployment). {LOOK} The release had failed: {CRASHED}",
            id="a fault on the way back",
        ),
        pytest.param(
            {"plan": None},
            Outcome.FAILED,
            "orders: Pilothouse could not go on (NoPlan: nothing was planned). No service was "
            "touched: start the deployment again. This says nothing about the release.",
            id="no plan was made",
        ),
    ],
)
def test_it_ends_well_or_badly_and_says_so(
    course: dict[str, Any], outcome: Outcome, message: str
) -> None:
    ended = end("orders", a_course(**course))
    assert (ended.outcome, ended.message) == (outcome, message)


@pytest.mark.parametrize(
    ("course", "code", "blame"),
    [
        pytest.param({"failure": a_failure()}, Code.APP_EXIT, Blame.RELEASE, id="it failed"),
        pytest.param({"failure": WRONG}, Code.UNKNOWN, Blame.PLATFORM, id="nobody knows why"),
        pytest.param({"plan": REFUSED}, Code.INVALID_REQUEST, Blame.PERSON, id="refused"),
        pytest.param({"plan": OLDER}, Code.REPLACED_BY_OTHER, Blame.PERSON, id="older"),
        pytest.param({"expired": True}, Code.EXPIRED, Blame.PERSON, id="expired"),
        pytest.param({"fault": LOST}, Code.FAULT, Blame.PILOTHOUSE, id="our fault"),
    ],
)
def test_the_reason_says_who_has_to_do_something(
    course: dict[str, Any], code: Code, blame: Blame
) -> None:
    reason = end("orders", a_course(**course)).reason
    assert reason is not None
    assert (reason.code, reason.blame) == (code, blame)


def test_a_failure_without_evidence_rests_on_its_own_sentence() -> None:
    reason = end("orders", a_course(failure=WRONG)).reason
    assert reason == Reason(Code.UNKNOWN, Blame.PLATFORM, f"{WRONG.message}.", (WRONG.message,))


@pytest.mark.parametrize(
    ("cause", "said"),
    [
        pytest.param("plainly", "Error: plainly", id="a text"),
        pytest.param("[1]", "Error: [1]", id="JSON of another kind"),
        pytest.param('{"a": 1}', 'Error: {"a": 1}', id="an object of another kind"),
        pytest.param('{"errorMessage": "boom.", "stackTrace": []}', "Error: boom", id="a function"),
        pytest.param(
            json.dumps({"Error": "Ecs.AccessDeniedException", "Cause": "not authorized"}),
            "Ecs.AccessDeniedException: not authorized",
            id="a child",
        ),
        pytest.param(
            json.dumps({"Error": "ValueError", "Cause": json.dumps({"errorMessage": "boom"})}),
            "ValueError: boom",
            id="a function of a child",
        ),
        pytest.param(
            json.dumps(
                {
                    "ExecutionArn": "arn:aws:states:x:1:execution:roll:orders-1-web",
                    "Status": "ABORTED",
                }
            ),
            "Stopped: somebody stopped the execution orders-1-web by hand",
            id="a child that was stopped",
        ),
    ],
)
def test_a_fault_is_told_by_what_went_wrong_innermost(cause: str, said: str) -> None:
    ended = end("orders", a_course(fault=Fault("Error", cause)))
    assert f"Pilothouse could not go on ({said})." in ended.message


@pytest.mark.parametrize(("rolling", "said"), [(True, LOOK), (False, "No service was touched")])
def test_a_fault_says_whether_a_service_may_have_been_touched(rolling: bool, said: str) -> None:
    ended = end("orders", a_course(fault=Fault("Error", "plainly"), rolling=rolling))
    assert said in ended.message


def test_going_back_by_hand_says_nothing_of_a_bake() -> None:
    passed = Verdict(Word.PASS, "The bake passed.")
    ended = end("orders", a_course(plan=a_plan_back(), verdict=passed))
    assert ended.message == "orders went back to v41 (release #11)."


def test_a_long_cause_is_cut_in_the_sentence_and_kept_in_the_evidence() -> None:
    ended = end("orders", a_course(fault=Fault("Error", "x" * 2000)))
    assert "x" * 300 in ended.message
    assert "x" * 301 not in ended.message
    assert ended.reason is not None
    assert ended.reason.evidence == ("Error: " + "x" * 1000,)


def test_a_release_of_which_nothing_is_known_has_failed() -> None:
    reason = a_reason(code=Code.NO_DATA)
    unknown = Verdict(Word.NO_DATA, "too few requests came in", reason)
    ended = end("orders", a_course(verdict=unknown, recovery="It was left."))
    assert (ended.outcome, ended.reason) == (Outcome.FAILED, reason)


def test_the_workflows_hand_on_outcome_message_and_code() -> None:
    ended = end("orders", a_course(failure=a_failure(), recovering=True))
    document = {"outcome": "RolledBack", "message": ended.message, "code": "AppExit"}
    assert end_document(ended) == document
    assert end_document(end("orders", a_course()))["code"] is None


def test_a_reason_is_recorded_with_the_class_of_who_is_to_blame() -> None:
    assert reason_document(a_reason(log_lines=("boom",))) == {
        "code": "AppExit",
        "class": "release",
        "message": CRASHED,
        "evidence": ["task t1: EssentialContainerExited"],
        "log_lines": ["boom"],
    }


@pytest.mark.parametrize(
    ("outcome", "phase"),
    [
        (Outcome.PROMOTED, "Succeeded"),
        (Outcome.NO_OP, "Succeeded"),
        (Outcome.FAILED, "Failed"),
        (Outcome.ROLLED_BACK, "Failed"),
        (Outcome.ROLLBACK_FAILED, "Failed"),
        (Outcome.EXPIRED, "Aborted"),
        (Outcome.SUPERSEDED, "Superseded"),
        (Outcome.ABORTED, "Aborted"),
        (Outcome.REJECTED, "Aborted"),
    ],
)
def test_every_outcome_ends_in_one_phase(outcome: Outcome, phase: str) -> None:
    assert PHASES[outcome] == phase
    assert set(PHASES) == set(Outcome)


sentences = st.sampled_from(["It failed.", "ECS said no", "Wait.\n"])
verdicts = st.builds(
    Verdict,
    st.sampled_from([Word.PASS, Word.FAIL]),
    sentences,
    st.none() | st.builds(a_reason, message=sentences, evidence=st.sampled_from([(), ("e",)])),
)
failures = st.builds(a_failure, message=sentences, evidence=st.sampled_from([(), ("e",)]))
admissions = st.builds(an_admission, st.sampled_from(list(Decision)), st.just("So it is."))
plans = st.sampled_from([None, a_plan(), a_plan_back(), NO_OP, OLDER, REFUSED])
courses = st.builds(
    Course,
    st.just(an_admission()) | admissions,
    plans,
    st.none() | verdicts,
    st.none() | failures,
    st.none() | sentences,
    st.booleans(),
    st.none() | st.builds(Fault, st.just("Ecs.EcsException"), sentences | st.just("")),
    st.booleans(),
)


@given(courses)
def test_every_end_has_a_sentence_and_a_reason_unless_it_is_good(course: Course) -> None:
    ended = end("orders", course)
    assert ended.message.startswith("orders")
    assert ended.what.startswith("orders")
    assert ended.message.endswith(".")
    assert ".." not in ended.message
    assert "  " not in ended.message
    if ended.outcome in (Outcome.PROMOTED, Outcome.NO_OP):
        assert ended.reason is None
    else:
        assert ended.reason is not None
        assert ended.reason.evidence
        assert all(ended.reason.evidence)
        assert ended.reason.message.endswith(".")


@given(courses)
def test_a_deployment_that_failed_anywhere_is_never_promoted(course: Course) -> None:
    ended = end("orders", course)
    if ended.outcome is Outcome.PROMOTED:
        assert course.failure is None
        assert course.verdict is None or course.verdict.verdict is Word.PASS
        assert course.fault is None
        assert not course.expired
        assert course.plan is not None
        assert course.plan.decision is Decision.DEPLOY
    if ended.outcome is Outcome.ROLLED_BACK:
        assert course.recovering
        assert course.verdict is not None
        assert course.verdict.verdict is Word.PASS


# With a contract, with a schema that has moved on, and where not all go back


CONTRACT = a_failure(message="The contract migration failed: container app exited with code 1.")


def test_a_contract_that_fails_leaves_the_release_promoted_under_a_condition() -> None:
    ended = end("orders", a_course(verdict=CONTRACT, promoted=True))
    assert (ended.outcome, ended.condition) == (Outcome.PROMOTED, Code.CONTRACT_FAILED)
    assert ended.reason is not None
    assert ended.reason.code is Code.CONTRACT_FAILED
    assert ended.message == (
        "orders runs v42 (release #12), which passed its bake, but its contract failed. "
        f"{ended.reason.message} There is no way back behind it now. The next release is held "
        "until this is settled."
    )


def test_a_fault_in_the_contract_says_that_the_release_runs() -> None:
    ended = end("orders", a_course(fault=LOST, promoted=True))
    assert ended.now == (
        "Its services run v42 (release #12), but nobody knows how its contract ended."
    )


def test_where_the_schema_keeps_it_from_going_back_pushes_wait() -> None:
    course = a_course(verdict=a_failure(), recovery="The services were left.", holds=True)
    ended = end("orders", course)
    assert (ended.outcome, ended.holds) == (Outcome.FAILED, True)


@pytest.mark.parametrize(
    ("left", "said"),
    [(("worker",), "worker was left alone"), (("web", "worker"), "web, worker were left alone")],
)
def test_a_service_that_somebody_else_deployed_is_named_where_the_others_went_back(
    left: tuple[str, ...], said: str
) -> None:
    course = a_course(failure=a_failure(), recovering=True, verdict=a_pass(""), left=left)
    ended = end("orders", course)
    assert ended.outcome is Outcome.ROLLBACK_FAILED
    assert ended.done == (
        f"The services run their stable revisions again, but {said}, since somebody else deployed "
        "there."
    )


def test_what_was_not_seen_is_named_with_a_promotion() -> None:
    one = end("orders", a_course(plan=a_plan(unseen={"worker": "orders-worker:3"})))
    assert one.message.endswith("Nothing of it was seen at worker, which is scaled to zero.")
    both = end("orders", a_course(plan=a_plan(unseen={"web": "a:1", "worker": "b:1"})))
    assert both.done.endswith("Nothing of it was seen at web, worker, which are scaled to zero.")


@pytest.mark.parametrize(
    ("decision", "outcome"),
    [(Decision.HELD, Outcome.REJECTED), (Decision.REFUSED, Outcome.FAILED)],
)
def test_a_release_that_waits_for_a_contract_says_which(
    decision: Decision, outcome: Outcome
) -> None:
    plan = a_plan(decision=decision, message="It waits.", condition=Code.CONTRACT_FAILED)
    ended = end("orders", a_course(plan=plan))
    assert (ended.outcome, ended.done) == (outcome, "Nothing was touched.")
    assert ended.reason is not None
    assert ended.reason.code is Code.CONTRACT_FAILED


def test_a_contract_that_somebody_else_left_behind_holds_the_release_and_blames_it_not() -> None:
    ended = end("orders", a_course(verdict=CONTRACT, waits=True))
    assert ended.outcome is Outcome.REJECTED
    assert ended.reason is not None
    assert (ended.reason.code, ended.reason.blame) == (Code.CONTRACT_FAILED, Blame.PERSON)


def test_where_undoing_the_schema_failed_a_person_looks_at_the_database() -> None:
    undo = a_failure(message="The undo migration failed.", code=Code.MIGRATION_FAILED)
    ended = end("orders", a_course(failure=a_failure(), recovering=True, verdict=undo))
    assert ended.outcome is Outcome.ROLLBACK_FAILED
    assert ended.now.startswith("The services were rolled back before that. Look at the database")
    silent = end(
        "orders", a_course(failure=a_failure(), recovering=True, verdict=Verdict(Word.FAIL, "No."))
    )
    assert silent.now == LOOK
