"""What went wrong in a state, in words for a person."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.domain.fault import Fault, shown

CHILD = {"ExecutionArn": "arn:aws:states:eu-west-1:123456789012:execution:roll:web-1"}


def said(cause: Any, error: str = "States.TaskFailed") -> str:
    text = cause if isinstance(cause, str) else json.dumps(cause)
    return shown(Fault(error, text), 300)


@pytest.mark.parametrize(
    ("cause", "words"),
    [
        pytest.param("No such bucket.", "States.TaskFailed: No such bucket", id="plain words"),
        pytest.param("", "States.TaskFailed", id="no word"),
        pytest.param("[1]", "States.TaskFailed: [1]", id="a list"),
        pytest.param("42", "States.TaskFailed: 42", id="a number"),
        pytest.param("[" * 100_000, f"States.TaskFailed: {'[' * 300}", id="a document without end"),
        pytest.param({"a": 1}, 'States.TaskFailed: {"a": 1}', id="a document of something else"),
        pytest.param(
            {"errorMessage": "ECS said no.", "errorType": "TerminalError"},
            "States.TaskFailed: ECS said no",
            id="a function",
        ),
        pytest.param(
            CHILD | {"Status": "FAILED", "Error": "Judge", "Cause": "It broke."},
            "Judge: It broke",
            id="a child",
        ),
        pytest.param(CHILD | {"Status": "FAILED", "Error": "Judge"}, "Judge", id="a silent child"),
        pytest.param(
            CHILD | {"Status": "FAILED", "Cause": "It broke."},
            "States.TaskFailed: It broke",
            id="a child without a name for it",
        ),
        pytest.param(
            CHILD | {"Error": "Judge", "Cause": json.dumps({"errorMessage": "ECS said no."})},
            "Judge: ECS said no",
            id="a function of a child",
        ),
        pytest.param(
            CHILD | {"Status": "ABORTED"},
            "Stopped: somebody stopped the execution web-1 by hand",
            id="a child that somebody stopped",
        ),
        pytest.param(
            CHILD | {"Status": "TIMED_OUT"},
            "TimedOut: the execution web-1 ran longer than it may",
            id="a child that ran out of time",
        ),
    ],
)
def test_a_fault_is_shown_in_the_words_of_what_broke(cause: Any, words: str) -> None:
    assert said(cause) == words


def test_a_fault_without_any_word_shows_none() -> None:
    assert shown(Fault("", ""), 300) == ""


@given(st.text(), st.text(max_size=400), st.integers(0, 300))
def test_a_fault_is_never_longer_than_asked_and_never_raises(
    error: str, cause: str, longest: int
) -> None:
    assert len(shown(Fault(error, cause), longest)) <= len(error) + 2 + longest
    inside = json.dumps({"Error": error, "Cause": cause})
    assert len(shown(Fault(error, inside), longest)) <= max(len(error), 17) + 2 + longest
