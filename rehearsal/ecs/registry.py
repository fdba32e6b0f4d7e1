"""What is in ECR, and what becomes of an image that loses its tag?

Beside `backend` the only module that knows moto's inside. moto forgets an image as soon as another
one takes its last tag; ECR keeps it, untagged, so that what runs by digest can be started again.
"""

import json
from collections.abc import Iterator
from hashlib import sha256
from typing import Any

from moto.ecr.exceptions import ImageAlreadyExistsException
from moto.ecr.models import ECRBackend, ecr_backends

from rehearsal.ecs.tasks.images import Stored


class KeepingBackend(ECRBackend):
    """moto's ECR, with images that outlive their tags, and digests that are those of manifests."""

    # moto finds the urls of a service by the module of its backend's class.
    __module__ = "moto.ecr.models"

    def put_image(
        self,
        repository_name: str,
        image_manifest: str,
        image_tag: str,
        image_manifest_mediatype: str | None = None,
        digest: str | None = None,
    ) -> Any:  # noqa: ANN401 - moto has no types
        repository = self._get_repository(repository_name)
        digest = digest or "sha256:" + sha256(image_manifest.encode()).hexdigest()
        same = next((e for e in repository.images if e.image_manifest == image_manifest), None)
        if same and (not image_tag or image_tag in same.image_tags):
            raise ImageAlreadyExistsException(
                registry_id=repository.registry_id,
                image_tag=image_tag,
                digest=same.get_image_digest(),
                repository_name=repository_name,
            )
        # It refuses the tag where tags are immutable, before any image has lost it.
        self._resolve_image_tag_mutability(repository, image_tag)
        for image in repository.images if image_tag else ():
            _untag(image, image_tag)
        if same:
            same.update_tag(image_tag)
            return same
        return super().put_image(
            repository_name, image_manifest, image_tag, image_manifest_mediatype, digest
        )


class EcrRegistry:
    """Looks into moto's ECR."""

    def find(self, account: str, region: str, repository: str, name: str) -> Stored | None:
        for image in self._images(account, region, repository):
            digest = image.get_image_digest()
            if name == digest or name in image.image_tags:
                return Stored(digest, tuple(image.image_tags), _platforms(image))
        return None

    def _images(self, account: str, region: str, repository: str) -> Iterator[Any]:
        backends = ecr_backends[account]
        if region in backends:
            found = backends[region].repositories.get(repository)
            yield from found.images if found is not None else ()


def take_place() -> None:
    ecr_backends.clear()
    ecr_backends.backend = KeepingBackend


def give_back() -> None:
    ecr_backends.clear()
    ecr_backends.backend = ECRBackend


def _untag(image: Any, tag: str) -> None:  # noqa: ANN401 - moto has no types
    image.remove_tag(tag)
    if not image.image_tags:
        image.image_tag = None


def _platforms(image: Any) -> dict[str, str]:  # noqa: ANN401 - moto has no types
    """Return the digests that an index leads to, by architecture; attestations have none."""
    manifest = image.image_manifest
    if '"manifests"' not in manifest:
        return {}
    children = json.loads(manifest).get("manifests") or []
    return {
        each["platform"]["architecture"]: each["digest"]
        for each in children
        if (each.get("platform") or {}).get("architecture") not in (None, "unknown")
    }
