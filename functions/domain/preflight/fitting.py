"""How many tasks of a task definition does an instance have room for?"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from functions.domain.preflight.expression import Test, parse

Port = tuple[str, int]
"""Protocol and port of an instance."""

ARCHITECTURES = {"X86_64": "x86_64", "ARM64": "arm64"}
EXTERNAL = "ecs.capability.external"
"""The attribute of what is no EC2 instance; only the launch type EXTERNAL runs there."""
QUANTITY = re.compile(r"([\d.]+)\s*(vcpu|gb)?", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Instance:
    """What is left of a container instance for tasks: CPU units, MiB, and the ports taken.

    `whole` is CPU and memory of the empty instance; `usable` says that it is ACTIVE and its agent
    connected.
    """

    cpu: int
    memory: int
    whole: tuple[int, int]
    attributes: Mapping[str, str] = field(default_factory=dict)
    ports: frozenset[Port] = frozenset()
    provider: str = ""
    usable: bool = True

    def emptied(self) -> "Instance":
        """Return the instance without any task."""
        cpu, memory = self.whole
        return replace(self, cpu=cpu, memory=memory, ports=frozenset())


@dataclass(frozen=True, slots=True)
class Size:
    """What a task takes of an instance; network interfaces are nowhere told of, so not counted.

    `tests` are what an instance has to be like, `alone` that it runs one task of the service only.
    """

    cpu: int
    memory: int
    ports: frozenset[Port]
    tests: tuple[Test, ...]
    alone: bool

    def allows(self, instance: Instance) -> bool:
        """Say whether an instance is of the right kind, full or not."""
        return all(test(instance.attributes) for test in self.tests)

    def fits_empty(self, instance: Instance) -> bool:
        cpu, memory = instance.whole
        return self.cpu <= cpu and self.memory <= memory

    def room(self, instance: Instance, most: int) -> int:
        """Return how many tasks fit beside what runs there: `most` at most."""
        if self.ports & instance.ports:
            return 0
        asked = ((self.cpu, instance.cpu), (self.memory, instance.memory))
        fitting = [left // wanted if wanted else most for wanted, left in asked]
        return max(0, min(*fitting, most, 1 if self.ports or self.alone else most))


def size(definition: Mapping[str, Any], constraints: Sequence[Mapping[str, Any]]) -> Size | None:
    """Return what a task takes: of its task level, else the sum over its containers.

    None where it asks for something that is not understood here, such as a GPU.
    """
    containers = definition.get("containerDefinitions") or ()
    placed = (*constraints, *(definition.get("placementConstraints") or ()))
    tests = [parse(each.get("expression", "")) for each in placed if each["type"] == "memberOf"]
    gpus = any(each.get("resourceRequirements") for each in containers)
    if gpus or None in tests:
        return None
    return Size(
        cpu=quantity(definition.get("cpu")) or _sum(containers, "cpu"),
        memory=quantity(definition.get("memory")) or _sum(containers, "memoryReservation"),
        ports=frozenset(_ports(definition)),
        tests=(*(each for each in tests if each), *_traits(definition)),
        alone=any(each["type"] == "distinctInstance" for each in placed),
    )


def quantity(text: object) -> int:
    """Read CPU units or MiB, also as `1 vCPU` and `2 GB`; 0 where nothing is said."""
    found = QUANTITY.fullmatch(str(text or "").strip())
    return round(float(found[1]) * (1024 if found[2] else 1)) if found else 0


def _sum(containers: Iterable[Mapping[str, Any]], member: str) -> int:
    otherwise = "memory" if member == "memoryReservation" else member
    return sum(int(each.get(member) or each.get(otherwise) or 0) for each in containers)


def _ports(definition: Mapping[str, Any]) -> Iterator[Port]:
    """Yield the ports that are bound on the instance; with awsvpc a task has its own."""
    if definition.get("networkMode") in ("awsvpc", "none"):
        return
    for container in definition.get("containerDefinitions") or ():
        for mapping in container.get("portMappings") or ():
            if mapping.get("hostPort"):
                yield mapping.get("protocol", "tcp"), mapping["hostPort"]


def _traits(definition: Mapping[str, Any]) -> Iterator[Test]:
    for each in definition.get("requiresAttributes") or ():
        yield _has(each["name"], each.get("value"))
    platform = (definition.get("runtimePlatform") or {}).get("cpuArchitecture")
    if platform in ARCHITECTURES:
        yield _has("ecs.cpu-architecture", ARCHITECTURES[platform])


def _has(name: str, value: str | None) -> Test:
    def test(attributes: Mapping[str, str]) -> bool:
        return name in attributes and value in (None, attributes[name])

    return test
