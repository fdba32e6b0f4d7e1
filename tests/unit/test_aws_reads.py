"""What is read of ECR: on moto where it can, on small fakes where it cannot."""

import json
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import pytest
from moto import mock_aws

from functions.aws import registry
from functions.domain.image import Repository
from functions.domain.release import Image
from tests.factories import DIGEST, REPOSITORY
from tests.fakes import client

if TYPE_CHECKING:
    from mypy_boto3_ecr import ECRClient

INDEX = "application/vnd.oci.image.index.v1+json"
MANIFEST = "application/vnd.oci.image.manifest.v1+json"
CHILDREN = ["sha256:" + digit * 64 for digit in "12"]


@pytest.fixture(autouse=True)
def _aws() -> Iterator[None]:
    with mock_aws():
        yield


# Images


@pytest.fixture
def ecr() -> "ECRClient":
    made: ECRClient = client("ecr")
    made.create_repository(repositoryName="orders")
    return made


def pushed(ecr: "ECRClient", *tags: str, manifest: Mapping[str, Any] | None = None) -> str:
    image = {"mediaType": MANIFEST, "config": {"digest": DIGEST}, "layers": []}
    document = json.dumps({"schemaVersion": 2, **(manifest or image)})
    for tag in tags:
        put = ecr.put_image(repositoryName="orders", imageManifest=document, imageTag=tag)
    return put["image"]["imageId"]["imageDigest"]


def found(ecr: "ECRClient", image: str, repository: str = "orders") -> Image:
    answer = registry.find(ecr, Repository(repository), image)
    assert isinstance(answer, Image)
    return answer


def test_a_tag_is_resolved_to_its_image(ecr: "ECRClient") -> None:
    digest = pushed(ecr, "v42")
    image = found(ecr, "v42")
    assert (image.repository, image.tag, image.digest) == (REPOSITORY, "v42", digest)
    assert image.digests == (digest,)
    assert image.pushed_at is not None
    assert image.pushed_at.endswith("Z")


def test_an_image_with_several_tags_is_called_by_the_one_asked_for(ecr: "ECRClient") -> None:
    digest = pushed(ecr, "v42", "latest")
    assert [found(ecr, tag).tag for tag in ("v42", "latest", digest)] == ["v42", "latest", "v42"]


def test_an_image_found_by_its_digest_may_have_no_tag() -> None:
    image = found(FakeEcr({"imageDigest": DIGEST, "registryId": "123456789012"}), DIGEST)
    assert (image.tag, image.pushed_at) == (None, None)


def test_a_multi_arch_image_may_be_reported_as_any_of_its_architectures(ecr: "ECRClient") -> None:
    manifests = [{"digest": digest} for digest in CHILDREN]
    unknown = {"architecture": "unknown", "os": "unknown"}
    manifests.append({"digest": "sha256:" + "e" * 64, "platform": unknown})
    digest = pushed(ecr, "v42", manifest={"mediaType": INDEX, "manifests": manifests})
    assert found(ecr, "v42").digests == (digest, *CHILDREN)


def test_an_image_of_another_account_is_asked_for_there() -> None:
    fake = FakeEcr({"imageDigest": DIGEST, "registryId": "999999999999"})
    image = registry.find(fake, Repository("orders", "999999999999"), DIGEST)
    assert fake.asked["registryId"] == "999999999999"
    assert isinstance(image, Image)
    assert image.repository == "999999999999.dkr.ecr.eu-west-1.amazonaws.com/orders"


def test_a_repository_of_another_region_is_refused_with_what_to_do() -> None:
    elsewhere = Repository("orders", "999999999999", "us-east-1")
    assert registry.find(FakeEcr({}), elsewhere, DIGEST) == (
        "The ECR repository orders is in us-east-1, and Pilothouse runs in eu-west-1: "
        "replicate it, and name the repository of eu-west-1 in the catalogue."
    )


@pytest.mark.parametrize(
    ("repository", "image", "sentence"),
    [
        pytest.param(
            "orders",
            "v99",
            'The image "v99" is not in the ECR repository orders: '
            "push it first, or name another tag or digest.",
            id="tag",
        ),
        pytest.param(
            "orders",
            DIGEST,
            f'The image "{DIGEST}" is not in the ECR repository orders: '
            "push it first, or name another tag or digest.",
            id="digest",
        ),
        pytest.param(
            "gone",
            "v42",
            "The ECR repository gone does not exist in this account and region: "
            "correct the field repository in the catalogue.",
            id="repository",
        ),
    ],
)
def test_what_is_missing_in_ecr_is_told_in_a_sentence(
    ecr: "ECRClient", repository: str, image: str, sentence: str
) -> None:
    pushed(ecr, "v42")
    assert registry.find(ecr, Repository(repository), image) == sentence


class FakeEcr:
    """ECR that knows one image, as moto cannot have it: untagged, or of another account."""

    def __init__(self, detail: Mapping[str, Any]) -> None:
        self._detail = detail
        self.asked: Mapping[str, Any] = {}
        self.exceptions = client("ecr").exceptions
        self.meta = client("ecr").meta

    def describe_images(self, **asked: Any) -> dict[str, Any]:
        self.asked = asked
        return {"imageDetails": [self._detail]}
