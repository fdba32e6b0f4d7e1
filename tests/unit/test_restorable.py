"""Whether what is stable can be run again."""

import pytest

from functions.domain.recovery.restorable import Restorable, lacking, restored
from functions.domain.release import Part
from tests.factories import DIGEST, REPOSITORY, a_revision, a_stable

STABLE = a_stable("web")
REVISION, BASE = a_revision("web", 11), a_revision("web", 1)
IMAGE = f"{REPOSITORY}@{DIGEST}"


def registered(part: Part) -> tuple[str, str | None]:
    return part.base, part.revision


@pytest.mark.parametrize(
    ("found", "anew", "wanted"),
    [
        pytest.param(Restorable(REVISION, REVISION), False, (BASE, REVISION), id="is there"),
        pytest.param(Restorable(REVISION), False, (REVISION, None), id="was deregistered"),
        pytest.param(Restorable(BASE), False, (BASE, None), id="was deleted, but not its base"),
        pytest.param(Restorable(REVISION, REVISION), True, (REVISION, None), id="got stuck"),
        pytest.param(Restorable(None), False, (BASE, None), id="is gone"),
    ],
)
def test_a_revision_is_run_or_registered_again_when_it(
    found: Restorable, anew: bool, wanted: tuple[str, str | None]
) -> None:
    stable = restored(STABLE, found, anew=anew)
    assert registered(stable.part) == wanted
    assert (stable.part.images, stable.part.digests) == (STABLE.part.images, STABLE.part.digests)


@pytest.mark.parametrize(
    ("found", "said"),
    [
        pytest.param({}, None, id="nothing, as far as anybody knows"),
        pytest.param({"web": Restorable(BASE)}, None, id="nothing"),
        pytest.param(
            {"web": Restorable(BASE, gone=(IMAGE,))},
            f"web cannot go back to v41 (release #11): {IMAGE} is no longer in ECR. "
            "Push it again, or deploy another image by hand",
            id="its image",
        ),
        pytest.param(
            {"worker": Restorable(BASE), "web": Restorable(BASE, gone=(IMAGE, "nginx@sha256:1"))},
            f"web cannot go back to v41 (release #11): {IMAGE}, nginx@sha256:1 are no longer in "
            "ECR. Push them again, or deploy another image by hand",
            id="two images",
        ),
        pytest.param(
            {"web": Restorable(None)},
            "web cannot go back to v41 (release #11): its task definition orders-web:11 is gone. "
            "Deploy another image by hand",
            id="its task definition",
        ),
    ],
)
def test_what_is_missing_is_named(found: dict[str, Restorable], said: str | None) -> None:
    stables = {"web": STABLE, "worker": a_stable("worker")}
    assert lacking(stables, found) == said


def test_an_unpinned_service_is_missed_by_its_base() -> None:
    stables = {"web": a_stable("web", 0, revision=None)}
    assert "its task definition orders-web:1 is gone" in (
        lacking(stables, {"web": Restorable(None)}) or ""
    )
