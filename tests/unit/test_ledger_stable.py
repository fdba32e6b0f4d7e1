"""What later deployments rest on: what is stable and what is bad, written and read again."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from moto import mock_aws

from functions.aws import ledger
from functions.domain.ending.end import End, Outcome
from functions.domain.ledger import Done, closed, promoted
from functions.domain.plan import Do, Pin, Plan, Step
from functions.domain.reason import Blame
from functions.domain.release import Release
from tests.factories import (
    DIGEST,
    OTHER_DIGEST,
    a_claim,
    a_known,
    a_part,
    a_plan,
    a_plan_back,
    a_reason,
    a_release,
    a_request,
    a_revision,
    a_rollback,
    an_admission,
    an_end,
    an_opening,
)
from tests.ledger_table import (
    CLOSED_AT,
    REVISIONS,
    LedgerTable,
    closing_writes,
    planning_writes,
)

TURNED_BACK = an_end(Outcome.ROLLED_BACK, a_reason())
# What ran before the first release is pinned only when it is gone back to.
ADOPTED = Release(0, {key: a_part(key, revision=None) for key in ("web", "worker")})


@pytest.fixture
def table() -> Iterator[LedgerTable]:
    with mock_aws():
        yield LedgerTable()


# What is stable


def test_what_was_adopted_is_read_again_as_it_was(table: LedgerTable) -> None:
    adopted = a_known(ADOPTED)
    table.write(planning_writes(adopted=adopted))
    assert table.known().stables == adopted.stables
    assert [release.number for release in table.known().releases] == [12, 0]
    assert table.known().current == ADOPTED


def test_what_is_stable_already_is_adopted_by_nobody(table: LedgerTable) -> None:
    table.write(planning_writes(adopted=a_known(ADOPTED)))
    assert "ConditionalCheckFailed" in table.refused(planning_writes(adopted=a_known(ADOPTED)))


def test_a_promoted_release_is_stable_with_the_revisions_that_run(
    table: LedgerTable,
) -> None:
    table.write(planning_writes())
    table.write(closing_writes(plan=a_plan()))
    current = table.known().current
    assert current is not None
    assert {key: part.revision for key, part in current.parts.items()} == REVISIONS
    assert (current.number, current.before, current.verified_at) == (12, 11, CLOSED_AT)
    assert table.known().stables == current.stables()
    assert (table.item("stable#web") or {})["verified_at"] == CLOSED_AT


@pytest.mark.parametrize(
    ("plan", "before"),
    [
        pytest.param(a_plan(before=11), 11, id="after another"),
        pytest.param(a_plan(before=None), None, id="the first"),
        pytest.param(
            a_plan(release=a_release(12, before=9), before=12), 9, id="deployed once more"
        ),
        pytest.param(a_plan_back(release=a_release(12, before=9), before=13), 9, id="gone back to"),
    ],
)
def test_a_stable_release_knows_which_one_came_before_it(
    table: LedgerTable, plan: Plan, before: int | None
) -> None:
    table.write(closing_writes(plan=plan))
    current = table.known().current
    assert current is not None
    assert current.before == before


def test_a_rollback_makes_its_target_the_current_release_again(table: LedgerTable) -> None:
    table.write(closing_writes(plan=a_plan()))
    back = replace(an_opening(13, a_rollback()), opened_at=CLOSED_AT)
    later = "2026-11-21T14:00:00.000Z"
    writes = closed(back, an_admission(), a_plan_back(), an_end(), later, a_claim(), Done())
    table.write(writes)
    current = table.known().current
    assert current is not None
    assert (current.number, current.verified_at) == (11, later)


@pytest.mark.parametrize(
    "end",
    [
        pytest.param(an_end(Outcome.FAILED, a_reason()), id="it failed"),
        pytest.param(an_end(Outcome.NO_OP), id="nothing was done"),
        pytest.param(TURNED_BACK, id="it was turned back"),
    ],
)
def test_only_a_promotion_makes_a_release_stable(table: LedgerTable, end: End) -> None:
    table.write(closing_writes(end, a_plan()))
    assert table.known().stables == {}


def test_the_newest_releases_are_known_newest_first_and_old_ones_by_nobody(
    table: LedgerTable, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ledger, "NEWEST_RELEASES", 3)
    for number in (8, 9, 10, 11):
        plan = a_plan(release=a_release(number, "web"))
        table.write(closing_writes(plan=plan, opening=an_opening(number, a_request())))
    assert [each.number for each in table.known().releases] == [11, 10, 9]


# The way back


def test_the_revisions_that_a_way_back_registered_are_what_is_stable_from_now_on(
    table: LedgerTable,
) -> None:
    table.write(planning_writes(adopted=a_known(ADOPTED)))
    pins = tuple(Pin(key, 0, part.base, {}, None, None) for key, part in ADOPTED.parts.items())
    table.write(closing_writes(TURNED_BACK, a_plan(), pins=pins))
    current = table.known().current
    assert current is not None
    assert current.number == 0
    assert {key: part.revision for key, part in current.parts.items()} == REVISIONS
    assert table.known().stables == current.stables()


def test_a_way_back_to_what_is_registered_changes_no_revision(table: LedgerTable) -> None:
    pins = tuple(Pin(key, 11, "base", {}, arn, "v41") for key, arn in REVISIONS.items())
    table.write(closing_writes(TURNED_BACK, a_plan(), pins=pins))
    known, before = table.known(), a_known()
    assert (known.stables, known.releases) == (before.stables, before.releases)


# What is bad


@pytest.mark.parametrize("outcome", [Outcome.ROLLED_BACK, Outcome.ROLLBACK_FAILED])
def test_a_digest_that_had_to_be_turned_back_is_bad(table: LedgerTable, outcome: Outcome) -> None:
    table.write(closing_writes(an_end(outcome, a_reason()), a_plan()))
    assert table.why_bad(DIGEST) == (
        "Deployment #12 of this image had to be turned back: "
        "3 tasks of orders-web:12 failed: container app exited with code 1."
    )
    assert table.why_bad(OTHER_DIGEST) is None


@pytest.mark.parametrize("blame", [Blame.CAPACITY, Blame.CONFIGURATION, Blame.PLATFORM])
def test_a_digest_that_is_not_to_blame_alone_is_bad_on_these_bases_only(
    table: LedgerTable, blame: Blame
) -> None:
    table.write(closing_writes(an_end(Outcome.ROLLED_BACK, a_reason(blame=blame)), a_plan()))
    assert table.why_bad(DIGEST) is None
    known = table.known()
    assert known.bad == {}
    (mark,) = known.bad_on
    assert (mark.digest, mark.bases) == (
        DIGEST,
        {"web": a_revision("web", 1), "worker": a_revision("worker", 1)},
    )
    assert mark.why.startswith("Deployment #12 of this image had to be turned back")


def test_a_mark_on_some_bases_takes_no_other_mark_away(table: LedgerTable) -> None:
    table.write(closing_writes(TURNED_BACK, a_plan()))
    capacity = an_end(Outcome.ROLLED_BACK, a_reason(blame=Blame.CAPACITY))
    table.write(closing_writes(capacity, a_plan(), opening=an_opening(13)))
    assert table.why_bad(DIGEST) == table.known().bad[DIGEST]
    assert len(table.known().bad_on) == 1


@pytest.mark.parametrize(
    ("end", "plan"),
    [
        pytest.param(an_end(), a_plan(), id="it was promoted"),
        pytest.param(an_end(Outcome.FAILED, a_reason()), a_plan(), id="it touched nothing"),
        pytest.param(
            an_end(Outcome.ROLLBACK_FAILED, a_reason(blame=Blame.PILOTHOUSE)),
            a_plan(),
            id="a fault of ours came in between",
        ),
        pytest.param(an_end(Outcome.ROLLED_BACK), a_plan(), id="nobody says why"),
        pytest.param(
            TURNED_BACK, a_plan(release=a_release(digest=None)), id="it has no digest of its own"
        ),
        pytest.param(
            an_end(Outcome.ROLLBACK_FAILED, a_reason()), a_plan_back(), id="a rollback failed"
        ),
        pytest.param(an_end(Outcome.FAILED, a_reason()), None, id="it was never planned"),
    ],
)
def test_a_digest_is_innocent_when(table: LedgerTable, end: End, plan: Plan | None) -> None:
    table.write(closing_writes(end, plan))
    assert table.why_bad(DIGEST) is None
    assert table.known().bad_on == ()


def test_a_digest_that_passed_its_bake_after_all_is_bad_no_more(table: LedgerTable) -> None:
    table.write(planning_writes())
    table.write(closing_writes(TURNED_BACK, a_plan()))
    assert list(table.known().bad) == [DIGEST]
    again = an_opening(13)
    table.write(closing_writes(plan=a_plan(), opening=again))
    assert list(table.known().bad) == []


# What was not seen, what is promoted before its end, and a schema that has moved on


def test_a_service_that_nothing_was_seen_of_keeps_what_it_goes_back_to(table: LedgerTable) -> None:
    table.write(planning_writes(adopted=a_known(ADOPTED)))
    table.write(closing_writes(plan=a_plan(unseen={"worker": "orders-worker:3"})))
    releases = {key: stable.release for key, stable in table.known().stables.items()}
    assert releases == {"web": 12, "worker": 0}


def test_a_release_that_was_seen_nowhere_is_not_stable(table: LedgerTable) -> None:
    table.write(planning_writes(adopted=a_known(ADOPTED)))
    table.write(
        closing_writes(plan=a_plan(unseen={"web": "orders-web:3", "worker": "orders-worker:3"}))
    )
    assert table.known().current == ADOPTED


def test_a_release_is_stable_before_its_contract_begins(table: LedgerTable) -> None:
    table.write(planning_writes())
    plan, release = a_plan(), a_release()
    table.write(promoted(an_opening(), plan, release, CLOSED_AT, REVISIONS, a_claim()))
    known = table.known()
    assert known.current is not None
    assert (known.current.number, known.current.verified_at) == (12, CLOSED_AT)
    assert {key: each.part.revision for key, each in known.stables.items()} == REVISIONS


def test_nobody_promotes_who_has_lost_the_claim(table: LedgerTable) -> None:
    table.write(planning_writes())
    lost = a_claim(fence=6)
    writes = promoted(an_opening(), a_plan(), a_release(), CLOSED_AT, REVISIONS, lost)
    with pytest.raises(table.client.exceptions.TransactionCanceledException):
        table.write(writes)


def test_after_a_contract_the_record_says_that_there_is_no_way_back(table: LedgerTable) -> None:
    table.write(planning_writes())
    plan = a_plan(steps=(*a_plan().steps, Step(Do.PROMOTE)))
    table.write(closing_writes(plan=plan))
    record = table.item("deployment#000012") or {}
    assert record["rollback_safe"] is False


def test_where_the_schema_keeps_it_from_going_back_it_is_bad_and_pushes_wait(
    table: LedgerTable,
) -> None:
    table.write(planning_writes())
    failed = replace(an_end(Outcome.FAILED, a_reason()), holds=True)
    table.write(closing_writes(failed, a_plan()))
    known = table.known()
    assert list(known.bad) == [DIGEST]
    assert known.hold is not None
    assert known.hold.why == "deployment #12 of v42 (release #12) failed"
