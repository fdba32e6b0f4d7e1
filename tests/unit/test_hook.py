"""What a hook of ECS is told, by what the ledger says of the revision that is deployed."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.domain.ending.end import Outcome
from functions.domain.hook import (
    ASKS,
    MOST_ASKS,
    Acting,
    Known,
    Status,
    asks_before,
    objection,
    unanswered,
)
from functions.domain.plan import Kind
from functions.domain.task_definition import BASE, DEPLOYMENT, RELEASE, Origin, origin_of, tags_of

ORIGIN = Origin("orders", 12, 14, "arn:aws:ecs:eu-west-1:123456789012:task-definition/orders-web:7")
ROLLING = Acting(14, 12, Kind.FORWARD.value, "Progressing")
BAD = "Deployment #9 of this image had to be turned back."

ACTING = st.builds(
    Acting,
    st.integers(1, 20),
    st.none() | st.integers(1, 20),
    st.none() | st.sampled_from([each.value for each in Kind]),
    st.sampled_from([None, "Pending", "Progressing", "Baking", "RollingBack"]),
    st.none() | st.sampled_from([each.value for each in Outcome]),
    st.sampled_from([None, "worker"]),
)
KNOWN = st.builds(
    Known,
    st.none() | ACTING,
    st.booleans(),
    st.booleans(),
    st.sampled_from([None, BAD]),
    st.none() | st.sampled_from([each.value for each in Outcome]),
)


@pytest.mark.parametrize(
    ("known", "why"),
    [
        pytest.param(Known(ROLLING), None, id="it is being rolled out"),
        pytest.param(Known(ROLLING, bad=BAD), None, id="a person forces a bad image"),
        pytest.param(
            Known(replace(ROLLING, failing="worker")),
            "Deployment #14 turns this release back, since worker failed.",
            id="another service has failed",
        ),
        pytest.param(
            Known(replace(ROLLING, phase="RollingBack")),
            "Deployment #14 is turning this release back.",
            id="it is turned back",
        ),
        pytest.param(
            Known(replace(ROLLING, phase="RollingBack"), stable=True), None, id="it is stable"
        ),
        pytest.param(
            Known(replace(ROLLING, number=15, failing="worker"), verified=True),
            "Deployment #15 turns this release back, since worker failed.",
            id="a later deployment of it fails",
        ),
        pytest.param(
            Known(replace(ROLLING, kind=Kind.BY_HAND.value, failing="worker")),
            None,
            id="a person goes back to it",
        ),
        pytest.param(
            Known(replace(ROLLING, outcome="Failed")),
            "Deployment #14, which this revision is of, has ended Failed.",
            id="it has just ended",
        ),
        pytest.param(
            Known(replace(ROLLING, outcome="Promoted", phase="Succeeded")),
            None,
            id="it has just been promoted",
        ),
        pytest.param(
            Known(Acting(14, 13, phase="RollingBack"), bad=BAD),
            None,
            id="a way back registered it anew",
        ),
        pytest.param(
            Known(Acting(16, 15), verified=True, bad=BAD, outcome="RolledBack"),
            None,
            id="it has passed a bake",
        ),
        pytest.param(Known(Acting(16), bad=BAD), BAD, id="its image is bad"),
        pytest.param(
            Known(outcome="Aborted"),
            "Deployment #14, which this revision is of, has ended Aborted.",
            id="its deployment was stopped",
        ),
        pytest.param(Known(outcome="Promoted"), None, id="its deployment was promoted"),
        pytest.param(Known(), None, id="nothing speaks against it"),
    ],
)
def test_a_revision_goes_on_unless_its_release_is_turned_back(
    known: Known, why: str | None
) -> None:
    assert objection(ORIGIN, known) == why


@given(KNOWN)
def test_what_is_gone_back_to_is_never_kept(known: Known) -> None:
    assert objection(ORIGIN, replace(known, stable=True)) is None
    going_back = Acting(14, 13, Kind.FORWARD.value, "RollingBack", failing="worker")
    assert objection(ORIGIN, replace(known, acting=going_back)) is None


@given(KNOWN)
def test_nothing_is_kept_without_a_failure_on_record(known: Known) -> None:
    told = (known.acting.phase, known.acting.failing) if known.acting else (None, None)
    ends = (known.outcome, known.acting.outcome if known.acting else None)
    failed = "RollingBack" in told or told[1] or known.bad
    if not failed and set(ends) <= {None, "Promoted"}:
        assert objection(ORIGIN, known) is None


@given(st.integers(0, 100))
def test_what_cannot_be_found_out_is_asked_for_a_while_and_then_goes_on(asks: int) -> None:
    assert unanswered(asks) is (Status.IN_PROGRESS if asks < MOST_ASKS else Status.SUCCEEDED)


@pytest.mark.parametrize(
    ("details", "asks"),
    [({ASKS: 3}, 3), ({ASKS: 3.0}, 3), ({ASKS: "x"}, 0), ({}, 0), (None, 0), ("{}", 0)],
)
def test_ecs_hands_back_how_often_it_has_asked(details: object, asks: int) -> None:
    assert asks_before(details) == asks


@given(
    st.builds(
        Origin,
        st.text(),
        st.integers(0, 10**6),
        st.integers(0, 10**6),
        st.text(),
        st.none() | st.text(min_size=1),
    )
)
def test_tags_say_what_they_were_made_of(origin: Origin) -> None:
    assert origin_of(tags_of(origin)) == origin


@pytest.mark.parametrize("lacks", [BASE, DEPLOYMENT, RELEASE, "pilothouse:application"])
def test_tags_that_are_not_all_there_are_not_ours(lacks: str) -> None:
    tags = tags_of(ORIGIN)
    del tags[lacks]
    assert origin_of(tags) is None


def test_tags_that_are_no_numbers_are_not_ours() -> None:
    assert origin_of({**tags_of(ORIGIN), RELEASE: "v12"}) is None
