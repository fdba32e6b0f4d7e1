"""Why a task stopped, and whether that speaks against the release."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.domain.reason import Blame, Code
from functions.domain.stop_reason import ContainerStop, Stop, cause, counts_against_release
from tests.factories import a_stop

SCALING = "Scaling activity initiated by (deployment ecs-svc/1)"
PULL = "CannotPullContainerError: pull image manifest has been retried 1 time(s): "


def app(exit_code: int | None, reason: str | None = None) -> tuple[ContainerStop, ...]:
    return (ContainerStop("app", exit_code, reason),)


@pytest.mark.parametrize(
    ("stop", "code", "counts"),
    [
        pytest.param(
            {"code": "TaskFailedToStart", "reason": f"{PULL}orders:v9: not found"},
            Code.IMAGE_NOT_FOUND,
            True,
            id="the image is not there",
        ),
        pytest.param(
            {"code": "TaskFailedToStart", "reason": "ResourceInitializationError: no secret"},
            Code.UNKNOWN,
            True,
            id="what it needs cannot be set up",
        ),
        pytest.param({}, Code.APP_EXIT, True, id="the application exits"),
        pytest.param(
            {"containers": app(0)}, Code.APP_EXIT_ZERO, True, id="it ends as if it were done"
        ),
        pytest.param(
            {"containers": app(137, "OutOfMemoryError: Container killed due to memory usage")},
            Code.OUT_OF_MEMORY,
            True,
            id="it needs too much memory",
        ),
        pytest.param(
            {
                "code": "ServiceSchedulerInitiated",
                "reason": "Task failed ELB health checks in (target-group x)",
                "containers": app(143),
            },
            Code.HEALTH_CHECK_ELB,
            True,
            id="the load balancer finds it ill",
        ),
        pytest.param(
            {
                "code": "ServiceSchedulerInitiated",
                "reason": "Task failed container health checks",
                "containers": app(137),
            },
            Code.HEALTH_CHECK_CONTAINER,
            True,
            id="its own check finds it ill",
        ),
        pytest.param(
            {"code": "ServiceSchedulerInitiated", "reason": SCALING, "containers": app(143)},
            Code.SCALE_IN,
            False,
            id="the scheduler scales in",
        ),
        pytest.param(
            {"code": "UserInitiated", "reason": "OutOfMemory, I guess", "containers": app(137)},
            Code.USER_STOPPED,
            False,
            id="a person stops it",
        ),
        pytest.param(
            {"code": "SpotInterruption", "reason": "Your Spot Task was interrupted."},
            Code.SPOT_INTERRUPTION,
            False,
            id="Spot takes it away",
        ),
        pytest.param(
            {"code": "TerminationNotice", "reason": "Host EC2 (instance i-1) terminated."},
            Code.SPOT_INTERRUPTION,
            False,
            id="its instance is to end",
        ),
        pytest.param(
            {"code": "InfrastructureHealth", "reason": "The host is impaired."},
            Code.HOST_FAILURE,
            False,
            id="its host is lost",
        ),
        pytest.param(
            {"containers": app(None)}, Code.UNKNOWN, False, id="it is still on its way down"
        ),
        pytest.param(
            {"code": None, "reason": None, "containers": ()}, Code.UNKNOWN, False, id="no word"
        ),
    ],
)
def test_a_stop_has_one_cause_and_only_the_releases_own_count(
    stop: dict[str, Any], code: Code, counts: bool
) -> None:
    found = cause(a_stop(**stop))
    assert found.code is code
    assert counts_against_release(found) is counts


@pytest.mark.parametrize(
    ("stop", "message"),
    [
        pytest.param({}, "container app exited with code 1", id="exit code"),
        pytest.param(
            {"containers": (ContainerStop("proxy", 143), ContainerStop("app", 1))},
            "container app exited with code 1",
            id="the sidecar that was told to end is not named",
        ),
        pytest.param(
            {"containers": (ContainerStop("proxy", 137),)},
            "container proxy exited with code 137",
            id="a signal where there is no other code",
        ),
        pytest.param(
            {"containers": app(0)},
            "the container ended by itself with exit code 0, but a service has to keep running",
            id="exit code zero",
        ),
        pytest.param(
            {"code": "SpotInterruption", "reason": "Your Spot Task was interrupted."},
            "Your Spot Task was interrupted",
            id="what ECS says, without its full stop",
        ),
        pytest.param(
            {"code": "InfrastructureHealth", "reason": " . "},
            "stopped with InfrastructureHealth",
            id="the code where ECS says nothing",
        ),
        pytest.param(
            {"code": None, "reason": None, "containers": ()},
            "stopped with no stop code",
            id="neither code nor reason",
        ),
    ],
)
def test_the_cause_is_told_in_half_a_sentence(stop: dict[str, Any], message: str) -> None:
    assert cause(a_stop(**stop)).message == message


@pytest.mark.parametrize(
    ("stop", "evidence"),
    [
        pytest.param(
            {"containers": app(1, "it said so")},
            "task t1: EssentialContainerExited, Essential container in task exited; "
            "app: exit code 1 (it said so)",
            id="all there is",
        ),
        pytest.param(
            {"containers": (*app(None), ContainerStop("proxy", 0))},
            "task t1: EssentialContainerExited, Essential container in task exited; "
            "app: no exit code, proxy: exit code 0",
            id="several containers",
        ),
        pytest.param(
            {"code": None, "reason": None, "containers": ()},
            "task t1: no stop code, no reason",
            id="nothing at all",
        ),
    ],
)
def test_the_evidence_is_what_ecs_says_of_the_task(stop: dict[str, Any], evidence: str) -> None:
    assert cause(a_stop(**stop)).evidence == (evidence,)


texts = st.none() | st.text(max_size=60)
codes = texts | st.sampled_from(
    ["TaskFailedToStart", "EssentialContainerExited", "ServiceSchedulerInitiated"]
)
containers = st.lists(
    st.builds(ContainerStop, st.text(max_size=9), st.none() | st.integers(0, 255), texts),
    max_size=3,
).map(tuple)


@given(st.builds(Stop, st.text(max_size=9), codes, texts, containers))
def test_every_stop_gets_a_cause_and_evidence_whatever_ecs_says(stop: Stop) -> None:
    found = cause(stop)
    assert found.message
    assert found.evidence
    assert counts_against_release(found) is (found.blame in (Blame.RELEASE, Blame.CONFIGURATION))
