"""What is tidied when a deployment ends, and what is left alone."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.domain.ending.end import Outcome
from functions.domain.known import Known
from functions.domain.tidying import (
    Act,
    deregistrations,
    kept,
    prober,
    probes,
    restorations,
    running_image,
    unused,
)
from tests.factories import a_known, a_part, a_release, a_revision, a_stable

USUAL = {"MaximumPercent": 200, "MinimumHealthyPercent": 100, "AvailabilityZone": "kept"}
OURS = {**USUAL, "MaximumPercent": 100, "MinimumHealthyPercent": 0}
ITEM = {"pk": "app#orders", "sk": "unused#000012", "deployment": 12, "release": 7}


def a_record(outcome: Outcome, steps: tuple[str, ...] = ("pin", "roll")) -> dict[str, Any]:
    return {
        "application": "orders",
        "number": 12,
        "release": 7,
        "outcome": outcome.value,
        "steps": steps,
    }


def a_loan(configuration: object = None) -> dict[str, Any]:
    return {
        "pk": "app#orders",
        "sk": "restore#web",
        "service": "orders-web",
        "cluster": "production",
        "configuration": json.dumps(configuration or USUAL),
    }


@pytest.mark.parametrize("outcome", [each for each in Outcome if each is not Outcome.PROMOTED])
def test_the_revisions_of_what_was_not_promoted_are_looked_at(outcome: Outcome) -> None:
    (put,) = unused(a_record(outcome))
    assert put.item == ITEM


def test_what_was_promoted_is_used() -> None:
    assert unused(a_record(Outcome.PROMOTED)) == ()


def test_what_pinned_nothing_has_left_no_revision() -> None:
    assert unused(a_record(Outcome.NO_OP, steps=())) == ()
    # Of one that died before it had a record there are no steps.
    assert unused({"application": "orders", "number": 1, "outcome": "Aborted"}) == ()


@pytest.mark.parametrize(
    ("now", "acts", "said"),
    [
        pytest.param(OURS, [Act.RESTORE, Act.FORGET], "gets back", id="ours"),
        pytest.param(USUAL, [Act.FORGET], "already", id="as it was"),
        pytest.param({**OURS, "MaximumPercent": 120}, [Act.FORGET], "Somebody", id="theirs"),
        pytest.param(None, [Act.FORGET], "not exist", id="gone"),
    ],
)
def test_only_what_is_still_ours_is_given_back(
    now: dict[str, Any] | None, acts: list[Act], said: str
) -> None:
    found = restorations([a_loan()], {"orders-web": now} if now else {})
    assert [each.do for each in found] == acts
    assert said in found[0].said
    assert found[-1].key == {"pk": "app#orders", "sk": "restore#web"}


def test_all_that_a_service_had_is_given_back() -> None:
    restore, _ = restorations([a_loan()], {"orders-web": OURS})
    assert (restore.cluster, restore.service) == ("production", "orders-web")
    assert restore.configuration == USUAL


def test_what_was_like_a_recreation_before_is_as_it_was() -> None:
    (forget,) = restorations([a_loan(OURS)], {"orders-web": OURS})
    assert forget.do is Act.FORGET


def test_a_probe_is_found_by_the_release_it_is_of_and_who_began_it() -> None:
    assert prober("orders", ITEM) == "pilothouse/orders/7/probe/12"
    # One that a release before this one has noted does not say of which.
    assert prober("orders", {"deployment": 12}) is None


def test_each_probe_of_who_has_ended_is_stopped() -> None:
    found = probes(ITEM, "production", ["arn:one", "arn:two"])
    assert [(each.do, each.cluster, each.task) for each in found] == [
        (Act.STOP, "production", "arn:one"),
        (Act.STOP, "production", "arn:two"),
    ]


REVISIONS = [a_revision(number=number) for number in range(1, 6)]
some = st.sets(st.sampled_from(REVISIONS))


@given(made=st.lists(st.sampled_from(REVISIONS), unique=True), stay=some, used=some)
def test_what_is_needed_is_never_deregistered(
    made: list[str], stay: set[str], used: set[str]
) -> None:
    found = deregistrations(ITEM, made, stay, used)
    gone = [each.revision for each in found if each.do is Act.DEREGISTER]
    assert set(gone) == set(made) - stay - used
    assert all(each.key == {"pk": ITEM["pk"], "sk": ITEM["sk"]} for each in found)
    # The item stays as long as something may still become unused, and goes last.
    forgets = [each.do is Act.FORGET for each in found]
    assert any(forgets) == (not (set(made) & used - stay))
    assert forgets == sorted(forgets)


def test_what_a_service_may_go_back_to_is_kept() -> None:
    verified = a_release(11, verified_at="2026-11-21T10:00:00Z")
    failed = a_release(12, "web", verified_at=None)
    stable = a_stable(release=7)
    adopted = a_release(0, parts={"web": a_part(revision=None)}, verified_at=None)
    known = Known({"web": stable}, (failed, verified, adopted))
    wanted = {a_revision("web", 7), a_revision("web", 11), a_revision("worker", 11)}
    assert kept(known) == wanted


def test_the_image_that_runs_is_that_of_the_stable_release() -> None:
    release = a_release(11, verified_at="2026-11-21T10:00:00Z")
    image = running_image(a_known(release))
    assert image is not None
    assert image.endswith(f"/orders@{release.digest}")


def test_nothing_is_published_where_nothing_is_known() -> None:
    assert running_image(Known({}, ())) is None
    assert running_image(a_known(a_release(0, digest=None))) is None
    foreign = {"web": a_part(images={"app": "elsewhere/orders:v1"})}
    assert running_image(a_known(a_release(11, parts=foreign))) is None
