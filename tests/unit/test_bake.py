"""Whether a release stays well once it runs."""

from dataclasses import replace
from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.domain.bake import Watched, judge, next_look_seconds
from functions.domain.look import Look
from functions.domain.reason import Blame, Code
from functions.domain.verdict import Verdict, Word
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
    later,
    their_deployment,
    what_is_expected,
)

ENDS = later(minutes=10)
CRASHED = tuple(a_stopped_task(f"x{number}") for number in range(3))
WELL = a_won_look()
REPLACED = (their_deployment(status="PRIMARY"),)


def a_service(look: Look = WELL, key: str = "web") -> Watched:
    return Watched(key, what_is_expected(), NOW, look)


def judged(*watched: Watched, at: datetime = NOW, **alarms: str) -> Verdict:
    states = {name.replace("_", "-"): state for name, state in alarms.items()}
    return judge(watched or (a_service(),), states, at, ENDS)


@pytest.mark.parametrize(
    ("at", "message"),
    [
        pytest.param(NOW, "Baking for 10 more min.", id="at its start"),
        pytest.param(later(minutes=9, seconds=30), "Baking for 1 more min.", id="near its end"),
    ],
)
def test_it_bakes_until_its_end(at: datetime, message: str) -> None:
    assert judged(at=at, orders_5xx="OK") == Verdict(Word.WAIT, message)


def test_it_passes_at_its_end() -> None:
    verdict = judged(a_service(), a_service(key="worker"), at=ENDS, orders_5xx="OK")
    assert verdict == Verdict(Word.PASS, "The bake passed.")


def test_it_passes_and_says_which_alarms_do_not_exist() -> None:
    verdict = judged(at=ENDS, orders_5xx="MISSING", orders_4xx="MISSING", orders_up="OK")
    assert verdict.verdict is Word.PASS
    assert verdict.message == (
        "The bake passed. These alarms do not exist: orders-4xx, orders-5xx."
    )


SHORT = replace(WELL, deployments=(a_deployment(rollout_state="COMPLETED", running=1),))


def test_a_task_that_is_replaced_at_the_end_is_waited_for() -> None:
    verdict = judged(a_service(SHORT), at=later(minutes=19))
    assert verdict.verdict is Word.WAIT
    assert verdict.message == "The bake is over, but for web: 1 of 2 tasks are running."
    assert judged(a_service(SHORT), at=NOW).message == "Baking for 10 more min."


def test_a_task_that_never_comes_back_fails_the_bake() -> None:
    verdict = judged(a_service(SHORT), at=later(minutes=20))
    assert verdict.verdict is Word.FAIL
    assert verdict.message == "The bake ended with tasks missing: web: 1 of 2 tasks are running."


def test_a_stale_answer_during_the_bake_is_no_verdict() -> None:
    stale = (their_deployment(status="PRIMARY", created_at=later(minutes=-5)),)
    assert judged(a_service(a_look(deployments=stale))).verdict is Word.WAIT


def test_two_tasks_that_fail_are_accidents() -> None:
    look = replace(WELL, tasks=(*WELL.tasks, *CRASHED[:2]))
    assert judged(a_service(look), at=ENDS).verdict is Word.PASS


@pytest.mark.parametrize(
    ("look", "code", "blame", "message", "evidence"),
    [
        pytest.param(
            replace(WELL, tasks=(*WELL.tasks, *CRASHED)),
            Code.APP_EXIT,
            Blame.RELEASE,
            "During the bake 3 tasks of web failed: container app exited with code 1.",
            "task x0: EssentialContainerExited, Essential container in task exited; "
            "app: exit code 1",
            id="three tasks crash",
        ),
        pytest.param(
            replace(WELL, tasks=(a_task(digests={"app": OTHER_DIGEST}),)),
            Code.UNKNOWN,
            Blame.PLATFORM,
            "A task of orders-web:8 runs another image than the release.",
            f"task t1 reports app {OTHER_DIGEST}",
            id="a task runs another image",
        ),
        pytest.param(
            a_look(deployments=REPLACED),
            Code.REPLACED_BY_OTHER,
            Blame.PERSON,
            "During the bake another deployment replaced ours on web.",
            f"primary deployment {THEIRS} of orders-web:7, expected {OURS} of orders-web:8",
            id="someone else deploys",
        ),
        pytest.param(
            a_look(deployments=(a_deployment(task_definition=a_revision("web", 9)),)),
            Code.REPLACED_BY_OTHER,
            Blame.PERSON,
            "During the bake another deployment replaced ours on web.",
            f"primary deployment {OURS} of orders-web:9, expected {OURS} of orders-web:8",
            id="another revision",
        ),
        pytest.param(
            a_look(deployments=()),
            Code.REPLACED_BY_OTHER,
            Blame.PERSON,
            "During the bake another deployment replaced ours on web.",
            f"primary deployment none, expected {OURS} of orders-web:8",
            id="nothing is listed",
        ),
    ],
)
@pytest.mark.parametrize("at", [NOW, ENDS], ids=["at its start", "at its end"])
def test_it_fails_when(
    look: Look, code: Code, blame: Blame, message: str, evidence: str, at: datetime
) -> None:
    verdict = judged(a_service(key="worker"), a_service(look), at=at)
    assert (verdict.verdict, verdict.message) == (Word.FAIL, message)
    assert verdict.reason is not None
    assert (verdict.reason.code, verdict.reason.blame) == (code, blame)
    assert verdict.reason.evidence[0] == evidence


@pytest.mark.parametrize(
    ("alarms", "message"),
    [
        pytest.param(
            {"orders_5xx": "ALARM", "orders_up": "OK"},
            "During the bake orders-5xx is in ALARM.",
            id="one",
        ),
        pytest.param(
            {"orders_up": "ALARM", "orders_5xx": "ALARM"},
            "During the bake orders-5xx, orders-up are in ALARM.",
            id="several",
        ),
    ],
)
@pytest.mark.parametrize("at", [NOW, ENDS], ids=["at its start", "at its end"])
def test_an_alarm_that_fires_fails_it(alarms: dict[str, str], message: str, at: datetime) -> None:
    verdict = judged(at=at, **alarms)
    assert verdict.message == message
    assert verdict.reason is not None
    assert (verdict.reason.code, verdict.reason.blame) == (Code.ALARM_BREACH, Blame.RELEASE)
    assert verdict.reason.evidence[0] == "alarm orders-5xx is in ALARM"


def test_tasks_that_fail_tell_more_than_an_alarm() -> None:
    look = replace(WELL, tasks=(*WELL.tasks, *CRASHED))
    reason = judged(a_service(look), orders_5xx="ALARM").reason
    assert reason is not None
    assert reason.code is Code.APP_EXIT


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
        replace(WELL, tasks=(*WELL.tasks, *CRASHED)),
        replace(WELL, tasks=()),
        a_look(deployments=REPLACED),
        a_look(deployments=()),
    ]
)
services = st.lists(
    st.builds(a_service, looks, st.sampled_from(["web", "worker", "cron"])),
    unique_by=lambda each: each.key,
    min_size=1,
)
alarm_states = st.dictionaries(
    st.sampled_from(["a", "b"]), st.sampled_from(["OK", "ALARM", "INSUFFICIENT_DATA", "MISSING"])
)


@given(services, alarm_states, st.integers(0, 1200))
def test_a_bake_ends_in_time_whatever_the_order_of_services(
    watched: list[Watched], alarms: dict[str, str], seconds: int
) -> None:
    at = later(seconds=seconds)
    verdict = judge(tuple(watched), alarms, at, ENDS)
    assert judge(tuple(reversed(watched)), alarms, at, ENDS) == verdict
    assert (verdict.verdict is Word.WAIT) <= (at < ENDS)
    if verdict.verdict is Word.PASS:
        assert at >= ENDS
        assert "ALARM" not in alarms.values()
        assert all(each.look.primary for each in watched)


def test_a_service_that_somebody_deleted_fails_the_bake() -> None:
    verdict = judged(a_service(replace(WELL, deleted=True)))
    assert verdict.verdict is Word.FAIL
    assert verdict.message == "Somebody deleted the service meanwhile."
