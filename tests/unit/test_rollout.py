"""When a revision has won, when it has lost, and when it is too early to say."""

from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest

from functions.domain import moment
from functions.domain.look import Look, Task
from functions.domain.reason import Blame, Code
from functions.domain.rollout import (
    Clocks,
    advance,
    judge,
    next_look_seconds,
)
from functions.domain.turn import Turn
from functions.domain.verdict import Verdict, Word, gravest
from tests.factories import (
    CHILD_DIGEST,
    DIGEST,
    NOW,
    OTHER_DIGEST,
    THEIRS,
    a_deployment,
    a_failure,
    a_look,
    a_pass,
    a_revision,
    a_stopped_task,
    a_task,
    a_won_look,
    later,
    some_clocks,
    some_patience,
    their_deployment,
    what_is_expected,
)

SCALED_IN = {"code": "ServiceSchedulerInitiated", "reason": "Scaling activity initiated by x"}
NO_IMAGE = {"code": "TaskFailedToStart", "reason": "CannotPullContainerError: not found"}
EXITED = "container app exited with code 1"
A_TASK = f"a task of orders-web:8 failed, {EXITED}"
UNDER_WAY = "1 of 2 tasks of orders-web:8 are running"
ROLLED_BACK = (
    a_deployment(status="ACTIVE", rollout_state="FAILED"),
    their_deployment(status="PRIMARY", rollout_state="IN_PROGRESS"),
)
REPLACED = (
    a_deployment(id="ecs-svc/3", task_definition=a_revision("web", 9)),
    a_deployment(status="ACTIVE"),
)
THEIRS_ONLY = (their_deployment(status="PRIMARY"),)


def judged(look: Look, clocks: Clocks | None = None) -> Verdict:
    return judge(look, what_is_expected(), clocks or some_clocks(), some_patience())


def crashed(count: int, **override: Any) -> tuple[Task, ...]:
    return tuple(a_stopped_task(f"x{number}", **override) for number in range(count))


# It wins


def test_it_wins_once_ecs_calls_it_completed_and_all_tasks_run_the_image() -> None:
    assert judged(a_won_look()) == Verdict(Word.PASS, "2 of 2 tasks run orders-web:8.")


@pytest.mark.parametrize(
    "look",
    [
        pytest.param(
            replace(
                a_won_look(), tasks=(a_task("t1"), a_task("t2", digests={"app": CHILD_DIGEST}))
            ),
            id="a task names the digest of its architecture",
        ),
        pytest.param(
            replace(a_won_look(), tasks=(*a_won_look().tasks, a_task("t3"))),
            id="more tasks run than wanted",
        ),
        pytest.param(
            replace(a_won_look(), tasks=(*a_won_look().tasks, *crashed(2))),
            id="two tasks crashed on the way",
        ),
        pytest.param(
            replace(a_won_look(), tasks=(*a_won_look().tasks, *crashed(9, **SCALED_IN))),
            id="tasks were scaled in",
        ),
        pytest.param(
            replace(a_won_look(), deployments=(*a_won_look().deployments, their_deployment())),
            id="the old deployment is still listed",
        ),
        pytest.param(replace(a_won_look(), at=later(hours=9)), id="it took far too long"),
    ],
)
def test_it_wins_although(look: Look) -> None:
    assert judged(look).verdict is Word.PASS


def test_a_service_that_wants_no_task_wins_and_says_that_none_runs() -> None:
    look = a_look(deployments=(a_deployment(rollout_state="COMPLETED", desired=0, running=0),))
    assert judged(look) == Verdict(
        Word.PASS, "No task is wanted now: the next one runs orders-web:8."
    )


# It is too early to say


@pytest.mark.parametrize(
    ("look", "message"),
    [
        pytest.param(a_look(a_task()), f"{UNDER_WAY}.", id="tasks come up"),
        pytest.param(
            a_look(a_task(), awaits_hook=True),
            "1 of 2 tasks of orders-web:8 are running, a lifecycle hook is awaited.",
            id="a hook is awaited",
        ),
        pytest.param(
            a_look(deployments=()), "the service lists no deployment.", id="nothing listed"
        ),
        pytest.param(
            replace(a_won_look(), tasks=(a_task("t1"),)),
            "2 of 2 tasks of orders-web:8 are running.",
            id="completed, but a task of it is still missing",
        ),
        pytest.param(
            replace(a_won_look(), tasks=(a_task("t1"), a_task("t2", desired_status="STOPPED"))),
            "2 of 2 tasks of orders-web:8 are running.",
            id="completed, but a task is on its way down",
        ),
        pytest.param(
            a_look(
                deployments=(
                    a_deployment(rollout_state="COMPLETED", task_definition=a_revision("web", 9)),
                )
            ),
            "1 of 2 tasks of orders-web:9 are running.",
            id="completed with another revision",
        ),
        pytest.param(a_look(*crashed(2)), f"{UNDER_WAY}.", id="two accidents"),
    ],
)
def test_it_waits_while(look: Look, message: str) -> None:
    assert judged(look) == Verdict(Word.WAIT, message)


# It loses


@pytest.mark.parametrize(
    ("look", "code", "blame", "message"),
    [
        pytest.param(
            a_look(a_task(), *crashed(3)),
            Code.APP_EXIT,
            Blame.RELEASE,
            f"3 tasks of orders-web:8 failed: {EXITED}.",
            id="three tasks crash",
        ),
        pytest.param(
            replace(a_won_look(), tasks=(*a_won_look().tasks, *crashed(3))),
            Code.APP_EXIT,
            Blame.RELEASE,
            f"3 tasks of orders-web:8 failed: {EXITED}.",
            id="three tasks crash, and then it looks well",
        ),
        pytest.param(
            a_look(a_stopped_task(**NO_IMAGE)),
            Code.IMAGE_NOT_FOUND,
            Blame.CONFIGURATION,
            "1 task of orders-web:8 failed: CannotPullContainerError: not found.",
            id="the image is not there",
        ),
        pytest.param(
            a_look(deployments=ROLLED_BACK),
            Code.ROLLED_BACK_BY_ECS,
            Blame.RELEASE,
            "ECS rolled the service back to orders-web:7: "
            "1 of 2 tasks of orders-web:7 are running.",
            id="the circuit breaker rolls back",
        ),
        pytest.param(
            a_look(*crashed(1), deployments=ROLLED_BACK, service_deployment=None),
            Code.APP_EXIT,
            Blame.RELEASE,
            f"ECS rolled the service back to orders-web:7: {A_TASK}.",
            id="the circuit breaker rolls back, and a task tells why",
        ),
        pytest.param(
            a_look(deployments=THEIRS_ONLY, service_deployment="ROLLBACK_SUCCESSFUL"),
            Code.ROLLED_BACK_BY_ECS,
            Blame.RELEASE,
            "ECS rolled the service back to orders-web:7: "
            "1 of 2 tasks of orders-web:7 are running.",
            id="the circuit breaker has rolled back, and ours is no longer listed",
        ),
        pytest.param(
            a_look(deployments=THEIRS_ONLY, service_deployment=None),
            Code.REPLACED_BY_OTHER,
            Blame.PERSON,
            f"Another deployment replaced ours: {THEIRS} of orders-web:7 is now the primary one.",
            id="ours is no longer listed, and nothing says why",
        ),
        pytest.param(
            a_look(deployments=REPLACED, service_deployment="STOPPED"),
            Code.REPLACED_BY_OTHER,
            Blame.PERSON,
            "Another deployment replaced ours: ecs-svc/3 of orders-web:9 is now the primary one.",
            id="someone else deploys",
        ),
        pytest.param(
            a_look(
                deployments=(REPLACED[0], replace(REPLACED[1], rollout_state="FAILED")),
                service_deployment="STOPPED",
            ),
            Code.REPLACED_BY_OTHER,
            Blame.PERSON,
            "Another deployment replaced ours: ecs-svc/3 of orders-web:9 is now the primary one.",
            id="someone else deploys after ours has failed",
        ),
        pytest.param(
            a_look(
                deployments=(
                    a_deployment(
                        rollout_state="FAILED",
                        rollout_reason="ECS deployment circuit breaker: tasks failed to start.",
                    ),
                )
            ),
            Code.NEVER_CONVERGES,
            Blame.RELEASE,
            f"ECS deployment circuit breaker: tasks failed to start: {UNDER_WAY}.",
            id="the circuit breaker gives up without a rollback",
        ),
        pytest.param(
            a_look(*crashed(1), deployments=(a_deployment(rollout_state="FAILED"),)),
            Code.APP_EXIT,
            Blame.RELEASE,
            f"ECS declared the deployment failed: {A_TASK}.",
            id="ECS gives up without a word, and a task tells why",
        ),
        pytest.param(
            replace(
                a_won_look(), tasks=(a_task("t1"), a_task("t2", digests={"app": OTHER_DIGEST}))
            ),
            Code.UNKNOWN,
            Blame.PLATFORM,
            "A task of orders-web:8 runs another image than the release.",
            id="a task runs another image",
        ),
    ],
)
def test_it_loses_when(look: Look, code: Code, blame: Blame, message: str) -> None:
    verdict = judged(look)
    assert verdict.verdict is Word.FAIL
    assert verdict.reason is not None
    assert (verdict.reason.code, verdict.reason.blame) == (code, blame)
    assert verdict.message == verdict.reason.message == message
    assert verdict.reason.evidence


@pytest.mark.parametrize(
    "digests",
    [pytest.param({}, id="none"), pytest.param({"proxy": DIGEST}, id="only of a sidecar")],
)
def test_a_task_that_has_not_reported_its_digest_yet_is_waited_for(digests: dict[str, str]) -> None:
    look = replace(a_won_look(), tasks=(a_task("t1", digests=digests), a_task("t2")))
    assert judged(look).verdict is Word.WAIT


def test_the_evidence_names_the_task_that_reports_another_digest() -> None:
    tasks = (a_task("t1", digests={"app": OTHER_DIGEST}), a_task("t2"))
    reason = judged(replace(a_won_look(), tasks=tasks)).reason
    assert reason is not None
    assert reason.evidence == (f"task t1 reports app {OTHER_DIGEST}",)


@pytest.mark.parametrize("made", [later(minutes=-90), NOW], ids=["long before", "just before"])
def test_an_older_primary_is_a_stale_answer(made: datetime) -> None:
    stale = a_look(deployments=(their_deployment(status="PRIMARY", created_at=made),))
    assert judged(stale).verdict is Word.WAIT


def test_a_newer_primary_is_someone_elses() -> None:
    made = their_deployment(status="PRIMARY", created_at=later(minutes=1))
    reason = judged(a_look(deployments=(made,))).reason
    assert reason is not None
    assert reason.code is Code.REPLACED_BY_OTHER


def test_the_evidence_names_three_tasks_at_most() -> None:
    reason = judged(a_look(*crashed(9))).reason
    assert reason is not None
    assert [line.partition(":")[0] for line in reason.evidence] == ["task x6", "task x7", "task x8"]


@pytest.mark.parametrize(
    ("clocks", "tasks", "message"),
    [
        pytest.param(
            {"progressed_at": later(minutes=-10)},
            (),
            f"No further task came up for 10 min: {UNDER_WAY}.",
            id="the progress clock",
        ),
        pytest.param(
            {"started_at": later(minutes=-45)},
            (),
            f"Not done after 45 min in all: {UNDER_WAY}.",
            id="the overall clock",
        ),
        pytest.param(
            {"started_at": later(minutes=-45)},
            crashed(2),
            f"Not done after 45 min in all: {A_TASK}.",
            id="the overall clock, and a task tells why",
        ),
    ],
)
def test_it_loses_when_a_clock_runs_out(
    clocks: dict[str, Any], tasks: tuple[Task, ...], message: str
) -> None:
    verdict = judged(a_look(*tasks), some_clocks(**clocks))
    assert (verdict.verdict, verdict.message) == (Word.FAIL, message)


def test_a_clock_that_runs_out_has_its_own_code_unless_a_task_tells_more() -> None:
    clocks = some_clocks(started_at=later(minutes=-45))
    codes = [judged(look, clocks).reason for look in (a_look(), a_look(*crashed(1)))]
    assert [each and each.code for each in codes] == [Code.DEADLINE_EXCEEDED, Code.APP_EXIT]


@pytest.mark.parametrize(("seconds", "said"), [(60, "1 min"), (90, "90 s"), (2700, "45 min")])
def test_a_time_is_said_exactly(seconds: int, said: str) -> None:
    assert moment.span(seconds) == said


# The clocks and the next look


def test_the_progress_clock_restarts_when_more_tasks_run_than_ever() -> None:
    look = a_look(a_task("t1"), a_task("t2"), at=later(minutes=5))
    then = later(minutes=5)
    assert advance(some_clocks(best=1), look) == Clocks(NOW, NOW, then, then, 2)


@pytest.mark.parametrize(
    "tasks",
    [
        pytest.param((a_task(),), id="as many as before"),
        pytest.param((a_task(), a_task("t2", last_status="PENDING")), id="one is not up yet"),
        pytest.param((a_task(), a_task("t2", desired_status="STOPPED")), id="one is going down"),
        pytest.param((), id="fewer"),
    ],
)
def test_the_progress_clock_runs_on_when_no_further_task_came_up(tasks: tuple[Task, ...]) -> None:
    clocks, then = some_clocks(best=1), later(minutes=5)
    assert advance(clocks, a_look(*tasks, at=then)) == replace(clocks, looked_at=then)


def test_both_clocks_stand_still_while_a_hook_is_awaited() -> None:
    clocks = some_clocks(looked_at=later(minutes=1), best=2)
    then = later(minutes=5)
    held = advance(clocks, a_look(at=then, awaits_hook=True))
    assert held == Clocks(NOW, later(minutes=4), then, then, 2, held=True)


def test_a_pause_of_two_weeks_costs_no_patience() -> None:
    clocks = some_clocks()
    for minutes in range(15, 14 * 24 * 60, 15):
        look = a_look(at=later(minutes=minutes), awaits_hook=True)
        clocks = advance(clocks, look)
        assert judged(look, clocks).verdict is Word.WAIT
    going_on = a_look(at=later(days=14))
    assert judged(going_on, advance(clocks, going_on)).verdict is Word.WAIT


def test_draining_of_the_old_tasks_is_waited_for_once_all_new_ones_run() -> None:
    look = a_look(a_task("t1"), a_task("t2"), at=later(minutes=30))
    assert judged(look, some_clocks(best=2)).verdict is Word.WAIT


def test_the_next_look_is_soon_while_tasks_move_and_later_while_a_hook_is_awaited() -> None:
    assert next_look_seconds(a_look()) == 60
    assert next_look_seconds(a_look(awaits_hook=True)) == 900


def test_a_wake_is_followed_at_most_every_ten_seconds() -> None:
    assert Turn.after(NOW, 60) == Turn("2026-11-21T12:00:00.000Z", "2026-11-21T12:00:10.000Z", 60)


# A step of several services


@pytest.mark.parametrize(
    ("verdicts", "word", "message"),
    [
        pytest.param((), Word.PASS, "", id="nothing"),
        pytest.param((a_pass("A."), a_pass("B.")), Word.PASS, "A. B.", id="all pass"),
        pytest.param(
            (a_pass(), a_failure(message="No."), a_failure(message="Neither.")),
            Word.FAIL,
            "No.",
            id="the first failure",
        ),
        pytest.param(
            (a_failure(), Verdict(Word.ERROR, "Lost.")), Word.ERROR, "Lost.", id="an error first"
        ),
    ],
)
def test_the_gravest_verdict_of_a_step_counts(
    verdicts: tuple[Verdict, ...], word: Word, message: str
) -> None:
    found = gravest(verdicts)
    assert (found.verdict, found.message) == (word, message)


def test_a_service_that_somebody_deleted_is_nothing_to_wait_for() -> None:
    verdict = judged(a_look(deleted=True))
    assert (verdict.verdict, verdict.message) == (
        Word.FAIL,
        "Somebody deleted the service meanwhile.",
    )
