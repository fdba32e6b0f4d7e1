"""What is taken as stable, because it ran when Pilothouse first looked."""

import pytest

from functions.domain.adoption import adopt
from functions.domain.known import Facts
from functions.domain.release import Part, Release
from tests.factories import (
    CHILD_DIGEST,
    DIGEST,
    OTHER_DIGEST,
    REPOSITORY,
    a_known,
    a_release,
    a_revision,
    some_facts,
)


def test_what_runs_steadily_is_adopted_with_the_digests_its_tasks_report() -> None:
    facts = some_facts(
        "web",
        images={"app": f"{REPOSITORY}:v41", "proxy": "localhost:5000/nginx:1", "log": "fluent"},
        digests={"app": OTHER_DIGEST, "proxy": CHILD_DIGEST, "log": DIGEST, "gone": DIGEST},
    )
    known = adopt(a_known(), facts)
    part = Part(
        base=a_revision("web", 12),
        images={
            "app": f"{REPOSITORY}@{OTHER_DIGEST}",
            "proxy": f"localhost:5000/nginx@{CHILD_DIGEST}",
            "log": f"fluent@{DIGEST}",
        },
        digests={"app": (OTHER_DIGEST,), "proxy": (CHILD_DIGEST,), "log": (DIGEST,)},
    )
    assert known.releases == (Release(0, {"web": part}),)
    assert known.stables["web"].part == part
    assert known.current == known.releases[0]


@pytest.mark.parametrize(
    "facts",
    [
        pytest.param(some_facts(), id="no task tells what it runs"),
        pytest.param(some_facts(digests={"app": DIGEST}, steady=False), id="it is not steady"),
        pytest.param({"web": Facts("web", problem="Gone.")}, id="it is not there"),
    ],
)
def test_nothing_is_adopted_where(facts: dict[str, Facts]) -> None:
    assert adopt(a_known(), facts) == a_known()


def test_a_service_that_joins_later_is_adopted_beside_what_is_known() -> None:
    facts = some_facts(images={"app": "orders:v1"}, digests={"app": DIGEST})
    known = adopt(a_known(a_release(12, "web"), a_release(0, "old")), facts)
    assert known.stables["web"].release == 12
    assert known.stables["worker"].release == 0
    assert [(each.number, sorted(each.parts)) for each in known.releases] == [
        (12, ["web"]),
        (0, ["old", "worker"]),
    ]
