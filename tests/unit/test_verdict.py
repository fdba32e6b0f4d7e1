"""What several verdicts say together, and what a verdict quotes."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.domain.verdict import Verdict, Word, failed, gravest, quoting
from tests.factories import a_failure, a_pass, a_reason

NO_DATA = replace(a_failure(message="No requests."), verdict=Word.NO_DATA)
ERROR = Verdict(Word.ERROR, "Lost.")


@pytest.mark.parametrize(
    ("verdicts", "word", "message"),
    [
        pytest.param((), Word.PASS, "", id="nothing"),
        pytest.param((a_pass("A."), a_pass("B.")), Word.PASS, "A. B.", id="all pass"),
        pytest.param(
            (a_pass(), a_failure(message="No."), a_failure(message="Neither.")),
            Word.FAIL,
            "No.",
            id="the first failure",
        ),
        pytest.param((a_failure(), ERROR), Word.ERROR, "Lost.", id="an error first"),
        pytest.param((a_pass(), NO_DATA), Word.NO_DATA, "No requests.", id="no data is no pass"),
        pytest.param(
            (NO_DATA, a_failure(message="No.")), Word.FAIL, "No.", id="a failure before no data"
        ),
    ],
)
def test_the_gravest_verdict_of_a_step_counts(
    verdicts: tuple[Verdict, ...], word: Word, message: str
) -> None:
    found = gravest(verdicts)
    assert (found.verdict, found.message) == (word, message)


@given(st.lists(st.sampled_from([a_pass(), a_failure(), NO_DATA, ERROR])))
def test_a_step_passes_only_if_all_its_parts_do(verdicts: list[Verdict]) -> None:
    passed = all(each.verdict is Word.PASS for each in verdicts)
    assert (gravest(verdicts).verdict is Word.PASS) is passed


def test_a_failure_says_its_reason() -> None:
    assert failed(a_reason(message="No.")) == Verdict(Word.FAIL, "No.", a_reason(message="No."))


def test_the_log_lines_are_those_of_the_first_task_that_the_evidence_names() -> None:
    verdict = a_failure(evidence=("ECS gave up", "task t2: it exited", "task t1: it exited"))
    lines = {"t1": ("one",), "t2": ("two", "three"), "t3": ("four",)}
    reason = quoting(verdict, lines).reason
    assert reason is not None
    assert reason.log_lines == ("two", "three")


def test_a_task_that_printed_nothing_is_passed_over() -> None:
    verdict = a_failure(evidence=("task t1: it exited", "task t2: it exited"))
    reason = quoting(verdict, {"t1": (), "t2": ("two",)}).reason
    assert reason is not None
    assert reason.log_lines == ("two",)


def test_a_verdict_without_a_reason_or_a_known_task_quotes_nothing() -> None:
    assert quoting(a_pass(), {"t1": ("one",)}) == a_pass()
    assert quoting(a_failure(), {"t9": ("one",)}) == a_failure()
