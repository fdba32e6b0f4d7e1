"""Which steps are planned, and when nothing is to be done."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.domain.admission import Decision
from functions.domain.catalogue import Application, Migration, Migrations
from functions.domain.known import BadOn, Facts, Known
from functions.domain.plan import Do, Kind, Migrate, Plan
from functions.domain.planning import plan
from functions.domain.recovery.hold import Hold
from functions.domain.release import Image, Part, Release
from functions.domain.request import Request
from tests.factories import (
    CHILD_DIGEST,
    DIGEST,
    OTHER_DIGEST,
    REPOSITORY,
    a_hold,
    a_known,
    a_part,
    a_pushed_request,
    a_release,
    a_request,
    a_revision,
    a_rollback,
    a_stable,
    an_application,
    an_image,
    some_facts,
)

EXPAND = Migrations(Migration("web", ("rake", "db:migrate"), 900), None)
STABLE = a_release(12)
FORMER = a_release(11, image_tag="v41", digest=OTHER_DIGEST)
FIRST = Release(0, {key: a_part(key, revision=None) for key in ("web", "worker")})


def planned(
    request: Request,
    *,
    application: Application | None = None,
    image: Image | None = None,
    facts: dict[str, Facts] | None = None,
    known: Known | None = None,
    older: bool = False,
) -> Plan:
    return plan(
        application or an_application(),
        request,
        None if request.rollback else image or an_image(),
        13,
        facts or some_facts(),
        known or a_known(),
        lambda *_: older,
    )


def rolls(made: Plan) -> list[tuple[str, ...]]:
    return [tuple(roll.key for roll in step.rolls) for step in made.steps if step.do is Do.ROLL]


# Forward


def test_the_first_release_is_pinned_rolled_wave_by_wave_and_baked() -> None:
    made = planned(a_request())
    assert (made.kind, made.decision) == (Kind.FORWARD, Decision.DEPLOY)
    assert made.message == "Deploy v42 (release #13)."
    assert [step.do for step in made.steps] == [Do.PIN, Do.ROLL, Do.ROLL, Do.BAKE]
    assert rolls(made) == [("web",), ("worker",)]
    assert made.before is None


def test_a_release_names_base_image_and_every_digest_its_tasks_may_report() -> None:
    release = planned(a_request()).release
    assert release is not None
    assert (release.number, release.digest, release.image_tag) == (13, DIGEST, "v42")
    assert release.parts["web"] == Part(
        base=a_revision("web", 1),
        images={"app": f"{REPOSITORY}@{DIGEST}"},
        digests={"app": (DIGEST, CHILD_DIGEST)},
    )


def test_a_service_is_rolled_with_its_own_name_digests_and_deadlines() -> None:
    roll = planned(a_request()).steps[1].rolls[0]
    assert (roll.service, roll.cluster) == ("orders-web", "production")
    assert roll.digests == {"app": (DIGEST, CHILD_DIGEST)}
    assert (roll.progress_seconds, roll.overall_seconds) == (600, 2700)


@pytest.mark.parametrize(
    ("request_", "decision"),
    [
        pytest.param(a_pushed_request(), Decision.BAD, id="a push"),
        pytest.param(a_request(), Decision.REFUSED, id="a person"),
        pytest.param(a_request(force=True), Decision.DEPLOY, id="a person who insists"),
    ],
)
def test_what_was_turned_back_while_it_waited_is_not_deployed(
    request_: Request, decision: Decision
) -> None:
    known = replace(a_known(), bad={DIGEST: "Deployment #12 of this image had to be turned back."})
    made = planned(request_, known=known)
    assert made.decision is decision
    assert bool(made.steps) is (decision is Decision.DEPLOY)


@pytest.mark.parametrize(
    ("request_", "decision"),
    [
        pytest.param(a_pushed_request(), Decision.BAD, id="a push"),
        pytest.param(a_request(), Decision.REFUSED, id="a person"),
        pytest.param(a_request(force=True), Decision.DEPLOY, id="a person who insists"),
    ],
)
def test_an_image_that_was_not_to_blame_alone_is_not_deployed_on_the_same_bases(
    request_: Request, decision: Decision
) -> None:
    bases = {key: a_revision("web", 1) for key in ("web", "worker")}
    why = "Deployment #12 of this image had to be turned back: no room."
    known = replace(a_known(), bad_on=(BadOn(OTHER_DIGEST, bases, why), BadOn(DIGEST, bases, why)))
    facts = some_facts(base=a_revision("web", 1))
    made = planned(request_, known=known, facts=facts)
    assert made.decision is decision
    if not made.steps:
        assert made.message == (
            f"{why} The image alone is not to blame: register a task definition that mends it, "
            'or deploy it by hand with "force": true.'
        )
    assert planned(request_, known=known, facts=some_facts(base="web:2")).decision is (
        Decision.DEPLOY
    )


def test_a_push_is_held_although_the_hold_came_while_it_waited() -> None:
    made = planned(a_pushed_request(), known=replace(a_known(), hold=a_hold()))
    assert (made.decision, made.steps) == (Decision.HELD, ())
    assert made.message.startswith("Everything pushed up to 2026-11-21 12:30 UTC is held")


@pytest.mark.parametrize("request_", [a_request(), a_rollback(), a_pushed_request()])
def test_a_plan_knows_the_hold_that_it_was_made_under(request_: Request) -> None:
    hold = a_hold(since="2026-11-21T11:00:00.000Z")
    assert planned(request_, known=replace(a_known(STABLE, FORMER), hold=hold)).hold == hold


def test_the_expand_migration_runs_after_pinning_and_before_the_first_roll() -> None:
    made = planned(a_request(), application=an_application(migrations=EXPAND))
    assert [step.do for step in made.steps[:3]] == [Do.PIN, Do.MIGRATE, Do.ROLL]
    assert made.steps[1].migrate == Migrate(
        phase="expand",
        key="web",
        cluster="production",
        container="app",
        timeout_seconds=900,
        run={
            "LaunchType": "FARGATE",
            "Cluster": "production",
            "Count": 1,
            "PropagateTags": "TASK_DEFINITION",
            "Overrides": {
                "ContainerOverrides": [{"Name": "app", "Command": ["rake", "db:migrate"]}]
            },
        },
        log_lines=10,
        release=13,
        again=True,
    )


def test_a_migration_borrows_nothing_from_a_service_that_has_nothing_to_lend() -> None:
    application = an_application(migrations=EXPAND)
    made = planned(a_request(), application=application, facts=some_facts(run=None))
    migrate = made.steps[1].migrate
    assert migrate is not None
    assert sorted(migrate.run) == ["Cluster", "Count", "Overrides", "PropagateTags"]


def test_a_release_remembers_which_one_was_stable_before_it() -> None:
    made = planned(a_request("v43"), image=an_image(tag="v43"), known=a_known(FORMER))
    assert made.before == 11


def test_the_same_image_on_the_same_bases_is_the_same_release() -> None:
    made = planned(a_request(), known=a_known(FORMER, STABLE), facts=some_facts(steady=False))
    # FORMER differs in nothing that would make it another release: the newest comes first.
    assert made.release is FORMER


def test_a_new_base_makes_a_new_release_of_the_same_image() -> None:
    facts = some_facts(base=a_revision("web", 9))
    made = planned(a_request(), known=a_known(STABLE), facts=facts)
    assert made.release is not None
    assert made.release.number == 13


# Nothing to do


def test_what_runs_already_is_left_alone() -> None:
    made = planned(a_pushed_request(), known=a_known(STABLE))
    assert (made.decision, made.message) == (Decision.NO_OP, "v42 (release #12) runs already.")
    assert made.steps == ()


@pytest.mark.parametrize(
    ("facts", "known"),
    [
        pytest.param(
            some_facts(runs=a_revision("web", 9)), a_known(STABLE), id="something else runs"
        ),
        pytest.param(some_facts(steady=False), a_known(STABLE), id="it is not steady"),
        pytest.param(some_facts(), Known({}, (STABLE,)), id="it has passed no bake"),
    ],
)
def test_the_stable_release_is_deployed_again_where(facts: dict[str, Facts], known: Known) -> None:
    made = planned(a_request(), facts=facts, known=known)
    assert (made.decision, made.release) == (Decision.DEPLOY, STABLE)


def test_a_push_below_what_runs_is_left_alone() -> None:
    made = planned(
        a_pushed_request(tag="v40"), image=an_image(tag="v40"), known=a_known(STABLE), older=True
    )
    assert (made.decision, made.steps) == (Decision.OLDER, ())
    assert made.message == (
        "v40 is older than v42 (release #12), which runs: a push never goes below it."
    )


def test_an_older_image_without_tag_is_called_by_its_digest() -> None:
    made = planned(a_pushed_request(), image=an_image(tag=None), known=a_known(FIRST), older=True)
    assert made.message == (
        "sha256:aaaaaaaaaaaa is older than what ran before Pilothouse (release #0), which runs: "
        "a push never goes below it."
    )


def test_a_person_may_deploy_an_older_image() -> None:
    made = planned(a_request("v40"), image=an_image(tag="v40", digest=OTHER_DIGEST), older=True)
    assert made.decision is Decision.DEPLOY


@pytest.mark.parametrize(
    ("request_", "kind"),
    [
        pytest.param(a_request(), Kind.FORWARD, id="forward"),
        pytest.param(a_rollback(), Kind.BY_HAND, id="back"),
    ],
)
def test_what_stands_in_the_way_of_any_service_refuses_all(request_: Request, kind: Kind) -> None:
    facts = {"web": Facts("web", problem="No web."), "worker": Facts("worker", problem="No one.")}
    made = planned(request_, facts=facts, known=a_known(STABLE))
    assert made == Plan(kind, Decision.REFUSED, "No web. No one.")


# Back by hand


@pytest.mark.parametrize(
    ("to", "facts", "number"),
    [
        pytest.param("previous", some_facts(), 11, id="the one before the stable one"),
        pytest.param(
            "previous",
            some_facts(runs=a_revision("web", 13)),
            12,
            id="the stable one, when something else runs",
        ),
        pytest.param("v41", some_facts(), 11, id="a tag"),
        pytest.param("#11", some_facts(), 11, id="a number"),
        pytest.param("#0", some_facts(), 0, id="what ran before the first"),
        pytest.param("v42", some_facts(steady=False), 12, id="the stable one, when it is shaky"),
    ],
)
def test_a_rollback_goes_to(to: str, facts: dict[str, Facts], number: int) -> None:
    known = a_known(replace(STABLE, before=11), FORMER, FIRST)
    made = planned(a_rollback(to), facts=facts, known=known)
    assert (made.kind, made.decision, made.before) == (Kind.BY_HAND, Decision.DEPLOY, 12)
    assert made.release is not None
    assert made.release.number == number
    assert [step.do for step in made.steps] == [Do.PIN, Do.ROLL, Do.ROLL, Do.BAKE]
    assert rolls(made)[:2] == [("worker",), ("web",)]


def test_a_rollback_says_where_it_goes() -> None:
    known = a_known(replace(STABLE, before=0), FIRST)
    assert planned(a_rollback(), known=known).message == (
        "Roll back to what ran before Pilothouse (release #0)."
    )


def test_a_tag_means_the_newest_release_of_it() -> None:
    known = a_known(STABLE, replace(FORMER, number=9), FORMER)
    made = planned(a_rollback("v41"), known=known)
    assert made.release is not None
    assert made.release.number == 11


def test_a_rollback_pins_the_revisions_that_ran() -> None:
    known = a_known(replace(STABLE, before=11), FORMER)
    pins = planned(a_rollback(), known=known).steps[0].pins
    assert [(pin.key, pin.revision, pin.release, pin.image_tag) for pin in pins] == [
        ("web", a_revision("web", 11), 11, "v41"),
        ("worker", a_revision("worker", 11), 11, "v41"),
    ]


def test_a_rollback_to_a_bad_digest_needs_force() -> None:
    why = "Deployment #14 of this image had to be turned back: it crashed."
    known = replace(a_known(STABLE, a_release(11, image_tag="v41")), bad={DIGEST: why})
    refused = planned(a_rollback("v41"), known=known)
    assert refused.decision is Decision.REFUSED
    assert refused.message == f'{why} Add "force": true to go back to it anyway.'
    forced = planned(a_rollback("v41", force=True), known=known)
    assert forced.decision is Decision.DEPLOY


def test_a_rollback_leaves_out_services_that_are_gone() -> None:
    known = a_known(STABLE, a_release(11, "web", "worker", "cron", image_tag="v41"))
    assert rolls(planned(a_rollback("v41"), known=known)) == [("worker",), ("web",)]


def test_a_rollback_to_what_runs_already_does_nothing() -> None:
    made = planned(a_rollback("v42"), known=a_known(STABLE))
    assert (made.decision, made.message) == (Decision.NO_OP, "v42 (release #12) runs already.")
    assert made.steps == ()


@pytest.mark.parametrize(
    ("to", "releases", "message"),
    [
        pytest.param(
            "previous",
            (),
            "orders has no stable release to go back to: "
            "none of its deployments has passed a bake yet.",
            id="nothing is stable",
        ),
        pytest.param(
            "previous",
            (STABLE,),
            "No release before v42 (release #12) is known.",
            id="nothing came before",
        ),
        pytest.param(
            "previous",
            (STABLE, FORMER),
            "No release before v42 (release #12) is known: choose from v41 (release #11).",
            id="nobody knows which one came before",
        ),
        pytest.param(
            "v99",
            (STABLE, FORMER, FIRST, replace(FORMER, number=10, image_tag=None)),
            'No release "v99" has passed its bake: choose from v42 (release #12), '
            "v41 (release #11), release #10, what ran before Pilothouse (release #0).",
            id="an unknown tag",
        ),
        pytest.param(
            "v41",
            (STABLE, replace(FORMER, verified_at=None)),
            'No release "v41" has passed its bake: choose from v42 (release #12).',
            id="a release that never passed its bake",
        ),
        pytest.param(
            "v41",
            (STABLE, a_release(11, "web", image_tag="v41")),
            "v41 (release #11) says nothing of worker, which would stay as it is: "
            "deploy an image instead.",
            id="a release that one service was not part of",
        ),
    ],
)
def test_a_rollback_without_a_target_is_refused_with_what_there_is(
    to: str, releases: tuple[Release, ...], message: str
) -> None:
    made = planned(a_rollback(to), known=a_known(*releases))
    assert made == Plan(Kind.BY_HAND, Decision.REFUSED, message)


def test_the_release_verified_last_is_the_current_one() -> None:
    again = replace(FORMER, verified_at="2026-11-21T10:00:00.000Z")
    known = Known({"web": a_stable("web", 12), "worker": a_stable("worker", 11)}, (STABLE, again))
    assert known.current is again


# What always holds


one_fact: dict[str, st.SearchStrategy[Any]] = {
    "runs": st.sampled_from([a_revision("web", number) for number in (1, 11, 12, 13)]),
    "steady": st.booleans(),
    "problem": st.sampled_from([None, None, None, "It is gone."]),
}
requests = st.sampled_from(
    [a_pushed_request(), a_request(), a_request(force=True)]
    + [a_rollback(to) for to in ("previous", "v41", "#12", "v99")]
)
known_releases = st.lists(
    st.sampled_from([replace(STABLE, before=11), FORMER, FIRST]), unique_by=lambda each: each.number
)


holds = st.sampled_from([None, a_hold(), a_hold(since="2026-11-21T10:00:00.000Z")])
marks = st.lists(
    st.builds(
        BadOn,
        st.sampled_from([DIGEST, OTHER_DIGEST]),
        st.sampled_from([{}, {key: a_revision(key, 1) for key in ("web", "worker")}]),
        st.just("Deployment #12 of this image had to be turned back: no room."),
    )
).map(tuple)


@given(requests, st.fixed_dictionaries(one_fact), known_releases, st.booleans(), holds, marks)
def test_a_plan_has_steps_only_if_it_deploys_and_a_push_never_goes_below_what_runs(
    request_: Request,
    fact: dict[str, Any],
    releases: list[Release],
    older: bool,
    hold: Hold | None,
    bad_on: tuple[BadOn, ...],
) -> None:
    known = replace(a_known(*releases), hold=hold, bad_on=bad_on)
    made = planned(
        request_, facts=some_facts("web", **fact) | some_facts("worker"), known=known, older=older
    )
    assert bool(made.steps) is (made.decision is Decision.DEPLOY)
    assert made.message.endswith(".")
    assert (made.kind is Kind.BY_HAND) is (request_.rollback is not None)
    assert made.hold == hold
    below = older and known.current is not None
    if request_.push is not None and (below or hold == a_hold()):
        assert made.steps == ()


def test_a_stable_revision_that_is_set_and_not_steady_is_registered_anew() -> None:
    # ECS starts no deployment for the revision that a service has already, also if it has failed.
    known, facts = a_known(STABLE), some_facts(steady=False)
    made = planned(a_rollback(), facts=facts, known=known)
    assert made.release == STABLE
    assert [(pin.revision, pin.base) for pin in made.steps[0].pins] == [
        (None, a_revision("web", 12)),
        (None, a_revision("worker", 12)),
    ]
