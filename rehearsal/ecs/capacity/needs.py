"""What does a task take of the instance that it runs on?"""

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from rehearsal.ecs.errors import client

if TYPE_CHECKING:
    from rehearsal.ecs.tasks.definitions import Definition

QUANTITY = re.compile(r"\s*(?P<number>[\d.]+)\s*(?P<unit>vcpu|gb)?\s*", re.IGNORECASE)
ARCHITECTURES = {"X86_64": "x86_64", "ARM64": "arm64"}


@dataclass(frozen=True, slots=True)
class Port:
    """A port mapping; `host` is 0 where any free port will do."""

    container: str
    inside: int
    host: int
    protocol: str


@dataclass(frozen=True, slots=True)
class Needs:
    cpu: int
    memory: int
    ports: tuple[Port, ...]
    attributes: tuple[tuple[str, str | None], ...]
    """Names, with the value where it matters too."""
    interface: bool = False
    """A network interface of its own, as in awsvpc mode."""


def of(definition: "Definition", overrides: dict[str, Any]) -> Needs:
    """Return what a task takes: what its task level says, else the sum over its containers."""
    document = {**definition.document, **_present(overrides, "cpu", "memory")}
    changed = {each["name"]: each for each in overrides.get("containerOverrides") or []}
    containers = [
        {**each, **_present(changed.get(each["name"], {}), "cpu", "memory", "memoryReservation")}
        for each in definition.containers
    ]
    cpu = quantity(document["cpu"]) if document.get("cpu") else _sum(containers, "cpu")
    memory, ports = _memory(document, containers), _ports(document, containers)
    return Needs(cpu, memory, ports, _traits(document), document.get("networkMode") == "awsvpc")


def quantity(text: object) -> int:
    """Read CPU units or MiB, also as `1 vCPU` and `2 GB`."""
    found = QUANTITY.fullmatch(str(text))
    if found is None:
        raise client(f"Invalid 'cpu' or 'memory' setting for task: {text}")
    return round(float(found["number"]) * (1024 if found["unit"] else 1))


def _memory(document: dict[str, Any], containers: list[dict[str, Any]]) -> int:
    if document.get("memory"):
        return quantity(document["memory"])
    return sum(int(each.get("memoryReservation") or each.get("memory") or 0) for each in containers)


def _sum(containers: list[dict[str, Any]], member: str) -> int:
    return sum(int(each.get(member) or 0) for each in containers)


def _ports(document: dict[str, Any], containers: list[dict[str, Any]]) -> tuple[Port, ...]:
    """List what is bound on the host; with awsvpc a task has a network interface of its own."""
    if document.get("networkMode") in ("awsvpc", "none"):
        return ()
    return tuple(
        Port(each["name"], mapping["containerPort"], mapping["hostPort"], mapping["protocol"])
        for each in containers
        for mapping in each.get("portMappings") or []
        if "containerPort" in mapping
    )


def _traits(document: dict[str, Any]) -> tuple[tuple[str, str | None], ...]:
    named = [(each["name"], each.get("value")) for each in document.get("requiresAttributes") or []]
    platform = (document.get("runtimePlatform") or {}).get("cpuArchitecture")
    if platform:
        named.append(("ecs.cpu-architecture", ARCHITECTURES[platform]))
    return tuple(named)


def _present(found: dict[str, Any], *names: str) -> dict[str, Any]:
    return {name: found[name] for name in names if found.get(name) is not None}
