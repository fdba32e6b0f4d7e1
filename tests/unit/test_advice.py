"""What whoever is on call is told to do now."""

import pytest

from functions.domain.reason import Code
from functions.domain.stop_reason.advice import advice


@pytest.mark.parametrize("code", Code)
def test_each_cause_comes_with_one_sentence_of_advice(code: Code) -> None:
    told = advice(code)
    assert 20 < len(told) < 200
    assert told[0].isupper()
    assert told.endswith(".")
    assert ". " not in told


def test_no_two_causes_are_given_the_same_advice() -> None:
    assert len({advice(code) for code in Code}) == len(Code)
