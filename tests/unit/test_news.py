"""What is announced, and that it is announced once."""

import pytest

from functions.domain.admission import Admission, Decision
from functions.domain.closing import Outcome
from functions.domain.news import announcement, token
from functions.domain.plan import Kind, Plan
from tests.factories import DIGEST, OWNER, a_plan, a_reason, an_admission, an_end, an_opening

TURNED_BACK = an_end(Outcome.ROLLED_BACK, a_reason())


def test_the_news_tell_who_deployed_what_and_how_it_ended() -> None:
    told = announcement(an_opening(), an_admission(), a_plan(), TURNED_BACK)
    assert told == {
        "announcement": "orders#12/RolledBack",
        "application": "orders",
        "deployment": 12,
        "release": 12,
        "image_tag": "v42",
        "digest": DIGEST,
        "by": "push",
        "outcome": "RolledBack",
        "phase": "Failed",
        "message": TURNED_BACK.message,
        "reason": {
            "code": "AppExit",
            "class": "release",
            "message": a_reason().message,
            "evidence": list(a_reason().evidence),
        },
        "execution": OWNER,
    }


@pytest.mark.parametrize(
    "plan", [None, Plan(Kind.BY_HAND, Decision.REFUSED, "No.")], ids=["unplanned", "refused"]
)
def test_the_news_of_what_was_never_planned_name_no_release(plan: Plan | None) -> None:
    told = announcement(an_opening(), Admission(Decision.REFUSED, "No."), plan, an_end())
    assert told["release"] is told["image_tag"] is told["digest"] is told["reason"] is None


def test_a_record_is_closed_under_a_token_of_its_end() -> None:
    tokens = [
        token(an_opening(), an_end()),
        token(an_opening(), TURNED_BACK),
        token(an_opening(13), an_end()),
    ]
    assert tokens[0] == token(an_opening(), an_end())
    assert len(set(tokens)) == 3
    assert all(len(each) == 36 for each in tokens)
