"""What is written down of a service: its counts, its deployments, its messages?"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import takewhile
from typing import Any

from rehearsal.ecs.rollout.ecs_service import Service

Told = tuple[str, dict[str, Any]]


@dataclass(slots=True)
class Seen:
    """A service as it was told of last, so that only what has changed since is told."""

    counts: dict[str, int] = field(default_factory=dict)
    deployments: dict[str, dict[str, Any]] = field(default_factory=dict)
    message: str = ""

    def news(self, service: Service, name: str) -> Iterator[Told]:
        """Yield kind and entry of whatever is different now."""
        yield from self._messages(service, name)
        yield from self._deployments(service, name)
        counts = _counts(service)
        if counts != self.counts:
            self.counts = counts
            yield "count", {"service": name, **counts}

    def _messages(self, service: Service, name: str) -> Iterator[Told]:
        new = list(takewhile(lambda each: each["id"] != self.message, service.events))
        if new:
            self.message = str(new[0]["id"])
        for each in reversed(new):
            yield "message", {"service": name, "text": each["message"]}

    def _deployments(self, service: Service, name: str) -> Iterator[Told]:
        known, self.deployments = self.deployments, {}
        for each in reversed(service.deployments):
            is_primary = each is service.primary
            about = {
                "service": name,
                "id": each.id,
                "revision": each.definition.arn.rpartition("/")[2],
                "status": "PRIMARY" if is_primary else "ACTIVE",
                "rollout": each.rollout.value,
                "reason": each.reason,
                "stage": service.current.stage if each is service.current.target else None,
                "traffic": each.production,
            }
            self.deployments[each.id] = about
            if known.get(each.id) != about:
                yield "deployment", about


def _counts(service: Service) -> dict[str, int]:
    tasks = list(service.tasks())
    return {
        "healthy": sum(each.healthy for each in tasks),
        "minimum": service.floor,
        "desired": service.desired,
        "running": sum(each.running for each in tasks),
        "pending": sum(each.pending for each in tasks),
    }
