"""Is the comparison with others fair: are they run as they are, and measured as it says?"""

from collections.abc import Iterator

import pytest

from rehearsal import lambdas
from rehearsal.bench.peers import deploy_cli
from rehearsal.bench.peers.breaker import Breaker
from rehearsal.bench.peers.comparing import Result, compare
from rehearsal.bench.peers.deploy_cli import EcsDeploy, UnarmedEcsDeploy
from rehearsal.bench.peers.pilothouse import Pilothouse
from rehearsal.bench.peers.rows import CRASH, NAME, ROWS, Row, bad, good
from rehearsal.bench.peers.table import is_right
from rehearsal.bench.peers.word import Word

CRASHES = bad("v2 crashes at its start", image=CRASH, desired=2)
WORKS = good("v2 works")


@pytest.fixture(scope="module", autouse=True)
def quiet(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    with (tmp_path_factory.mktemp("logs") / "handlers.log").open("w") as log:
        lambdas.log_to(log)
        yield


def test_ecs_deploy_says_success_after_the_breaker_went_back() -> None:
    result = compare(CRASHES, EcsDeploy)
    assert (result.word, result.why) == (Word.SUCCESS, "Deployment successful")
    assert not is_right(CRASHES, result)


def test_ecs_deploy_without_the_breaker_waits_for_its_timeout_and_goes_back() -> None:
    result = compare(CRASHES, UnarmedEcsDeploy)
    assert result.word is Word.FAILURE
    assert result.why.startswith("Deployment failed due to timeout")
    assert result.said_after == pytest.approx(300, abs=2)
    assert result.stable_after is not None


def test_ecs_deploy_waits_in_virtual_time_and_is_left_as_it_was() -> None:
    before = dict(vars(deploy_cli.cli)), dict(vars(deploy_cli.ecs))
    result = compare(WORKS, EcsDeploy)
    assert result.word is Word.SUCCESS
    assert result.said_after == pytest.approx(91)
    assert (dict(vars(deploy_cli.cli)), dict(vars(deploy_cli.ecs))) == before


def test_the_breaker_fails_a_crash_at_its_threshold_and_goes_back() -> None:
    result = compare(CRASHES, Breaker)
    assert result.word is Word.FAILURE
    # Of two tasks at a time the breaker takes three, so it ends with the second two.
    assert result.lost == 4
    assert result.said_after == pytest.approx(60)
    assert result.stable_after == pytest.approx(70)
    assert result.least == 2


def test_the_breaker_says_what_replaced_means() -> None:
    row = Row(
        "v2 works; a colleague deploys v1 again",
        Word.REPLACED,
        timeline=({"at": "40s", "foreign": {"cloudformation_deploy": NAME}},),
    )
    assert is_right(row, compare(row, Breaker))


def test_a_good_release_loses_nothing_and_keeps_all_that_is_desired() -> None:
    assert compare(WORKS, Breaker) == Result(
        word=Word.SUCCESS,
        why="",
        said_after=90.0,
        stable_after=90.0,
        lost=0,
        least=4,
        overhead=0.0,
    )


def test_tasks_that_somebody_stops_are_lost_and_missing() -> None:
    stopped = ({"at": "10s", "foreign": {"stop_task": NAME, "tasks": 3}},)
    result = compare(good("v2 works; three tasks are stopped", timeline=stopped), Breaker)
    assert (result.lost, result.least) == (3, 1)


def test_what_crashes_for_ever_is_never_stable_again() -> None:
    row = bad("v2 crashes after two minutes", image={"exits_after": "2m"}, desired=1)
    result = compare(row, Breaker)
    assert result.word is Word.SUCCESS
    assert result.stable_after is None
    assert result.least == 0


def test_a_setting_that_can_never_move_gets_no_verdict_of_the_breaker() -> None:
    row = bad("nothing can move", desired=1, service={"maximum_percent": 100})
    result = compare(row, Breaker)
    assert (result.word, result.said_after, result.stable_after) == (Word.NONE, None, None)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.truth)
def test_pilothouse_is_right(row: Row) -> None:
    result = compare(row, Pilothouse)
    assert is_right(row, result), result


def test_each_release_is_told_apart_by_its_truth() -> None:
    assert len({row.truth for row in ROWS}) == len(ROWS)
