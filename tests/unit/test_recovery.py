"""What is done when a release has failed."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.domain.catalogue import OnFailure
from functions.domain.plan import Do, Kind
from functions.domain.reason import Blame, Code, Reason
from functions.domain.recovery import Recovery, choose
from functions.domain.verdict import failed
from tests.factories import a_plan, a_plan_back, a_revision, a_stable, an_application

PIN, WEB, WORKER, BAKE = range(4)
STABLES = {key: a_stable(key) for key in ("web", "worker")}


def a_reason(code: Code) -> Reason:
    return Reason(code, Blame.RELEASE, "It failed.", ("because",))


def chosen(failed_at: int = BAKE, **given: Any) -> Recovery:
    application = an_application(on_failure=given.get("on_failure", OnFailure.ROLLBACK))
    return choose(
        application,
        given.get("plan", a_plan()),
        failed_at,
        given.get("stables", STABLES),
        [failed(a_reason(Code.APP_EXIT)), failed(a_reason(given.get("code", Code.APP_EXIT)))],
    )


@pytest.mark.parametrize(
    ("failed_at", "message", "rolls"),
    [
        pytest.param(BAKE, "Rolling back web, worker.", [["worker"], ["web"]], id="the bake"),
        pytest.param(WORKER, "Rolling back web, worker.", [["worker"], ["web"]], id="worker"),
        pytest.param(WEB, "Rolling back web.", [["web"]], id="web"),
    ],
)
def test_what_was_touched_goes_back_in_reverse_order_when_it_fails_at(
    failed_at: int, message: str, rolls: list[list[str]]
) -> None:
    recovery = chosen(failed_at)
    assert recovery.message == message
    first, *steps, last = recovery.steps
    assert (first.do, last.do) == (Do.PIN, Do.BAKE)
    assert [[roll.key for roll in step.rolls] for step in steps] == rolls


def test_it_goes_back_to_the_stable_revision_of_each_service() -> None:
    pins = chosen().steps[0].pins
    assert [(pin.key, pin.revision, pin.release) for pin in pins] == [
        ("web", a_revision("web", 11), 11),
        ("worker", a_revision("worker", 11), 11),
    ]


@pytest.mark.parametrize(
    ("given_", "message"),
    [
        pytest.param({"failed_at": PIN}, "No service was touched.", id="nothing was touched"),
        pytest.param(
            {"code": Code.REPLACED_BY_OTHER},
            "The services were left as they are, since somebody else is deploying them: "
            "look at them in the ECS console now.",
            id="somebody else deploys",
        ),
        pytest.param(
            {"plan": a_plan_back(), "failed_at": PIN},
            "No service was touched.",
            id="a rollback that touched nothing",
        ),
        pytest.param(
            {"plan": a_plan_back(), "failed_at": WEB},
            "The services were left as they are, since a rollback never starts another one: "
            "look at them in the ECS console now.",
            id="a rollback",
        ),
        pytest.param(
            {"on_failure": OnFailure.HOLD},
            "The services were left as they are, since on_failure is hold: "
            "look at them in the ECS console now.",
            id="the catalogue says hold",
        ),
        pytest.param(
            {"stables": {"web": STABLES["web"]}},
            "The services were left as they are, since worker has nothing stable to go back to: "
            "look at them in the ECS console now.",
            id="a service has nothing to go back to",
        ),
        pytest.param(
            {"stables": {}},
            "The services were left as they are, since web, worker have nothing stable to go back "
            "to: look at them in the ECS console now.",
            id="no service has",
        ),
    ],
)
def test_things_are_left_as_they_are_when(given_: dict[str, Any], message: str) -> None:
    assert chosen(**given_) == Recovery(message)


@given(
    st.sampled_from([a_plan(), a_plan_back()]),
    st.integers(-1, 9),
    st.sampled_from(list(OnFailure)),
    st.sets(st.sampled_from(["web", "worker"])),
)
def test_only_a_release_goes_back_and_only_what_it_touched(
    plan: Any, failed_at: int, on_failure: OnFailure, stable: set[str]
) -> None:
    stables = {key: STABLES[key] for key in stable}
    recovery = chosen(failed_at, plan=plan, on_failure=on_failure, stables=stables)
    assert recovery.message.endswith(".")
    if recovery.steps:
        assert plan.kind is Kind.FORWARD
        back = {roll.key for step in recovery.steps for roll in step.rolls}
        assert back == {roll.key for step in plan.steps[: failed_at + 1] for roll in step.rolls}
        assert back <= stable
