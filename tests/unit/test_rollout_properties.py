"""What holds of every verdict on a rollout, whatever a look finds."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from hypothesis import assume, given
from hypothesis import strategies as st

from functions.domain.reason import Code
from functions.domain.rollout.identity import lost
from functions.domain.rollout.judge import Judgement, judge
from functions.domain.rollout.look import Deployment, Health, Look, Percents, Task, runs
from functions.domain.rollout.memory import Memory
from functions.domain.verdict import Word
from tests.factories import (
    CHILD_DIGEST,
    DIGEST,
    NOW,
    OTHER_DIGEST,
    OURS,
    THEIRS,
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
    what_is_expected,
)

HARMLESS: tuple[dict[str, Any], ...] = (
    {"code": "ServiceSchedulerInitiated", "reason": "Scaling activity initiated by x"},
    {"code": "SpotInterruption", "reason": "Your Spot Task was interrupted."},
    {"code": "InfrastructureHealth", "reason": "The host failed."},
    {"code": "UserInitiated", "reason": "Task stopped by user"},
    {"code": "TaskFailedToStart", "reason": "RESOURCE:FARGATE", "containers": ()},
    {
        "code": "TaskFailedToStart",
        "reason": "CannotPullContainerError: dial tcp: i/o timeout",
        "containers": (),
    },
)
NO_IMAGE = {"code": "TaskFailedToStart", "reason": "CannotPullContainerError: not found"}
TEXTS = (
    "(service orders-web) was unable to place a task. Reason: RESOURCE:CPU.",
    "(service orders-web) was unable to place a task. Reason: RESOURCE:PORTS.",
    "(service orders-web) has started 1 tasks: (task t1).",
    "(service orders-web) was unable to stop or start tasks during a deployment because of the "
    "service deployment configuration.",
)
LAST_LOOK = 60


def judged(look: Look, memory: Memory) -> Judgement:
    return judge(look, what_is_expected(), memory, some_patience())


def word(look: Look, memory: Memory) -> Word:
    return judged(look, memory).verdict.verdict


def crashed(count: int) -> tuple[Task, ...]:
    return tuple(a_stopped_task(f"x{number}") for number in range(count))


moments = st.integers(0, LAST_LOOK).map(lambda minutes: later(minutes=minutes))
running = st.builds(
    a_task,
    last_status=st.sampled_from(["PENDING", "RUNNING", "RUNNING", "RUNNING"]),
    desired_status=st.sampled_from(["RUNNING", "RUNNING", "STOPPED"]),
    digests=st.sampled_from([{"app": DIGEST}, {"app": CHILD_DIGEST}, {"app": OTHER_DIGEST}, {}]),
    health=st.sampled_from(Health),
    targets=st.sampled_from([(), (a_target(),), (a_target("initial"),)]),
    started_at=st.none() | moments,
)
stopped = st.one_of(
    st.builds(a_stopped_task),
    st.sampled_from(HARMLESS).map(lambda stop: a_stopped_task(**stop)),
    st.just(a_stopped_task(**NO_IMAGE)),
)
task_lists = st.lists(running | st.just(a_task()) | stopped, max_size=6).map(
    lambda tasks: tuple(replace(each, id=f"t{place}") for place, each in enumerate(tasks))
)
deployments = st.lists(
    st.builds(
        a_deployment,
        id=st.sampled_from([OURS, OURS, THEIRS, "ecs-svc/3"]),
        task_definition=st.sampled_from([a_revision(), a_revision("web", 7)]),
        rollout_state=st.sampled_from(["IN_PROGRESS", "COMPLETED", "FAILED", ""]),
        desired=st.integers(0, 3),
        created_at=st.none() | st.integers(-9, 9).map(lambda minutes: later(minutes=minutes)),
    ),
    max_size=3,
    unique_by=lambda each: each.id,
).flatmap(
    lambda found: st.integers(0, 3).map(
        lambda primary: tuple(
            replace(each, status="PRIMARY" if place == primary else "ACTIVE")
            for place, each in enumerate(found)
        )
    )
)
watched = st.none() | st.builds(
    a_service_deployment,
    st.sampled_from(
        [
            "IN_PROGRESS",
            "SUCCESSFUL",
            "STOPPED",
            "ROLLBACK_IN_PROGRESS",
            "ROLLBACK_SUCCESSFUL",
            "ROLLBACK_FAILED",
        ]
    ),
    goes_back_to=st.sampled_from(["", THEIRS]),
    rollback_reason=st.sampled_from(["", "The circuit breaker.", "A user."]),
    alarms=st.sampled_from([(), ("errors",)]),
    hook=st.booleans(),
    stage=st.sampled_from(["", "SCALE_UP", "BAKE_TIME"]),
)
events = st.lists(
    st.builds(lambda text, at: an_event(text, at=at), st.sampled_from(TEXTS), moments), max_size=3
).map(tuple)
surroundings = {
    "at": moments,
    "groups": st.integers(0, 1),
    "desired": st.integers(0, 3),
    "events": events,
    "percents": st.builds(Percents, st.just(100), st.sampled_from([100, 200])),
}
looks = st.builds(
    lambda tasks, **override: a_look(*tasks, **override),
    task_lists,
    deployments=deployments,
    service_deployment=watched,
    deleted=st.sampled_from([False] * 9 + [True]),
    **surroundings,
)
# The likely way to win, so that the properties of a victory are seen too.
near_wins = st.builds(
    lambda tasks, wanted, **override: a_won_look(
        tasks=tasks,
        deployments=(a_deployment(rollout_state="COMPLETED", desired=wanted),),
        **override,
    ),
    task_lists,
    st.integers(0, 2),
    **surroundings,
)
any_look = looks | near_wins
memories = st.builds(
    lambda progressed, looked, healthy, failed, own, held: a_memory(
        progressed_at=later(minutes=progressed),
        looked_at=later(minutes=looked),
        healthy=tuple(healthy),
        failed=failed,
        own_seconds=own,
        held=held,
    ),
    st.integers(-60, 0),
    st.integers(-5, 0),
    st.sets(st.sampled_from(["t0", "t1", "t2"])),
    st.sampled_from([{}, {}, {"gone": "AppExit"}]),
    st.sampled_from([0, 0, 600]),
    st.booleans(),
)


@given(any_look, memories, st.data())
def test_a_verdict_is_the_same_in_whatever_order_ecs_lists_things(
    look: Look, memory: Memory, data: st.DataObject
) -> None:
    found: tuple[Deployment, ...] = tuple(data.draw(st.permutations(look.deployments)))
    mixed = replace(
        look,
        tasks=tuple(data.draw(st.permutations(look.tasks))),
        deployments=found,
        events=tuple(data.draw(st.permutations(look.events))),
    )
    assert judged(mixed, memory) == judged(look, memory)


# More evidence against a release is never good for it.


@given(any_look, memories, st.integers(1, 4))
def test_a_failure_stays_one_however_many_more_tasks_fail(
    look: Look, memory: Memory, more: int
) -> None:
    worse = replace(look, tasks=(*look.tasks, *crashed(more)))
    if word(look, memory) is Word.FAIL:
        assert word(worse, memory) is Word.FAIL
    enough = replace(look, tasks=(*look.tasks, *crashed(2)))
    assert word(enough, memory) is Word.FAIL


@given(any_look, memories, st.integers(0, 60))
def test_a_task_that_is_sick_never_helps(look: Look, memory: Memory, minutes: int) -> None:
    started = look.at - timedelta(minutes=minutes)
    sick = replace(a_sick_task("sick"), started_at=started)
    before, after = word(look, memory), word(replace(look, tasks=(*look.tasks, sick)), memory)
    assert after is not Word.PASS or before is Word.PASS
    if before is Word.FAIL:
        assert after is Word.FAIL


@given(any_look, memories)
def test_an_alarm_never_helps(look: Look, memory: Memory) -> None:
    assume(look.service_deployment is not None)
    assert look.service_deployment is not None
    rung = replace(look.service_deployment, alarms=("errors",), status="ROLLBACK_IN_PROGRESS")
    after = word(replace(look, service_deployment=rung), memory)
    assert after is not Word.PASS
    before = judged(look, memory).verdict
    # On its way back ECS needs no room, and may still manage what it had not.
    assume(look.service_deployment.status != "ROLLBACK_FAILED")
    if before.reason is not None and before.reason.code is not Code.NEVER_CONVERGES:
        assert after is Word.FAIL


@given(any_look, memories, st.sampled_from(HARMLESS))
def test_what_is_not_the_fault_of_the_release_never_counts(
    look: Look, memory: Memory, stop: dict[str, Any]
) -> None:
    found = judged(replace(look, tasks=(*look.tasks, a_stopped_task("h1", **stop))), memory)
    assert "h1" not in found.memory.failed
    if word(look, memory) is Word.PASS:
        assert found.verdict.verdict is Word.PASS


@given(any_look, memories)
def test_what_ecs_forgets_stays_counted(look: Look, memory: Memory) -> None:
    found = judged(look, memory)
    forgotten = replace(look, tasks=tuple(each for each in look.tasks if each.stop is None))
    again = judged(forgotten, found.memory)
    assert found.memory.failed.keys() <= again.memory.failed.keys()
    if again.verdict.verdict is Word.PASS:
        assert found.verdict.verdict is Word.PASS


@given(any_look, memories)
def test_whose_deployment_it_is_outweighs_every_count(look: Look, memory: Memory) -> None:
    told = lost(look, what_is_expected(), memory)
    if told is not None:
        verdict = judged(look, memory).verdict
        assert verdict.verdict is Word.FAIL
        assert verdict.message.startswith(told.message)


# The clocks


@given(any_look, memories)
def test_nothing_waits_past_its_clocks(look: Look, memory: Memory) -> None:
    found = judged(look, memory)
    if found.verdict.verdict is not Word.WAIT:
        return
    after = found.memory
    assert look.at - after.started_at < timedelta(seconds=2700 + after.own_seconds)
    healthy = sum(1 for each in look.tasks if look.healthy(each))
    all_healthy = look.primary is not None and healthy >= look.primary.desired
    stood = (look.at - after.progressed_at).total_seconds()
    in_time = after.starved_seconds < 1200 if after.starving else stood < 600
    assert all_healthy or after.held or in_time


@given(st.lists(any_look, min_size=1, max_size=4), st.integers(60, 900))
def test_looks_come_to_an_end_whatever_they_find(found: list[Look], seconds: int) -> None:
    memory, at = a_memory(), NOW
    most = some_patience().overall_seconds + max(each.percents.own_seconds for each in found)
    for turn in range(most // seconds + 1):
        at += timedelta(seconds=seconds)
        judgement = judged(replace(found[turn % len(found)], at=at), memory)
        memory = judgement.memory
        if judgement.verdict.verdict is not Word.WAIT:
            break
    assert judgement.verdict.verdict is not Word.WAIT
    assert at <= NOW + timedelta(seconds=most + seconds)


# What a verdict says


@given(any_look, memories)
def test_only_our_completed_revision_with_the_right_images_wins(look: Look, memory: Memory) -> None:
    found = judged(look, memory).verdict
    assert found.verdict in (Word.PASS, Word.FAIL, Word.WAIT)
    if found.verdict is not Word.PASS:
        return
    primary = look.primary
    assert primary is not None
    assert (primary.id, primary.task_definition) == (OURS, a_revision())
    assert primary.rollout_state == "COMPLETED"
    assert sum(1 for each in look.tasks if look.healthy(each)) >= primary.desired
    up = [each for each in look.tasks if runs(each)]
    assert all(each.digests["app"] in (DIGEST, CHILD_DIGEST) for each in up)


@given(any_look, memories)
def test_every_verdict_has_a_sentence_and_every_failure_evidence(
    look: Look, memory: Memory
) -> None:
    verdict = judged(look, memory).verdict
    assert verdict.message[0].isupper() or verdict.message[0] in "(0123456789"
    assert verdict.message.endswith(".")
    assert ".." not in verdict.message
    assert (verdict.verdict is Word.FAIL) is (verdict.reason is not None)
    if verdict.reason is not None:
        assert all(verdict.reason.evidence)
        assert verdict.reason.evidence
