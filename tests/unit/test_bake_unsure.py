"""What becomes of a bake without enough requests, or without a way to count them."""

import pytest

from functions.domain.bake.traffic import Requests
from functions.domain.catalogue import Unsure
from functions.domain.reason import Blame, Code
from functions.domain.verdict import Verdict, Word
from tests.bakes import ENDS, a_baking, judged, requests
from tests.factories import later

FEW = requests(*[1] * 12)
ABSENT = Requests(absent="orders-web has no target group to count its requests by")
UNREAD = Requests(unread="the requests of orders-web could not be read: denied")


def decided(came: Requests, minutes: float, **rules: Unsure) -> Verdict:
    bakings = (a_baking(min_requests=100, **rules),)
    return judged(bakings=bakings, at=later(minutes=minutes), came={"web": came})


def test_enough_requests_let_it_pass() -> None:
    assert decided(requests(*[10] * 10), 10) == Verdict(Word.PASS, "The bake passed.")


def test_it_goes_on_for_requests_to_come_but_not_for_ever() -> None:
    assert decided(FEW, 13) == Verdict(
        Word.WAIT, "The bake goes on: web has had 12 of at least 100 requests."
    )
    assert decided(requests(*[1] * 20, 80), 22).verdict is Word.PASS
    assert decided(FEW, 39).verdict is Word.WAIT
    assert decided(FEW, 40).verdict is Word.NO_DATA


@pytest.mark.parametrize(
    ("came", "minutes", "said", "code", "blame", "word"),
    [
        pytest.param(
            FEW,
            40,
            "web has had 12 of at least 100 requests",
            Code.NO_DATA,
            Blame.CONFIGURATION,
            Word.NO_DATA,
            id="too few came",
        ),
        pytest.param(
            ABSENT, 10, ABSENT.absent, Code.NO_DATA, Blame.CONFIGURATION, Word.NO_DATA, id="absent"
        ),
        pytest.param(
            UNREAD, 20, UNREAD.unread, Code.FAULT, Blame.PILOTHOUSE, Word.ERROR, id="unread"
        ),
    ],
)
def test_the_catalogue_says_what_becomes_of_it(
    came: Requests, minutes: float, said: str, code: Code, blame: Blame, word: Word
) -> None:
    field = "error" if word is Word.ERROR else "no_data"
    held = decided(came, minutes)
    assert held.verdict is word
    assert held.message == (
        "The bake cannot tell whether the release is well, so the services are left as they are: "
        f"{said}."
    )
    back = decided(came, minutes, **{field: Unsure.ROLLBACK})
    assert back.verdict is Word.FAIL
    assert back.message == (
        "The bake cannot tell whether the release is well, so the release is turned back, since "
        f"the catalogue says rollback: {said}."
    )
    for verdict in (held, back):
        assert verdict.reason is not None
        assert (verdict.reason.code, verdict.reason.blame) == (code, blame)
        assert verdict.reason.evidence == (said,)
    assert decided(came, minutes, **{field: Unsure.PROMOTE}) == Verdict(
        Word.PASS, f"The bake counts as passed, since the catalogue says promote: {said}."
    )


def test_requests_that_cannot_be_read_are_tried_again() -> None:
    assert decided(UNREAD, 10) == Verdict(
        Word.WAIT, f"The bake is over, but for this: {UNREAD.unread}."
    )


def test_to_turn_back_goes_before_to_hold() -> None:
    bakings = (
        a_baking(min_requests=100),
        a_baking("worker", min_requests=100, no_data=Unsure.ROLLBACK),
    )
    verdict = judged(bakings=bakings, at=ENDS, came={"web": ABSENT, "worker": ABSENT})
    assert verdict.verdict is Word.FAIL


def test_what_could_not_be_read_goes_before_what_did_not_come() -> None:
    bakings = (a_baking(min_requests=100), a_baking("worker", min_requests=100))
    came = {"web": ABSENT, "worker": UNREAD}
    verdict = judged(bakings=bakings, at=later(minutes=20), came=came)
    assert verdict.verdict is Word.ERROR
    assert verdict.reason is not None
    assert verdict.reason.evidence == (ABSENT.absent, UNREAD.unread)
