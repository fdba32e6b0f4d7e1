"""Whether a schedule would run a release before its time, or stay behind."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.domain.preflight.finding import Grade
from functions.domain.preflight.schedules import Runs, Seen, findings
from functions.domain.scheduled import Kind, has_revision
from tests.factories import an_application

ARN = "arn:aws:ecs:eu-west-1:111122223333:task-definition"
FAMILY, FIXED = f"{ARN}/orders-web", f"{ARN}/orders-web:7"
ROLE = "arn:aws:iam::111122223333:role/jobs/orders-schedule"
APPLICATION = replace(an_application(), schedules=("nightly",), roles=("jobs/orders-schedule",))
UNLISTED = replace(APPLICATION, schedules=())


def nightly(named: str = FAMILY, role: str | None = ROLE, **more: bool) -> Runs:
    return Runs(Kind.SCHEDULE, "nightly", named, role, **more)


def test_a_listed_schedule_may_name_no_revision() -> None:
    (found,) = findings(APPLICATION, Seen((nightly(),), frozenset({"nightly"})))
    assert (found.grade, found.subject) == (Grade.OK, "nightly")


def test_an_unlisted_one_without_a_revision_stops() -> None:
    (found,) = findings(UNLISTED, Seen((nightly(),)))
    assert (found.grade, found.subject) == (Grade.STOP, "nightly")
    assert "as soon as it is registered, before its migration" in found.message
    assert "under schedules in the catalogue, or name a revision" in found.advice


@pytest.mark.parametrize(
    ("runs", "says"),
    [(nightly(FIXED), "stays on orders-web:7"), (nightly(enabled=False), "is disabled")],
)
def test_an_unlisted_one_that_runs_nothing_new_warns(runs: Runs, says: str) -> None:
    (found,) = findings(UNLISTED, Seen((runs,)))
    assert found.grade is Grade.WARN
    assert says in found.message


def test_a_listed_one_that_is_not_there_stops() -> None:
    (found,) = findings(APPLICATION, Seen())
    assert found.grade is Grade.STOP
    assert found.message == "There is no schedule and no rule nightly in this account and region."


def test_a_listed_one_that_runs_something_else_warns() -> None:
    (found,) = findings(APPLICATION, Seen(there=frozenset({"nightly"})))
    assert (found.grade, "runs no task of orders" in found.message) == (Grade.WARN, True)


def test_a_role_that_may_not_be_passed_stops() -> None:
    strange = nightly(role="arn:aws:iam::111122223333:role/other")
    seen = Seen((nightly(), strange), frozenset({"nightly"}))
    (found,) = findings(APPLICATION, seen)
    assert (found.grade, found.advice.startswith("Add other to roles")) == (Grade.STOP, True)


def test_without_a_role_there_is_none_to_pass() -> None:
    (found,) = findings(APPLICATION, Seen((nightly(role=None),), frozenset({"nightly"})))
    assert found.grade is Grade.OK


def test_what_cannot_be_read_is_unknown_and_stops_nothing() -> None:
    found = findings(APPLICATION, Seen(unread=("denied",)))
    assert [each.grade for each in found] == [Grade.UNKNOWN, Grade.UNKNOWN]
    assert found[1].message == "denied"


def test_the_revisions_that_schedules_name_are_kept() -> None:
    seen = Seen((nightly(), nightly(FIXED), nightly("orders-worker:3")))
    assert seen.revisions == frozenset({"orders-web:7", "orders-worker:3"})
    assert replace(seen, unread=("denied",)).revisions is None


RUNS = st.builds(
    Runs,
    st.sampled_from(Kind),
    st.sampled_from(["nightly", "hourly", "jobs/weekly"]),
    st.sampled_from([FAMILY, FIXED, "orders-web", "orders-worker:3"]),
    st.sampled_from([ROLE, None]),
    st.booleans(),
)


@given(st.lists(RUNS, max_size=6), st.lists(st.just("denied"), max_size=1))
def test_what_stops_is_what_would_run_the_newest_or_is_not_there(
    runs: list[Runs], unread: list[str]
) -> None:
    seen = Seen(tuple(runs), frozenset(each.name for each in runs), tuple(unread))
    stopped = {each.subject for each in findings(APPLICATION, seen) if each.grade is Grade.STOP}
    newest = {
        each.name
        for each in runs
        if each.name != "nightly" and each.enabled and not has_revision(each.task_definition)
    }
    missing = set() if unread or "nightly" in seen.there else {"nightly"}
    assert stopped == newest | missing
