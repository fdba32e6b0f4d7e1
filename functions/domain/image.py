"""Whose an image is, whether its tag is wanted, and which of two is the newer."""

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeVar

from functions.domain.names import REPOSITORY

# ECR has no longer tags; the bound keeps absurd input away from the arithmetic.
_LONGEST_TAG = 300
_NUMBER = "0|[1-9][0-9]*"
_VERSION = re.compile(
    rf"v?({_NUMBER})(?:\.({_NUMBER}))?(?:\.({_NUMBER}))?"
    rf"(?:-((?:{_NUMBER}|[0-9]*[A-Za-z-][0-9A-Za-z-]*)"
    rf"(?:\.(?:{_NUMBER}|[0-9]*[A-Za-z-][0-9A-Za-z-]*))*))?"
    r"(?:\+[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*)?"
)


class Order(StrEnum):
    """What makes one image newer than another: its version, its tag as text, or its push."""

    SEMVER = "semver"
    LEXICAL = "lexical"
    NEWEST = "newest"


@dataclass(frozen=True, slots=True)
class Images:
    """Which tags of the repository deploy by themselves, and what makes one the newer."""

    tags: tuple[str, ...]
    order: Order


@dataclass(frozen=True, slots=True)
class Repository:
    """An ECR repository; without account and region it is one of the stack's own."""

    name: str
    account: str | None = None
    region: str | None = None


@dataclass(frozen=True, slots=True)
class Tagged:
    """What the order of images looks at. `pushed_at` is in the form of `moment.text`."""

    tag: str | None
    pushed_at: str | None


@dataclass(frozen=True, slots=True, order=True)
class Version:
    """A version by semver.org, whose order is that of the fields; build metadata is left out."""

    major: int
    minor: int
    patch: int
    # A release stands above each of its pre-releases, a number below each word.
    released: bool
    prerelease: tuple[tuple[bool, int, str], ...]


Ranked = TypeVar("Ranked", str, Version)


def accepts(globs: tuple[str, ...], tag: str) -> bool:
    """Return whether a glob takes the tag and no glob with a `!` excludes it."""
    taken = any(_matches(glob, tag) for glob in globs if not glob.startswith("!"))
    return taken and not any(_matches(glob[1:], tag) for glob in globs if glob.startswith("!"))


def left_out(images: Images, tag: str) -> str | None:
    """Return why the tag does not deploy by itself, or None if it does."""
    if not accepts(images.tags, tag):
        return f'The tag "{tag}" is not among those of images.tags: {", ".join(images.tags)}.'
    if images.order is Order.SEMVER and not is_version(tag):
        return f'The tag "{tag}" is no version, and images.order is semver.'
    return None


def version(tag: str) -> Version | None:
    """Read v1.2.3-rc.1; what is missing of `v42` or `v1.2` counts as zero."""
    match = _VERSION.fullmatch(tag) if len(tag) <= _LONGEST_TAG else None
    if match is None:
        return None
    major, minor, patch, prerelease = match.groups()
    parts = prerelease.split(".") if prerelease else []
    return Version(
        int(major), int(minor or 0), int(patch or 0), not parts, tuple(map(_identifier, parts))
    )


def is_version(tag: str) -> bool:
    return version(tag) is not None


def newer(order: Order, candidate: Tagged, running: Tagged) -> bool | None:
    """Return True for newer, False for older, and None where the order cannot tell them apart."""
    if order is Order.NEWEST:
        return _above(candidate.pushed_at, running.pushed_at)
    if candidate.tag is None or running.tag is None:
        return None
    if order is Order.LEXICAL:
        return _above(candidate.tag, running.tag)
    return _above(version(candidate.tag), version(running.tag))


def repository(text: str) -> Repository | None:
    """Read `orders` or `<account>.dkr.ecr.<region>.amazonaws.com/orders`."""
    match = REPOSITORY.pattern.fullmatch(text)
    return Repository(match["name"], match["account"], match["region"]) if match else None


def uri(repository: Repository, account: str, region: str) -> str:
    """Return where to pull from; account and region are those of the stack."""
    region = repository.region or region
    suffix = "amazonaws.com.cn" if region.startswith("cn-") else "amazonaws.com"
    return f"{repository.account or account}.dkr.ecr.{region}.{suffix}/{repository.name}"


def pin(repository_uri: str, digest: str) -> str:
    """Return the reference that always means this one image."""
    return f"{repository_uri}@{digest}"


def same_repository(reference: str, repository_uri: str) -> bool:
    """Return whether a container's image, whatever its tag and digest, is of the repository."""
    return _home(reference) == _home(repository_uri)


def _matches(glob: str, tag: str) -> bool:
    first, *rest = map(re.escape, glob.split("*"))
    if rest:
        *middle, last = rest
        # Atomic groups take the first fit and never look back, so many stars stay cheap.
        first += "".join(f"(?>.*?{part})" for part in middle) + f".*{last}"
    return re.fullmatch(first, tag, re.DOTALL) is not None


def _identifier(part: str) -> tuple[bool, int, str]:
    return (False, int(part), "") if part.isdigit() else (True, 0, part)


def _above(ours: Ranked | None, theirs: Ranked | None) -> bool | None:
    if ours is None or theirs is None or ours == theirs:
        return None
    return ours > theirs


def _home(reference: str) -> Repository | str:
    """Return the repository of a reference; bare names are those of Docker Hub."""
    path, _, last = reference.partition("@")[0].rpartition("/")
    name = "/".join(filter(None, (path, last.partition(":")[0])))
    found = repository(name)
    if found and found.account:
        return found
    host, _, rest = name.partition("/")
    if rest and ("." in host or ":" in host or host == "localhost"):
        return name
    return f"docker.io/{name if rest else f'library/{name}'}"
