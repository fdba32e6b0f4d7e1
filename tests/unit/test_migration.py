"""Whether a migration has done its work."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.domain.migration.judge import exit_code, judge
from functions.domain.reason import Blame, Code
from functions.domain.stop_reason.cause import ContainerStop
from functions.domain.verdict import Verdict, Word
from tests.factories import a_run, a_stop, later


def judged(**run: Any) -> Verdict:
    return judge(a_run(**run), "expand", "app", 900)


@pytest.mark.parametrize(
    "containers",
    [
        pytest.param((ContainerStop("app", 0),), id="alone"),
        pytest.param(
            (ContainerStop("app", 0), ContainerStop("proxy", 137)), id="its sidecar is killed"
        ),
    ],
)
def test_exit_code_zero_of_its_container_passes(containers: tuple[ContainerStop, ...]) -> None:
    verdict = judged(stop=a_stop(containers=containers))
    assert verdict == Verdict(Word.PASS, "The expand migration ended with exit code 0.")


def test_there_is_no_exit_code_before_the_end() -> None:
    assert exit_code(a_run(status="RUNNING"), "app") is None
    assert exit_code(a_run(stop=a_stop(containers=(ContainerStop("app", 3),))), "app") == 3


@pytest.mark.parametrize("status", ["PROVISIONING", "RUNNING", "DEPROVISIONING"])
def test_a_task_at_work_is_awaited(status: str) -> None:
    verdict = judged(status=status)
    assert verdict == Verdict(Word.WAIT, f"The expand migration is {status.lower()}.")


@pytest.mark.parametrize(
    ("run", "why", "evidence", "blame"),
    [
        pytest.param(
            {"stop": a_stop()},
            "container app exited with code 1",
            "task t1: EssentialContainerExited, Essential container in task exited; "
            "app: exit code 1",
            Blame.RELEASE,
            id="it exits with an error",
        ),
        pytest.param(
            {"stop": a_stop(containers=(ContainerStop("app", 1), ContainerStop("proxy", 0)))},
            "container app exited with code 1",
            "task t1: EssentialContainerExited, Essential container in task exited; "
            "app: exit code 1, proxy: exit code 0",
            Blame.RELEASE,
            id="its sidecar ends well",
        ),
        pytest.param(
            {
                "stop": a_stop(
                    code="TaskFailedToStart",
                    reason="CannotPullContainerError: not found",
                    containers=(ContainerStop("app"),),
                )
            },
            "it has no exit code (ImageNotFound: CannotPullContainerError: not found)",
            "task t1: TaskFailedToStart, CannotPullContainerError: not found; app: no exit code",
            Blame.CONFIGURATION,
            id="it never starts",
        ),
        pytest.param(
            {"stop": a_stop(containers=(ContainerStop("proxy", 0),))},
            "it has no exit code (AppExitZero: the container ended by itself with exit code 0, "
            "but a service has to keep running)",
            "task t1: EssentialContainerExited, Essential container in task exited; "
            "proxy: exit code 0",
            Blame.RELEASE,
            id="only a sidecar tells how it ended",
        ),
        pytest.param(
            {"task": None, "failures": ("RESOURCE:FARGATE", "Capacity is unavailable.")},
            "its task was not started: RESOURCE:FARGATE; Capacity is unavailable",
            "RESOURCE:FARGATE",
            Blame.CAPACITY,
            id="ECS refuses to start it",
        ),
        pytest.param(
            {"task": None},
            "its task was not started: ECS started no task and gave no reason",
            "ECS started no task and gave no reason",
            Blame.PLATFORM,
            id="ECS starts nothing, without a word",
        ),
        pytest.param(
            {"at": later(minutes=15), "status": "PENDING"},
            "it did not end within 15 min, and its task is stopped",
            "task t1 was PENDING",
            Blame.PLATFORM,
            id="it never comes up",
        ),
        pytest.param(
            {"at": later(minutes=15), "status": "RUNNING"},
            "it did not end within 15 min, and its task is stopped",
            "task t1 was RUNNING",
            Blame.RELEASE,
            id="it takes too long",
        ),
        pytest.param(
            {"task": None, "failures": ("Odd.", "ATTRIBUTE")},
            "its task was not started: Odd.; ATTRIBUTE",
            "Odd.",
            Blame.CONFIGURATION,
            id="ECS finds no host that it may run on",
        ),
        pytest.param(
            {
                "stop": a_stop(
                    code="SpotInterruption",
                    reason="Your Spot Task was interrupted.",
                    containers=(ContainerStop("app", 137),),
                )
            },
            "its task was taken away (SpotInterruption: Your Spot Task was interrupted)",
            "task t1: SpotInterruption, Your Spot Task was interrupted.; app: exit code 137",
            Blame.PLATFORM,
            id="its host is taken away",
        ),
        pytest.param(
            {
                "stop": a_stop(
                    code="UserInitiated",
                    reason="Stopped by hand",
                    containers=(ContainerStop("app", 0),),
                )
            },
            "its task was taken away (UserStopped: Stopped by hand)",
            "task t1: UserInitiated, Stopped by hand; app: exit code 0",
            Blame.PERSON,
            id="it is stopped, and ends with exit code 0 on the signal",
        ),
    ],
)
def test_it_fails_when(run: dict[str, Any], why: str, evidence: str, blame: Blame) -> None:
    verdict = judged(**run)
    by_hand = " Nothing speaks against the release: deploy it again by hand."
    taken = blame in (Blame.PLATFORM, Blame.CAPACITY, Blame.PERSON)
    assert verdict.message == f"The expand migration failed: {why}.{by_hand if taken else ''}"
    assert verdict.reason is not None
    assert (verdict.reason.code, verdict.reason.blame) == (Code.MIGRATION_FAILED, blame)
    assert verdict.reason.evidence[0] == evidence


def test_a_task_that_ends_well_at_the_last_moment_has_ended_well() -> None:
    late = judged(at=later(hours=1), stop=a_stop(containers=(ContainerStop("app", 0),)))
    assert late.verdict is Word.PASS


stops = st.none() | st.lists(
    st.builds(ContainerStop, st.sampled_from(["app", "proxy"]), st.none() | st.integers(0, 255)),
    max_size=2,
    unique_by=lambda each: each.name,
).map(lambda containers: a_stop(containers=tuple(containers)))


@given(st.integers(0, 60), stops, st.booleans())
def test_only_exit_code_zero_passes_and_nothing_waits_past_the_time_out(
    minutes: int, stop: Any, started: bool
) -> None:
    verdict = judged(at=later(minutes=minutes), stop=stop, task="t1" if started else None)
    codes = {each.name: each.exit_code for each in stop.containers} if stop else {}
    assert (verdict.verdict is Word.PASS) is (started and codes.get("app") == 0)
    if verdict.verdict is Word.WAIT:
        assert minutes < 15
    if verdict.verdict is Word.FAIL:
        assert verdict.reason is not None
        assert verdict.reason.evidence
