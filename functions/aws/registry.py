"""What does ECR know of an image?"""

import json
from typing import TYPE_CHECKING, Any

from functions.domain import moment
from functions.domain.image import Repository, uri
from functions.domain.release import Image

if TYPE_CHECKING:
    from mypy_boto3_ecr import ECRClient

INDEXES = (
    "application/vnd.oci.image.index.v1+json",
    "application/vnd.docker.distribution.manifest.list.v2+json",
)
"""Media types of multi-arch images: a list of manifests, one per architecture."""


def find(client: "ECRClient", repository: Repository, image: str) -> Image | str:
    """Resolve a tag or digest to the image, or return the sentence that says why it cannot be."""
    here = client.meta.region_name
    if repository.region not in (None, here):
        return (
            f"The ECR repository {repository.name} is in {repository.region}, and Pilothouse runs "
            f"in {here}: replicate it, and name the repository of {here} in the catalogue."
        )
    wanted = {"imageDigest" if image.startswith("sha256:") else "imageTag": image}
    registry = {"registryId": repository.account} if repository.account else {}
    try:
        described = client.describe_images(
            repositoryName=repository.name,
            imageIds=[wanted],  # type: ignore[list-item]
            **registry,  # type: ignore[arg-type]
        )
    except client.exceptions.ImageNotFoundException:
        return (
            f'The image "{image}" is not in the ECR repository {repository.name}: '
            "push it first, or name another tag or digest."
        )
    except client.exceptions.RepositoryNotFoundException:
        return (
            f"The ECR repository {repository.name} does not exist in this account and region: "
            "correct the field repository in the catalogue."
        )
    return _image(client, repository, image, dict(described["imageDetails"][0]))


def _image(
    client: "ECRClient", repository: Repository, asked: str, detail: dict[str, Any]
) -> Image:
    digest, pushed = detail["imageDigest"], detail.get("imagePushedAt")
    tags = detail.get("imageTags") or [None]
    return Image(
        repository=uri(repository, detail["registryId"], client.meta.region_name),
        digest=digest,
        tag=tags[0] if asked.startswith("sha256:") else asked,
        digests=(digest, *_children(client, repository, detail)),
        pushed_at=moment.text(pushed) if pushed else None,
    )


def _children(
    client: "ECRClient", repository: Repository, detail: dict[str, Any]
) -> tuple[str, ...]:
    """Return the digests of the architectures behind an index."""
    if detail.get("imageManifestMediaType") not in INDEXES:
        return ()
    found = client.batch_get_image(
        repositoryName=repository.name,
        registryId=detail["registryId"],
        imageIds=[{"imageDigest": detail["imageDigest"]}],
        acceptedMediaTypes=list(INDEXES),
    )
    manifests = [json.loads(each["imageManifest"]) for each in found["images"]]
    children = [child for each in manifests for child in each.get("manifests", [])]
    # Attestations are children too; no container runs them.
    return tuple(
        child["digest"]
        for child in children
        if child.get("platform", {}).get("architecture") != "unknown"
    )
