"""Which task definitions are there, and what does ECS make of one that is registered?

The document is kept as it came: nothing of it is dropped, also no member that nobody here knows.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from rehearsal.ecs.answers.requirements import compatibilities, required, requires_attributes
from rehearsal.ecs.errors import client, invalid
from rehearsal.ecs.world import Document, World

CONTAINER_DEFAULTS: Mapping[str, Any] = {
    "cpu": 0,
    "essential": True,
    "environment": [],
    "mountPoints": [],
    "portMappings": [],
    "systemControls": [],
    "volumesFrom": [],
}
MOST_TAGS = 50


@dataclass(slots=True)
class Definition:
    document: Document
    tags: list[dict[str, str]]

    @property
    def arn(self) -> str:
        return str(self.document["taskDefinitionArn"])

    @property
    def family(self) -> str:
        return str(self.document["family"])

    @property
    def revision(self) -> int:
        return int(self.document["revision"])

    @property
    def active(self) -> bool:
        return bool(self.document["status"] == "ACTIVE")

    @property
    def containers(self) -> list[Document]:
        return list(self.document["containerDefinitions"])


class Definitions:
    """The families of one account and region. A revision number is never used twice."""

    def __init__(self, world: World, account: str, region: str) -> None:
        self._world = world
        self._prefix = f"arn:aws:ecs:{region}:{account}:task-definition/"
        self._caller = f"arn:aws:iam::{account}:root"
        self._families: dict[str, dict[int, Definition]] = {}
        self._last: dict[str, int] = {}

    def register(self, asked: Document) -> Definition:
        required(asked)
        tags = _allowed(asked.get("tags") or [])
        family = asked["family"]
        revision = self._last.get(family, 0) + 1
        self._last[family] = revision
        kept = {key: value for key, value in asked.items() if key != "tags"}
        made = Definition(kept | self._added(kept, revision), tags)
        self._families.setdefault(family, {})[revision] = made
        return made

    def find(self, name: str) -> Definition | None:
        """Find by family, where the newest active revision is meant, by family:revision or ARN."""
        family, _, revision = name.rpartition("/")[2].partition(":")
        known = self._families.get(family, {})
        if revision:
            return known.get(int(revision)) if revision.isdigit() else None
        return max(
            (each for each in known.values() if each.active),
            key=lambda each: each.revision,
            default=None,
        )

    def usable(self, name: str) -> Definition:
        """Find what is to run; an inactive revision is found too."""
        found = self.find(name)
        if found is None:
            raise client("TaskDefinition not found.")
        return found

    def described(self, name: str) -> Definition:
        found = self.find(name)
        if found is None:
            raise client("Unable to describe task definition.")
        return found

    def deregister(self, name: str) -> Definition:
        if ":" not in name.rpartition("/")[2]:
            raise client("Revision is missing.")
        found = self.described(name)
        if found.active:
            found.document |= {"status": "INACTIVE", "deregisteredAt": self._world.now()}
        return found

    def delete(self, name: str) -> Definition:
        found = self.described(name)
        if found.active:
            raise invalid(
                "The specified task definition is still in ACTIVE status. "
                "Please deregister the target and try again."
            )
        del self._families[found.family][found.revision]
        found.document |= {
            "status": "DELETE_IN_PROGRESS",
            "deleteRequestedAt": self._world.now(),
        }
        return found

    def all(self) -> Iterator[Definition]:
        """Go through all of them by family, then by revision."""
        for family in sorted(self._families):
            known = self._families[family]
            yield from (known[revision] for revision in sorted(known))

    def _added(self, kept: Document, revision: int) -> Document:
        return {
            "taskDefinitionArn": f"{self._prefix}{kept['family']}:{revision}",
            "revision": revision,
            "status": "ACTIVE",
            "containerDefinitions": [
                _completed(each, kept.get("networkMode")) for each in kept["containerDefinitions"]
            ],
            "volumes": kept.get("volumes") or [],
            "placementConstraints": kept.get("placementConstraints") or [],
            "requiresAttributes": requires_attributes(kept),
            "compatibilities": compatibilities(kept),
            "registeredAt": self._world.now(),
            "registeredBy": self._caller,
        }


def _completed(container: Document, network: str | None) -> Document:
    ports = [_port(each, network) for each in container.get("portMappings") or []]
    return {**CONTAINER_DEFAULTS, **container, "portMappings": ports}


def _port(mapping: Document, network: str | None) -> Document:
    if "containerPort" not in mapping:
        return mapping
    host = mapping["containerPort"] if network in ("awsvpc", "host") else 0
    return {"hostPort": host, "protocol": "tcp", **mapping}


def _allowed(tags: list[dict[str, str]]) -> list[dict[str, str]]:
    if len(tags) > MOST_TAGS:
        raise invalid(f"A resource takes at most {MOST_TAGS} tags, {len(tags)} were given.")
    for tag in tags:
        if tag["key"].lower().startswith("aws:"):
            raise invalid("aws: prefixed tag key names are not allowed for external use.")
    return [dict(tag) for tag in tags]
