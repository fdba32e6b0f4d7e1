"""Is every reason there is the end of some scenario, or shown to be no end by one?"""

from pathlib import Path

import pytest
import yaml

from functions.domain.reason import Code

LIBRARY = Path(__file__).parent / "scenarios"

NO_NEWS = {
    Code.IMAGE_PULL_RATE_LIMIT: "cause-pull-rate-limit",
    Code.SECRET_NETWORK: "cause-secret-network",
    Code.SPOT_INTERRUPTION: "spot-is-taken-away",
    Code.HOST_FAILURE: "an-instance-is-lost",
    Code.SCALE_IN: "cause-scale-in",
    Code.USER_STOPPED: "somebody-stops-a-task",
    Code.THROTTLED: "cause-throttled",
    Code.AWS_INTERNAL: "cause-aws-internal",
}
"""What stops tasks and says nothing about a release: the scenario that is promoted in spite of it.

Where it lasts, the reason is what runs out then, such as the time.
"""


def ends(path):
    """Return what is expected of the deployments of a scenario."""
    expected = yaml.safe_load(path.read_text())["expect"].get("deployments", [])
    if isinstance(expected, list):
        return expected
    return [each for some in expected.values() for each in some]


REASONS = {each.get("reason") for path in sorted(LIBRARY.glob("*.yaml")) for each in ends(path)}


@pytest.mark.parametrize("code", [each for each in Code if each not in NO_NEWS])
def test_a_reason_is_the_end_of_a_scenario(code):
    assert code.value in REASONS


@pytest.mark.parametrize("code", NO_NEWS)
def test_what_is_no_news_about_a_release_does_not_keep_it_from_its_end(code):
    (end,) = ends(LIBRARY / f"{NO_NEWS[code]}.yaml")
    assert end["outcome"] == "Promoted"
