"""Is a plan of ten services made in few calls, at once, and without touching anything?"""

import pytest

from rehearsal.bench.planning import GOAL_READS, GOAL_SECONDS, SERVICES, draft
from rehearsal.invariants.checks import READS


@pytest.mark.parametrize("release", [1, 2])
def test_a_plan_of_ten_services_stays_within_its_budget(release):
    drafted = draft(release)
    assert drafted.document["verdict"] == "can be deployed"
    assert len([each for each in drafted.document["does"] if "roll s" in each]) == 2
    assert all(f"s{number}" in str(drafted.document["does"]) for number in range(SERVICES))
    assert drafted.calls.total() <= GOAL_READS
    assert drafted.seconds <= GOAL_SECONDS
    assert {call for call in drafted.calls if not call[1].startswith(READS)} == set()
