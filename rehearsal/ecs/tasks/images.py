"""Which image does a container pull, and is it there?"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

ECR = re.compile(
    r"(?P<account>\d{12})\.dkr\.ecr\.(?P<region>[a-z0-9-]+)\.amazonaws\.com/(?P<path>.+)"
)
NAMED = re.compile(r"(?P<repository>.+?)(?::(?P<tag>[^/:@]+))?(?:@(?P<digest>sha256:.+))?")


@dataclass(frozen=True, slots=True)
class Image:
    """`account` and `region` are None where the image is not one of ECR."""

    reference: str
    repository: str
    tag: str
    digest: str | None = None
    account: str | None = None
    region: str | None = None

    @property
    def name(self) -> str:
        return self.digest or self.tag


@dataclass(frozen=True, slots=True)
class Stored:
    digest: str
    tags: tuple[str, ...]
    platforms: Mapping[str, str] = field(default_factory=dict)
    """Of a multi-arch image: the digest of each platform's manifest, by architecture."""


class Registry(Protocol):
    def find(self, account: str, region: str, repository: str, name: str) -> Stored | None:
        """Return the image with this tag or digest."""
        ...


@dataclass(frozen=True, slots=True)
class Pull:
    """What became of a pull: the image with its names, if it is there."""

    image: Image
    digest: str | None = None
    names: tuple[str, ...] = ()
    """By what the image is known, its own digest first."""
    is_missing: bool = False
    platforms: Mapping[str, str] = field(default_factory=dict)


def parse(reference: str) -> Image:
    inside = ECR.fullmatch(reference)
    named = NAMED.fullmatch(inside["path"] if inside else reference)
    if named is None:
        return Image(reference, reference, "latest")
    return Image(
        reference,
        named["repository"],
        named["tag"] or "latest",
        named["digest"],
        inside["account"] if inside else None,
        inside["region"] if inside else None,
    )


def pull(registry: Registry, image: Image, resolved: str | None = None) -> Pull:
    """Look an image up; `resolved` is the digest that its deployment has settled on (R6.1)."""
    if image.account is None or image.region is None:
        return Pull(image, names=(image.name,))
    found = registry.find(image.account, image.region, image.repository, resolved or image.name)
    if found is None:
        return Pull(image, names=(image.name,), is_missing=True)
    names = (found.digest, *found.tags, *found.platforms.values())
    return Pull(image, found.digest, names, platforms=found.platforms)


def architecture(definition: Mapping[str, Any]) -> str:
    """Return what a task definition runs on, as images name it."""
    asked = (definition.get("runtimePlatform") or {}).get("cpuArchitecture")
    return "arm64" if asked == "ARM64" else "amd64"


def fits(found: Pull, built_for: str, wanted: str) -> bool:
    """Say whether an image can run on a platform."""
    return wanted in found.platforms if found.platforms else built_for == wanted
