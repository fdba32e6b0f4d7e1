"""Does the preflight stop a release before anything is touched? The log of the calls says so."""

from pathlib import Path

import pytest
import yaml

from rehearsal.invariants.checks import READS
from rehearsal.scenario.format.reading import read
from rehearsal.scenario.running import run

LIBRARY = Path(__file__).parent / "scenarios"
OURS = {
    "dynamodb": "its own ledger",
    "events": "what is announced",
    "lambda": "its own functions",
    "s3": "its own evidence",
    "sns": "what is announced",
    "stepfunctions": "its own workflows",
}
"""What every deployment writes to, also one that changes nothing."""


def is_stopped(path):
    """Say whether no deployment of a scenario is to come past the preflight."""
    expected = yaml.safe_load(path.read_text())["expect"].get("deployments", [])
    found = expected if isinstance(expected, list) else []
    return bool(found) and {each.get("reason") for each in found} == {"PreflightStopped"}


NEVER_JOINS = LIBRARY / "headroom-that-never-joins.yaml"
"""It passes the preflight: only after instances were asked for is it known that none comes."""
STOPPED = [
    path for path in sorted(LIBRARY.glob("*.yaml")) if is_stopped(path) and path != NEVER_JOINS
]


def changes(calls):
    return {
        name
        for name in calls
        if name.partition(":")[0] not in OURS and not name.partition(":")[2].startswith(READS)
    }


@pytest.mark.parametrize("path", STOPPED, ids=lambda path: path.stem)
def test_a_release_that_is_stopped_has_changed_nothing(path):
    result = run(read(path), seed=0)
    assert result.failures == ()
    assert result.sdk_calls["ecs:DescribeServices"] > 0
    assert changes(result.sdk_calls) == set()


def test_instances_that_never_come_have_changed_their_group_and_no_service():
    made = changes(run(read(NEVER_JOINS), seed=0).sdk_calls)
    assert {name.partition(":")[0] for name in made} == {"autoscaling"}


def test_a_release_that_is_not_stopped_has():
    made = run(read(LIBRARY / "preflight-narrow-quota.yaml"), seed=0).sdk_calls
    assert changes(made) >= {"ecs:RegisterTaskDefinition", "ecs:UpdateService"}
