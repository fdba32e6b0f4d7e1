"""Which pushes a hold refuses, and what lifts it."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.domain.admission import Decision
from functions.domain.catalogue import HoldUntil
from functions.domain.ending.closing import end
from functions.domain.ending.end import Course, Outcome
from functions.domain.plan import Kind, Plan
from functions.domain.reason import Blame, Code, Reason
from functions.domain.recovery.hold import (
    Hold,
    Holder,
    held,
    lifted_by_promotion,
    lifted_by_start,
    replaceable,
    when_pushed,
)
from functions.domain.request import By, Request
from tests.factories import (
    a_course,
    a_hold,
    a_pushed_request,
    a_request,
    a_rollback,
    an_admission,
    an_image,
    later,
)

UNTIL_PERSON = {"until": HoldUntil.UNTIL_PERSON}
A_PERSONS = {"by": Holder.PERSON, "why": "the release of Friday waits"}
BEFORE, AFTER = "2026-11-21T12:29:59.000Z", "2026-11-21T12:30:01.000Z"

holds = st.builds(
    a_hold,
    by=st.sampled_from(Holder),
    until=st.sampled_from(HoldUntil),
    since=st.integers(0, 3600).map(lambda seconds: later(seconds=seconds).isoformat()),
)
requests = st.sampled_from([a_pushed_request(), a_request(), a_rollback()])


@pytest.mark.parametrize(
    ("hold", "pushed_at", "said"),
    [
        pytest.param(
            {},
            BEFORE,
            "Everything pushed up to 2026-11-21 12:30 UTC is held, since deployment #12 of v42 "
            "(release #12) was turned back: push a newer build, or deploy this one by hand.",
            id="pushed before it came",
        ),
        pytest.param(
            {}, "2026-11-21T12:30:00.900Z", "Everything pushed up to", id="pushed just then"
        ),
        pytest.param({}, AFTER, None, id="pushed later"),
        pytest.param(
            UNTIL_PERSON,
            AFTER,
            "Pushes are held from 2026-11-21 12:30 UTC on, since deployment #12 of v42 "
            "(release #12) was turned back: deploy an image by hand, and the hold is lifted when "
            "it is promoted.",
            id="it waits for a person",
        ),
        pytest.param(
            A_PERSONS,
            AFTER,
            "Pushes are held since 2026-11-21 12:30 UTC: the release of Friday waits. "
            "Only a person lifts this hold.",
            id="it is a person's",
        ),
    ],
)
def test_a_push_is_held_when(hold: dict[str, Any], pushed_at: str, said: str | None) -> None:
    found = held(a_hold(**hold), By.PUSH, pushed_at)
    assert found == said or (found and said and found.startswith(said))


def test_without_a_hold_nothing_is_held() -> None:
    assert held(None, By.PUSH, BEFORE) is None
    assert not lifted_by_start(None, a_pushed_request())
    assert not lifted_by_promotion(None, a_request())


@pytest.mark.parametrize(
    ("request_", "image", "at"),
    [
        pytest.param(
            a_pushed_request(), an_image(), "2026-11-21T11:59:00.000Z", id="what ECR says"
        ),
        pytest.param(
            a_pushed_request(time="2026-11-21T11:58:00Z"),
            an_image(pushed_at=None),
            "2026-11-21T11:58:00Z",
            id="what the event says",
        ),
        pytest.param(a_rollback(), None, "", id="nobody says"),
    ],
)
def test_an_image_was_pushed_at(request_: Request, image: Any, at: str) -> None:
    assert when_pushed(request_, image) == at


@pytest.mark.parametrize(
    ("hold", "request_", "start", "promotion"),
    [
        pytest.param({}, a_pushed_request(), True, False, id="a newer push"),
        pytest.param({}, a_request(), False, False, id="a person, where a push is awaited"),
        pytest.param(UNTIL_PERSON, a_request(), False, True, id="a person"),
        pytest.param(UNTIL_PERSON, a_rollback(), False, False, id="a person who goes back"),
        pytest.param(UNTIL_PERSON, a_pushed_request(), False, False, id="no push"),
        pytest.param(A_PERSONS, a_pushed_request(), False, False, id="a person's, by no push"),
        pytest.param(
            {**A_PERSONS, **UNTIL_PERSON}, a_request(), False, False, id="a person's, by no deploy"
        ),
    ],
)
def test_a_hold_is_lifted_by(
    hold: dict[str, Any], request_: Request, start: bool, promotion: bool
) -> None:
    assert lifted_by_start(a_hold(**hold), request_) is start
    assert lifted_by_promotion(a_hold(**hold), request_) is promotion


def test_only_a_hold_of_a_person_stays_whatever_comes() -> None:
    assert replaceable(None)
    assert replaceable(a_hold())
    assert not replaceable(a_hold(**A_PERSONS))


@pytest.mark.parametrize(
    "course",
    [
        pytest.param(
            a_course(admission=an_admission(Decision.HELD, "It is held."), plan=None), id="at once"
        ),
        pytest.param(
            a_course(plan=Plan(Kind.FORWARD, Decision.HELD, "It is held.")), id="while it waited"
        ),
    ],
)
def test_a_push_that_is_held_is_rejected(course: Course) -> None:
    ended = end("orders", course)
    assert (ended.outcome, ended.phase) == (Outcome.REJECTED, "Aborted")
    assert ended.message == "orders: It is held. Nothing was touched."
    assert ended.reason == Reason(Code.HELD, Blame.PERSON, "It is held.", ("It is held.",))


@given(holds, requests, st.integers(0, 3600), st.integers(0, 3600))
def test_a_hold_binds_pushes_only_and_the_older_ones_first(
    hold: Hold, request: Request, one: int, other: int
) -> None:
    early, late = (later(seconds=each).isoformat() for each in sorted((one, other)))
    by_early, by_late = (held(hold, request.by, each) for each in (early, late))
    assert request.by is By.PUSH or by_early is by_late is None
    assert by_early or not by_late


@given(holds, requests)
def test_what_a_person_holds_is_lifted_by_nothing_that_is_deployed(
    hold: Hold, request: Request
) -> None:
    lifted = lifted_by_start(hold, request) or lifted_by_promotion(hold, request)
    assert not lifted or hold.by is Holder.PILOTHOUSE
    assert lifted_by_start(hold, request) is False or request.by is By.PUSH
    assert lifted_by_promotion(hold, request) is False or request.by is By.PERSON
