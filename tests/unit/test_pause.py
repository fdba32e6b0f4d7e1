"""What is done while Pilothouse cannot look."""

from dataclasses import asdict, replace
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.domain.catalogue import Unsure
from functions.domain.pause import About, Pause, pause
from functions.domain.reason import Blame, Code
from functions.domain.verdict import Word
from functions.handlers.report_pause import handler
from tests.factories import NOW, OWNER, later

DENIED = "ECS answered DescribeServices with AccessDeniedException: You may not."
CANNOT = f"Pilothouse cannot look at web: {DENIED}"
ABOUT = About("orders", 42, "v42 (release #12)", OWNER)
END = later(minutes=45)
CONTEXT = SimpleNamespace(
    function_name="pause",
    memory_limit_in_mb=128,
    invoked_function_arn="arn:aws:lambda:eu-west-1:123456789012:function:pause",
    aws_request_id="1",
)


def paused(unsure: Unsure = Unsure.HOLD, about: About = ABOUT, **override: Any) -> Pause:
    given: dict[str, Any] = {"now": NOW, "told": False, "why": DENIED} | override
    return pause(about, "web", given["why"], given["now"], END, unsure, told=given["told"])


def test_a_look_that_fails_says_nothing_about_the_release() -> None:
    found = paused()
    assert found.verdict.verdict is Word.WAIT
    assert found.verdict.reason is None
    assert found.verdict.message == (
        f"{CANNOT} Nothing is turned back for that; it tries again every 5 min."
    )


def test_people_are_told_once() -> None:
    assert paused().announce
    assert not paused(told=True).announce


def test_people_are_told_what_it_is_what_to_do_and_until_when() -> None:
    found = paused()
    assert found.subject == "Paused: orders v42 (release #12)"
    assert found.text.splitlines() == [
        "The deployment of orders v42 (release #12) is paused.",
        "",
        found.verdict.message,
        "",
        "What to do now: if AWS denies access, correct the role or the policy that it names; if it "
        "is throttled, wait. The deployment goes on by itself with the first look that succeeds, "
        "and gives up at 2026-11-21T12:45:00.000Z.",
        "",
        f"Execution: {OWNER}",
    ]


def test_the_bus_is_told_in_the_shape_of_all_news() -> None:
    assert paused().news == {
        "announcement": "orders#42/Paused/web",
        "application": "orders",
        "deployment": 42,
        "phase": "Paused",
        "outcome": None,
        "message": paused().verdict.message,
        "execution": OWNER,
    }


def test_a_subject_is_short_and_plain_enough_for_a_mail() -> None:
    release = "größer als alles " * 20
    subject = paused(about=replace(ABOUT, release=release)).subject
    # SNS wants less than 100.
    assert len(subject) == 99
    assert subject.startswith("Paused: orders gr??er als alles")


@pytest.mark.parametrize(
    ("unsure", "word", "becomes"),
    [
        pytest.param(
            Unsure.HOLD,
            Word.ERROR,
            "The time for it is over, so the services are left as they are.",
            id="hold",
        ),
        pytest.param(
            Unsure.PROMOTE,
            Word.PASS,
            "The time for it is over; it counts as passed, since error is promote.",
            id="promote",
        ),
        pytest.param(
            Unsure.ROLLBACK,
            Word.FAIL,
            "The time for it is over; the release is turned back, since error is rollback.",
            id="rollback",
        ),
    ],
)
def test_at_the_deadline_it_is_given_up_as_the_catalogue_says(
    unsure: Unsure, word: Word, becomes: str
) -> None:
    found = paused(unsure, now=END)
    assert found.verdict.verdict is word
    assert found.verdict.message == f"{CANNOT} {becomes}"
    assert not found.announce


def test_a_release_that_is_turned_back_unseen_is_not_to_blame() -> None:
    reason = paused(Unsure.ROLLBACK, now=END).verdict.reason
    assert reason is not None
    assert (reason.code, reason.blame) == (Code.FAULT, Blame.PILOTHOUSE)
    assert reason.evidence == (CANNOT,)


def test_the_handler_answers_in_the_shape_of_a_look() -> None:
    request = {
        "execution": "e-1",
        "now": "2026-11-21T12:00:00.000Z",
        "about": asdict(ABOUT),
        "what": "web",
        "fault": {"error": "RetryableError", "cause": '{"errorMessage": "ECS is throttled."}'},
        "began_at": "2026-11-21T12:00:00.000Z",
        "seconds": 2700,
        "unsure": "hold",
        "told": False,
    }
    answer: dict[str, Any] = handler(request, CONTEXT)  # type: ignore[arg-type]
    assert answer["announce"]
    assert answer["look"] == {
        "verdict": "Wait",
        "message": (
            "Pilothouse cannot look at web: RetryableError: ECS is throttled. Nothing is turned "
            "back for that; it tries again every 5 min."
        ),
        "reason": None,
        "looked_at": "2026-11-21T12:00:00.000Z",
        "not_before": "2026-11-21T12:00:10.000Z",
        "wait_seconds": 300,
    }
    assert "gives up at 2026-11-21T12:45:00.000Z" in answer["text"]


@given(st.integers(-3600, 3600), st.sampled_from(Unsure), st.booleans(), st.text(min_size=1))
def test_a_look_that_fails_turns_back_only_what_may_be_and_never_before_the_deadline(
    seconds: int, unsure: Unsure, told: bool, why: str
) -> None:
    found = paused(unsure, now=END + timedelta(seconds=seconds), told=told, why=why)
    if seconds < 0:
        assert found.verdict.verdict is Word.WAIT
        assert found.announce is not told
    else:
        assert found.verdict.verdict is not Word.WAIT
    if found.verdict.verdict is Word.FAIL:
        assert unsure is Unsure.ROLLBACK
    assert found.subject.isascii()
