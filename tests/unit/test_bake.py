"""Whether a release stays well once it runs: its services and their tasks."""

from dataclasses import replace
from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.domain.bake.judge import Remembered, judge, next_look_seconds, remember
from functions.domain.bake.look import BakeLook, Watched
from functions.domain.bake.traffic import Requests
from functions.domain.catalogue import Unarmed, Unsure
from functions.domain.plan import Bake
from functions.domain.reason import Blame, Code
from functions.domain.rollout.look import Look, ServiceDeployment, Target
from functions.domain.verdict import Verdict, Word
from tests.bakes import (
    BEGAN,
    ENDS,
    a_bake_look,
    a_baking,
    a_memory,
    a_watched,
    an_alarm,
    judged,
    requests,
)
from tests.factories import (
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
    an_event,
    later,
    their_deployment,
    what_is_expected,
)

CRASHED = tuple(a_stopped_task(f"x{number}") for number in range(3))
WELL = a_won_look()
NEWER = their_deployment(status="PRIMARY", created_at=later(minutes=1))
STALE = their_deployment(status="PRIMARY", created_at=later(minutes=-30))
SHORT = replace(WELL, tasks=WELL.tasks[:1])


def with_crashes(number: int) -> Look:
    return replace(WELL, tasks=(*WELL.tasks, *CRASHED[:number]))


@pytest.mark.parametrize(
    ("at", "message"),
    [
        pytest.param(NOW, "Baking for 10 more min.", id="at its start"),
        pytest.param(later(minutes=9, seconds=30), "Baking for 1 more min.", id="near its end"),
    ],
)
def test_it_bakes_until_its_end(at: datetime, message: str) -> None:
    assert judged(at=at) == Verdict(Word.WAIT, message)


def test_it_passes_at_its_end() -> None:
    assert judged(a_watched(), a_watched(key="worker"), at=ENDS) == Verdict(
        Word.PASS, "The bake passed."
    )


def test_a_bake_of_a_way_back_is_one_last_look() -> None:
    look = BakeLook(Bake(0, ()), BEGAN, BEGAN, BEGAN, (a_watched(),))
    assert judge(look) == Verdict(Word.PASS, "The bake passed.")


@pytest.mark.parametrize(
    ("look", "left"),
    [
        pytest.param(SHORT, "1 of 2 tasks of orders-web:8 is healthy", id="a task is missing"),
        pytest.param(
            replace(WELL, groups=1),
            "0 of 2 tasks of orders-web:8 are healthy",
            id="targets are not registered yet",
        ),
        pytest.param(
            a_look(deployments=(STALE,)),
            "0 of 2 tasks of orders-web:7 are healthy",
            id="the answer is stale",
        ),
        pytest.param(
            a_look(deployments=(replace(STALE, task_definition=a_revision()),)),
            "0 of 2 tasks of orders-web:8 are healthy",
            id="the answer is stale, and of the same revision",
        ),
        pytest.param(a_look(deployments=()), "The service lists no deployment", id="nothing"),
    ],
)
def test_what_is_not_steady_at_the_end_is_waited_for(look: Look, left: str) -> None:
    verdict = judged(a_watched(look), at=later(minutes=19))
    assert verdict == Verdict(Word.WAIT, f"The bake is over, but for this: web: {left}.")
    assert judged(a_watched(look)).message == "Baking for 10 more min."
    over = judged(a_watched(look), at=later(minutes=20))
    assert over.verdict is Word.FAIL
    assert over.message == f"The bake ended with tasks missing: web: {left}."
    assert over.reason is not None
    assert (over.reason.code, over.reason.blame) == (Code.NEVER_CONVERGES, Blame.PLATFORM)


def test_who_looks_late_waits_all_the_same() -> None:
    late = a_bake_look(a_watched(SHORT), at=later(minutes=60), in_time=False)
    assert judge(late).verdict is Word.WAIT
    memory = remember(late)
    assert memory.over_since == late.at
    again = replace(late, at=later(minutes=70), over_since=memory.over_since)
    assert judge(again).verdict is Word.FAIL
    assert remember(again).over_since == late.at


def test_a_task_that_stays_sick_is_named_when_time_is_over() -> None:
    sick = a_task("t2", started_at=NOW, targets=(Target("web", "unhealthy", "Target.Timeout"),))
    look = replace(WELL, tasks=(a_task("t1"), sick), at=later(minutes=20))
    reason = judged(a_watched(), a_watched(look, "worker"), at=later(minutes=20)).reason
    assert reason is not None
    assert (reason.code, reason.blame) == (Code.HEALTH_CHECK_ELB, Blame.RELEASE)
    assert "Target.Timeout" in reason.message


def test_a_task_that_is_sick_for_a_short_time_tells_why() -> None:
    sick = a_task("t2", started_at=later(minutes=19), targets=(Target("web", "initial"),))
    look = replace(WELL, tasks=(a_task("t1"), sick), at=later(minutes=20))
    reason = judged(a_watched(look), at=later(minutes=20)).reason
    assert reason is not None
    assert reason.evidence[-1] == "task t2: target initial"


def test_a_stale_answer_during_the_bake_is_no_verdict() -> None:
    assert judged(a_watched(a_look(deployments=(STALE,)))).verdict is Word.WAIT


def test_one_task_that_fails_is_an_accident() -> None:
    assert judged(a_watched(with_crashes(1)), at=ENDS).verdict is Word.PASS


def test_what_failed_in_the_roll_counts_in_the_bake_too() -> None:
    before = {"gone": "AppExit"}
    watched = a_watched(with_crashes(1), memory=a_memory(failed=before), rolled=before)
    verdict = judged(watched, at=ENDS)
    assert verdict.verdict is Word.FAIL
    assert verdict.reason is not None
    assert verdict.reason.code is Code.APP_EXIT


def test_what_the_roll_tolerated_is_not_judged_by_a_smaller_service() -> None:
    before = {"gone": "AppExit", "too": "AppExit"}
    watched = a_watched(memory=a_memory(failed=before), rolled=before)
    assert judged(watched, at=ENDS).verdict is Word.PASS


def test_it_remembers_what_failed_since_ecs_forgets() -> None:
    watched = a_watched(with_crashes(1), memory=a_memory(failed={"gone": "AppExit"}))
    look = a_bake_look(watched, a_watched(key="worker"))
    assert remember(look) == Remembered({"web": {"gone": "AppExit", "x0": "AppExit"}, "worker": {}})


GONE_BACK = a_look(
    deployments=(replace(NEWER, id=THEIRS),),
    service_deployment=ServiceDeployment(
        "arn",
        "ROLLBACK_SUCCESSFUL",
        rollback_reason="ECS deployment circuit breaker",
        goes_back_to=THEIRS,
    ),
)


@pytest.mark.parametrize(
    ("look", "code", "blame", "message"),
    [
        pytest.param(
            with_crashes(2),
            Code.APP_EXIT,
            Blame.RELEASE,
            "During the bake of web: Limping: 2 tasks of orders-web:8 failed",
            id="two tasks crash",
        ),
        pytest.param(
            replace(WELL, tasks=(a_task(digests={"app": OTHER_DIGEST}),)),
            Code.UNKNOWN,
            Blame.PLATFORM,
            "During the bake of web: A task of orders-web:8 runs another image than the release.",
            id="a task runs another image",
        ),
        pytest.param(
            a_look(deployments=(NEWER,), source="CloudFormation made its revision."),
            Code.REPLACED_BY_OTHER,
            Blame.PERSON,
            f"During the bake of web: Another deployment replaced ours: {THEIRS} of orders-web:7 "
            "is now the primary one. CloudFormation made its revision.",
            id="someone else deploys",
        ),
        pytest.param(
            a_look(deployments=(a_deployment(task_definition=a_revision("web", 9)),)),
            Code.REPLACED_BY_OTHER,
            Blame.PERSON,
            f"During the bake of web: Another deployment replaced ours: {OURS} of orders-web:9 "
            "is now the primary one.",
            id="another revision runs under our id",
        ),
        pytest.param(
            GONE_BACK,
            Code.ROLLED_BACK_BY_ECS,
            Blame.RELEASE,
            "During the bake of web: ECS rolled the service back to orders-web:7: "
            "ECS deployment circuit breaker.",
            id="ECS goes back",
        ),
        pytest.param(
            replace(WELL, deleted=True),
            Code.REPLACED_BY_OTHER,
            Blame.PERSON,
            "During the bake of web: Somebody deleted the service meanwhile.",
            id="somebody deletes the service",
        ),
    ],
)
@pytest.mark.parametrize("at", [NOW, ENDS], ids=["at its start", "at its end"])
def test_it_fails_when(look: Look, code: Code, blame: Blame, message: str, at: datetime) -> None:
    verdict = judged(a_watched(key="worker"), a_watched(look), at=at, alarms=(an_alarm(),))
    assert verdict.verdict is Word.FAIL
    assert verdict.message.startswith(message)
    assert verdict.reason is not None
    assert (verdict.reason.code, verdict.reason.blame) == (code, blame)
    assert verdict.reason.evidence


def test_whose_the_service_is_tells_more_than_its_tasks_and_those_more_than_an_alarm() -> None:
    firing = (an_alarm("orders-5xx", "ALARM", 0),)
    crashing = a_watched(with_crashes(2), "a")
    reason = judged(crashing, alarms=firing).reason
    assert reason is not None
    assert reason.code is Code.APP_EXIT
    reason = judged(crashing, a_watched(a_look(deployments=(NEWER,))), alarms=firing).reason
    assert reason is not None
    assert reason.code is Code.REPLACED_BY_OTHER


def test_a_way_back_that_ecs_makes_is_known_by_its_revision() -> None:
    expected = what_is_expected(deployment=None)
    assert judged(a_watched(expected=expected), at=ENDS).verdict is Word.PASS


@pytest.mark.parametrize(
    ("at", "seconds"),
    [
        pytest.param(NOW, 300, id="every five minutes"),
        pytest.param(later(minutes=8), 120, id="at its end"),
        pytest.param(later(minutes=9, seconds=59.5), 1, id="in whole seconds"),
        pytest.param(ENDS, 60, id="each minute after its end"),
    ],
)
def test_the_next_look_is(at: datetime, seconds: int) -> None:
    assert next_look_seconds(at, ENDS) == seconds


looks = st.sampled_from(
    [
        WELL,
        SHORT,
        with_crashes(1),
        with_crashes(3),
        a_look(deployments=(NEWER,)),
        a_look(deployments=()),
        GONE_BACK,
    ]
)
keys = st.sampled_from(["web", "worker", "cron"])
services = st.lists(st.builds(a_watched, looks, keys), unique_by=lambda each: each.key, min_size=1)
alarms = st.lists(
    st.builds(
        an_alarm,
        st.sampled_from("abc"),
        st.sampled_from(["OK", "ALARM", "INSUFFICIENT_DATA", "MISSING"]),
        st.integers(-10, 40),
        unread=st.sampled_from(["", "", "the history could not be read"]),
    ),
    unique_by=lambda each: each.name,
)
unsure = st.sampled_from(Unsure)
came = st.dictionaries(
    keys,
    st.sampled_from(
        [requests(20), requests(*[1] * 30), Requests(absent="none"), Requests(unread="denied")]
    ),
)


@st.composite
def bakes(draw: st.DrawFn) -> BakeLook:
    watched = draw(services)
    known = tuple(draw(alarms))
    names = [each.name for each in known]
    bakings = tuple(
        a_baking(
            each.key,
            minutes=draw(st.integers(0, 15)),
            alarms=tuple(draw(st.permutations(names))[: draw(st.integers(0, 3))]),
            min_requests=draw(st.sampled_from([0, 10, 25])),
            extend_seconds=draw(st.sampled_from([0, 600])),
            unarmed=draw(st.sampled_from(Unarmed)),
            no_data=draw(unsure),
            error=draw(unsure),
        )
        for each in watched
    )
    at = later(minutes=draw(st.integers(0, 50)))
    return a_bake_look(*watched, bakings=bakings, at=at, alarms=known, came=draw(came))


@given(bakes(), st.data())
def test_no_order_of_services_tasks_and_alarms_decides_anything(
    look: BakeLook, data: st.DataObject
) -> None:
    watched = tuple(
        replace(each, look=replace(each.look, tasks=tuple(reversed(each.look.tasks))))
        for each in data.draw(st.permutations(look.watched))
    )
    bakings = tuple(
        replace(each, rules=replace(each.rules, alarms=tuple(reversed(each.rules.alarms))))
        for each in data.draw(st.permutations(look.bake.services))
    )
    mixed = replace(look, watched=watched, bake=replace(look.bake, services=bakings))
    assert judge(mixed) == judge(look)


@given(bakes())
def test_nothing_waits_past_its_clock(look: BakeLook) -> None:
    extended = max(each.rules.extend_seconds for each in look.bake.services)
    limit = look.ends_at + (later(seconds=extended + 600) - NOW)
    look, before = replace(look, at=look.ends_at, over_since=None), Remembered()
    while look.at < limit:
        before = remember(replace(look, over_since=before.over_since))
        look = replace(look, at=look.at + (later(seconds=60) - NOW))
    assert judge(replace(look, over_since=before.over_since)).verdict is not Word.WAIT


@given(bakes(), looks, keys)
def test_more_evidence_never_turns_a_failure_into_a_pass(
    look: BakeLook, worse: Look, key: str
) -> None:
    if judge(look).verdict is not Word.FAIL:
        return
    firing = an_alarm("z", "ALARM", 0)
    first, *others = look.bake.services
    rules = replace(first.rules, alarms=(*first.rules.alarms, "z"))
    told = replace(
        look,
        bake=replace(look.bake, services=(replace(first, rules=rules), *others)),
        alarms={**look.alarms, "z": firing},
        watched=tuple(_worse(each) for each in look.watched),
    )
    assert judge(told).verdict is Word.FAIL


def _worse(watched: Watched) -> Watched:
    tasks = (*watched.look.tasks, *(a_stopped_task(f"y{number}") for number in range(2)))
    return replace(watched, look=replace(watched.look, tasks=tasks))


@given(bakes())
def test_it_passes_only_where_all_runs_and_no_alarm_fires(look: BakeLook) -> None:
    if judge(look).verdict is Word.PASS:
        assert look.at >= look.ends_at
        assert all(
            each.look.primary is not None and each.look.primary.id == OURS for each in look.watched
        )
        for service in look.bake.services:
            for alarm in look.alarms_of(service):
                assert alarm.state != "ALARM" or alarm.since is None or alarm.since != BEGAN


NO_ROOM = (
    "(service orders-web) was unable to place a task. Reason: Capacity is unavailable at this time."
)
SPOT = a_stopped_task("t9", code="SpotInterruption", reason="Your Spot Task was interrupted.")


def test_where_there_is_no_room_missing_tasks_are_waited_for_as_long_as_in_a_roll() -> None:
    starving = a_watched(a_look(a_task("t1"), SPOT, events=(an_event(NO_ROOM),)))
    assert judged(starving, at=later(minutes=29)).verdict is Word.WAIT
    over = judged(starving, at=later(minutes=30))
    assert over.reason is not None
    assert (over.reason.code, over.reason.blame) == (Code.CAPACITY_FARGATE, Blame.CAPACITY)
    assert over.message.startswith("The bake ended with tasks missing: web: 1 of 2 tasks of ")


def test_what_took_a_task_away_is_named_at_the_end() -> None:
    over = judged(a_watched(a_look(a_task("t1"), SPOT)), at=later(minutes=20))
    assert over.reason is not None
    assert (over.reason.code, over.reason.blame) == (Code.SPOT_INTERRUPTION, Blame.PLATFORM)
