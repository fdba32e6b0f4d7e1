"""What becomes of a service when another one of its wave has failed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.domain.reason import Code
from functions.domain.rollout.siblings import stopped
from functions.domain.verdict import Verdict, Word, first_bad, gravest
from tests.factories import a_failure, a_pass

ROLLING = Verdict(Word.WAIT, "1 of 2 tasks of orders-web:8 is healthy.")
STOPPED = Verdict(Word.STOPPED, "web was stopped where it is, since worker failed.")


def test_who_still_rolls_is_stopped_and_told_why() -> None:
    assert stopped(ROLLING, "web", "worker") == STOPPED


@pytest.mark.parametrize("verdict", [a_pass(), a_failure()])
def test_who_has_won_or_lost_did_so_by_itself(verdict: Verdict) -> None:
    assert stopped(verdict, "web", "worker") == verdict


def test_who_was_taken_back_by_ecs_afterwards_is_not_what_failed() -> None:
    back = a_failure(code=Code.ROLLED_BACK_BY_ECS)
    assert stopped(back, "web", "worker") == Verdict(
        Word.STOPPED, "ECS went back with web, after worker had failed."
    )
    assert stopped(back, "web", "web") == back
    assert stopped(back, "web", None) == back


@given(st.sampled_from([ROLLING, a_pass(), a_failure()]), st.none() | st.text(min_size=1))
def test_only_a_wait_is_stopped_and_only_by_a_failure(
    verdict: Verdict, failing: str | None
) -> None:
    found = stopped(verdict, "web", failing)
    assert (found != verdict) is (failing not in (None, "web") and verdict.verdict is Word.WAIT)


def test_what_was_stopped_is_no_failure_of_the_release() -> None:
    failure = a_failure()
    assert gravest((STOPPED, a_pass(), failure)) == failure
    assert first_bad((STOPPED, failure)) == failure
    assert first_bad((STOPPED, a_pass())) is None


def test_what_was_stopped_has_not_passed_either() -> None:
    assert gravest((a_pass(), STOPPED)) == STOPPED
