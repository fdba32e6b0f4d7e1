"""What do the base task definitions name that has to be there when their tasks start?

Each is told by whom: the variable and the container's service, as in `DB_PASSWORD of web`.
"""

from collections.abc import Iterator, Mapping
from typing import Any, TypeAlias

from functions.domain.known import Facts

Document: TypeAlias = Mapping[str, Any]
Named: TypeAlias = Mapping[str, tuple[str, ...]]
"""Who names it, by what is named."""


def containers(definition: Document) -> tuple[Document, ...]:
    return tuple(definition.get("containerDefinitions") or ())


def secrets(facts: Mapping[str, Facts]) -> Named:
    """Return what ECS injects as secrets, by `valueFrom`: of the containers and their logs."""
    return _by_reference(
        (each["valueFrom"], f"{each['name']} of {key}")
        for key, container in _containers(facts)
        for each in (
            *(container.get("secrets") or ()),
            *((container.get("logConfiguration") or {}).get("secretOptions") or ()),
        )
    )


def credentials(facts: Mapping[str, Facts]) -> Named:
    """Return the secrets with which private registries are asked for images."""
    return _by_reference(
        (found["credentialsParameter"], f"the registry credentials of {key}")
        for key, container in _containers(facts)
        if (found := container.get("repositoryCredentials"))
    )


def roles(facts: Mapping[str, Facts]) -> Named:
    """Return task and execution roles, as the task definitions have them: ARNs."""
    kinds = (("taskRoleArn", "task role"), ("executionRoleArn", "execution role"))
    return _by_reference(
        (each.definition[member], f"{word} of {key}")
        for key, each in sorted(facts.items())
        for member, word in kinds
        if each.definition and each.definition.get(member)
    )


def log_options(facts: Mapping[str, Facts]) -> Iterator[tuple[str, Document]]:
    """Yield the options of each container that logs to CloudWatch by itself, by service."""
    for key, container in _containers(facts):
        logging = container.get("logConfiguration") or {}
        if logging.get("logDriver") == "awslogs":
            yield key, logging.get("options") or {}


def _containers(facts: Mapping[str, Facts]) -> Iterator[tuple[str, Document]]:
    for key, each in sorted(facts.items()):
        for container in containers(each.definition or {}):
            yield key, container


def _by_reference(pairs: Iterator[tuple[str, str]]) -> Named:
    found: dict[str, tuple[str, ...]] = {}
    for reference, by in pairs:
        found[reference] = tuple(dict.fromkeys((*found.get(reference, ()), by)))
    return found
