"""What the preflight says of the way back: images that leave, revisions that are gone."""

import json
from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.domain.known import Known
from functions.domain.preflight import stables
from functions.domain.preflight.finding import Finding, Grade
from functions.domain.preflight.lifecycle import Policy, Stored, Taken, taken
from functions.domain.preflight.sight import Unread
from functions.domain.recovery.restorable import Restorable
from tests.factories import (
    DIGEST,
    NOW,
    OTHER_DIGEST,
    REPOSITORY,
    a_known,
    a_release,
    a_revision,
    an_image,
    some_facts,
)

DENIED = Unread("ECR answered GetLifecyclePolicy with AccessDenied.", "ecr:GetLifecyclePolicy")
NOW_TAKEN, NEXT = "now", "with the next push"


def rule(number: int, kind: str, count: int, status: str = "any", **more: Any) -> dict[str, Any]:
    selection = {"tagStatus": status, "countType": kind, "countNumber": count, **more}
    return {"rulePriority": number, "selection": selection, "action": {"type": "expire"}}


def keeping(count: int, number: int = 1, status: str = "any", **more: Any) -> dict[str, Any]:
    return rule(number, "imageCountMoreThan", count, status, **more)


def until(days: int, number: int = 1, status: str = "any", **more: Any) -> dict[str, Any]:
    return rule(number, "sinceImagePushed", days, status, countUnit="days", **more)


def stored(*tags: str, days: float = 0, digest: str = "", archived: bool = False) -> Stored:
    name = digest or f"sha256:{'-'.join(tags)}/{days}"
    return Stored(name, tags, NOW - timedelta(days=days), archived)


def policy(*rules: dict[str, Any], images: Iterable[Stored]) -> Policy:
    return Policy(json.dumps({"rules": rules}), tuple(images))


def found(*rules: dict[str, Any], among: Iterable[Stored]) -> Taken | None:
    """Return what becomes of the first of the images."""
    images = tuple(among)
    return taken(policy(*rules, images=images), images[0].digest, NOW)


SIX = tuple(stored(f"v{10 - days}", days=days) for days in (5, 4, 3, 2, 1, 0))
"""The oldest first."""


@pytest.mark.parametrize(("keep", "when"), [(5, NOW_TAKEN), (4, NOW_TAKEN), (6, NEXT), (7, None)])
def test_by_count_the_oldest_is_taken_first(keep: int, when: str | None) -> None:
    assert found(keeping(keep), among=SIX) == (when and Taken(1, when))


@pytest.mark.parametrize(
    ("days", "when"), [(5, NOW_TAKEN), (4, NOW_TAKEN), (6, "in 24 h"), (8, "in 72 h"), (9, None)]
)
def test_by_age_an_image_is_told_of_three_days_before(days: int, when: str | None) -> None:
    assert found(until(days), among=SIX) == (when and Taken(1, when))


@pytest.mark.parametrize("kind", ["sinceImagePulled", "sinceImageTransitioned"])
def test_what_counts_otherwise_is_not_known(kind: str) -> None:
    assert found(rule(3, kind, 1), among=SIX) == Taken(3, f"by {kind}", sure=False)


@pytest.mark.parametrize(
    ("tags", "selection", "fits"),
    [
        pytest.param(("v1",), {"tagPrefixList": ["v"]}, True, id="a prefix"),
        pytest.param(("v1",), {"tagPrefixList": ["v", "prod"]}, False, id="one prefix of two"),
        pytest.param(("v1", "prod"), {"tagPrefixList": ["v", "prod"]}, True, id="both prefixes"),
        pytest.param(("v1-rc",), {"tagPatternList": ["v*-rc"]}, True, id="a pattern"),
        pytest.param(("v1",), {"tagPatternList": ["v*-rc"]}, False, id="another pattern"),
        pytest.param(("xv1",), {"tagPatternList": ["v*"]}, False, id="a pattern is whole"),
        pytest.param((), {"tagPatternList": ["*"]}, False, id="no tag at all"),
    ],
)
def test_a_rule_takes_what_has_all_of_its_tags(
    tags: tuple[str, ...], selection: dict[str, Any], fits: bool
) -> None:
    left = found(until(1, status="tagged", **selection), among=[stored(*tags, days=2)])
    assert (left is not None) is fits


@pytest.mark.parametrize(("tags", "fits"), [((), True), (("v1",), False)])
def test_a_rule_of_untagged_images_leaves_tagged_ones(tags: tuple[str, ...], fits: bool) -> None:
    left = found(until(1, status="untagged"), among=[stored(*tags, days=2)])
    assert (left is not None) is fits


def test_an_image_that_fits_a_rule_is_taken_by_no_later_one() -> None:
    spared = keeping(10, 1, "tagged", tagPrefixList=["v"])
    assert found(until(1, 2), spared, among=SIX) is None


def test_only_images_of_the_same_rule_are_counted() -> None:
    others = [stored("x", days=each / 10) for each in range(5)]
    among = [stored("v1", days=9), *others]
    assert found(keeping(2, status="tagged", tagPrefixList=["v"]), among=among) is None
    assert found(keeping(2), among=among) == Taken(1, NOW_TAKEN)


def test_rules_of_the_archive_are_of_other_images() -> None:
    assert found(until(1, storageClass="archive"), among=SIX) is None
    assert found(until(1), among=[stored("v1", days=9, archived=True)]) is None


def test_without_a_policy_and_without_the_image_nothing_is_taken() -> None:
    assert taken(Policy(), DIGEST, NOW) is None
    assert taken(policy(until(1), images=SIX), DIGEST, NOW) is None


@given(
    st.lists(st.integers(0, 50), min_size=1, max_size=12, unique=True),
    st.integers(1, 12),
    st.integers(1, 40),
)
def test_what_is_taken_is_older_than_all_that_is_kept(
    ages: list[int], keep: int, days: int
) -> None:
    images = [stored(f"v{place}", days=age) for place, age in enumerate(ages)]
    for made in (keeping(keep), until(days)):
        whole = policy(made, images=images)
        gone = [e for e in images if (t := taken(whole, e.digest, NOW)) and t.when == NOW_TAKEN]
        left = [each for each in images if each not in gone]
        assert all(a.pushed_at < b.pushed_at for a in gone for b in left)
    assert sum(1 for e in images if taken(policy(keeping(keep), images=images), e.digest, NOW)) == (
        max(0, len(images) - keep + 1)
    )


# What is said of it


def only(findings: Iterable[Finding]) -> Finding:
    (finding,) = findings
    return finding


def known(digest: str = OTHER_DIGEST) -> Known:
    """Return that v41 of release #11 is stable, with an image of this digest."""
    release = a_release(11, "web", image_tag="v41")
    part = replace(release.parts["web"], images={"app": f"{REPOSITORY}@{digest}", "job": "job:1"})
    return a_known(replace(release, parts={"web": part}))


def images(*days: int) -> list[Stored]:
    return [stored("v41", days=9, digest=OTHER_DIGEST), stored("v42", digest=DIGEST)] + [
        stored(f"v{each}", days=each) for each in days
    ]


def kept(rules: dict[str, Any], at: Known | None = None) -> list[Finding]:
    made = policy(rules, images=images())
    return list(stables.kept(at or known(), an_image(), made, NOW))


def test_a_stable_image_that_is_about_to_leave_is_a_warning_with_the_rule() -> None:
    finding = only(kept(keeping(2, 7)))
    assert finding.grade is Grade.WARN
    assert finding.message == (
        "Rule 7 of the repository's lifecycle policy takes the image of v41 (release #11) "
        "(sha256:bbbbbbbbbbbb) with the next push: it could not be started again after that."
    )


def test_the_image_of_the_release_may_leave_too() -> None:
    either = kept(rule(1, "sinceImagePulled", 1))
    assert [each.grade for each in either] == [Grade.UNKNOWN, Grade.UNKNOWN]
    assert [each.subject for each in either] == ["v42 itself", "v41 (release #11)"]


def test_images_that_stay_are_ok() -> None:
    assert only(kept(keeping(9))).grade is Grade.OK


def test_nothing_is_said_where_nothing_is_needed() -> None:
    assert list(stables.kept(Known({}, ()), None, Policy(), NOW)) == []


def test_a_policy_that_may_not_be_read_stops_nothing() -> None:
    unnamed = an_image(tag=None)
    assert only(stables.kept(known(), unnamed, DENIED, NOW)).grade is Grade.UNKNOWN


FACTS = some_facts("web")
ZERO = {"desiredCount": 0}


def test_what_can_be_restored_is_ok() -> None:
    finding = only(stables.findings(FACTS, known(), {"web": Restorable("base", "revision")}))
    assert finding == Finding(
        "stable", Grade.OK, "", "It could be rolled back to v41 (release #11)."
    )


@pytest.mark.parametrize(
    ("left", "said", "advice"),
    [
        (Restorable("base", None, ("orders@sha256:b",)), "no longer in ECR", "Push it again"),
        (Restorable(None), "is gone", "Deploy another image by hand"),
    ],
)
def test_what_cannot_be_restored_is_a_warning(left: Restorable, said: str, advice: str) -> None:
    finding = only(stables.findings(FACTS, known(), {"web": left}))
    assert (finding.grade, finding.subject) == (Grade.WARN, "web")
    assert said in finding.message
    assert finding.message.endswith("if this release fails, it could not be rolled back.")
    assert finding.advice.startswith(advice)


def test_what_may_not_be_looked_at_is_unknown() -> None:
    assert only(stables.findings(FACTS, known(), {"web": DENIED})).grade is Grade.UNKNOWN


def test_without_anything_stable_there_is_no_way_back_to_speak_of() -> None:
    assert list(stables.findings({}, Known({}, ()), {})) == []


def test_a_service_without_anything_stable_is_named() -> None:
    facts = some_facts("web", "worker", "mailer")
    finding = only(stables.findings(facts, known(), {"web": Restorable("base", "revision")}))
    assert (finding.grade, finding.subject) == (Grade.WARN, "mailer, worker")
    assert finding.message == (
        "mailer, worker have nothing stable to go back to: if this release fails, everything is "
        "left as it is for a person."
    )
    assert (
        "worker has nothing stable"
        in only(stables.findings(some_facts("worker"), Known({}, ()), {})).message
    )


@pytest.mark.parametrize("ledger", [known(), Known({}, ())])
def test_a_service_at_zero_is_set_back_to_what_it_has_set(ledger: Known) -> None:
    facts = some_facts("web", service=ZERO, runs=a_revision("web", 3))
    # Whatever is left of what was stable, it is not what is gone back to.
    seen = {"web": Restorable(None)} if ledger.stables else {}
    finding = only(stables.findings(facts, ledger, seen))
    assert (finding.grade, finding.subject) == (Grade.OK, "web")
    assert finding.message == (
        "web is scaled to zero: it would be set back to orders-web:3 (what it has set now)."
    )


def test_a_daemon_is_never_at_zero() -> None:
    daemon = some_facts("web", service={**ZERO, "schedulingStrategy": "DAEMON"})
    assert only(stables.findings(daemon, Known({}, ()), {})).grade is Grade.WARN
