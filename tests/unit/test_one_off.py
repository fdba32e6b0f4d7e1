"""What a person may have run once, with what it is run, and how it ended."""

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.domain.catalogue import Application, Command
from functions.domain.one_off.chosen import Asked, Task, command, read, task
from functions.domain.one_off.judge import Judged, Look, judge, why
from functions.domain.stop_reason.cause import ContainerStop, Stop
from functions.domain.verdict import Word
from tests.factories import NOW, a_revision, a_service, a_stable, an_application

KNOWN = ("gateway", "orders")
STATS = Command("stats", "web", ("rake", "stats"), 600)
BORROWED = {"LaunchType": "FARGATE"}
NO_OBJECT = (
    'The input is no JSON object: write for example {"application": "orders", "run": "stats"}.'
)


def orders(**override: Any) -> Application:
    return an_application(**{"commands": (STATS,), **override})


def a_one_off(**override: Any) -> Task:
    made = task(
        orders(),
        Command("stats", "web", ("rake",), override.get("seconds", 600)),
        a_stable(),
        BORROWED,
    )
    assert isinstance(made, Task)
    return made


def a_look_at(seconds: float, **override: Any) -> Look:
    at = NOW + timedelta(seconds=seconds)
    return Look(**{"at": at, "started_at": NOW, "status": "RUNNING", **override})


def a_stopped(*containers: ContainerStop, **override: Any) -> Stop:
    return Stop(
        **{
            "task": "t1",
            "code": "EssentialContainerExited",
            "reason": "Essential container in task exited",
            "containers": containers,
            **override,
        }
    )


def test_an_application_and_a_command_are_asked_for() -> None:
    assert read({"application": "orders", "run": "stats"}, KNOWN) == Asked("orders", "stats")


@pytest.mark.parametrize(
    ("raw", "sentence"),
    [
        ("stats", NO_OBJECT),
        ({"application": "orders", "rum": "stats"}, 'Unknown field "rum": write for example'),
        ({"run": "stats"}, 'The field "application" has to be a text'),
        ({"application": "orders", "run": ["stats"]}, 'The field "run" has to be a text'),
        ({"application": "ordres", "run": "stats"}, 'Unknown application "ordres": did you mean'),
        ({"application": "x", "run": "s"}, 'Unknown application "x". The catalogue has gateway'),
        ({"application": "orders", "run": "s", "x" * 99: 1}, "xxx...: write for example"),
    ],
)
def test_what_cannot_be_read_is_answered_with_what_would_be_right(
    raw: object, sentence: str
) -> None:
    assert sentence in str(read(raw, KNOWN))


def test_only_a_command_of_the_catalogue_is_run() -> None:
    assert command(orders(), "stats") is STATS
    assert command(orders(), "stat") == (
        'The catalogue lists no command "stat" for orders: did you mean "stats"? It has stats.'
    )
    assert "catalogue/orders.yaml" in str(command(orders(commands=()), "stats"))


def test_the_stable_revision_is_run_in_the_place_of_the_service() -> None:
    made = task(orders(), STATS, a_stable(), BORROWED)
    assert isinstance(made, Task)
    assert made.revision == a_revision(number=11)
    assert made.started_by == "pilothouse/orders/run/stats"
    assert made.run["LaunchType"] == "FARGATE"
    assert made.run["Overrides"] == {
        "ContainerOverrides": [{"Name": made.container, "Command": ["rake", "stats"]}]
    }


@pytest.mark.parametrize(
    ("declared", "images", "container"),
    [
        ("app", {"proxy": "proxy:1"}, "app"),
        (None, {"a-proxy": "aws/proxy@sha256:1", "web": "host/orders@sha256:2"}, "web"),
        (None, {"b": "host/preorders@sha256:1", "a": "elsewhere/it@sha256:2"}, "a"),
    ],
)
def test_the_container_of_the_image_runs_the_command(
    declared: str | None, images: dict[str, str], container: str
) -> None:
    application = orders(services=(a_service(container=declared),))
    stable = a_stable(images=images)
    made = task(application, STATS, stable, BORROWED)
    assert isinstance(made, Task)
    assert made.container == container


def test_what_is_not_stable_or_has_no_place_is_not_run() -> None:
    nothing = "orders/web has no stable release yet"
    assert nothing in str(task(orders(), STATS, None, BORROWED))
    # What ran before the first release may name an image by a tag that has moved on.
    assert nothing in str(task(orders(), STATS, a_stable(revision=None), BORROWED))
    assert "does not exist in the cluster" in str(task(orders(), STATS, a_stable(), None))


@pytest.mark.parametrize(
    ("stop", "verdict", "message", "code"),
    [
        pytest.param(
            a_stopped(ContainerStop("app", 0, None), ContainerStop("proxy", 137, None)),
            Word.PASS, "stats of orders ended with exit code 0.", 0, id="a sidecar does not decide",
        ),
        pytest.param(
            a_stopped(ContainerStop("app", 3, None)),
            Word.FAIL,
            "stats of orders failed: container app exited with code 3, task t1.",
            3,
            id="failed",
        ),
        pytest.param(
            a_stopped(ContainerStop("proxy", 0, None), code="TaskFailedToStart", reason="no room"),
            Word.FAIL, "stats of orders failed: it has no exit code (", None, id="never started",
        ),
        pytest.param(
            a_stopped(
                ContainerStop("app", 137, "OutOfMemoryError: Container killed due to memory usage")
            ),
            Word.FAIL,
            "stats of orders failed: container app exited with code 137 (OutOfMemory: ",
            137,
            id="out of memory",
        ),
    ],
)  # fmt: skip
def test_the_exit_code_of_its_container_decides(
    stop: Stop, verdict: Word, message: str, code: int | None
) -> None:
    judged = judge(a_one_off(), a_look_at(30, status="STOPPED", stop=stop))
    assert (judged.verdict, judged.exit_code, judged.stop) == (verdict, code, False)
    assert judged.message.startswith(message)


@pytest.mark.parametrize("exited", [0, 143])
@pytest.mark.parametrize(
    ("code", "reason", "named"),
    [
        ("SpotInterruption", "Your Spot Task was interrupted.", "SpotInterruption"),
        ("UserInitiated", "Stopped by hand", "UserStopped"),
        (
            "InfrastructureHealth",
            "The health of the underlying infrastructure was impaired.",
            "HostFailure",
        ),
    ],
)
def test_what_was_taken_away_has_not_ended_well_whatever_its_exit_code(
    code: str, reason: str, named: str, exited: int
) -> None:
    stop = a_stopped(ContainerStop("app", exited), code=code, reason=reason)
    judged = judge(a_one_off(), a_look_at(30, status="STOPPED", stop=stop))
    assert (judged.verdict, judged.exit_code) == (Word.FAIL, exited)
    said = f"its task was taken away ({named}: {reason.rstrip('.')})"
    again = "Nothing speaks against the command: run it again."
    assert judged.message == f"stats of orders failed: {said}, task t1. {again}"


def test_what_was_refused_is_told() -> None:
    judged = judge(a_one_off(), a_look_at(0, refused=("RESOURCE:FARGATE: none is left.",)))
    told = "stats of orders was not started: RESOURCE:FARGATE: none is left."
    assert judged == Judged(Word.FAIL, told)


@given(timeout=st.integers(1, 365 * 86_400), share=st.floats(0, 2), late=st.floats(0, 100))
def test_what_runs_is_looked_at_until_its_time_is_over_and_then_stopped(
    timeout: int, share: float, late: float
) -> None:
    elapsed = timeout * share + late
    judged = judge(a_one_off(seconds=timeout), a_look_at(elapsed))
    over = timedelta(seconds=elapsed) >= timedelta(seconds=timeout)
    assert judged.stop is over
    assert judged.verdict is (Word.FAIL if over else Word.WAIT)
    # No look comes later than the deadline, but for the least wait there is.
    assert over or 1 <= judged.wait_seconds <= max(1, timeout - int(elapsed))


@pytest.mark.parametrize("timeout", [60, 900, 86_400, 365 * 86_400])
def test_looks_are_so_few_that_the_history_does_not_end(timeout: int) -> None:
    made, at, looks = a_one_off(seconds=timeout), 0, 0
    while (judged := judge(made, a_look_at(at))).verdict is Word.WAIT:
        at, looks = at + judged.wait_seconds, looks + 1
    assert at == timeout
    assert looks * 9 < 22_000


def test_the_last_log_lines_stand_under_the_message() -> None:
    judged = Judged(Word.FAIL, "It failed.")
    assert why(judged, ()) == "It failed."
    lines = [str(number) for number in range(9)]
    assert why(judged, lines) == "It failed.\nLast log lines:\n4\n5\n6\n7\n8"
