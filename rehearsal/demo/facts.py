"""What do the services run? Asked of ECS, and compared with what the ledger says."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from functions.domain.catalogue import Application
from rehearsal.demo.fleet import tags
from rehearsal.world import World

HEADINGS = ("service", "running", "revision", "image of the tasks", "release")
SHORT = len("sha256:") + 12


@dataclass(frozen=True, slots=True)
class Fact:
    """A service as ECS describes it, and the releases of the ledger that have its digests."""

    key: str
    desired: int
    running: int
    revisions: frozenset[str]
    digests: frozenset[str]
    tags: frozenset[str]
    releases: tuple[int, ...]


def gather(world: World, application: Application) -> list[Fact]:
    return [_fact(world, application, each.key) for each in application.services]


def record(world: World, application: Application) -> dict[str, Any]:
    """Return the record of the last deployment, if there is one."""
    return next(reversed(world.items(application.application, "deployment#")), {})


def release(found: Mapping[str, Any]) -> int:
    """Return the number of the release that runs after a deployment."""
    return int(found["release"] if found["outcome"] == "Promoted" else found["before"])


def differences(world: World, application: Application, found: Sequence[Fact]) -> Iterator[str]:
    """Yield where ECS runs something else than what the ledger says."""
    says = release(record(world, application))
    for fact in found:
        stable = world.item(application.application, f"stable#{fact.key}") or {}
        part = stable.get("part") or {"digests": {}, "revision": None}
        if fact.running != fact.desired:
            yield f"{fact.key} runs {fact.running} of {fact.desired} tasks."
        if fact.revisions != {_short(part["revision"])}:
            said = _short(part["revision"])
            yield f"{fact.key} runs {_all(fact.revisions)}, the ledger says {said}."
        if not fact.digests <= _digests(part):
            said = _all(_digests(part))
            yield f"{fact.key} runs {_all(fact.digests)}, the ledger says {said}."
        if says not in fact.releases:
            yield f"{fact.key} runs no image of release #{says}, the record says that it does."


def table(found: Sequence[Fact]) -> list[str]:
    """Return the facts as aligned lines, for 80 columns."""
    rows = [HEADINGS, *(_cells(each) for each in found)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(HEADINGS))]
    return [
        "  ".join(f"{cell:{width}}" for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    ]


def _cells(fact: Fact) -> tuple[str, ...]:
    images = " ".join((_all(fact.tags), _all({each[:SHORT] for each in fact.digests})))
    releases = ", ".join(f"#{each}" for each in fact.releases) or "none"
    return fact.key, f"{fact.running} of {fact.desired}", _all(fact.revisions), images, releases


def _fact(world: World, application: Application, key: str) -> Fact:
    tasks = world.running(application.application, key)
    digests = {
        each["imageDigest"]
        for task in tasks
        for each in task["containers"]
        if "imageDigest" in each
    }
    named = tags(world, application)
    return Fact(
        key,
        world.service(application.application, key)["desiredCount"],
        len(tasks),
        frozenset(_short(each["taskDefinitionArn"]) for each in tasks),
        frozenset(digests),
        frozenset(named.get(each, "untagged") for each in digests),
        tuple(_with(world, application, key, digests)),
    )


def _with(world: World, application: Application, key: str, digests: set[str]) -> Iterator[int]:
    """Yield the releases that have these digests."""
    for each in world.items(application.application, "release#"):
        if digests and digests <= _digests(each["parts"].get(key, {"digests": {}})):
            yield int(each["number"])


def _digests(part: Mapping[str, Any]) -> set[str]:
    return {each for accepted in part["digests"].values() for each in accepted}


def _short(arn: str | None) -> str:
    return (arn or "nothing").rpartition("/")[2]


def _all(names: frozenset[str] | set[str]) -> str:
    return ", ".join(sorted(names)) or "nothing"
