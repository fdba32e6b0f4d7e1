"""How a service goes back, from what it runs after a release has failed."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.domain.plan import How, Way
from functions.domain.recovery.standing import (
    GOING_OR_GONE_BACK,
    UNDER_WAY,
    Standing,
    stuck,
    untouched,
    way_back,
)
from functions.domain.release import Part
from tests.factories import CHILD_DIGEST, DIGEST, OTHER_DIGEST, OURS, a_part, a_revision, a_standing

STABLE = a_part("web", 11)
UNPINNED = a_part("web", revision=None)
BASE = UNPINNED.base
FAILED, GOOD = a_revision("web", 12), a_revision("web", 11)
ARN = "arn:aws:ecs:eu-west-1:123456789012:service-deployment/production/orders-web/2"
GOES_BACK = {"status": "ROLLBACK_IN_PROGRESS", "service_deployment": ARN, "returns_to": GOOD}
ROLLS = {**GOES_BACK, "status": "IN_PROGRESS"}


def reports(*digests: str | None, revision: str = BASE) -> dict[str, Any]:
    return {revision: tuple({"app": each} if each else {} for each in digests)}


@pytest.mark.parametrize(
    ("stable", "standing", "way"),
    [
        pytest.param(STABLE, {}, Way(), id="it runs the release"),
        pytest.param(
            STABLE, GOES_BACK, Way(How.WATCH, GOOD, ARN, OURS), id="ECS is going back by itself"
        ),
        pytest.param(
            STABLE,
            {**GOES_BACK, "status": "ROLLBACK_SUCCESSFUL", "runs": GOOD},
            Way(How.WATCH, GOOD, ARN, OURS),
            id="ECS has gone back by itself",
        ),
        pytest.param(
            STABLE,
            {**GOES_BACK, "returns_to": a_revision("web", 10)},
            Way(),
            id="ECS goes back elsewhere",
        ),
        pytest.param(
            STABLE,
            {**GOES_BACK, "status": "ROLLBACK_FAILED", "runs": GOOD, "gave_up": True},
            Way(),
            id="ECS did not get back",
        ),
        pytest.param(
            STABLE,
            {"runs": GOOD, "deployment": ""},
            Way(How.WATCH, GOOD),
            id="the roll never started",
        ),
        pytest.param(STABLE, {"runs": GOOD}, Way(), id="the answer may be stale"),
        pytest.param(STABLE, ROLLS, Way(How.STOP, GOOD, ARN, OURS), id="ECS is still rolling"),
        pytest.param(
            STABLE,
            {**ROLLS, "status": "PENDING"},
            Way(How.STOP, GOOD, ARN, OURS),
            id="ECS is about to roll",
        ),
        pytest.param(STABLE, {**ROLLS, "status": "SUCCESSFUL"}, Way(), id="ECS is done"),
        pytest.param(
            STABLE, {**ROLLS, "returns_to": ""}, Way(), id="nobody knows where it would go back to"
        ),
        pytest.param(
            UNPINNED,
            {**GOES_BACK, "returns_to": BASE, "reported": reports(DIGEST, CHILD_DIGEST)},
            Way(How.WATCH, BASE, ARN, OURS),
            id="back to an unpinned revision, whose tasks run what they ran",
        ),
        pytest.param(
            UNPINNED,
            {**GOES_BACK, "returns_to": BASE, "reported": reports(DIGEST, OTHER_DIGEST)},
            Way(),
            id="back to an unpinned revision, one of whose tasks runs another image",
        ),
        pytest.param(
            UNPINNED,
            {**GOES_BACK, "returns_to": BASE, "reported": reports(None)},
            Way(),
            id="back to an unpinned revision, whose task does not tell yet",
        ),
        pytest.param(
            UNPINNED,
            {**GOES_BACK, "returns_to": BASE},
            Way(How.WATCH, BASE, ARN, OURS),
            id="back to an unpinned revision, of which no task is left",
        ),
        pytest.param(
            UNPINNED,
            {**GOES_BACK, "reported": reports(DIGEST, revision=GOOD)},
            Way(),
            id="back to something else",
        ),
    ],
)
def test_a_service_goes_back_when(stable: Part, standing: dict[str, Any], way: Way) -> None:
    assert way_back(a_standing(**standing), stable) == way


def test_a_service_that_nobody_can_see_is_updated() -> None:
    assert way_back(None, STABLE) == Way()
    assert not untouched(None, STABLE)
    assert not stuck(None, STABLE)


def test_ecs_may_have_given_up_on_what_is_stable() -> None:
    assert stuck(a_standing(runs=GOOD, gave_up=True), STABLE)
    assert not stuck(a_standing(runs=GOOD), STABLE)
    assert not stuck(a_standing(runs=FAILED, gave_up=True), STABLE)
    assert not untouched(a_standing(runs=GOOD, gave_up=True, deployment=""), STABLE)


standings = st.builds(
    Standing,
    runs=st.sampled_from([FAILED, GOOD, BASE, ""]),
    gave_up=st.booleans(),
    deployment=st.sampled_from(["", OURS]),
    lacks=st.booleans(),
    status=st.sampled_from(
        (
            "",
            "PENDING",
            "IN_PROGRESS",
            "SUCCESSFUL",
            "STOPPED",
            *GOING_OR_GONE_BACK,
            "ROLLBACK_FAILED",
        )
    ),
    service_deployment=st.just(ARN),
    returns_to=st.sampled_from([FAILED, GOOD, BASE, ""]),
    reported=st.sampled_from([{}, reports(DIGEST), reports(OTHER_DIGEST)]),
)


@given(standings, st.sampled_from([STABLE, UNPINNED]))
def test_ecs_is_left_to_itself_only_where_it_ends_at_what_is_stable(
    standing: Standing, stable: Part
) -> None:
    way = way_back(standing, stable)
    if way.how is How.UPDATE:
        assert way == Way()
    else:
        assert way.revision == (stable.revision or stable.base)
        assert way.revision in (standing.returns_to, standing.runs)
    assert (way.how is not How.STOP) or standing.status in UNDER_WAY


@given(standings, st.sampled_from([STABLE, UNPINNED]))
def test_a_service_that_is_untouched_is_never_changed(standing: Standing, stable: Part) -> None:
    assert not untouched(standing, stable) or way_back(standing, stable).how is How.WATCH
