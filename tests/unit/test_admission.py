"""Which requests become deployments, and what the others are told."""

from typing import Any

import pytest

from functions.domain.admission import Admission, Decision, Found, admit
from functions.domain.image import Images, Order, left_out
from functions.domain.request import Request
from tests.factories import (
    OTHER_DIGEST,
    a_hold,
    a_pushed_request,
    a_request,
    a_rollback,
    an_application,
    an_image,
)

VERSIONS = an_application(images=Images(("v*",), Order.SEMVER))
BAD = "Deployment #9 of this image had to be turned back: it crashed."


def admitted(request: Request, **found: Any) -> Admission:
    return admit(request, VERSIONS, Found(**{"image": an_image(), **found}), left_out)


@pytest.mark.parametrize(
    ("request_", "message"),
    [
        pytest.param(a_pushed_request(), "Deploy v42 (sha256:aaaaaaaaaaaa).", id="a push"),
        pytest.param(a_request(), "Deploy v42 (sha256:aaaaaaaaaaaa).", id="a person"),
        pytest.param(a_rollback(), "Roll back orders.", id="a rollback"),
    ],
)
def test_what_is_asked_for_goes_on(request_: Request, message: str) -> None:
    admission = admitted(request_)
    assert (admission.decision, admission.message) == (Decision.DEPLOY, message)


def test_a_rollback_needs_no_image() -> None:
    assert admitted(a_rollback(), image=None).image is None


def test_an_image_without_a_tag_is_called_by_its_digest() -> None:
    assert admitted(a_request(), image=an_image(tag=None)).message == (
        "Deploy sha256:aaaaaaaaaaaa."
    )


def test_a_push_that_the_filter_leaves_out_is_filtered() -> None:
    admission = admitted(a_pushed_request(tag="latest"))
    assert admission == Admission(
        Decision.FILTERED, 'The tag "latest" is not among those of images.tags: v*.'
    )


def test_a_person_passes_the_filter() -> None:
    admission = admitted(a_request("latest"), image=an_image(tag="latest"))
    assert admission.decision is Decision.DEPLOY


@pytest.mark.parametrize(
    ("problem", "message"),
    [
        pytest.param("The tag is not there.", "The tag is not there.", id="known"),
        pytest.param(None, "The image is not in ECR.", id="unknown"),
    ],
)
def test_an_image_that_is_not_there_is_refused_with_the_reason(
    problem: str | None, message: str
) -> None:
    admission = admitted(a_request(), image=None, problem=problem)
    assert admission == Admission(Decision.REFUSED, message)


def test_a_push_whose_tag_has_moved_on_leaves_the_decision_to_the_newer_one() -> None:
    admission = admitted(a_pushed_request(), image=an_image(digest=OTHER_DIGEST))
    assert admission.decision is Decision.OLDER
    assert admission.message == (
        "The tag v42 has moved on to sha256:bbbbbbbbbbbb: the newer push decides."
    )


def test_a_bad_digest_that_is_pushed_again_is_left_alone() -> None:
    admission = admitted(a_pushed_request(), bad=BAD)
    assert admission.decision is Decision.BAD
    assert admission.message == f"{BAD} Push a new build."


def test_a_person_is_told_how_to_deploy_a_bad_digest_anyway() -> None:
    admission = admitted(a_request(), bad=BAD)
    assert admission.decision is Decision.REFUSED
    assert admission.message == (
        f'{BAD} Push a new build, or add "force": true to deploy it anyway.'
    )


def test_force_deploys_a_bad_digest() -> None:
    assert admitted(a_request(force=True), bad=BAD).decision is Decision.DEPLOY


# What is held


def test_a_push_that_is_held_is_told_since_when_and_why() -> None:
    admission = admitted(a_pushed_request(), hold=a_hold())
    assert admission.decision is Decision.HELD
    assert admission.message == (
        "Everything pushed up to 2026-11-21 12:30 UTC is held, since deployment #12 of v42 "
        "(release #12) was turned back: push a newer build, or deploy this one by hand."
    )


@pytest.mark.parametrize(
    ("request_", "image"),
    [
        pytest.param(a_request(), {}, id="a person deploys"),
        pytest.param(a_pushed_request(), {"pushed_at": "2026-11-21T12:31:00.000Z"}, id="newer"),
        pytest.param(
            a_pushed_request(time="2026-11-21T12:31:00Z"), {"pushed_at": None}, id="a newer event"
        ),
    ],
)
def test_a_hold_stops_nobody_else(request_: Request, image: dict[str, Any]) -> None:
    admission = admitted(request_, image=an_image(**image), hold=a_hold())
    assert admission.decision is Decision.DEPLOY


def test_what_is_bad_is_told_before_what_is_held() -> None:
    assert admitted(a_pushed_request(), bad=BAD, hold=a_hold()).decision is Decision.BAD
