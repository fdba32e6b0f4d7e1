"""When a revision has won, when it has lost, and when it is too early to say."""

from dataclasses import replace
from typing import Any

import pytest

from functions.domain import moment
from functions.domain.reason import Blame, Code, Reason
from functions.domain.rollout.judge import Judgement, judge, next_look_seconds, wrong_digest
from functions.domain.rollout.look import Look, Percents, Task
from functions.domain.rollout.memory import Memory
from functions.domain.turn import Turn
from functions.domain.verdict import Verdict, Word
from tests.factories import (
    CHILD_DIGEST,
    DIGEST,
    NOW,
    OTHER_DIGEST,
    OURS,
    a_deployment,
    a_look,
    a_memory,
    a_revision,
    a_service_deployment,
    a_sick_task,
    a_stopped_task,
    a_target,
    a_task,
    a_won_look,
    an_event,
    later,
    some_patience,
    their_deployment,
    what_is_expected,
)

SCALED_IN = {"code": "ServiceSchedulerInitiated", "reason": "Scaling activity initiated by x"}
NO_IMAGE = {"code": "TaskFailedToStart", "reason": "CannotPullContainerError: not found"}
ILL = {"code": "ServiceSchedulerInitiated", "reason": "Task failed ELB health checks in (target)"}
EXITED = "container app exited with code 1"
A_TASK = f"A task of orders-web:8 failed: {EXITED}."
NONE_UP = "0 of 2 tasks of orders-web:8 are healthy."
ONE_UP = "1 of 2 tasks of orders-web:8 is healthy."
BOTH_UP = "2 of 2 tasks of orders-web:8 are healthy."
BREAKER = "circuit breaker threshold was exceeded"
BACK = f"ECS rolled the service back to orders-web:7: {BREAKER}."
NO_ROOM = "(service orders-web) was unable to place a task. Reason: RESOURCE:CPU."
COMPLETED = a_deployment(rollout_state="COMPLETED", running=2)
OLD = their_deployment(status="PRIMARY")
GIVEN_UP = a_deployment(rollout_state="FAILED", rollout_reason="Tasks failed to start.")
CHOSEN = what_is_expected(deployment=None)


def judgement(look: Look, memory: Memory | None = None) -> Judgement:
    return judge(look, what_is_expected(), memory or a_memory(), some_patience())


def judged(look: Look, memory: Memory | None = None) -> Verdict:
    return judgement(look, memory).verdict


def reason(verdict: Verdict) -> Reason:
    assert verdict.verdict is Word.FAIL
    assert verdict.reason is not None
    assert verdict.message == verdict.reason.message
    assert all(verdict.reason.evidence)
    assert verdict.reason.evidence
    return verdict.reason


def crashed(count: int, **override: Any) -> tuple[Task, ...]:
    return tuple(a_stopped_task(f"x{number}", **override) for number in range(count))


def rolled_back(*tasks: Task, **override: Any) -> Look:
    watched = a_service_deployment("ROLLBACK_IN_PROGRESS", rollback_reason=f"{BREAKER}.")
    given = {"deployments": (OLD,), "service_deployment": watched} | override
    return a_look(*tasks, **given)


# It wins


def test_it_wins_once_ecs_calls_it_completed_and_all_tasks_run_the_image() -> None:
    assert judged(a_won_look()) == Verdict(Word.PASS, "2 of 2 tasks run orders-web:8.")


@pytest.mark.parametrize(
    "look",
    [
        pytest.param(
            a_won_look(tasks=(a_task("t1"), a_task("t2", digests={"app": CHILD_DIGEST}))),
            id="a task names the digest of its architecture",
        ),
        pytest.param(
            a_won_look(tasks=(*a_won_look().tasks, a_task("t3"))), id="more tasks run than wanted"
        ),
        pytest.param(
            a_won_look(tasks=(*a_won_look().tasks, *crashed(1))), id="a task crashed on the way"
        ),
        pytest.param(
            a_won_look(tasks=(*a_won_look().tasks, *crashed(9, **SCALED_IN))),
            id="tasks were scaled in",
        ),
        pytest.param(
            a_won_look(tasks=(*a_won_look().tasks, *crashed(9, code="SpotInterruption"))),
            id="hosts were taken away",
        ),
        pytest.param(
            a_won_look(deployments=(COMPLETED, their_deployment())),
            id="the old deployment is still listed",
        ),
        pytest.param(
            a_won_look(deployments=(COMPLETED, their_deployment()), percents=Percents(100, 100)),
            id="the percentages left no room, but it came through",
        ),
        pytest.param(a_won_look(at=later(hours=9)), id="it took far too long"),
        pytest.param(a_won_look(service_deployment=None), id="no service deployment is found"),
    ],
)
def test_it_wins_although(look: Look) -> None:
    assert judged(look).verdict is Word.PASS


def test_a_service_that_wants_no_task_wins_and_says_that_none_runs() -> None:
    look = a_look(deployments=(a_deployment(rollout_state="COMPLETED", desired=0, running=0),))
    assert judged(look) == Verdict(
        Word.PASS, "No task is wanted now: the next one runs orders-web:8."
    )


def test_a_way_back_wins_with_whatever_deployment_ecs_chose_for_it() -> None:
    chosen = replace(COMPLETED, id="ecs-svc/0", created_at=later(days=-2))
    back = a_service_deployment("ROLLBACK_SUCCESSFUL")
    look = a_won_look(deployments=(chosen,), service_deployment=back)
    memory = a_memory(deployment=None, created_at=None)
    judged = judge(look, CHOSEN, memory, some_patience())
    assert judged.verdict.verdict is Word.PASS
    # The bake watches that one; it is older than what it replaced.
    assert (judged.memory.deployment, judged.memory.created_at) == ("ecs-svc/0", None)


def test_the_deployment_that_is_turned_back_is_waited_for_on_the_way_back() -> None:
    expected = replace(CHOSEN, turned_back=OURS)
    memory = a_memory(deployment=None, created_at=None)
    bad = a_deployment(task_definition=a_revision("web", 9), created_at=later(seconds=1))
    look = a_look(deployments=(bad,))
    assert judge(look, expected, memory, some_patience()).verdict.verdict is Word.WAIT
    assert judge(look, CHOSEN, memory, some_patience()).verdict.verdict is Word.FAIL


# It is too early to say


@pytest.mark.parametrize(
    ("look", "message"),
    [
        pytest.param(a_look(a_task()), ONE_UP, id="tasks come up"),
        pytest.param(
            a_look(service_deployment=a_service_deployment(hook=True)),
            "0 of 2 tasks of orders-web:8 are healthy, a lifecycle hook is awaited.",
            id="a hook is awaited",
        ),
        pytest.param(
            a_look(deployments=()), "The service lists no deployment.", id="nothing listed"
        ),
        pytest.param(
            a_won_look(tasks=(a_task("t1"),)), ONE_UP, id="completed, but a task is missing"
        ),
        pytest.param(
            a_won_look(tasks=(a_task("t1"), a_task("t2", desired_status="STOPPED"))),
            ONE_UP,
            id="completed, but a task is on its way down",
        ),
        pytest.param(
            a_won_look(tasks=(a_task("t1"), a_sick_task("t2"))),
            ONE_UP,
            id="completed, but a task has fallen ill",
        ),
        pytest.param(
            a_won_look(deployments=(replace(COMPLETED, task_definition=a_revision("web", 9)),)),
            "2 of 2 tasks of orders-web:9 are healthy.",
            id="completed with another revision",
        ),
        pytest.param(
            a_won_look(service_deployment=a_service_deployment("ROLLBACK_REQUESTED")),
            BOTH_UP,
            id="completed, but somebody wants it back",
        ),
        pytest.param(
            a_won_look(service_deployment=a_service_deployment("ROLLBACK_SUCCESSFUL")),
            BOTH_UP,
            id="completed by a stale answer, since ECS has gone back",
        ),
        pytest.param(a_look(*crashed(1)), NONE_UP, id="an accident"),
        pytest.param(a_look(*crashed(9, code="SpotInterruption")), NONE_UP, id="lost hosts"),
        pytest.param(
            a_look(events=(an_event(NO_ROOM),), at=later(minutes=15)), NONE_UP, id="no room yet"
        ),
        pytest.param(
            a_look(a_sick_task("t1"), a_sick_task("t2"), at=later(minutes=4)),
            NONE_UP,
            id="tasks that may still get healthy",
        ),
    ],
)
def test_it_waits_while(look: Look, message: str) -> None:
    assert judged(look) == Verdict(Word.WAIT, message)


@pytest.mark.parametrize(
    "stale",
    [
        pytest.param(OLD, id="completed"),
        pytest.param(replace(OLD, rollout_state="FAILED"), id="given up"),
        pytest.param(replace(OLD, task_definition=a_revision()), id="completed with our revision"),
        pytest.param(replace(OLD, desired=0, task_definition=a_revision()), id="wanting no task"),
    ],
)
@pytest.mark.parametrize("watched", [a_service_deployment(), None], ids=["known", "unknown"])
def test_an_older_primary_is_a_stale_answer_and_waited_for(stale: Any, watched: Any) -> None:
    look = a_look(*a_won_look().tasks, deployments=(stale,), service_deployment=watched)
    assert judged(look) == Verdict(Word.WAIT, "ECS does not show our deployment yet.")


@pytest.mark.parametrize(
    "digests",
    [pytest.param({}, id="none"), pytest.param({"proxy": DIGEST}, id="only of a sidecar")],
)
def test_a_task_that_has_not_reported_its_digest_yet_is_waited_for(digests: dict[str, str]) -> None:
    look = a_won_look(tasks=(a_task("t1", digests=digests), a_task("t2")))
    assert judged(look).verdict is Word.WAIT


def test_a_way_back_is_not_over_while_ecs_is_on_it() -> None:
    for status in ("ROLLBACK_REQUESTED", "ROLLBACK_IN_PROGRESS"):
        look = a_won_look(service_deployment=a_service_deployment(status))
        memory = a_memory(deployment=None)
        assert judge(look, CHOSEN, memory, some_patience()).verdict.verdict is Word.WAIT


# It loses by its tasks: the named shapes


def test_a_crash_loop() -> None:
    told = reason(judged(a_look(*crashed(3))))
    assert (told.code, told.blame) == (Code.APP_EXIT, Blame.RELEASE)
    assert told.message == f"Crash loop: 3 tasks of orders-web:8 failed: {EXITED}. {NONE_UP}"
    assert [line.partition(":")[0] for line in told.evidence] == ["task x0", "task x1", "task x2"]


def test_flapping() -> None:
    """Each task gets healthy, then fails its health check: the breaker starts anew each time."""
    memory = a_memory()
    for minute in (1, 3):
        task = a_task(f"t{minute}", targets=(a_target(),))
        memory = judgement(a_look(task, at=later(minutes=minute), groups=1), memory).memory
    stops = (a_stopped_task("t1", **ILL), a_stopped_task("t3", **ILL))
    told = reason(judged(a_look(*stops, at=later(minutes=5)), memory))
    assert (told.code, told.blame) == (Code.HEALTH_CHECK_ELB, Blame.RELEASE)
    assert told.message == (
        "Flapping: 2 tasks of orders-web:8 failed: Task failed ELB health checks in (target). "
        f"{NONE_UP}"
    )


def test_limping() -> None:
    """Tasks die after they were healthy, which the breaker does not count."""
    memory = judgement(a_look(a_task("x0"), a_task("x1"))).memory
    told = reason(judged(a_look(*crashed(2), a_task("t3"), at=later(minutes=5)), memory))
    assert told.code is Code.APP_EXIT
    assert told.message == f"Limping: 2 tasks of orders-web:8 failed: {EXITED}. {ONE_UP}"


def test_tasks_that_run_and_never_get_healthy() -> None:
    target = a_target("unhealthy", "Target.Timeout", "Request timed out")
    tasks = (a_task(each, targets=(target,), started_at=NOW) for each in ("t1", "t2"))
    told = reason(judged(a_look(*tasks, at=later(minutes=5), groups=1)))
    assert (told.code, told.blame) == (Code.HEALTH_CHECK_ELB, Blame.RELEASE)
    assert told.message == (
        "2 tasks of orders-web:8 failed: not healthy after 5 min (target unhealthy, "
        f"Target.Timeout: Request timed out). {NONE_UP}"
    )


def test_the_first_task_is_enough_where_it_proves_that_no_other_can_do_better() -> None:
    told = reason(judged(a_look(a_stopped_task(**NO_IMAGE))))
    assert (told.code, told.blame) == (Code.IMAGE_NOT_FOUND, Blame.CONFIGURATION)
    assert told.message == (
        f"1 task of orders-web:8 failed: CannotPullContainerError: not found. {NONE_UP}"
    )


def test_failures_outrank_success() -> None:
    look = a_won_look(tasks=(*a_won_look().tasks, *crashed(2)))
    told = reason(judged(look))
    assert told.message == f"Crash loop: 2 tasks of orders-web:8 failed: {EXITED}. {BOTH_UP}"


def test_failures_add_up_though_ecs_forgets_them() -> None:
    memory = judgement(a_look(a_stopped_task("x1"))).memory
    assert memory.failed == {"x1": "AppExit"}
    memory = judgement(a_look(at=later(minutes=90), events=()), replace(memory)).memory
    verdict = judged(a_look(a_stopped_task("x2"), at=later(minutes=91)), memory)
    assert verdict.message == f"Crash loop: 2 tasks of orders-web:8 failed: {EXITED}. {NONE_UP}"


def test_failures_that_are_all_forgotten_are_told_by_their_cause() -> None:
    told = reason(judged(a_look(), a_memory(failed={"x1": "RoleAssume", "x2": "RoleAssume"})))
    assert (told.code, told.blame) == (Code.ROLE_ASSUME, Blame.CONFIGURATION)
    assert told.message == f"2 tasks of orders-web:8 failed (RoleAssume). {NONE_UP}"
    assert told.evidence == ("task x1: RoleAssume", "task x2: RoleAssume")


def test_the_cause_that_leads_may_be_one_that_is_forgotten() -> None:
    memory = a_memory(failed={"x1": "OutOfMemory", "x2": "OutOfMemory"})
    told = reason(judged(a_look(a_stopped_task("x3")), memory))
    assert told.code is Code.OUT_OF_MEMORY
    assert told.message == f"Crash loop: 3 tasks of orders-web:8 failed (OutOfMemory). {NONE_UP}"
    assert told.evidence[0].startswith("task x3: EssentialContainerExited")


def test_a_large_service_tolerates_more() -> None:
    assert judged(a_look(*crashed(2), desired=40)).verdict is Word.WAIT
    assert judged(a_look(*crashed(3), desired=40)).verdict is Word.FAIL


def test_the_evidence_names_three_tasks_at_most() -> None:
    told = reason(judged(a_look(*crashed(9))))
    assert [line.partition(":")[0] for line in told.evidence] == ["task x0", "task x1", "task x2"]


# It loses since ECS gave it up


def test_the_breaker_rolls_back_and_a_task_tells_why() -> None:
    told = reason(judged(rolled_back(*crashed(1))))
    assert (told.code, told.blame) == (Code.APP_EXIT, Blame.RELEASE)
    assert told.message == f"{BACK} {A_TASK}"
    assert told.evidence[0] == f"{BACK}".rstrip(".")


def test_the_breaker_rolls_back_and_a_task_tells_nothing() -> None:
    unknown = a_stopped_task(code="TaskFailedToStart", reason="Odd.", containers=())
    told = reason(judged(rolled_back(unknown)))
    assert (told.code, told.blame) == (Code.ROLLED_BACK_BY_ECS, Blame.CONFIGURATION)
    assert told.message == f"{BACK} A task of orders-web:8 failed: Odd."


def test_the_breaker_rolls_back_and_no_task_speaks() -> None:
    told = reason(judged(rolled_back()))
    assert (told.code, told.blame) == (Code.ROLLED_BACK_BY_ECS, Blame.RELEASE)
    assert told.message == BACK


def test_the_breaker_rolls_back_for_want_of_room() -> None:
    told = reason(judged(rolled_back(events=(an_event(NO_ROOM),))))
    assert (told.code, told.blame) == (Code.CAPACITY_CPU_MEMORY, Blame.CAPACITY)
    assert told.message == f"{BACK} {NO_ROOM}"
    assert told.evidence == (BREAKER, NO_ROOM)


def test_a_task_that_died_says_more_than_want_of_room() -> None:
    told = reason(judged(rolled_back(*crashed(1), events=(an_event(NO_ROOM),))))
    assert told.code is Code.APP_EXIT


@pytest.mark.parametrize(
    ("watched", "code", "blame"),
    [
        pytest.param({"alarms": ("errors",)}, Code.ALARM_BREACH, Blame.RELEASE, id="an alarm"),
        pytest.param(
            {"rollback_reason": "A user asked for it."},
            Code.ROLLED_BACK_BY_ECS,
            Blame.PERSON,
            id="a person",
        ),
    ],
)
def test_what_else_makes_ecs_go_back_is_not_laid_to_a_task(
    watched: dict[str, Any], code: Code, blame: Blame
) -> None:
    back = a_service_deployment("ROLLBACK_SUCCESSFUL", **watched)
    told = reason(judged(rolled_back(*crashed(1), service_deployment=back)))
    assert (told.code, told.blame) == (code, blame)


def test_external_interference() -> None:
    """Somebody deploys in the middle of ours, which is more than any count of tasks can say."""
    new = a_deployment(
        id="ecs-svc/3", task_definition=a_revision("web", 9), created_at=later(minutes=1)
    )
    look = a_won_look(deployments=(new,), source="Its revision was registered by user/jo.")
    told = reason(judged(replace(look, tasks=(*look.tasks, *crashed(9)))))
    assert (told.code, told.blame) == (Code.REPLACED_BY_OTHER, Blame.PERSON)
    assert told.message == (
        "Another deployment replaced ours: ecs-svc/3 of orders-web:9 is now the primary one. "
        "Its revision was registered by user/jo."
    )


@pytest.mark.parametrize(
    ("look", "code", "message"),
    [
        pytest.param(
            a_look(deployments=(GIVEN_UP,)),
            Code.NEVER_CONVERGES,
            f"Tasks failed to start. {NONE_UP}",
            id="in the words of the deployment",
        ),
        pytest.param(
            a_look(
                deployments=(GIVEN_UP,),
                service_deployment=a_service_deployment("STOPPED", status_reason=f"{BREAKER}."),
            ),
            Code.NEVER_CONVERGES,
            f"{BREAKER}. {NONE_UP}",
            id="in the words of the service deployment",
        ),
        pytest.param(
            a_look(
                *crashed(1),
                deployments=(replace(GIVEN_UP, rollout_reason=""),),
                service_deployment=None,
            ),
            Code.APP_EXIT,
            f"ECS declared the deployment failed. {A_TASK}",
            id="without a word, and a task tells why",
        ),
        pytest.param(
            a_look(
                *crashed(1),
                deployments=(GIVEN_UP,),
                service_deployment=a_service_deployment(
                    "STOPPED", status_reason="Alarm detected.", alarms=("errors",)
                ),
            ),
            Code.ALARM_BREACH,
            f"Alarm detected (errors). {NONE_UP}",
            id="for an alarm",
        ),
        pytest.param(
            a_look(
                deployments=(),
                service_deployment=a_service_deployment("ROLLBACK_FAILED"),
            ),
            Code.NEVER_CONVERGES,
            "ECS declared the deployment failed. The service lists no deployment.",
            id="and lists nothing any more",
        ),
    ],
)
def test_ecs_gives_it_up_without_going_back(look: Look, code: Code, message: str) -> None:
    told = reason(judged(look))
    assert told.code is code
    assert told.blame is Blame.RELEASE
    assert told.message == message


def test_a_way_back_that_ecs_does_not_manage_is_lost() -> None:
    stuck = a_service_deployment("ROLLBACK_FAILED", status_reason="Tasks failed to start.")
    look = a_look(deployments=(their_deployment(status="PRIMARY"),), service_deployment=stuck)
    memory = a_memory(deployment=None)
    told = reason(judge(look, CHOSEN, memory, some_patience()).verdict)
    assert told.message == "Tasks failed to start. ECS does not show our deployment yet."


# It loses by its image, its percentages or the clock


def test_a_task_that_runs_another_image_is_named() -> None:
    tasks = (a_task("t2", digests={"app": OTHER_DIGEST}), a_task("t1"))
    told = reason(judged(a_won_look(tasks=tasks)))
    assert (told.code, told.blame) == (Code.UNKNOWN, Blame.PLATFORM)
    assert told.message == "A task of orders-web:8 runs another image than the release."
    assert told.evidence == (f"task t2 reports app {OTHER_DIGEST}",)


def test_only_a_task_that_runs_can_run_another_image() -> None:
    going = a_task("t1", digests={"app": OTHER_DIGEST}, desired_status="STOPPED")
    assert wrong_digest(a_look(going), what_is_expected()) is None


def test_percentages_that_can_never_move_fail_at_the_first_look() -> None:
    told = reason(judged(a_look(percents=Percents(100, 100))))
    assert (told.code, told.blame) == (Code.NEVER_CONVERGES, Blame.CONFIGURATION)
    assert told.message == (
        "Percentages that can never move: with 2 tasks, at least 100 % healthy and at most 100 %, "
        "no task can be started and none stopped."
    )


def test_placement_starvation() -> None:
    told = reason(judged(a_look(events=(an_event(NO_ROOM),), at=later(minutes=20))))
    assert (told.code, told.blame) == (Code.CAPACITY_CPU_MEMORY, Blame.CAPACITY)
    assert told.message == (
        f"Placement starvation: {NO_ROOM} No further task came up for 20 min. {NONE_UP}"
    )


def test_room_that_comes_late_is_waited_for_and_then_used() -> None:
    events, memory = (an_event(NO_ROOM),), a_memory()
    for minutes in range(1, 17):
        found = judgement(a_look(events=events, at=later(minutes=minutes)), memory)
        assert found.verdict.verdict is Word.WAIT
        memory = found.memory
    placed = (a_task("t1", last_status="PENDING"), a_task("t2", last_status="PENDING"))
    for minutes, word in ((17, Word.WAIT), (26, Word.WAIT), (27, Word.FAIL)):
        found = judgement(a_look(*placed, events=events, at=later(minutes=minutes)), memory)
        assert found.verdict.verdict is word
        memory = found.memory


def test_stuck_draining() -> None:
    memory = judgement(a_look(a_task("t1"), a_task("t2"))).memory
    look = a_look(a_task("t1"), a_task("t2"), at=later(minutes=44))
    assert judged(look, memory) == Verdict(Word.WAIT, BOTH_UP)
    told = reason(judged(replace(look, at=later(minutes=45)), memory))
    assert told.message == (
        "Stuck draining: all new tasks are healthy, but old tasks have not gone: "
        "1 of orders-web:7. Not done after 45 min in all."
    )


def test_a_rollout_that_stands_still() -> None:
    told = reason(judged(a_look(at=later(minutes=10))))
    assert (told.code, told.blame) == (Code.DEADLINE_EXCEEDED, Blame.PLATFORM)
    assert told.message == f"No further task came up for 10 min: {NONE_UP}"


def test_a_stale_answer_is_not_waited_for_longer_than_anything_else() -> None:
    told = reason(judged(a_look(deployments=(OLD,), at=later(minutes=10))))
    assert told.message == (
        "No further task came up for 10 min: ECS does not show our deployment yet."
    )


def test_a_hook_of_two_weeks_costs_no_patience() -> None:
    hook, native = a_service_deployment(hook=True), Percents(own_seconds=14 * 24 * 3600)
    memory = a_memory()
    for minutes in range(15, 14 * 24 * 60, 15):
        look = a_look(at=later(minutes=minutes), service_deployment=hook, percents=native)
        found = judgement(look, memory)
        assert found.verdict.verdict is Word.WAIT
        memory = found.memory
    assert judged(a_look(at=later(days=14), percents=native), memory).verdict is Word.WAIT


# What is remembered, and the next look


def test_a_look_leaves_what_it_saw_in_the_memory() -> None:
    found = judgement(a_look(a_task("t1"), a_stopped_task("t2"), at=later(minutes=1)))
    assert found.memory == a_memory(
        progressed_at=later(minutes=1),
        looked_at=later(minutes=1),
        healthy=("t1",),
        failed={"t2": "AppExit"},
    )


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (0, "0 s"),
        (59, "59 s"),
        (90, "1 min 30 s"),
        (2_700, "45 min"),
        (3_600, "1 h"),
        (3_725, "1 h 2 min"),
        (3_605, "1 h 5 s"),
    ],
)
def test_a_time_is_told_in_its_two_largest_units(seconds: int, said: str) -> None:
    assert moment.span(seconds) == said


def test_the_next_look_is_soon_while_tasks_move_and_later_while_a_hook_is_awaited() -> None:
    assert next_look_seconds(a_look()) == 60
    assert next_look_seconds(a_look(service_deployment=a_service_deployment(hook=True))) == 900


def test_a_wake_is_followed_at_most_every_ten_seconds() -> None:
    assert Turn.after(NOW, 60) == Turn("2026-11-21T12:00:00.000Z", "2026-11-21T12:00:10.000Z", 60)
