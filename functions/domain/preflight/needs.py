"""What does each service need in order to roll, and what runs beside it?"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from functions.domain.catalogue import Application, Service
from functions.domain.known import Facts
from functions.domain.preflight.percentages import Moves, moves
from functions.domain.steps import in_order

FARGATE = ("FARGATE", "FARGATE_SPOT")
"""The capacity providers that are AWS's own."""


@dataclass(frozen=True, slots=True)
class Need:
    """`found` is what DescribeServices says of the service, `definition` its new base.

    Its roll cannot go on where `least` more tasks find no room; at most there are `most`. `beside`
    is what runs once next to all of them: "the expand migration".
    """

    service: Service
    found: Mapping[str, Any]
    definition: Mapping[str, Any]
    moves: Moves
    beside: str = ""

    @property
    def key(self) -> str:
        return self.service.key

    @property
    def least(self) -> int:
        return self.moves.least

    @property
    def most(self) -> int:
        return max(self.moves.surge, int(bool(self.beside)))

    @property
    def providers(self) -> tuple[str, ...]:
        """Return where its tasks run: capacity providers, else its launch type."""
        strategy = self.found.get("capacityProviderStrategy") or ()
        named = tuple(str(each["capacityProvider"]) for each in strategy)
        return named or (str(self.found.get("launchType") or "EC2"),)

    @property
    def on_instances(self) -> bool:
        return not set(self.providers) & {*FARGATE}


def needs(application: Application, facts: Mapping[str, Facts]) -> tuple[Need, ...]:
    """Return what the services need of which everything is known."""
    return tuple(_needs(application, facts))


def _needs(application: Application, facts: Mapping[str, Facts]) -> Iterator[Need]:
    for service in application.services:
        known = facts.get(service.key)
        if known and known.service is not None and known.definition is not None:
            moving = moves(known.service, service.strategy)
            beside = _beside(application, service.key)
            yield Need(service, known.service, known.definition, moving, beside)


def _beside(application: Application, key: str) -> str:
    """Say what starts while all tasks of the service run; a probe is one of its own tasks."""
    expand = application.migrations.expand
    if expand is not None and expand.service == key:
        return "the expand migration"
    return "the probe" if application.order.probe == key else ""


def widest(application: Application, needed: Mapping[str, float]) -> float:
    """Return what the services need that roll at the same time, by what each needs: the most."""
    waves = in_order(application)
    return max(sum(needed.get(each.key, 0) for each in wave) for wave in waves)
