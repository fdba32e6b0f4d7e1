"""What does ECR have of the images of a release and of those it would be rolled back to?"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any

from functions.aws.registry import INDEXES
from functions.domain.image import Repository, repository
from functions.domain.preflight.lifecycle import Policy, Stored
from functions.domain.preflight.manifest import Manifest
from functions.domain.preflight.sight import Unread

if TYPE_CHECKING:
    from mypy_boto3_ecr import ECRClient

AT_ONCE = 100
"""BatchGetImage takes so many images (API: imageIds)."""
PAGE, PAGES = 1_000, 5
"""So many images, on so many pages, of a repository with a lifecycle policy are read."""
MEDIA_TYPES = (
    *INDEXES,
    "application/vnd.oci.image.manifest.v1+json",
    "application/vnd.docker.distribution.manifest.v2+json",
)
# As in functions/aws/restorable.py: any other failure says nothing against the image.
WORDS = {"ImageNotFound": "ECR has it no more", "ImageInaccessible": "it is archived in ECR"}


@dataclass(frozen=True, slots=True)
class Place:
    """A repository of this region, with the account that it is in."""

    name: str
    account: str
    region: str

    def holds(self, reference: str) -> bool:
        home = repository(reference.partition("@")[0])
        return home == Repository(self.name, self.account, self.region)


def place(named: Repository, region: str, account: str) -> Place:
    """Return where the repository of the catalogue is; region and account are our own."""
    return Place(named.name, named.account or account, named.region or region)


def manifests(client: "ECRClient", place: Place, digests: Sequence[str]) -> dict[str, Manifest]:
    """Return what can be said of each digest; one that ECR failed to tell of counts as there."""
    found: dict[str, Manifest] = {}
    try:
        for start in range(0, len(digests), AT_ONCE):
            found |= _batch(client, place, digests[start : start + AT_ONCE])
    except client.exceptions.RepositoryNotFoundException:
        gone = Manifest(gone=f"there is no repository {place.name}")
        return dict.fromkeys(digests, gone)
    return found


def _batch(client: "ECRClient", place: Place, digests: Sequence[str]) -> dict[str, Manifest]:
    answer = client.batch_get_image(
        repositoryName=place.name,
        registryId=place.account,
        imageIds=[{"imageDigest": each} for each in digests],
        acceptedMediaTypes=list(MEDIA_TYPES),
    )
    there = {each["imageId"]["imageDigest"]: _manifest(each) for each in answer["images"]}
    codes = {each["imageId"].get("imageDigest"): each for each in answer["failures"]}
    # Not every answer names the digest of a failure; one that is missing is then the one.
    alone = next(iter(codes.values())) if len(codes) == 1 else None
    return {each: there.get(each) or _failed(codes.get(each, alone)) for each in digests}


def _manifest(found: Mapping[str, Any]) -> Manifest:
    if found.get("imageManifestMediaType") not in INDEXES:
        return Manifest()
    listed = json.loads(found["imageManifest"]).get("manifests") or ()
    platforms = (each.get("platform") or {} for each in listed)
    # Attestations are of unknown platforms.
    named = {
        f"{each.get('os', 'linux')}/{each['architecture']}"
        for each in platforms
        if each.get("architecture") not in (None, "unknown")
    }
    return Manifest(tuple(sorted(named)))


def _failed(failure: Mapping[str, Any] | None) -> Manifest:
    code = failure["failureCode"] if failure else "ImageNotFound"
    return Manifest(gone=WORDS[code]) if code in WORDS else Manifest()


def policy(client: "ECRClient", place: Place) -> Policy | Unread:
    """Return the lifecycle policy of a repository, with all its images where it has one."""
    try:
        answer = client.get_lifecycle_policy(repositoryName=place.name, registryId=place.account)
    except client.exceptions.LifecyclePolicyNotFoundException:
        return Policy()
    pages = client.get_paginator("describe_images").paginate(
        repositoryName=place.name,
        registryId=place.account,
        PaginationConfig={"PageSize": PAGE},
    )
    read = list(islice(pages, PAGES))
    if "nextToken" in read[-1]:
        return Unread(f"the repository {place.name} has more than {PAGES * PAGE} images")
    images = (_stored(each) for page in read for each in page["imageDetails"])
    return Policy(answer["lifecyclePolicyText"], tuple(images))


def _stored(found: Mapping[str, Any]) -> Stored:
    return Stored(
        found["imageDigest"],
        tuple(found.get("imageTags") or ()),
        found["imagePushedAt"],
        found.get("imageStatus") == "ARCHIVED",
    )
