"""What is done when a release has failed."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.domain.catalogue import Migration, Migrations, OnFailure, OnRollback
from functions.domain.migration.ran import Ran, State
from functions.domain.plan import Do, How, Kind, Roll, Step
from functions.domain.reason import Code
from functions.domain.recovery.choose import Recovery, choose
from functions.domain.recovery.failure import Failure, Situation
from functions.domain.recovery.guards import WINDOW_SECONDS
from functions.domain.recovery.restorable import Restorable
from functions.domain.recovery.standing import Standing
from functions.domain.verdict import Verdict, Word, failed
from tests.factories import (
    DIGEST,
    NOW,
    OURS,
    REPOSITORY,
    a_pending,
    a_plan,
    a_plan_back,
    a_ran,
    a_reason,
    a_release,
    a_revision,
    a_stable,
    a_standing,
    an_application,
    later,
)

PIN, WEB, WORKER, BAKE = range(4)
MIGRATED_BAKE = 4
EXPAND = Migration("web", ("rake", "db:migrate"), 900)
KEYS = ("web", "worker")
STABLES = {key: a_stable(key) for key in KEYS}
UNPINNED = {key: a_stable(key, 0, revision=None) for key in KEYS}
ARN = "arn:aws:ecs:eu-west-1:123456789012:service-deployment/production/orders-web/2"


def good(key: str) -> str:
    return a_revision(key, 11)


def standing(key: str, **override: Any) -> Standing:
    return a_standing(runs=a_revision(key, 12), **override)


def untouched(key: str) -> Standing:
    return a_standing(runs=good(key), deployment="", status="")


def chosen(failed_at: int = BAKE, **given: Any) -> Recovery:
    plan = a_plan(expand=given["expand"]) if "expand" in given else a_plan()
    failure = Failure(
        plan=given.get("plan", plan),
        at=failed_at,
        since=NOW,
        verdicts=given.get("verdicts", [failed(a_reason()), failed(a_reason())]),
        revisions=given.get("revisions", {key: a_revision(key, 12) for key in KEYS}),
    )
    situation = Situation(
        at=given.get("at", NOW),
        stables=given.get("stables", STABLES),
        standing=given.get("standing", {key: standing(key) for key in KEYS}),
        restorable=given.get("restorable", {}),
        successor=given.get("successor"),
        migrations=given.get("migrations", ()),
        verified=given.get("verified", {}),
    )
    application = an_application(
        on_failure=given.get("on_failure", OnFailure.ROLLBACK),
        migrations=Migrations(given.get("expand"), None),
    )
    return choose(application, failure, situation)


def rolls(recovery: Recovery) -> dict[str, Roll]:
    return {roll.key: roll for step in recovery.steps for roll in step.rolls}


def pins(recovery: Recovery) -> dict[str, tuple[str, str | None]]:
    return {pin.key: (pin.base, pin.revision) for pin in recovery.steps[0].pins}


# Back


@pytest.mark.parametrize(
    ("failed_at", "message", "back"),
    [
        pytest.param(BAKE, "Rolling back web, worker.", [["worker"], ["web"]], id="the bake"),
        pytest.param(WORKER, "Rolling back web, worker.", [["worker"], ["web"]], id="worker"),
        pytest.param(WEB, "Rolling back web.", [["web"]], id="web"),
    ],
)
def test_what_was_touched_goes_back_in_reverse_order_when_it_fails_at(
    failed_at: int, message: str, back: list[list[str]]
) -> None:
    recovery = chosen(failed_at)
    assert recovery.message == message
    first, *steps, last = recovery.steps
    assert (first.do, last.do) == (Do.PIN, Do.BAKE)
    assert [[roll.key for roll in step.rolls] for step in steps] == back


def test_it_goes_back_to_the_stable_revision_of_each_service_without_a_bake() -> None:
    recovery = chosen()
    assert [(pin.key, pin.revision, pin.release) for pin in recovery.steps[0].pins] == [
        ("web", good("web"), 11),
        ("worker", good("worker"), 11),
    ]
    bake = recovery.steps[-1].bake
    assert bake is not None
    assert (bake.minutes, bake.services) == (0, ())
    assert all(roll.how is How.UPDATE for roll in rolls(recovery).values())


def test_where_nobody_knows_how_services_stand_they_are_updated() -> None:
    assert chosen(standing={}).steps == chosen().steps


def test_what_ecs_does_by_itself_is_watched_or_asked_for_and_the_rest_updated() -> None:
    back = {"status": "ROLLBACK_IN_PROGRESS", "returns_to": good("web"), "service_deployment": ARN}
    recovery = chosen(standing={"web": standing("web", **back), "worker": standing("worker")})
    web, worker = rolls(recovery)["web"], rolls(recovery)["worker"]
    assert (web.how, web.revision, web.service_deployment) == (How.WATCH, good("web"), ARN)
    assert (worker.how, worker.revision, worker.service_deployment) == (How.UPDATE, None, None)
    assert recovery.message == "Rolling back web, worker."


def test_what_ecs_is_still_rolling_is_stopped() -> None:
    rolls_still = {"returns_to": good("web"), "service_deployment": ARN}
    web = rolls(chosen(WEB, standing={"web": standing("web", **rolls_still)}))["web"]
    assert (web.how, web.revision, web.service_deployment) == (How.STOP, good("web"), ARN)


@pytest.mark.parametrize(("lacks", "steps"), [(True, False), (False, True)])
def test_an_image_that_is_gone_matters_only_where_tasks_have_to_start(
    lacks: bool, steps: bool
) -> None:
    rolls_still = {"returns_to": good("web"), "service_deployment": ARN, "lacks": lacks}
    gone = Restorable(good("web"), good("web"), ("orders@sha256:1",))
    recovery = chosen(
        WEB, standing={"web": standing("web", **rolls_still)}, restorable={"web": gone}
    )
    assert bool(recovery.steps) is steps


def test_nothing_is_registered_where_ecs_chooses_the_revision() -> None:
    base = UNPINNED["web"].part.base
    back = {"status": "ROLLBACK_SUCCESSFUL", "returns_to": base, "runs": base}
    reported = {base: ({"app": DIGEST},)}
    web = a_standing(**back, reported=reported)
    recovery = chosen(standing={"web": web}, stables=UNPINNED)
    assert pins(recovery) == {
        "web": (base, base),
        "worker": (UNPINNED["worker"].part.base, None),
    }


@pytest.mark.parametrize(
    ("found", "web", "pinned"),
    [
        pytest.param(
            Restorable(good("web")), {}, (good("web"), None), id="somebody deregistered it"
        ),
        pytest.param(
            Restorable(a_revision("web", 1)), {}, (a_revision("web", 1), None), id="it was deleted"
        ),
        pytest.param(
            Restorable(good("web"), good("web")),
            {"runs": good("web"), "gave_up": True},
            (good("web"), None),
            id="ECS has given up on it",
        ),
    ],
)
def test_the_stable_revision_is_registered_again_where(
    found: Restorable, web: dict[str, Any], pinned: tuple[str, str | None]
) -> None:
    recovery = chosen(WEB, standing={"web": a_standing(**web)}, restorable={"web": found})
    assert pins(recovery) == {"web": pinned}


# Nothing, or hold


LOOK = "look at them in the ECS console now."


@pytest.mark.parametrize(
    ("given_", "message"),
    [
        pytest.param({"failed_at": PIN}, "No service was touched.", id="nothing was touched"),
        pytest.param(
            {
                "verdicts": [failed(a_reason()), failed(a_reason(code=Code.REPLACED_BY_OTHER))],
                "standing": {key: a_standing(runs=a_revision(key, 13)) for key in KEYS},
            },
            f"The services were left as they are, since somebody else is deploying them: {LOOK}",
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
            f"{LOOK}",
            id="a rollback",
        ),
        pytest.param(
            {"at": later(seconds=WINDOW_SECONDS + 1)},
            f"The services were left as they are, since the failure is older than 20 min: {LOOK}",
            id="the failure is old",
        ),
        pytest.param(
            {"on_failure": OnFailure.HOLD},
            f"The services were left as they are, since on_failure is hold: {LOOK}",
            id="the catalogue says hold",
        ),
        pytest.param(
            {"verdicts": [Verdict(Word.NO_DATA, "web has had 3 of at least 100 requests.")]},
            "The services were left as they are, since the bake has no answer, and the catalogue "
            f"says hold: {LOOK}",
            id="the bake had no data",
        ),
        pytest.param(
            {"stables": {"web": STABLES["web"]}},
            "The services were left as they are, since worker has nothing stable to go back to: "
            f"{LOOK}",
            id="a service has nothing to go back to",
        ),
        pytest.param(
            {"stables": {}},
            "The services were left as they are, since web, worker have nothing stable to go back "
            f"to: {LOOK}",
            id="no service has",
        ),
        pytest.param(
            {"standing": {key: untouched(key) for key in KEYS}},
            "There is nothing to go back from: web, worker run their stable revisions.",
            id="nothing was changed",
        ),
        pytest.param(
            {"standing": {"web": untouched("web")}, "failed_at": WEB},
            "There is nothing to go back from: web runs its stable revision.",
            id="nothing was changed of the one service",
        ),
        pytest.param(
            {
                "revisions": {key: good(key) for key in KEYS},
                "standing": {key: a_standing(runs=good(key)) for key in KEYS},
            },
            "The services were left as they are, since what failed is the stable release itself: "
            f"{LOOK}",
            id="it would go back to itself",
        ),
        pytest.param(
            {"failed_at": WEB, "standing": {"web": a_standing(runs=a_revision("web", 13))}},
            f"The services were left as they are, since somebody else is deploying them: {LOOK}",
            id="somebody mended it meanwhile",
        ),
        pytest.param(
            {
                "verdicts": [failed(a_reason(code=Code.REPLACED_BY_OTHER))],
                "standing": {},
                "failed_at": WEB,
            },
            f"The services were left as they are, since somebody else is deploying them: {LOOK}",
            id="somebody deleted it meanwhile",
        ),
        pytest.param(
            {"successor": a_pending()},
            "The services were left as they are, since deployment #13 (v43) is next and replaces "
            "them now.",
            id="something newer waits",
        ),
        pytest.param(
            {"restorable": {"web": Restorable(good("web"), None, (f"{REPOSITORY}@{DIGEST}",))}},
            "The services were left as they are, since web cannot go back to v41 (release #11): "
            f"{REPOSITORY}@{DIGEST} is no longer in ECR. Push it again, or deploy another image "
            f"by hand: {LOOK}",
            id="the stable image is gone",
        ),
    ],
)
def test_things_are_left_as_they_are_when(given_: dict[str, Any], message: str) -> None:
    assert chosen(**given_) == Recovery(message)


def test_a_failure_is_young_enough_for_twenty_minutes() -> None:
    assert chosen(at=later(seconds=WINDOW_SECONDS)).steps


def test_one_service_that_was_changed_brings_all_back() -> None:
    recovery = chosen(standing={"web": untouched("web"), "worker": standing("worker")})
    assert {key: roll.how for key, roll in rolls(recovery).items()} == {
        "web": How.WATCH,
        "worker": How.UPDATE,
    }


def test_what_ecs_restores_by_itself_need_not_be_restorable() -> None:
    back = {"status": "ROLLBACK_IN_PROGRESS", "returns_to": good("web")}
    recovery = chosen(
        WEB,
        standing={"web": standing("web", **back)},
        restorable={"web": Restorable(None, None, ("an image",))},
    )
    assert rolls(recovery)["web"].how is How.WATCH


def test_one_service_that_somebody_else_deployed_does_not_keep_the_others_from_going_back() -> None:
    recovery = chosen(
        verdicts=[failed(a_reason(code=Code.REPLACED_BY_OTHER))],
        standing={"web": standing("web"), "worker": a_standing(runs=a_revision("worker", 13))},
    )
    assert list(rolls(recovery)) == ["web"]
    assert recovery.left == ("worker",)
    assert recovery.message == (
        "Rolling back web. worker: left alone, since somebody else deployed there."
    )


def test_a_service_that_was_only_started_anew_goes_back_with_the_others() -> None:
    again = {key: a_standing(runs=a_revision(key, 12), deployment="ecs-svc/9") for key in KEYS}
    recovery = chosen(verdicts=[failed(a_reason(code=Code.REPLACED_BY_OTHER))], standing=again)
    assert set(rolls(recovery)) == {"web", "worker"}
    assert recovery.left == ()


# Scaled to zero


def test_a_service_without_tasks_goes_back_to_what_it_had_set() -> None:
    """Nothing of it was ever seen: that does not keep the others from going back."""
    unseen = {"worker": a_revision("worker", 3)}
    recovery = chosen(plan=a_plan(unseen=unseen), stables={"web": STABLES["web"]})
    assert pins(recovery)["worker"] == (a_revision("worker", 3), a_revision("worker", 3))
    assert list(rolls(recovery)) == ["worker", "web"]


def test_a_service_without_tasks_says_nothing_about_the_schema() -> None:
    old = {"web": a_stable("web", 12), "worker": a_stable("worker", 3)}
    ran = migrated("contract", 12)
    release = replace(a_plan().release or a_release(), number=13)
    seen = chosen(plan=a_plan(release=release), stables=old, migrations=(ran,))
    assert seen.holds
    plan = a_plan(release=release, unseen={"worker": a_revision("worker", 3)})
    assert not chosen(plan=plan, stables=old, migrations=(ran,)).holds


# The schema


def migrated(phase: str, release: int = 12, **override: Any) -> Ran:
    return a_ran(release=release, phase=phase, **override)


@pytest.mark.parametrize(
    "ran",
    [
        pytest.param(migrated("expand", breaking=True), id="its expand is breaking"),
        pytest.param(migrated("expand", breaking=True, state=State.STARTED), id="it has begun"),
        pytest.param(migrated("contract", 12), id="its contract has begun"),
        pytest.param(migrated("contract", 13), id="a later contract has begun"),
    ],
)
def test_nothing_goes_back_behind_a_schema_that_it_does_not_bear(ran: Ran) -> None:
    recovery = chosen(migrations=(ran,))
    assert recovery == Recovery(
        f"The services were left as they are, since the {ran.phase} migration of release "
        f"#{ran.release} leaves no way back for their code: {LOOK}",
        holds=True,
    )


def test_pushes_wait_also_where_a_breaking_migration_failed_before_anything_was_touched() -> None:
    ran = migrated("expand", breaking=True, state=State.FAILED, task="t1")
    assert chosen(PIN, migrations=(ran,)) == Recovery("No service was touched.", holds=True)


@pytest.mark.parametrize(
    "ran",
    [
        pytest.param(migrated("expand"), id="an expand that old code bears"),
        pytest.param(migrated("expand", breaking=True, state=State.UNDONE), id="it was undone"),
        pytest.param(migrated("contract", 11), id="the contract of what is gone back to"),
        pytest.param(
            migrated("expand", breaking=True, state=State.FAILED), id="ECS refused to start it"
        ),
    ],
)
def test_what_the_stable_release_bears_does_not_keep_it_from_going_back(ran: Ran) -> None:
    recovery = chosen(migrations=(ran,))
    assert (bool(recovery.steps), recovery.holds) == (True, False)


def test_what_goes_back_by_hand_is_held_to_no_schema() -> None:
    recovery = chosen(WEB, plan=a_plan_back(), migrations=(migrated("contract", 13),))
    assert not recovery.holds


def test_how_a_service_stands_that_was_not_touched_does_not_matter() -> None:
    recovery = chosen(WEB, stables={"web": STABLES["web"]})
    assert list(rolls(recovery)) == ["web"]


def test_a_release_that_passed_its_bake_since_a_contract_may_come_back() -> None:
    since = {11: "2026-11-21T12:30:00Z"}
    assert chosen(migrations=(migrated("contract", 13),), verified=since).steps


UNDO = replace(EXPAND, on_rollback=OnRollback.RUN, undo=("rake", "db:rollback"))


def test_an_expand_is_undone_with_its_own_image_once_the_services_are_back() -> None:
    recovery = chosen(MIGRATED_BAKE, expand=UNDO, migrations=(migrated("expand"),))
    assert [step.do for step in recovery.steps] == [
        Do.PIN,
        Do.ROLL,
        Do.ROLL,
        Do.MIGRATE,
        Do.BAKE,
    ]
    undo = recovery.steps[3].migrate
    assert undo is not None
    assert (undo.phase, undo.revision, undo.again) == ("undo", a_revision("web", 12), True)
    overrides = undo.run["Overrides"]
    assert overrides == {
        "ContainerOverrides": [{"Name": "app", "Command": ["rake", "db:rollback"]}]
    }


@pytest.mark.parametrize(
    "given_",
    [
        pytest.param({"expand": EXPAND}, id="the catalogue does not say so"),
        pytest.param({"migrations": ()}, id="it did not run"),
        pytest.param({"migrations": (migrated("expand", state=State.FAILED),)}, id="it failed"),
        pytest.param({"revisions": {}}, id="nothing was pinned"),
    ],
)
def test_an_expand_is_not_undone_where(given_: dict[str, Any]) -> None:
    given = {"expand": UNDO, "migrations": (migrated("expand"),), **given_}
    recovery = chosen(MIGRATED_BAKE, **given)
    assert Do.MIGRATE not in [step.do for step in recovery.steps]


# What always holds


some_standing = st.builds(
    Standing,
    runs=st.sampled_from([a_revision("web", number) for number in (1, 11, 12)]),
    gave_up=st.booleans(),
    deployment=st.sampled_from(["", OURS]),
    lacks=st.booleans(),
    status=st.sampled_from(["", "IN_PROGRESS", "ROLLBACK_IN_PROGRESS", "ROLLBACK_FAILED"]),
    service_deployment=st.just(ARN),
    returns_to=st.sampled_from([a_revision("web", 11), a_revision("web", 12), ""]),
)
some_restorable = st.sampled_from(
    [
        Restorable(good("web"), good("web")),
        Restorable(good("web"), good("web"), ("an image",)),
        Restorable(good("web")),
        Restorable(None),
    ]
)


@given(
    plan=st.sampled_from([a_plan(), a_plan_back()]),
    failed_at=st.integers(-1, 9),
    on_failure=st.sampled_from(list(OnFailure)),
    stable=st.sets(st.sampled_from(KEYS)),
    age=st.integers(0, 2 * WINDOW_SECONDS),
    code=st.sampled_from([Code.APP_EXIT, Code.REPLACED_BY_OTHER]),
    word=st.sampled_from([Word.FAIL, Word.NO_DATA]),
    successor=st.sampled_from([None, a_pending()]),
    standing=st.dictionaries(st.sampled_from(KEYS), some_standing),
    restorable=st.dictionaries(st.sampled_from(KEYS), some_restorable),
)
def test_only_a_release_goes_back_and_only_what_it_touched(
    plan: Any, failed_at: int, stable: set[str], age: int, code: Code, word: Word, **given: Any
) -> None:
    verdicts = [Verdict(word, "It failed.", a_reason(code=code))]
    recovery = chosen(
        failed_at,
        plan=plan,
        stables={key: STABLES[key] for key in stable},
        at=later(seconds=age),
        verdicts=verdicts,
        **given,
    )
    assert recovery.message.endswith(".")
    if not recovery.steps:
        return
    assert plan.kind is Kind.FORWARD
    assert given["on_failure"] is OnFailure.ROLLBACK
    assert word is Word.FAIL
    assert age <= WINDOW_SECONDS
    assert given["successor"] is None
    _goes_back_as_it_came(plan.steps[: failed_at + 1], recovery, stable)


def _goes_back_as_it_came(taken: tuple[Step, ...], recovery: Recovery, stable: set[str]) -> None:
    rolled = [{roll.key for roll in step.rolls} for step in taken if step.do is Do.ROLL]
    # Whom somebody else has deployed stays where it is.
    forth = [wave - set(recovery.left) for wave in rolled if wave - set(recovery.left)]
    back = [{roll.key for roll in step.rolls} for step in recovery.steps if step.do is Do.ROLL]
    assert back == forth[::-1]
    assert set().union(*back) == {pin.key for pin in recovery.steps[0].pins} <= stable
    for pin in recovery.steps[0].pins:
        roll = rolls(recovery)[pin.key]
        assert a_revision(pin.key, 12) not in (pin.base, pin.revision, roll.revision)
        assert roll.how is How.UPDATE or roll.revision == pin.revision is not None
        assert replace(
            roll, how=How.UPDATE, revision=None, service_deployment=None, turned_back=None
        ) == next(each for step in taken for each in step.rolls if each.key == pin.key)
