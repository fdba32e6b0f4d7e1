"""What becomes of a plan that the preflight has looked over."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.domain.admission import Decision
from functions.domain.ending.closing import end
from functions.domain.ending.end import Course, Outcome
from functions.domain.preflight.finding import Finding, Grade
from functions.domain.preflight.weighing import stops, wanted, weighed
from functions.domain.reason import Code
from tests.factories import a_plan, a_plan_back, a_revision, an_admission, some_facts

STOP = Finding("roles", Grade.STOP, "web", "The role orders-task is missing.", "Create it.")
FULL = Finding("room", Grade.STOP, "worker", "No instance has room for a task.")
WARN = Finding("scale", Grade.WARN, "worker", "It is scaled to zero.")
FINE = Finding("image", Grade.OK, "web", "It is for linux/amd64.")


def test_a_way_back_is_not_looked_over() -> None:
    assert wanted(a_plan())
    assert not wanted(a_plan_back())
    assert not wanted(a_plan(decision=Decision.NO_OP))
    assert not wanted(a_plan(steps=()))


def test_what_stops_a_release_is_told_all_at_once() -> None:
    made = weighed(a_plan(), [FINE, STOP, WARN, FULL], ["A note."], some_facts(), force=False)
    assert (made.decision, made.steps, made.notes) == (Decision.STOPPED, (), ("A note.",))
    assert made.findings == (STOP, WARN, FULL)
    assert made.message == (
        "v42 (release #12) is not deployed, 2 findings stop it. The role orders-task is missing. "
        "Create it. No instance has room for a task."
    )


def test_who_overrules_a_stop_is_told_so() -> None:
    made = weighed(a_plan(notes=("Forced.",)), [STOP, WARN], ["A note."], some_facts(), force=True)
    assert made.notes == (
        "Forced.",
        "A note.",
        "Overruled by force: The role orders-task is missing.",
    )


def test_a_release_that_is_stopped_has_failed_untouched() -> None:
    plan = weighed(a_plan(), [STOP], [], some_facts(), force=False)
    ended = end("orders", Course(an_admission(), plan))
    assert (ended.outcome, ended.done) == (Outcome.FAILED, "Nothing was touched.")
    assert ended.reason is not None
    assert ended.reason.code is Code.PREFLIGHT_STOPPED
    assert ended.reason.evidence == ("The role orders-task is missing.",)


def test_without_a_release_the_sentence_still_stands() -> None:
    made = weighed(a_plan(release=None), [STOP], [], some_facts(), force=False)
    assert made.message.startswith("The release is not deployed, a finding stops it.")


@given(
    st.lists(st.sampled_from([STOP, FULL, WARN, FINE]), max_size=4),
    st.booleans(),
)
def test_only_a_stop_that_nobody_overrules_refuses(found: list[Finding], force: bool) -> None:
    made = weighed(a_plan(), found, [], some_facts(), force=force)
    stopped = any(each.grade is Grade.STOP for each in found) and not force
    assert (made.decision is Decision.STOPPED) == stopped
    assert bool(made.steps) != stopped


def test_a_token_rests_on_what_would_be_stopped() -> None:
    assert stops([WARN, FULL, FINE, STOP]) == [("roles", "web"), ("room", "worker")]


@pytest.mark.parametrize(
    ("service", "unseen"),
    [
        (None, {}),
        ({"desiredCount": 2}, {}),
        ({"desiredCount": 0}, {"web": a_revision("web", 12)}),
        ({"desiredCount": 0, "schedulingStrategy": "DAEMON"}, {}),
    ],
)
def test_of_a_service_at_zero_nothing_is_seen(
    service: dict[str, object] | None, unseen: dict[str, str]
) -> None:
    made = weighed(a_plan(), [], [], some_facts("web", service=service), force=False)
    assert made.unseen == unseen
