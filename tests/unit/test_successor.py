"""Whether something newer is about to replace a release that failed."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.domain.catalogue import HoldUntil
from functions.domain.image import Images, Order
from functions.domain.known import BadOn, Known
from functions.domain.recovery.successor import Pending, successors
from functions.domain.request import By
from tests.factories import (
    DIGEST,
    OTHER_DIGEST,
    a_hold,
    a_known,
    a_pending,
    a_release,
    an_application,
    later,
)

VERSIONS = an_application(images=Images(("v*",), Order.SEMVER))
FAILED = a_release(12)
KNOWN = a_known(a_release(11, image_tag="v42"))


def found(*pending: Pending, known: Known = KNOWN, minutes: int = 30) -> tuple[Pending, ...]:
    return successors(pending, VERSIONS, FAILED, known, later(minutes=minutes))


def test_a_newer_image_that_waits_is_next_the_newest_first() -> None:
    assert [each.number for each in found(a_pending(13), a_pending(14))] == [14, 13]
    assert a_pending().called == "deployment #13 (v43)"
    assert a_pending(image_tag=None).called == "deployment #13 (sha256:bbbbbbbbbbbb)"


@pytest.mark.parametrize(
    ("pending", "known"),
    [
        pytest.param({"decision": "Bad"}, {}, id="is not admitted"),
        pytest.param({"digest": None}, {}, id="is a rollback"),
        pytest.param({"digest": DIGEST}, {}, id="is the one that failed"),
        pytest.param({}, {"bad": {OTHER_DIGEST: "It crashed."}}, id="is bad"),
        pytest.param(
            {}, {"bad_on": (BadOn(OTHER_DIGEST, {}, "No room."),)}, id="was turned back somewhere"
        ),
        pytest.param({"opened_at": later(hours=-4)}, {}, id="waits no longer"),
        pytest.param({}, {"hold": a_hold(until=HoldUntil.UNTIL_PERSON)}, id="is held"),
        pytest.param({"image_tag": "v40"}, {}, id="is below what is stable"),
    ],
)
def test_nobody_waits_for_what(pending: dict[str, Any], known: dict[str, Any]) -> None:
    assert found(a_pending(**pending), known=replace(KNOWN, **known)) == ()


def test_a_person_may_go_below_what_is_stable() -> None:
    assert found(a_pending(by=By.PERSON, image_tag="v40"))


def test_where_nothing_is_stable_nothing_is_below_it() -> None:
    assert found(a_pending(image_tag="v1"), known=a_known())


@given(
    st.lists(
        st.builds(
            a_pending,
            st.integers(13, 20),
            digest=st.sampled_from([DIGEST, OTHER_DIGEST, None]),
            decision=st.sampled_from(["Deploy", "Held"]),
            by=st.sampled_from(By),
        )
    ),
    st.integers(0, 600),
)
def test_what_failed_never_replaces_itself_nor_after_its_time(
    pending: list[Pending], minutes: int
) -> None:
    next_ = found(*pending, minutes=minutes)
    assert set(next_) <= set(pending)
    assert all(each.digest == OTHER_DIGEST and each.decision == "Deploy" for each in next_)
    assert not next_ or minutes < 240
