"""Whether one task of a release comes up."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.domain.migration.judge import Run
from functions.domain.migration.probe import probe
from functions.domain.reason import Blame, Code
from functions.domain.rollout.look import Health
from functions.domain.stop_reason.cause import ContainerStop
from functions.domain.verdict import Verdict, Word
from tests.factories import NOW, a_run, a_stop, later


def probed(**run: Any) -> Verdict:
    return probe(a_run(**run), "web", 300)


@pytest.mark.parametrize(
    "run",
    [
        pytest.param({"health": Health.HEALTHY}, id="its check finds it healthy"),
        pytest.param({"up_since": later(seconds=-30)}, id="nothing checks it, and it stays up"),
    ],
)
def test_a_task_comes_up(run: dict[str, Any]) -> None:
    assert probed(**run) == Verdict(Word.PASS, "One task of web came up.")


@pytest.mark.parametrize(
    "run",
    [
        pytest.param({"status": "PENDING"}, id="it starts"),
        pytest.param({"status": "DEACTIVATING", "health": Health.HEALTHY}, id="it stops"),
        pytest.param({"health": Health.UNKNOWN, "up_since": later(hours=-1)}, id="not checked yet"),
        pytest.param({"up_since": later(seconds=-29)}, id="it runs for a moment only"),
        pytest.param({}, id="nobody says since when it runs"),
    ],
)
def test_a_task_is_awaited(run: dict[str, Any]) -> None:
    assert probed(**run).verdict is Word.WAIT


@pytest.mark.parametrize(
    ("run", "code", "blame", "why"),
    [
        pytest.param(
            {"stop": a_stop()},
            Code.APP_EXIT,
            Blame.RELEASE,
            "container app exited with code 1",
            id="it ends by itself",
        ),
        pytest.param(
            {"stop": a_stop(containers=(ContainerStop("app", 0),))},
            Code.APP_EXIT_ZERO,
            Blame.RELEASE,
            "the container ended by itself with exit code 0, but a service has to keep running",
            id="it ends well",
        ),
        pytest.param(
            {"health": Health.UNHEALTHY},
            Code.HEALTH_CHECK_CONTAINER,
            Blame.RELEASE,
            "the health check of its container fails",
            id="it is sick",
        ),
        pytest.param(
            {"task": None, "failures": ("RESOURCE:FARGATE: Capacity is unavailable.",)},
            Code.CAPACITY_FARGATE,
            Blame.CAPACITY,
            "it was not started: RESOURCE:FARGATE: Capacity is unavailable",
            id="ECS refuses to start it",
        ),
        pytest.param(
            {"task": None},
            Code.UNKNOWN,
            Blame.PLATFORM,
            "it was not started: ECS started no task and gave no reason",
            id="ECS starts nothing, without a word",
        ),
        pytest.param(
            {"at": later(minutes=5), "health": Health.UNKNOWN},
            Code.DEADLINE_EXCEEDED,
            Blame.RELEASE,
            "it took longer than 5 min",
            id="it never gets healthy",
        ),
        pytest.param(
            {"at": later(minutes=5), "status": "PENDING"},
            Code.DEADLINE_EXCEEDED,
            Blame.PLATFORM,
            "it took longer than 5 min",
            id="it never runs",
        ),
    ],
)
def test_a_task_does_not_come_up(run: dict[str, Any], code: Code, blame: Blame, why: str) -> None:
    verdict = probed(**run)
    assert verdict.message == f"One task of web did not come up: {why}."
    assert verdict.reason is not None
    assert (verdict.reason.code, verdict.reason.blame) == (code, blame)
    assert verdict.reason.evidence[0]


@given(
    st.sampled_from(["PROVISIONING", "PENDING", "ACTIVATING", "RUNNING", "DEACTIVATING"]),
    st.sampled_from(list(Health)),
    st.none() | st.integers(0, 600),
    st.integers(0, 600),
)
def test_only_what_runs_and_is_not_sick_passes_and_nothing_waits_past_the_time_out(
    status: str, health: Health, up: int | None, took: int
) -> None:
    up_since = None if up is None else later(seconds=took - min(up, took))
    run = Run(later(seconds=took), NOW, "t1", status=status, health=health, up_since=up_since)
    verdict = probe(run, "web", 300)
    if verdict.verdict is Word.PASS:
        assert status == "RUNNING"
        assert health in (Health.HEALTHY, Health.NONE)
    if verdict.verdict is Word.WAIT:
        assert took < 300
