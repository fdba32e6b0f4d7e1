"""Whether it is still our deployment, and whose it is if not."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.domain.reason import Blame, Code, Reason
from functions.domain.rollout.identity import Expected, lost, ours
from functions.domain.verdict import Verdict, Word
from tests.factories import (
    NOW,
    OURS,
    THEIRS,
    a_deployment,
    a_look,
    a_memory,
    a_revision,
    a_service_deployment,
    later,
    their_deployment,
    what_is_expected,
)

OLD = their_deployment(status="PRIMARY", rollout_state="IN_PROGRESS")
NEW = a_deployment(
    id="ecs-svc/3", task_definition=a_revision("web", 9), created_at=later(minutes=1)
)
GIVEN_UP = a_deployment(status="ACTIVE", rollout_state="FAILED")
BREAKER = "Service deployment rolled back because of circuit breaker threshold was exceeded."
BACK = "ECS rolled the service back to orders-web:7"
CHOSEN = what_is_expected(deployment=None, revision=a_revision("web", 7))


def found(
    *deployments: Any,
    expected: Expected | None = None,
    status: str | None = "IN_PROGRESS",
    **override: Any,
) -> Verdict | None:
    watched = a_service_deployment(status, **override) if status else None
    look = a_look(deployments=deployments, service_deployment=watched)
    return lost(look, expected or what_is_expected(), a_memory())


def reason(verdict: Verdict | None) -> Reason:
    assert verdict is not None
    assert verdict.verdict is Word.FAIL
    assert verdict.reason is not None
    assert verdict.message == verdict.reason.message
    return verdict.reason


# It is ours, or may be


def test_ours_is_the_one_of_our_id_where_we_were_given_one() -> None:
    assert found(a_deployment()) is None
    assert ours(a_deployment(), what_is_expected())
    assert not ours(a_deployment(id=THEIRS), what_is_expected())


def test_ours_is_any_of_our_revision_where_ecs_chooses_it() -> None:
    assert found(OLD, expected=CHOSEN) is None
    assert ours(OLD, CHOSEN)
    assert not ours(a_deployment(), CHOSEN)


def test_a_service_without_a_primary_deployment_is_looked_at_again() -> None:
    assert found(their_deployment()) is None


@pytest.mark.parametrize(
    "stale",
    [
        pytest.param(OLD, id="of the day before"),
        pytest.param(replace(OLD, created_at=NOW), id="of the same moment"),
        pytest.param(replace(OLD, rollout_state="FAILED"), id="that had failed before ours"),
        pytest.param(replace(OLD, task_definition=a_revision()), id="of our revision"),
    ],
)
@pytest.mark.parametrize("status", ["IN_PROGRESS", "STOPPED", None])
def test_an_older_primary_is_a_stale_answer(stale: Any, status: str | None) -> None:
    assert found(stale, status=status) is None


def test_before_ecs_has_chosen_the_failed_one_is_still_the_primary() -> None:
    assert found(a_deployment(), expected=CHOSEN, status="ROLLBACK_IN_PROGRESS") is None


# ECS went back


@pytest.mark.parametrize(
    ("why", "code", "blame"),
    [
        pytest.param(
            {"rollback_reason": BREAKER}, Code.ROLLED_BACK_BY_ECS, Blame.RELEASE, id="the breaker"
        ),
        pytest.param(
            {"rollback_reason": "A user requested it."},
            Code.ROLLED_BACK_BY_ECS,
            Blame.PERSON,
            id="a person",
        ),
        pytest.param(
            {"status_reason": "Lifecycle hook failed."},
            Code.ROLLED_BACK_BY_ECS,
            Blame.CONFIGURATION,
            id="a hook",
        ),
        pytest.param(
            {"rollback_reason": "Stage timed out."},
            Code.ROLLED_BACK_BY_ECS,
            Blame.PLATFORM,
            id="a time-out",
        ),
        pytest.param(
            {"rollback_reason": "An alarm fired.", "alarms": ("errors",)},
            Code.ALARM_BREACH,
            Blame.RELEASE,
            id="an alarm",
        ),
        pytest.param(
            {"rollback_reason": "CloudWatch alarms."},
            Code.ROLLED_BACK_BY_ECS,
            Blame.RELEASE,
            id="an alarm that it does not name",
        ),
    ],
)
def test_ecs_rolled_it_back_for(why: dict[str, Any], code: Code, blame: Blame) -> None:
    told = reason(found(OLD, GIVEN_UP, status="ROLLBACK_IN_PROGRESS", **why))
    assert (told.code, told.blame) == (code, blame)
    said = why.get("rollback_reason") or why["status_reason"]
    named = f" ({', '.join(why['alarms'])})" if "alarms" in why else ""
    assert told.message == f"{BACK}: {said.rstrip('.')}{named}."
    assert told.evidence[0] == said.rstrip(".")


def test_the_evidence_names_the_alarms_that_made_ecs_go_back() -> None:
    told = reason(found(OLD, status="ROLLBACK_SUCCESSFUL", alarms=("errors", "slow")))
    assert told.message == f"{BACK}: it does not say why (errors, slow)."
    assert told.evidence[1:] == ("alarm errors is in ALARM", "alarm slow is in ALARM")


@pytest.mark.parametrize(
    "status", ["ROLLBACK_REQUESTED", "ROLLBACK_IN_PROGRESS", "ROLLBACK_SUCCESSFUL"]
)
def test_what_ecs_goes_back_to_keeps_its_id_whatever_its_age(status: str) -> None:
    young = replace(OLD, created_at=later(minutes=1))
    for back in (OLD, young):
        told = reason(found(back, status=status, goes_back_to=THEIRS))
        assert told.code is Code.ROLLED_BACK_BY_ECS


def test_a_way_back_under_way_may_have_a_new_id() -> None:
    told = reason(found(NEW, status="ROLLBACK_IN_PROGRESS", goes_back_to=THEIRS))
    assert told.code is Code.ROLLED_BACK_BY_ECS


def test_without_its_service_deployment_the_state_of_ours_tells_that_ecs_went_back() -> None:
    told = reason(found(OLD, GIVEN_UP, status=None))
    assert told.code is Code.ROLLED_BACK_BY_ECS
    assert told.message == f"{BACK}: it does not say why."


def test_a_way_back_that_ecs_did_not_manage_is_called_so() -> None:
    told = reason(found(OLD, status="ROLLBACK_FAILED", status_reason="No capacity."))
    assert told.message == "ECS could not roll the service back to orders-web:7: No capacity."


# Somebody else came


@pytest.mark.parametrize(
    ("status", "meanwhile"),
    [
        pytest.param("STOPPED", "", id="ours was replaced"),
        pytest.param("IN_PROGRESS", "", id="ours is still said to go on"),
        pytest.param(
            "ROLLBACK_SUCCESSFUL", " after ECS had rolled ours back", id="after a rollback"
        ),
        pytest.param("ROLLBACK_FAILED", " while ECS was rolling ours back", id="in a rollback"),
    ],
)
def test_external_interference_is_told_from_a_rollback(status: str, meanwhile: str) -> None:
    told = reason(found(NEW, GIVEN_UP, status=status, goes_back_to=THEIRS))
    assert (told.code, told.blame) == (Code.REPLACED_BY_OTHER, Blame.PERSON)
    assert told.message == (
        f"Another deployment replaced ours{meanwhile}: ecs-svc/3 of orders-web:9 is now the "
        "primary one."
    )
    assert told.evidence == (f"expected {OURS} of orders-web:8",)


def test_somebody_who_deploys_after_ours_has_failed_is_somebody_else() -> None:
    assert reason(found(NEW, GIVEN_UP, status=None)).code is Code.REPLACED_BY_OTHER


def test_a_deployment_of_no_known_age_is_taken_for_a_newer_one() -> None:
    assert reason(found(replace(OLD, created_at=None))).code is Code.REPLACED_BY_OTHER


def test_the_message_says_whose_it_is() -> None:
    look = a_look(deployments=(NEW,), source="CloudFormation made its revision (stack orders).")
    told = reason(lost(look, what_is_expected(), a_memory()))
    assert told.message == (
        "Another deployment replaced ours: ecs-svc/3 of orders-web:9 is now the primary one. "
        "CloudFormation made its revision (stack orders)."
    )


def test_a_way_back_that_ecs_chose_can_be_replaced_as_well() -> None:
    told = reason(found(NEW, expected=CHOSEN, status="ROLLBACK_FAILED"))
    assert told.code is Code.REPLACED_BY_OTHER
    assert told.evidence == ("expected the deployment that ECS goes back to of orders-web:7",)


def test_what_was_made_after_ours_is_newer_not_what_was_made_after_we_asked() -> None:
    made = replace(OLD, created_at=later(seconds=1))
    look = a_look(deployments=(made,))
    assert lost(look, what_is_expected(), a_memory(created_at=later(seconds=2))) is None
    assert lost(look, what_is_expected(), a_memory(created_at=None)) is not None


def test_a_service_that_somebody_deleted_is_nothing_to_wait_for() -> None:
    told = reason(lost(a_look(deleted=True), what_is_expected(), a_memory()))
    assert told.message == "Somebody deleted the service meanwhile."
    assert told.blame is Blame.PERSON


ages = st.none() | st.integers(-60, 60).map(lambda minutes: later(minutes=minutes))
primaries = st.builds(
    a_deployment,
    id=st.sampled_from([OURS, THEIRS, "ecs-svc/3"]),
    created_at=ages,
    rollout_state=st.sampled_from(["IN_PROGRESS", "COMPLETED", "FAILED"]),
)
watched = st.none() | st.builds(
    a_service_deployment,
    st.sampled_from(["IN_PROGRESS", "SUCCESSFUL", "STOPPED", "ROLLBACK_SUCCESSFUL"]),
    goes_back_to=st.sampled_from(["", THEIRS]),
)


@given(primaries, watched)
def test_only_our_id_is_ours_and_only_an_older_one_is_waited_for(
    primary: Any, rollout: Any
) -> None:
    look = a_look(deployments=(primary,), service_deployment=rollout)
    verdict = lost(look, what_is_expected(), a_memory())
    newer = primary.created_at is None or primary.created_at > NOW
    if primary.id == OURS:
        assert verdict is None
    elif newer:
        assert verdict is not None
    if verdict is not None:
        assert verdict.verdict is Word.FAIL
