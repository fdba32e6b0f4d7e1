"""Whether a migration is begun, taken over, awaited or left alone."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import count
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.domain import moment
from functions.domain.migration.begin import (
    Course,
    Decision,
    Started,
    Wanted,
    names,
    what_to_do,
)
from functions.domain.migration.ran import Ran, State, found
from functions.domain.reason import Blame, Code
from tests.factories import NOW, later

WANTED = Wanted(13, 12, "expand", "production", 900)


TABLE = "ledger"


def a_ran(state: State = State.STARTED, **override: Any) -> Ran:
    """Return the expand of release #12 as deployment #12 began it ten minutes before noon."""
    begun = moment.text(later(minutes=-10))
    ran = Ran(12, "expand", state, 1, 12, begun, message="It failed.", cluster="production")
    return replace(ran, **override)


def a_started(ran: Ran, *, ended: bool = False) -> Started:
    return Started(ran.release, ran.phase, f"task/{ran.release}-{ran.phase}", ended)


def decided(
    *ran: Ran, tasks: Sequence[Started] = (), looked: float = 60, **wanted: Any
) -> Decision:
    """Return what is done at noon, after it was looked for so many seconds."""
    return what_to_do(replace(WANTED, **wanted), ran, tasks, NOW, later(seconds=-looked))


def test_what_never_ran_is_begun() -> None:
    decision = decided(breaking=True)
    begun = Ran(
        12, "expand", State.STARTED, 1, 13, moment.text(NOW), breaking=True, cluster="production"
    )
    assert (decision.course, decision.ran) == (Course.BEGIN, begun)


def test_what_passed_is_never_run_again() -> None:
    for again in (False, True):
        decision = decided(a_ran(State.PASSED), again=again)
        assert decision.course is Course.PASSED
        assert decision.message == (
            "The expand migration of release #12 ran already, in deployment #12."
        )


@pytest.mark.parametrize("ended", [False, True])
def test_a_task_whose_end_nobody_noted_is_taken_over(ended: bool) -> None:
    ran = a_ran()
    decision = decided(ran, tasks=[a_started(ran, ended=ended)], looked=0)
    assert (decision.course, decision.ran) == (Course.RESUME, ran)
    assert decision.task == "task/12-expand"


@pytest.mark.parametrize(
    ("state", "told"),
    [
        (State.FAILED, "failed in deployment #12, and is never run a second time by itself. It "),
        (State.UNDONE, "was undone in deployment #12"),
    ],
)
def test_what_did_not_pass_is_run_again_by_a_person_only(state: State, told: str) -> None:
    refused = decided(a_ran(state))
    assert refused.course is Course.REFUSED
    assert told in refused.message
    assert '"force": true' in refused.message
    assert refused.reason is not None
    assert (refused.reason.code, refused.reason.blame) == (Code.MIGRATION_FAILED, Blame.PERSON)
    again = decided(a_ran(state), again=True)
    assert again.course is Course.BEGIN
    assert again.ran is not None
    assert (again.ran.attempt, again.ran.deployment) == (2, 13)


def test_what_was_perhaps_never_started_is_looked_for_first() -> None:
    looking = decided(a_ran(), looked=29)
    assert looking.course is Course.BUSY
    assert "whose task may still be to be seen, is still at work: it is awaited" in looking.message


def test_then_it_is_begun_once_more_by_the_same_token() -> None:
    ran = a_ran()
    decision = decided(ran, looked=30)
    assert (decision.course, decision.ran) == (Course.BEGIN, ran)


def test_but_what_a_person_asked_for_again_by_a_person_only() -> None:
    assert decided(a_ran(attempt=2)).course is Course.REFUSED
    again = decided(a_ran(attempt=2), again=True)
    assert (again.course, again.ran) == (Course.BEGIN, a_ran(attempt=2))


def test_nobody_knows_how_it_ended_once_ecs_has_forgotten_its_task() -> None:
    old = a_ran(started_at=moment.text(later(minutes=-50)))
    refused = decided(old)
    assert refused.course is Course.REFUSED
    assert "was begun, and nobody knows how it ended" in refused.message
    again = decided(old, again=True)
    assert again.course is Course.BEGIN
    assert again.ran is not None
    assert again.ran.attempt == 2


OTHER = a_ran(release=11)


@pytest.mark.parametrize(
    "own", [(), (a_ran(State.PASSED),), (a_ran(State.FAILED),)], ids=["new", "passed", "failed"]
)
def test_one_that_runs_on_is_awaited(own: tuple[Ran, ...]) -> None:
    decision = decided(*own, OTHER, tasks=[a_started(OTHER)])
    assert decision.course is Course.BUSY
    assert decision.message == (
        "Task task/11-expand of the expand migration of release #11 is still at work: "
        "it is awaited."
    )
    ended = decided(*own, OTHER, tasks=[a_started(OTHER, ended=True)])
    assert ended.course is not Course.BUSY


def test_but_not_for_longer_than_it_may_take_itself() -> None:
    refused = decided(OTHER, tasks=[a_started(OTHER)], looked=900)
    assert refused.course is Course.REFUSED
    assert "Task task/11-expand" in refused.message
    assert "is still at work after 15 min" in refused.message


def test_its_own_that_was_given_up_is_awaited_too() -> None:
    ran = a_ran(State.FAILED)
    assert decided(ran, tasks=[a_started(ran)], again=True).course is Course.BUSY
    ended = [a_started(ran, ended=True)]
    assert decided(ran, tasks=ended, again=True).course is Course.BEGIN


def test_an_undo_is_made_once_for_each_time_that_its_expand_was_begun() -> None:
    undo = a_ran(State.PASSED, phase="undo")
    before = a_ran(started_at=moment.text(later(minutes=-20)))
    after = a_ran(started_at=moment.text(later(minutes=-5)))
    assert decided(undo, before, phase="undo").course is Course.PASSED
    again = decided(undo, after, phase="undo")
    assert again.course is Course.BEGIN
    assert again.ran is not None
    assert again.ran.attempt == 2
    assert decided(undo, phase="undo").course is Course.PASSED


def test_a_probe_is_made_by_each_deployment() -> None:
    decision = decided(a_ran(State.FAILED), phase="probe")
    assert decision.course is Course.BEGIN
    assert decision.ran is not None
    assert decision.ran.attempt == 13


def test_two_attempts_have_different_names() -> None:
    starter, token = names("orders", a_ran(), TABLE)
    assert (starter, token[:-8]) == ("pilothouse/orders/12/expand/12", "orders-12-expand-1-")
    assert names("orders", a_ran(), "ledger of another environment")[1] != token
    longest = a_ran(release=999_999, phase="contract", attempt=9_999, deployment=999_999)
    starter, token = names("o" * 32, longest, TABLE)
    assert len(starter) <= 128
    assert len(token) <= 64


@dataclass
class Ecs:
    """Runs what is begun, knows tokens, shows a task after a while, and forgets stopped ones."""

    lag: timedelta
    now: datetime = NOW
    started: dict[str, datetime] = field(default_factory=dict)
    """By client token: each is one run of the command."""
    takes: dict[str, timedelta] = field(default_factory=dict)

    def run(self, ran: Ran, takes: timedelta) -> bool:
        """Say whether a task was started: not if the token is known still."""
        _, token = names("orders", ran, TABLE)
        if self.knows(token):
            return False
        self.started[token], self.takes[token] = self.now, takes
        return True

    def knows(self, token: str) -> bool:
        ended = self.started.get(token, NOW) + self.takes.get(token, timedelta())
        return token in self.started and self.now < ended + timedelta(hours=1)

    def runs(self, token: str) -> bool:
        return token in self.started and self.now < self.started[token] + self.takes[token]

    def shown(self, ran: Sequence[Ran]) -> tuple[Started, ...]:
        tokens = {each: names("orders", each, TABLE)[1] for each in ran}
        return tuple(
            a_started(each, ended=not self.runs(token))
            for each, token in tokens.items()
            if self.knows(token) and self.started[token] + self.lag <= self.now
        )


KILLED = ("before the note", "before the run", "after the run", "before its end", "never")

DEPLOYMENTS = st.lists(
    st.tuples(
        st.sampled_from([11, 12]),
        st.booleans(),
        st.sampled_from(KILLED),
        st.sampled_from([State.PASSED, State.FAILED]),
        st.integers(1, 40),
        st.sampled_from([0, 1, 10, 45, 100]),
    ),
    max_size=8,
)


@given(DEPLOYMENTS, st.sampled_from([0, 25]))
def test_it_runs_once_whoever_is_killed_wherever(
    deployments: list[tuple[int, bool, str, State, int, int]], lag: int
) -> None:
    ecs, ledger = Ecs(timedelta(seconds=lag)), dict[int, Ran]()
    by_push: dict[int, int] = {}
    for number, (release, person, killed, end, takes, pause) in zip(count(1), deployments):
        since, before = ecs.now, ledger.get(release)
        decision = _looked(ecs, ledger, number, release, since, again=person)
        if decision.course is Course.BEGIN and killed != KILLED[0]:
            assert decision.ran is not None
            assert not any(map(ecs.runs, ecs.started)), "two run at once"
            ledger[release] = decision.ran
            ran = killed != KILLED[1] and ecs.run(decision.ran, timedelta(minutes=takes))
            if ran and not person:
                by_push[release] = by_push.get(release, 0) + 1
                assert before is None or before.state is State.STARTED
            elif ran and before is not None:
                assert before.state is not State.PASSED
        if decision.course in (Course.BEGIN, Course.RESUME) and killed == KILLED[4]:
            ecs.now += timedelta(minutes=takes)
            ledger[release] = replace(ledger[release], state=end)
            while any(map(ecs.runs, ecs.started)):
                ecs.now += timedelta(minutes=1)
        ecs.now += timedelta(minutes=pause)
    assert all(times == 1 for times in by_push.values())


def _looked(
    ecs: Ecs, ledger: dict[int, Ran], number: int, release: int, since: datetime, *, again: bool
) -> Decision:
    """Look as the workflow does, until there is something to do or to say."""
    wanted = replace(WANTED, deployment=number, release=release, again=again)
    while True:
        ran = tuple(ledger.values())
        decision = what_to_do(wanted, ran, ecs.shown(ran), ecs.now, since)
        if decision.course is not Course.BUSY:
            assert found(ran, release, "expand") is not None or decision.course in (
                Course.BEGIN,
                Course.REFUSED,
            )
            return decision
        assert ecs.now - since < timedelta(seconds=900)
        ecs.now += timedelta(seconds=10)
