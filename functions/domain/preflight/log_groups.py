"""Are the log groups there that the containers write to?"""

from collections.abc import Iterator, Mapping
from typing import TypeAlias

from functions.domain.known import Facts
from functions.domain.preflight.finding import Finding, Grade
from functions.domain.preflight.naming import log_options
from functions.domain.preflight.sight import Seen, Sight, Unread, listed, unknown

CHECK = "log groups"
TRUE = ("1", "t", "T", "TRUE", "true", "True")
"""What the log driver takes for true: it is read by Go's strconv.ParseBool."""
Place: TypeAlias = tuple[str, str]
"""Region and name of a log group; the region is empty where none is given."""


def places(facts: Mapping[str, Facts]) -> dict[Place, tuple[str, ...]]:
    """Return the log groups that have to be there, each with the services that write to it.

    One that the driver makes itself is not among them (`awslogs-create-group`).
    """
    found: dict[Place, tuple[str, ...]] = {}
    for key, options in log_options(facts):
        group = options.get("awslogs-group")
        if group and options.get("awslogs-create-group") not in TRUE:
            place = (options.get("awslogs-region", ""), group)
            found[place] = tuple(dict.fromkeys((*found.get(place, ()), key)))
    return found


def findings(facts: Mapping[str, Facts], seen: Mapping[Place, Seen]) -> Iterator[Finding]:
    bad = [
        each
        for place, by in sorted(places(facts).items())
        for each in _of(place, listed(by), seen[place])
    ]
    yield from bad
    if not bad:
        yield Finding(CHECK, Grade.OK, "", "The log groups are there, or made by the log driver.")


def _of(place: Place, by: str, found: Seen) -> Iterator[Finding]:
    _, group = place
    if isinstance(found, Unread):
        yield unknown(CHECK, group, f"Whether the log group {group} (of {by}) is there", found)
    elif found is not Sight.THERE:
        message = f"The log group {group} (of {by}) does not exist: no task could start."
        advice = 'Create it, or set "awslogs-create-group": "true" in the task definition.'
        yield Finding(CHECK, Grade.STOP, group, message, advice)
