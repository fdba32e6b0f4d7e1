"""What holds of every verdict on a rollout, whatever a look finds."""

from dataclasses import replace
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from functions.domain.look import Deployment, Look, Task
from functions.domain.rollout import Clocks, advance, judge
from functions.domain.stop_reason import ContainerStop
from functions.domain.verdict import Verdict, Word
from tests.factories import (
    CHILD_DIGEST,
    DIGEST,
    NOW,
    OTHER_DIGEST,
    OURS,
    THEIRS,
    a_deployment,
    a_look,
    a_revision,
    a_stopped_task,
    a_task,
    a_won_look,
    later,
    some_patience,
    what_is_expected,
)

SCALED_IN = {"code": "ServiceSchedulerInitiated", "reason": "Scaling activity initiated by x"}
NO_IMAGE = {"code": "TaskFailedToStart", "reason": "CannotPullContainerError: not found"}


def judged(look: Look, clocks: Clocks) -> Verdict:
    return judge(look, what_is_expected(), clocks, some_patience())


def crashed(count: int) -> tuple[Task, ...]:
    return tuple(a_stopped_task(f"x{number}") for number in range(count))


statuses = st.sampled_from(["PENDING", "RUNNING", "STOPPED"])
running = st.builds(
    a_task,
    last_status=statuses,
    desired_status=st.sampled_from(["RUNNING", "STOPPED"]),
    digests=st.sampled_from([{"app": DIGEST}, {"app": CHILD_DIGEST}, {"app": OTHER_DIGEST}, {}]),
)
stopped = st.one_of(
    st.builds(a_stopped_task, containers=st.just((ContainerStop("app", 1),))),
    st.just(a_stopped_task(**SCALED_IN)),
    st.just(a_stopped_task(**NO_IMAGE)),
    st.just(a_stopped_task(code="SpotInterruption")),
)
task_lists = st.lists(running | stopped, max_size=7).map(
    lambda tasks: tuple(replace(each, id=f"t{place}") for place, each in enumerate(tasks))
)
deployments = st.lists(
    st.builds(
        a_deployment,
        id=st.sampled_from([OURS, THEIRS, "ecs-svc/3"]),
        task_definition=st.sampled_from([a_revision(), a_revision("web", 7)]),
        rollout_state=st.sampled_from(["IN_PROGRESS", "COMPLETED", "FAILED", ""]),
        desired=st.integers(0, 3),
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
looks = st.builds(
    lambda tasks, **override: a_look(*tasks, **override),
    task_lists,
    deployments=deployments,
    awaits_hook=st.booleans(),
    service_deployment=st.sampled_from(
        [None, "IN_PROGRESS", "SUCCESSFUL", "STOPPED", "ROLLBACK_IN_PROGRESS"]
    ),
)
# The likely way to win, so that the properties of a victory are seen too.
near_wins = st.builds(
    lambda tasks, desired: replace(
        a_won_look(),
        tasks=tasks,
        deployments=(a_deployment(rollout_state="COMPLETED", desired=desired),),
    ),
    task_lists,
    st.integers(0, 2),
)
any_look = looks | near_wins
minutes = st.integers(-60, 0)
clocks = st.builds(
    lambda started, progressed, best: Clocks(
        later(minutes=started), later(minutes=started), later(minutes=progressed), NOW, best
    ),
    minutes,
    minutes,
    st.integers(0, 3),
)


@given(any_look, clocks, st.data())
def test_a_verdict_is_the_same_in_whatever_order_ecs_lists_things(
    look: Look, clocks: Clocks, data: st.DataObject
) -> None:
    tasks = tuple(data.draw(st.permutations(look.tasks)))
    found: tuple[Deployment, ...] = tuple(data.draw(st.permutations(look.deployments)))
    shuffled = replace(look, tasks=tasks, deployments=found)
    assert judged(shuffled, clocks) == judged(look, clocks)
    assert advance(clocks, shuffled) == advance(clocks, look)


@given(any_look, clocks, st.integers(1, 4))
def test_a_failure_stays_one_however_many_more_tasks_fail(
    look: Look, clocks: Clocks, more: int
) -> None:
    worse = replace(look, tasks=(*look.tasks, *crashed(more)))
    if judged(look, clocks).verdict is Word.FAIL:
        assert judged(worse, clocks).verdict is Word.FAIL
    assert judged(replace(look, tasks=(*look.tasks, *crashed(3))), clocks).verdict is Word.FAIL


def running(look: Look) -> list[Task]:
    return [each for each in look.tasks if each.last_status == each.desired_status == "RUNNING"]


@given(any_look, clocks)
def test_nothing_waits_past_its_clocks(look: Look, clocks: Clocks) -> None:
    verdict = judged(look, clocks)
    if verdict.verdict is Word.WAIT:
        assert look.at - clocks.started_at < timedelta(minutes=45)
        all_run = len(running(look)) >= (look.primary.desired if look.primary else 1)
        assert all_run or look.at - clocks.progressed_at < timedelta(minutes=10)
    late = replace(look, at=later(minutes=45), awaits_hook=False)
    assert judged(late, advance(clocks, late)).verdict is not Word.WAIT


@given(any_look, clocks)
def test_only_our_completed_revision_with_the_right_images_wins(look: Look, clocks: Clocks) -> None:
    verdict = judged(look, clocks)
    assert verdict.verdict in (Word.PASS, Word.FAIL, Word.WAIT)
    if verdict.verdict is not Word.PASS:
        return
    primary = look.primary
    assert primary is not None
    assert (primary.id, primary.task_definition) == (OURS, a_revision())
    assert primary.rollout_state == "COMPLETED"
    up = running(look)
    assert len(up) >= primary.desired
    assert all(each.digests["app"] in (DIGEST, CHILD_DIGEST) for each in up)


@given(any_look, clocks)
def test_every_failure_has_a_sentence_and_evidence(look: Look, clocks: Clocks) -> None:
    verdict = judged(look, clocks)
    assert verdict.message.endswith(".")
    assert not verdict.message.endswith("..")
    assert (verdict.verdict is Word.FAIL) is (verdict.reason is not None)
    if verdict.reason is not None:
        assert all(verdict.reason.evidence)
        assert verdict.reason.evidence
