"""Which releases the schema keeps from being deployed."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.domain import schema
from functions.domain.admission import Decision
from functions.domain.catalogue import Application, Migration, Migrations, OnRollback
from functions.domain.known import Known
from functions.domain.migration.ran import Ran, State, point_of_no_return
from functions.domain.plan import Do, Kind, Plan
from functions.domain.planning import plan
from functions.domain.reason import Code
from functions.domain.release import Release
from functions.domain.request import Request
from tests.factories import (
    OTHER_DIGEST,
    a_known,
    a_pushed_request,
    a_ran,
    a_release,
    a_request,
    a_revision,
    a_rollback,
    an_application,
    an_image,
    some_facts,
)

STABLE = a_release(12, before=11)
FORMER = a_release(11, image_tag="v41", digest=OTHER_DIGEST, verified_at="2026-11-20T12:00:00Z")
RAKE = Migration("web", ("rake", "db:migrate"), 900)
BOTH = Migrations(RAKE, replace(RAKE, command=("rake", "db:contract")))
FAILED = a_ran(phase="contract", state=State.FAILED, message="It exited with code 1.", task="t1")


def known(*migrations: Ran, releases: tuple[Release, ...] = (STABLE, FORMER)) -> Known:
    return replace(a_known(*releases), migrations=migrations)


def planned(request: Request, *migrations: Ran, **given_: Any) -> Plan:
    return plan(
        given_.get("application", an_application(migrations=BOTH)),
        request,
        None if request.rollback else an_image(**given_.get("image", {"tag": "v43"})),
        13,
        given_.get("facts", some_facts()),
        known(*migrations),
        lambda *_: False,
    )


def does(made: Plan) -> list[str]:
    return [step.migrate.phase if step.migrate else step.do.value for step in made.steps]


NEW = {"digest": "sha256:" + "e" * 64, "tag": "v43"}


def test_a_release_is_promoted_before_its_contract_begins() -> None:
    made = planned(a_request(), image=NEW)
    assert does(made) == ["pin", "expand", "roll", "roll", "bake", "promote", "contract"]
    assert made.rollback_safe


def test_a_breaking_expand_is_no_safe_one() -> None:
    breaking = Migrations(replace(RAKE, breaking=True), None)
    made = planned(a_request(), image=NEW, application=an_application(migrations=breaking))
    assert not made.rollback_safe


def test_what_has_passed_for_a_release_is_not_run_again() -> None:
    ran = (a_ran(), a_ran(phase="contract"))
    moved = some_facts(runs=a_revision("web", 99))
    made = planned(a_request(), *ran, image={}, facts=moved)
    assert made.release == STABLE
    assert does(made) == ["pin", "roll", "roll", "bake"]


@pytest.mark.parametrize(
    ("request_", "decision"),
    [
        pytest.param(a_pushed_request(), Decision.HELD, id="a push"),
        pytest.param(a_request(), Decision.REFUSED, id="a person"),
    ],
)
def test_while_a_contract_is_not_settled_no_other_release_is_deployed(
    request_: Request, decision: Decision
) -> None:
    made = planned(request_, FAILED, image=NEW)
    assert (made.decision, made.steps) == (decision, ())
    assert made.condition is Code.CONTRACT_FAILED
    assert made.message == (
        "The contract migration of v42 (release #12) is not settled since deployment #12: It "
        "exited with code 1. Deploy v42 again by hand, which runs only that, or this one with "
        '"force": true.'
    )


DIED = a_ran(phase="contract", state=State.STARTED)


def test_how_a_contract_ended_that_nobody_saw_is_found_out_before_the_next_release() -> None:
    made = planned(a_pushed_request(), DIED, image=NEW)
    assert made.message == (
        "Deploy v43 (release #13), once it is known how the contract of v42 (release #12) ended."
    )
    assert does(made)[:3] == ["contract", "pin", "expand"]
    look = made.steps[0].migrate
    assert look is not None
    assert (look.release, look.revision, look.again) == (12, a_revision("web", 12), False)


@pytest.mark.parametrize(
    "application",
    [
        pytest.param(an_application(), id="the catalogue has no contract any more"),
        pytest.param(
            an_application(migrations=Migrations(None, replace(RAKE, service="mail"))),
            id="it is of a service that the release does not have",
        ),
    ],
)
def test_a_contract_that_cannot_be_looked_for_keeps_nothing_waiting(
    application: Application,
) -> None:
    facts = some_facts("web", "worker", "mail")
    made = planned(a_request(), DIED, image=NEW, application=application, facts=facts)
    assert made.steps[0].do is Do.PIN


def test_who_forces_a_release_does_not_wait_for_a_contract_that_nobody_saw_end() -> None:
    assert planned(a_request(force=True), DIED, image=NEW).steps[0].do is Do.PIN


def test_nobody_goes_back_while_a_contract_may_still_run() -> None:
    since = replace(FORMER, verified_at="2026-11-21T12:30:00Z")
    ledger = known(DIED, releases=(STABLE, since))
    kept = schema.kept(Kind.BY_HAND, a_rollback(), since, ledger)
    assert kept is not None
    assert "Nobody has seen how it ended." in kept.message


def test_the_same_image_by_hand_runs_only_the_contract_that_is_not_settled() -> None:
    made = planned(a_request(), FAILED, image={})
    assert made.message == ("Run the contract migration of v42 (release #12), which runs already.")
    assert does(made) == ["pin", "promote", "contract"]
    contract = made.steps[2].migrate
    assert contract is not None
    assert contract.again


def test_a_push_of_what_runs_does_not_settle_its_contract() -> None:
    assert planned(a_pushed_request(), FAILED, image={}).decision is Decision.NO_OP


def test_without_a_contract_there_is_nothing_to_run_for_what_runs() -> None:
    made = planned(a_request(), image={}, application=an_application())
    assert made.decision is Decision.NO_OP


@pytest.mark.parametrize("request_", [a_request(force=True), a_rollback(force=True)])
def test_a_person_may_go_on_without_settling_it(request_: Request) -> None:
    made = planned(request_, FAILED, image=NEW)
    assert made.decision is Decision.DEPLOY
    (note,) = made.notes
    assert note.startswith("Overruled by force: ")


def test_who_goes_back_is_told_first_that_the_schema_has_moved_on() -> None:
    made = planned(a_rollback(), FAILED)
    assert (made.decision, made.condition) == (Decision.REFUSED, None)
    assert "is from before the contract migration of v42 (release #12)" in made.message


PASSED = a_ran(phase="contract", started_at="2026-11-21T11:00:00Z")


def test_nobody_goes_back_behind_a_contract_unless_it_is_forced() -> None:
    made = planned(a_rollback("v41"), PASSED)
    assert made.decision is Decision.REFUSED
    assert made.message == (
        "v41 (release #11) is from before the contract migration of v42 (release #12), and its "
        'code may not bear the schema any more: add "force": true to deploy it anyway.'
    )
    assert planned(a_rollback("v41", force=True), PASSED).decision is Decision.DEPLOY


def test_what_passed_its_bake_on_the_new_schema_may_come_back() -> None:
    since = replace(FORMER, verified_at="2026-11-21T11:30:00Z")
    ledger = known(PASSED, releases=(STABLE, since))
    assert schema.kept(Kind.BY_HAND, a_rollback("v41"), since, ledger) is None


def test_going_back_by_hand_undoes_the_expand_where_the_catalogue_says_so() -> None:
    undo = Migrations(replace(RAKE, on_rollback=OnRollback.RUN, undo=("rake", "db:rollback")), None)
    application = an_application(migrations=undo)
    made = planned(a_rollback("v41"), a_ran(), application=application)
    assert does(made) == ["pin", "roll", "roll", "undo", "bake"]


@pytest.mark.parametrize(
    ("ran", "application"),
    [
        pytest.param((), None, id="it did not run"),
        pytest.param((a_ran(state=State.FAILED),), None, id="it failed"),
        pytest.param((a_ran(),), an_application(), id="there is none any more"),
    ],
)
def test_going_back_by_hand_undoes_nothing_where(
    ran: tuple[Ran, ...], application: Application | None
) -> None:
    undo = Migrations(replace(RAKE, on_rollback=OnRollback.RUN, undo=("rake", "db:rollback")), None)
    made = planned(
        a_rollback("v41"), *ran, application=application or an_application(migrations=undo)
    )
    assert does(made) == ["pin", "roll", "roll", "bake"]


def test_what_runs_is_started_anew_without_undoing_its_expand() -> None:
    undo = Migrations(replace(RAKE, on_rollback=OnRollback.RUN, undo=("rake", "db:rollback")), None)
    made = planned(
        a_rollback(),
        a_ran(),
        application=an_application(migrations=undo),
        facts=some_facts(steady=False),
    )
    assert "undo" not in does(made)
    assert made.decision is Decision.DEPLOY


@pytest.mark.parametrize("part", [None, "unpinned"])
def test_an_expand_whose_revision_nobody_knows_is_not_undone(part: str | None) -> None:
    undo = Migrations(replace(RAKE, on_rollback=OnRollback.RUN, undo=("rake", "db:rollback")), None)
    parts = dict(STABLE.parts)
    if part is None:
        del parts["web"]
    else:
        parts["web"] = replace(parts["web"], revision=None)
    ledger = replace(known(a_ran()), releases=(replace(STABLE, parts=parts), FORMER))
    made = plan(
        an_application(migrations=undo),
        a_rollback("v41"),
        None,
        13,
        some_facts(),
        ledger,
        lambda *_: False,
    )
    assert does(made) == ["pin", "roll", "roll", "bake"]


RANS = st.builds(
    Ran,
    st.integers(1, 13),
    st.sampled_from(["expand", "contract"]),
    st.sampled_from(State),
    st.just(1),
    st.integers(1, 13),
    st.sampled_from(["2026-11-20T00:00:00Z", "2026-11-21T00:00:00Z"]),
    st.booleans(),
)


@given(st.lists(RANS, max_size=5))
def test_no_push_is_deployed_behind_the_point_of_no_return(rans: list[Ran]) -> None:
    no_return = point_of_no_return(rans)
    old = a_release(3, verified_at="2026-11-19T00:00:00Z")
    kept = schema.kept(Kind.FORWARD, a_pushed_request(), old, known(*rans))
    if no_return is not None and no_return.release > old.number:
        assert kept is not None
        assert kept.decision is Decision.HELD
