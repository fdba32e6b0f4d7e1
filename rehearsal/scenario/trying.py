"""Which release of an application is rehearsed in what usually happens, and in which world?"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from functions.domain.catalogue import Application, Migrations
from functions.domain.image import Order, accepts, is_version
from infra.lines import Lines, opened
from rehearsal.scenario.format.reading import (
    SCENARIOS,
    Loaded,
    ScenarioError,
    application,
    understood,
)
from rehearsal.scenario.repeating import Task

Document = dict[str, Any]

TASKS = 2
ASSUMED_SERVICE: Document = {
    "desired": TASKS,
    "health_check": {"start_period": 300},
    "circuit_breaker": True,
}
NUMBERS = (("1", "2"), ("1.0.0", "2.0.0"))
LATEST = (("1", "9999"), ("1.0.0", "9999.0.0"))
"""Where people name the images themselves, the pushed one has to be newer than any of theirs."""


@dataclass(frozen=True, slots=True)
class Tags:
    """The tag that runs and the one that is pushed, and under which tag if not its own."""

    before: str
    after: str
    pushed_as: str | None = None


@dataclass(frozen=True, slots=True)
class Tried:
    """An application, the world it is in, and what an image does that is as good as its last."""

    path: Path
    application: Application
    tags: Tags
    world: Document
    image: Document = field(default_factory=dict)
    given: Path | None = None
    """The file that the world was taken from."""

    def task(self, title: str, changes: Document, seed: int) -> Task:
        """Return a scenario: a push, and what is different from a good one."""
        name, tags = self.application.application, self.tags
        images = self.world["images"]
        pushed = {tags.after: {**self.image, **changes.get("image", {})}}
        document = {
            "name": title,
            "catalogue": [str(self.path)],
            "world": {**self.world, "images": {**images, name: {**images[name], **pushed}}},
            "timeline": [
                {"at": 1, "push": f"{name}:{tags.after}", "tag": tags.pushed_as},
                *changes.get("timeline", []),
            ],
            "faults": changes.get("faults", []),
        }
        tried = self.application
        if changes.get("unmigrated"):
            tried = replace(tried, migrations=Migrations(None, None))
        return Task(Loaded(str(self.path), SCENARIOS.validate_python(document), (tried,)), seed)

    @property
    def on_instances(self) -> bool:
        cluster = self.world.get("clusters", {}).get(self.application.cluster, {})
        return bool(cluster.get("capacity") == "ec2")


def tried(path: Path, world: Path | None) -> Tried:
    """Return what is tried with a file of the catalogue, in the world of a scenario if given."""
    found = application(path)
    return _assumed(path, found) if world is None else _given(path, found, world)


def _assumed(path: Path, found: Application) -> Tried:
    name, tags = found.application, _tags(found, NUMBERS)
    services = {
        f"{name}/{each.key}": {**ASSUMED_SERVICE, "runs": tags.before} for each in found.services
    }
    world = {"images": {name: {tags.before: {}}}, "services": services}
    return Tried(path, found, tags, world)


def _given(path: Path, found: Application, file: Path) -> Tried:
    name, tags = found.application, _tags(found, LATEST)
    world = _world(opened(file, str(file), "name a scenario file"), path)
    images = world.setdefault("images", {})
    mine = images.setdefault(name, {tags.before: {}})
    services = world.get("services", {})
    runs = (services.get(f"{name}/{each.key}", {}).get("runs") for each in found.services)
    runs_first = next(filter(None, runs), next(iter(mine)))
    return Tried(path, found, tags, world, mine[runs_first], file)


def _world(lines: Lines, path: Path) -> Document:
    """Return the world of a scenario file, or raise with every mistake that is in it."""
    if lines.unreadable is not None:
        raise ScenarioError(lines.unreadable)
    content = lines.content
    if not isinstance(content, Mapping) or not isinstance(content.get("world"), Mapping):
        raise ScenarioError(f"{lines.name}: has no world; name a scenario file with world: in it")
    document = {"name": "a world", "catalogue": [str(path.absolute())], "world": content["world"]}
    understood(replace(lines, content=document), path.parent)
    # Through JSON as scenarios go, in which every key is a text.
    world: Document = json.loads(json.dumps(content["world"], default=str))
    return world


def _tags(found: Application, numbers: tuple[tuple[str, str], ...]) -> Tags:
    """Return tags of two images that the application takes, the second one as the newer."""
    images = found.images
    for glob in images.tags:
        for pair in numbers:
            before, after = (glob.replace("*", number) for number in pair)
            taken = all(accepts(images.tags, each) for each in (before, after))
            ordered = images.order is not Order.SEMVER or is_version(after)
            if before != after and taken and ordered:
                return Tags(before, after)
    literal = next(each for each in images.tags if not each.startswith("!"))
    return Tags("before", "after", literal.replace("*", "2"))
