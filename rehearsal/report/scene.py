"""What is known of one scenario, read out of its JSON once for everything drawn and told of it?"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from rehearsal.report import counts
from rehearsal.report.counts import Breach
from rehearsal.report.reading import Entry, Life, Run, lives, runs
from rehearsal.report.scale import Scale, scale

QUIET_KINDS = frozenset({"state", "verdict", "message"})
"""A workflow that looks and waits is no news: only its beginning and end are, and its verdicts."""
DECIDING = frozenset({"Fail", "Error"})
GOOD = frozenset({"Promoted", "NoOp", "Superseded"})
"""Outcomes after which nobody needs to do anything."""


@dataclass(frozen=True)
class Scene:
    """`prefix` makes the ids of the page's elements its own."""

    result: Mapping[str, Any]
    prefix: str

    @property
    def name(self) -> str:
        return str(self.result["name"])

    @property
    def passed(self) -> bool:
        return bool(self.result["passed"])

    @cached_property
    def timeline(self) -> list[Entry]:
        return list(self.result.get("timeline") or ())

    @cached_property
    def end(self) -> float:
        last = self.timeline[-1]["at"] if self.timeline else 0.0
        return max(float(self.result.get("virtual_seconds") or 0), last)

    @cached_property
    def lives(self) -> list[Life]:
        return lives(self.timeline, self.end)

    @cached_property
    def runs(self) -> list[Run]:
        return runs(self.timeline, self.end)

    @cached_property
    def images(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(life.image for life in self.lives))

    @cached_property
    def services(self) -> list[str]:
        """Return the services, those with trouble first."""
        named = (each["service"] for each in self.timeline if each["kind"] in ("task", "count"))
        return sorted(dict.fromkeys(named), key=lambda each: not self.troubled(each))

    @cached_property
    def scale(self) -> Scale:
        news = (
            each["at"]
            for each in self.timeline
            if each["kind"] not in QUIET_KINDS
            or each.get("what") in ("started", "ended")
            or each.get("verdict") in DECIDING
        )
        return scale(news, self.end, self._deciding())

    def _deciding(self) -> Iterator[float]:
        """Yield the moments that must be readable on the axis."""
        for each in self.timeline:
            if each["kind"] == "announcement" or each.get("verdict") in DECIDING:
                yield float(each["at"])

    @property
    def endings(self) -> list[Entry]:
        """Return the deployments as they ended, or stand."""
        return list(self.result.get("deployments") or ())

    def ending_of(self, run: Run) -> Entry | None:
        """Return the deployment that an execution is part of; the only one where none is named."""
        name = run.about.get("parent") or run.name
        found = (each for each in self.endings if each.get("execution") == name)
        only = self.endings[0] if len(self.endings) == 1 else None
        return next(found, only)

    def called(self, run: Run) -> str:
        """Return what tells the deployments of a scenario apart: `v2 #1`; nothing for the only."""
        deploys = [each for each in self.runs if each.workflow == "deploy"]
        ending = self.ending_of(run)
        if len(deploys) < 2 or ending is None:
            return ""
        number = f"#{ending['number']}" if ending.get("number") else ""
        image = str(ending.get("image_tag") or ending.get("asked") or "")
        return f"{image} {number}".strip()

    def lives_of(self, service: str) -> list[Life]:
        return self._lives_by_service.get(service, [])

    def steps_of(self, service: str) -> list[Entry]:
        """Return the counts of a service as they changed."""
        return self._by_service("count").get(service, [])

    def deployments_of(self, service: str) -> list[Entry]:
        """Return what was told of the service's deployments in ECS."""
        return self._by_service("deployment").get(service, [])

    def breaches_of(self, service: str) -> list[Breach]:
        return counts.breaches(self.steps_of(service), self.end)

    def rolls_of(self, service: str) -> list[Run]:
        return [
            each
            for each in self.runs
            if each.workflow == "roll" and each.about.get("service") == service
        ]

    def troubled(self, service: str) -> bool:
        return any(each.failed for each in self.lives_of(service)) or bool(
            self.breaches_of(service)
        )

    @cached_property
    def _lives_by_service(self) -> dict[str, list[Life]]:
        found: dict[str, list[Life]] = {}
        for life in self.lives:
            found.setdefault(life.service, []).append(life)
        return found

    def _by_service(self, kind: str) -> dict[str, list[Entry]]:
        return self._entries_by_service.get(kind, {})

    @cached_property
    def _entries_by_service(self) -> dict[str, dict[str, list[Entry]]]:
        found: dict[str, dict[str, list[Entry]]] = {"count": {}, "deployment": {}}
        for each in self.timeline:
            if each["kind"] in found:
                found[each["kind"]].setdefault(each["service"], []).append(each)
        return found
