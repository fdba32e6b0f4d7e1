"""Are the roles of the base task definitions there, and may Pilothouse pass them to ECS?"""

from collections.abc import Iterator, Mapping, Sequence

from functions.domain.catalogue import Application
from functions.domain.known import Facts
from functions.domain.preflight.finding import Finding, Grade
from functions.domain.preflight.naming import roles
from functions.domain.preflight.sight import Seen, Sight, Unread, listed, unknown

CHECK = "roles"


def name(role: str) -> str:
    """Return the name of a role with its path, as the catalogue has it, from its ARN."""
    return role.partition(":role/")[2] or role


def to_ask(application: Application, facts: Mapping[str, Facts]) -> tuple[str, ...]:
    """Return the roles that are asked for: those that the catalogue lists."""
    return tuple(each for each in sorted(roles(facts)) if name(each) in application.roles)


def findings(
    application: Application, facts: Mapping[str, Facts], seen: Mapping[str, Seen]
) -> Iterator[Finding]:
    named = roles(facts)
    bad = [each for role, by in sorted(named.items()) for each in _of(application, role, by, seen)]
    yield from bad
    if named and not bad:
        said = f"There, and to be passed: {listed(map(name, named))}."
        yield Finding(CHECK, Grade.OK, "", said)


def _of(
    application: Application, role: str, by: Sequence[str], seen: Mapping[str, Seen]
) -> Iterator[Finding]:
    called = f"{name(role)} ({listed(by)})"
    if name(role) not in application.roles:
        yield _unlisted(application, role, called)
        return
    found = seen[role]
    if isinstance(found, Unread):
        yield unknown(CHECK, name(role), f"Whether the role {called} is there", found)
    elif found is not Sight.THERE:
        message = f"The role {called} does not exist as {role}."
        advice = "Create it, or correct its name in the task definition."
        yield Finding(CHECK, Grade.STOP, name(role), message, advice)


def _unlisted(application: Application, role: str, called: str) -> Finding:
    there = ", ".join(application.roles)
    message = f"Pilothouse may not pass the role {called}: the catalogue lists {there or 'none'}."
    advice = f"List {name(role)} under roles in the catalogue and deploy the stack."
    return Finding(CHECK, Grade.STOP, name(role), message, advice)
