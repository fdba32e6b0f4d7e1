"""Whether task definition and images are still there, on moto's ECS and ECR."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError
from moto import mock_aws

from functions.aws import restorable
from functions.domain.recovery.restorable import Restorable
from functions.domain.release import Part
from tests.factories import DIGEST, REPOSITORY
from tests.fakes import client

NEVER = "arn:aws:ecs:eu-west-1:123456789012:task-definition/orders-web:99"
MANIFEST = {
    "schemaVersion": 2,
    "mediaType": "application/vnd.oci.image.manifest.v1+json",
    "config": {"digest": DIGEST},
    "layers": [],
}


@pytest.fixture(autouse=True)
def _aws() -> Iterator[None]:
    with mock_aws():
        client("ecr").create_repository(repositoryName="orders")
        yield


@pytest.fixture
def image() -> str:
    put = client("ecr").put_image(
        repositoryName="orders", imageManifest=json.dumps(MANIFEST), imageTag="v41"
    )
    return f"{REPOSITORY}@{put['image']['imageId']['imageDigest']}"


def registered() -> str:
    answer = client("ecs").register_task_definition(
        family="orders-web",
        containerDefinitions=[{"name": "app", "image": "orders:v1", "memory": 512}],
    )
    return str(answer["taskDefinition"]["taskDefinitionArn"])


def look(*images: str, base: str = NEVER, revision: str | None = None, ecr: Any = None) -> Any:
    part = Part(base, {str(place): each for place, each in enumerate(images)}, {}, revision)
    return restorable.look(client("ecs"), ecr or client("ecr"), part)


def test_a_revision_that_is_active_is_run_as_it_is(image: str) -> None:
    revision = registered()
    assert look(image, revision=revision) == Restorable(revision, revision)


def test_a_revision_that_was_deregistered_is_registered_again_from_itself(image: str) -> None:
    revision = registered()
    client("ecs").deregister_task_definition(taskDefinition=revision)
    assert look(image, revision=revision) == Restorable(revision)


@pytest.mark.parametrize("revision", [NEVER, None])
def test_a_revision_that_is_not_there_is_made_of_its_base(image: str, revision: str | None) -> None:
    base = registered()
    assert look(image, base=base, revision=revision) == Restorable(base)


def test_without_a_base_nothing_is_left_of_it(image: str) -> None:
    assert look(image, revision=NEVER) == Restorable(None)


def test_images_that_ecr_has_no_more_are_named(image: str) -> None:
    other = f"{REPOSITORY.replace('orders', 'proxy')}@{DIGEST}"
    found = look(image, f"{REPOSITORY}@{DIGEST}", other)
    assert found.gone == (f"{REPOSITORY}@{DIGEST}", other)


@pytest.mark.parametrize(
    "elsewhere",
    [
        pytest.param(f"docker.io/library/nginx@{DIGEST}", id="another registry"),
        pytest.param(f"nginx@{DIGEST}", id="no registry"),
        pytest.param(f"{REPOSITORY.replace('eu-west-1', 'us-east-1')}@{DIGEST}", id="a region"),
    ],
)
def test_what_is_out_of_reach_counts_as_there(elsewhere: str) -> None:
    assert look(elsewhere).gone == ()


class FakeEcr:
    """ECR as it answers seldom."""

    def __init__(self, code: str) -> None:
        self._code = code
        self.meta = client("ecr").meta
        self.exceptions = client("ecr").exceptions

    def batch_get_image(self, **asked: Any) -> dict[str, Any]:
        if self._code.endswith("Exception"):
            raise ClientError({"Error": {"Code": self._code}}, "BatchGetImage")
        failures = [{"imageId": each, "failureCode": self._code} for each in asked["imageIds"]]
        return {"images": [], "failures": failures}


@pytest.mark.parametrize(
    ("code", "gone"),
    [
        pytest.param("ImageInaccessible", True, id="it is archived"),
        pytest.param("KmsError", False, id="its key is out of reach"),
        pytest.param("AccessDeniedException", False, id="we may not look"),
        pytest.param("ThrottlingException", False, id="ECR is busy"),
    ],
)
def test_what_cannot_be_read_counts_as_there(code: str, gone: bool) -> None:
    image = f"{REPOSITORY}@{DIGEST}"
    assert look(image, ecr=FakeEcr(code)).gone == ((image,) if gone else ())
