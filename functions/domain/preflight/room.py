"""Is there room and time for a release: on instances, in quotas and subnets, within deadlines?"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from functions.domain.catalogue import Application
from functions.domain.known import Facts
from functions.domain.preflight import (
    addresses,
    durations,
    fargate,
    instances,
    percentages,
    scaling,
)
from functions.domain.preflight.fargate import Quota
from functions.domain.preflight.finding import Finding
from functions.domain.preflight.instances import Instances
from functions.domain.preflight.needs import needs
from functions.domain.preflight.rolling import Group
from functions.domain.preflight.scaling import Limits
from functions.domain.preflight.sight import Unread


@dataclass(frozen=True, slots=True)
class Room:
    """What was read; each part of it may not have been.

    `quotas` are by capacity provider (FARGATE, FARGATE_SPOT), `addresses` are those free by subnet,
    `scaled` is by the name of the service, `groups` by ARN. A part that nothing asks for is empty.
    """

    instances: Instances | Unread = field(default_factory=lambda: Instances((), {}))
    quotas: Mapping[str, Quota | Unread] = field(default_factory=dict)
    addresses: Mapping[str, int | None] | Unread = field(default_factory=dict)
    scaled: Mapping[str, Limits] | Unread = field(default_factory=dict)
    groups: Mapping[str, Group] | Unread = field(default_factory=dict)


def findings(
    application: Application, facts: Mapping[str, Facts], room: Room
) -> tuple[Finding, ...]:
    """Return everything that is found out, check by check."""
    return tuple(_findings(application, facts, room))


def _findings(
    application: Application, facts: Mapping[str, Facts], room: Room
) -> Iterator[Finding]:
    needed = needs(application, facts)
    for need in needed:
        yield percentages.judged(need.key, need.service.strategy, need.moves)
    unproved = percentages.nothing_proved(application, [each.moves for each in needed])
    if unproved is not None:
        yield unproved
    yield from instances.findings(application, needed, room.instances)
    yield from fargate.findings(application, needed, room.quotas)
    yield from addresses.findings(application, needed, room.addresses)
    yield from scaling.findings(needed, room.scaled)
    yield from durations.findings(application, needed, room.groups)
