"""What is deployed: an image found in the registry, and releases made of it."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Image:
    """An image as ECR knows it.

    `digests` are the digest itself and, for a multi-arch index, those of its children: which of
    them ECS reports as `imageDigest` of a running container is documented nowhere, so all count.
    """

    repository: str
    digest: str
    tag: str | None
    digests: tuple[str, ...]
    pushed_at: str | None


@dataclass(frozen=True, slots=True)
class Part:
    """One service's share of a release.

    `base` is the revision the user's own tooling registered, `images` what each named container
    is pinned to, `digests` what its tasks may report, `revision` ours once it is registered.
    """

    base: str
    images: Mapping[str, str]
    digests: Mapping[str, tuple[str, ...]]
    revision: str | None = None


@dataclass(frozen=True, slots=True)
class Release:
    """`number` is that of the deployment that first made it; 0 is what ran before the first.

    `before` is the release that was stable until this one passed its bake: where `rollback: true`
    goes. `verified_at` is set once it has passed one; only such a release is rolled back to.
    """

    number: int
    parts: Mapping[str, Part]
    digest: str | None = None
    image_tag: str | None = None
    pushed_at: str | None = None
    before: int | None = None
    verified_at: str | None = None

    @property
    def called(self) -> str:
        return named(self.number, self.image_tag)

    def stables(self) -> dict[str, "Stable"]:
        """Return what is stable, by service key, once this release is."""
        return {
            key: Stable(key, self.number, part, self.image_tag) for key, part in self.parts.items()
        }


@dataclass(frozen=True, slots=True)
class Stable:
    """What a service goes back to: the last revision that passed its bake."""

    key: str
    release: int
    part: Part
    image_tag: str | None = None


def named(number: int, image_tag: str | None) -> str:
    """Return how people call a release: `v42 (release #12)`."""
    if number == 0:
        return "what ran before Pilothouse (release #0)"
    return f"{image_tag} (release #{number})" if image_tag else f"release #{number}"


def short(digest: str) -> str:
    """Return a digest as people compare it: its first twelve digits."""
    return digest[: len("sha256:") + 12]
