"""Which of what runs, and was never recorded, is taken as stable?"""

from collections.abc import Mapping
from dataclasses import replace

from functions.domain.known import Facts, Known
from functions.domain.release import Part, Release, Stable


def adopt(known: Known, facts: Mapping[str, Facts]) -> Known:
    """Take what runs steadily, and was never recorded, as stable: release 0.

    It is pinned to the digests its tasks report, so that going back brings back what ran.
    """
    fresh = {
        key: _adopted(each)
        for key, each in facts.items()
        if key not in known.stables and each.steady and each.digests
    }
    if not fresh:
        return known
    old = next((each for each in known.releases if each.number == 0), Release(0, {}))
    parts = {**old.parts, **{key: stable.part for key, stable in fresh.items()}}
    others = tuple(each for each in known.releases if each.number != 0)
    releases = (*others, replace(old, parts=parts))
    return replace(known, stables={**known.stables, **fresh}, releases=releases)


def _adopted(facts: Facts) -> Stable:
    images, digests = facts.images or {}, facts.digests or {}
    pinned = {
        name: f"{_repository(images[name])}@{digest}"
        for name, digest in digests.items()
        if name in images
    }
    accepted = {name: (digests[name],) for name in pinned}
    return Stable(facts.key, 0, Part(facts.runs, pinned, accepted))


def _repository(image: str) -> str:
    """Return an image reference without its tag and digest; a port in the host stays."""
    host, slash, name = image.partition("@")[0].rpartition("/")
    return f"{host}{slash}{name.partition(':')[0]}"
