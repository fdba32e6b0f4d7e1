"""Why a task stopped, and whether that speaks against the release."""

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from functions.domain.reason import Blame, Code, Reason
from functions.domain.stop_reason.blame import BLAME
from functions.domain.stop_reason.cause import (
    ContainerStop,
    Stop,
    cause,
    cause_of_event,
    conclusive,
    counts_against_release,
    waits_for_capacity,
)
from tests.factories import a_stop

CORPUS = [
    json.loads(line)
    for line in (Path(__file__).parent / "stop_reasons.jsonl").read_text("utf-8").splitlines()
]
"""What ECS said, with the cause that people agreed on and where it was seen."""

SCALING = "Scaling activity initiated by (deployment ecs-svc/1)"
PULL = "CannotPullContainerError: pull image manifest has been retried 1 time(s): "
OOM = "OutOfMemoryError: Container killed due to memory usage"


def app(exit_code: int | None, reason: str | None = None) -> tuple[ContainerStop, ...]:
    return (ContainerStop("app", exit_code, reason),)


def seen(row: dict[str, Any]) -> Stop:
    containers = tuple(
        ContainerStop(each.get("name", "?"), each["exitCode"], each["reason"])
        for each in row["containers"]
    )
    return Stop("t1", row["stopCode"], row["stoppedReason"], containers)


@pytest.mark.parametrize("row", CORPUS, ids=[f"line {i}" for i in range(1, len(CORPUS) + 1)])
def test_what_people_have_seen_gets_the_cause_that_they_found(row: dict[str, Any]) -> None:
    found = cause_of_event(row["serviceEvent"]) if "serviceEvent" in row else cause(seen(row))
    assert found.code in {row["cause"], *row.get("alsoFits", [])}, row


def test_the_corpus_has_each_cause_several_times() -> None:
    times = Counter(row["cause"] for row in CORPUS)
    assert set(times) == {code.value for code in BLAME}
    assert min(times.values()) >= 3


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
            {"code": "TaskFailedToStart", "reason": "ResourceInitializationError: no word"},
            Code.UNKNOWN,
            True,
            id="what it needs cannot be set up",
        ),
        pytest.param({}, Code.APP_EXIT, True, id="the application exits"),
        pytest.param(
            {"containers": app(0)}, Code.APP_EXIT_ZERO, True, id="it ends as if it were done"
        ),
        pytest.param(
            {"containers": app(None)}, Code.APP_EXIT, True, id="it exits, and is not down yet"
        ),
        pytest.param(
            {"code": None, "containers": ()}, Code.APP_EXIT, True, id="it exits, says the reason"
        ),
        pytest.param({"containers": app(137, OOM)}, Code.OUT_OF_MEMORY, True, id="out of memory"),
        pytest.param({"containers": app(0, OOM)}, Code.OUT_OF_MEMORY, True, id="a child of it is"),
        pytest.param(
            {"containers": app(137)}, Code.APP_EXIT, True, id="a bare 137 tells nothing of memory"
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
            {"code": "ServiceSchedulerInitiated", "reason": None, "health": "UNHEALTHY"},
            Code.HEALTH_CHECK_CONTAINER,
            True,
            id="it is ill, and the scheduler does not say so",
        ),
        pytest.param(
            {"code": "ServiceSchedulerInitiated", "reason": None, "health": "HEALTHY"},
            Code.SCALE_IN,
            False,
            id="the scheduler stops a healthy one without a word",
        ),
        pytest.param(
            {"code": "ServiceSchedulerInitiated", "reason": SCALING, "containers": app(143)},
            Code.SCALE_IN,
            False,
            id="the scheduler scales in",
        ),
        pytest.param(
            {"code": "ServiceSchedulerInitiated", "reason": SCALING, "containers": app(0, OOM)},
            Code.SCALE_IN,
            False,
            id="it runs out of memory while it is scaled in",
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
            {"code": None, "reason": None, "containers": ()}, Code.UNKNOWN, False, id="no word"
        ),
        pytest.param(
            {"code": None, "reason": None, "containers": (), "started": False},
            Code.UNKNOWN,
            True,
            id="no word of one that never started",
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
    ("containers", "code", "message"),
    [
        pytest.param(
            (ContainerStop("proxy", 143), ContainerStop("app", 1)),
            Code.APP_EXIT,
            "container app exited with code 1",
            id="the sidecar is told to end",
        ),
        pytest.param(
            (ContainerStop("app", 143), ContainerStop("timeout", 1)),
            Code.APP_EXIT,
            "container timeout exited with code 1",
            id="a sidecar ends the application",
        ),
        pytest.param(
            (ContainerStop("app", 0), ContainerStop("proxy", 137)),
            Code.APP_EXIT_ZERO,
            "the container ended by itself with exit code 0, but a service has to keep running",
            id="the sidecar has to be killed",
        ),
        pytest.param(
            (ContainerStop("proxy", 137),),
            Code.APP_EXIT,
            "container proxy exited with code 137",
            id="a signal where there is no other code",
        ),
        pytest.param(
            (
                ContainerStop("app", 143, "CannotStartContainerError: dependency graph: failed"),
                ContainerStop("init", None, f"{PULL}init: not found"),
            ),
            Code.IMAGE_NOT_FOUND,
            f"{PULL}init: not found",
            id="what another waited for is the cause",
        ),
    ],
)
def test_of_several_containers_the_one_that_ended_the_task_is_told(
    containers: tuple[ContainerStop, ...], code: Code, message: str
) -> None:
    found = cause(a_stop(containers=containers))
    assert (found.code, found.message) == (code, message)


@pytest.mark.parametrize(
    ("stop", "message"),
    [
        pytest.param({}, "container app exited with code 1", id="exit code"),
        pytest.param(
            {"containers": ()}, "an essential container exited, with no exit code yet", id="no code"
        ),
        pytest.param(
            {"reason": "Task failed to start", "containers": app(None, f"{OOM}.\n")},
            OOM,
            id="the container's reason, where it tells",
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


def test_of_a_long_reason_both_ends_are_told() -> None:
    reason = f"{PULL}{'a' * 2_000}: the end that tells: not found"
    message = cause(a_stop(code="TaskFailedToStart", reason=reason)).message
    assert len(message) <= 200
    assert message.startswith("CannotPullContainerError: pull")
    assert message.endswith("the end that tells: not found")


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


def test_an_event_tells_its_cause_in_its_own_words() -> None:
    text = "(service web) operations are being throttled. Will try again later."
    assert cause_of_event(text) == Reason(
        Code.THROTTLED,
        Blame.PLATFORM,
        "(service web) operations are being throttled. Will try again later",
        (text,),
    )


def test_an_event_without_a_word_is_unknown() -> None:
    assert cause_of_event(" ").message == "an event without a word"


@pytest.mark.parametrize("name", ["efs-mount", "rate-limit", "oom", "spot-task", "secret-agent"])
@pytest.mark.parametrize("text", ["(service {}) has started 1 tasks.", "service {} is steady."])
def test_the_name_of_a_service_is_no_cause(name: str, text: str) -> None:
    assert cause_of_event(text.format(name)).code is Code.UNKNOWN


def test_an_application_that_did_not_start_is_told_with_either_apostrophe() -> None:
    said = "The task can{}t pull the image. Check whether the image exists."
    codes = {cause(Stop("t", None, said.format(mark))).code for mark in ("'", "\u2019")}
    assert codes == {Code.IMAGE_NOT_FOUND}


def test_what_is_proof_speaks_against_the_release_and_what_is_waited_for_does_not() -> None:
    for code, blame in BLAME.items():
        counts = counts_against_release(Reason(code, blame, ""))
        assert counts or not conclusive(code), code
        assert not (waits_for_capacity(code) and counts), code


def test_what_ends_a_deployment_and_no_task_is_neither_proof_nor_waited_for() -> None:
    for code in set(Code) - set(BLAME):
        assert not any((conclusive(code), waits_for_capacity(code))), code
