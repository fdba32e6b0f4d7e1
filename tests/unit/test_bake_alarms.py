"""What the alarms of a bake decide, and what is said of those that decide nothing."""

from datetime import datetime

import pytest

from functions.domain.bake.armed import Change
from functions.domain.catalogue import Unarmed, Unsure
from functions.domain.reason import Blame, Code
from functions.domain.verdict import Word
from tests.bakes import ENDS, a_baking, an_alarm, judged, requests
from tests.factories import NOW, later

WHY = "Threshold Crossed: 42 was greater than 10."
FIRED = Change(later(minutes=2), "ALARM", "OK", WHY)
RECOVERED = Change(later(minutes=3), "OK", "ALARM", "Threshold not crossed")
FIRING = an_alarm("orders-5xx", "ALARM", 2, reason=WHY)
LATER = an_alarm("orders-up", "ALARM", 2)
OVER = an_alarm("orders-p99", "OK", 3, FIRED, RECOVERED)
BEFORE = an_alarm("orders-5xx", "ALARM", -60, reason=WHY)


@pytest.mark.parametrize(
    ("alarms", "message"),
    [
        pytest.param(
            (FIRING, an_alarm("orders-up")),
            "During the bake orders-5xx is in ALARM: Threshold Crossed: 42 was greater than 10.",
            id="one",
        ),
        pytest.param(
            (LATER, FIRING),
            "During the bake orders-5xx, orders-up are in ALARM.",
            id="several",
        ),
        pytest.param((LATER,), "During the bake orders-up is in ALARM.", id="one without a reason"),
        pytest.param(
            (OVER,),
            "During the bake orders-p99 was in ALARM for a while: "
            "Threshold Crossed: 42 was greater than 10.",
            id="one that has recovered",
        ),
        pytest.param(
            (OVER, FIRING),
            "During the bake orders-5xx is in ALARM and orders-p99 was in ALARM for a while.",
            id="one that has, one that has not",
        ),
    ],
)
@pytest.mark.parametrize("at", [later(minutes=5), ENDS], ids=["in between", "at its end"])
def test_an_alarm_that_fires_fails_it(alarms: tuple, message: str, at: datetime) -> None:
    verdict = judged(alarms=alarms, at=at)
    assert (verdict.verdict, verdict.message) == (Word.FAIL, message)
    assert verdict.reason is not None
    assert (verdict.reason.code, verdict.reason.blame) == (Code.ALARM_BREACH, Blame.RELEASE)


def test_the_evidence_says_since_when_and_why() -> None:
    reason = judged(alarms=(OVER, FIRING), at=ENDS).reason
    assert reason is not None
    assert reason.evidence == (
        f"alarm orders-5xx is in ALARM since 2026-11-21T12:02:00.000Z: {WHY}",
        "alarm orders-p99 was in ALARM from 2026-11-21T12:02:00.000Z to "
        f"2026-11-21T12:03:00.000Z: {WHY}",
    )


def test_an_alarm_counts_only_in_the_minutes_of_its_own_service() -> None:
    bakings = (a_baking(minutes=1, alarms=("orders-5xx",)), a_baking("worker"))
    assert judged(bakings=bakings, alarms=(FIRING,), at=ENDS).verdict is Word.PASS
    both = (bakings[0], a_baking("worker", alarms=("orders-5xx",)))
    assert judged(bakings=both, alarms=(FIRING,), at=ENDS).verdict is Word.FAIL


@pytest.mark.parametrize(
    ("came", "word"),
    [
        pytest.param(requests(*[5] * 11), Word.FAIL, id="that still waits for its requests"),
        pytest.param(requests(5, 100), Word.WAIT, id="that has had them"),
    ],
)
def test_an_alarm_counts_in_the_extension_of_a_service(came: object, word: Word) -> None:
    short = a_baking(minutes=1, alarms=("orders-5xx",), min_requests=100)
    bakings = (short, a_baking("worker", minutes=20))
    firing = an_alarm("orders-5xx", "ALARM", 11)
    at = later(minutes=12)
    assert judged(bakings=bakings, alarms=(firing,), at=at, came={"web": came}).verdict is word


def test_an_alarm_that_fired_before_the_release_does_not_count_and_this_is_said() -> None:
    assert judged(alarms=(BEFORE,), at=NOW).verdict is Word.WAIT
    assert judged(alarms=(BEFORE,), at=ENDS).message == (
        "The bake passed. orders-5xx was in ALARM already before the release and did not count."
    )
    two = (BEFORE, an_alarm("orders-up", "ALARM", -60))
    assert judged(alarms=two, at=ENDS).message == (
        "The bake passed. orders-5xx, orders-up were in ALARM already before the release and did "
        "not count."
    )


def test_it_counts_again_once_it_has_been_ok() -> None:
    changes = (Change(later(minutes=1), "OK", "ALARM"), Change(later(minutes=2), "ALARM", "OK"))
    verdict = judged(alarms=(an_alarm("orders-5xx", "ALARM", 2, *changes),), at=ENDS)
    assert verdict.verdict is Word.FAIL


@pytest.mark.parametrize("at", [NOW, ENDS], ids=["at its start", "at its end"])
@pytest.mark.parametrize(
    ("alarm", "evidence"),
    [
        pytest.param(BEFORE, f"alarm orders-5xx is in ALARM: {WHY}", id="it still fires"),
        pytest.param(
            an_alarm("orders-5xx", "OK", 1, Change(later(minutes=1), "OK", "ALARM")),
            "alarm orders-5xx is in OK",
            id="it is OK after the bake began",
        ),
    ],
)
def test_the_catalogue_may_block_then(alarm: object, evidence: str, at: datetime) -> None:
    block = a_baking(alarms=("orders-5xx",), unarmed=Unarmed.BLOCK)
    verdict = judged(bakings=(block,), alarms=(alarm,), at=at)
    assert verdict.verdict is Word.FAIL
    assert verdict.message == (
        "orders-5xx was in ALARM already before the release and could not watch it: put right "
        "what is wrong and deploy again, or set unarmed: proceed in the catalogue."
    )
    assert verdict.reason is not None
    assert (verdict.reason.code, verdict.reason.blame) == (Code.ALARMS_UNARMED, Blame.CONFIGURATION)
    assert verdict.reason.evidence == (evidence,)


def test_an_alarm_that_came_to_ok_during_the_roll_blocks_nothing() -> None:
    block = a_baking(alarms=("orders-5xx",), unarmed=Unarmed.BLOCK)
    alarm = an_alarm("orders-5xx", "OK", -1, Change(later(minutes=-1), "OK", "ALARM"))
    assert judged(bakings=(block,), alarms=(alarm,), at=ENDS).message == "The bake passed."


def test_alarms_that_do_not_exist_are_named() -> None:
    missing = (an_alarm("orders-5xx", "MISSING"), an_alarm("orders-4xx", "MISSING"), an_alarm("x"))
    assert judged(alarms=missing, at=ENDS).message == (
        "The bake passed. These alarms do not exist: orders-4xx, orders-5xx."
    )


UNREAD = "the history of the alarm orders-5xx could not be read: denied"


def test_a_history_that_cannot_be_read_is_tried_again_and_then_leaves_a_doubt() -> None:
    alarms = (an_alarm("orders-5xx", "OK", 1, unread=UNREAD),)
    verdict = judged(alarms=alarms, at=ENDS)
    assert verdict.verdict is Word.WAIT
    assert verdict.message == f"The bake is over, but for this: {UNREAD}."
    over = judged(alarms=alarms, at=later(minutes=20))
    assert over.verdict is Word.ERROR
    both = tuple(
        a_baking(key, alarms=("orders-5xx",), error=Unsure.PROMOTE) for key in ("web", "worker")
    )
    assert judged(bakings=both, alarms=alarms, at=later(minutes=20)).message == (
        f"The bake counts as passed, since the catalogue says promote: {UNREAD}."
    )
