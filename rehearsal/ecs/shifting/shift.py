"""How far has a deployment come that shifts its traffic?"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from rehearsal.ecs.rollout.deployments import Deployment
from rehearsal.ecs.rollout.ecs_service import Service
from rehearsal.ecs.rollout.verdicts import Cause
from rehearsal.ecs.shifting.strategy import Stage
from rehearsal.ecs.world import Document

Waits = Iterator[datetime | None]
"""What a course yields while it cannot go on: until when at most, where it knows."""


@dataclass(frozen=True, slots=True)
class Move:
    """Who has which share of the traffic from a time on, in percent by revision ARN."""

    at: datetime
    production: Mapping[str, float]
    test: Mapping[str, float]


@dataclass(slots=True)
class Run:
    """One hook at one stage."""

    shown: Document
    """As DescribeServiceDeployments shows it."""
    stage: Stage
    execution: str
    details: Document
    """`hookDetails` for the next call of the function."""

    @property
    def pending(self) -> bool:
        return self.shown["status"] in ("AWAITING_ACTION", "IN_PROGRESS")


@dataclass(slots=True)
class Shift:
    green: Deployment
    """The revision that is deployed."""
    blue: Deployment | None
    """The one whose place it takes; none where it is the first of its service."""
    stage: Stage | None = None
    runs: list[Run] = field(default_factory=list)
    """The hooks of the present stage."""
    kept: list[Deployment] = field(default_factory=list)
    """The revisions whose tasks are replaced when they die."""
    leaving: list[Deployment] = field(default_factory=list)
    """Those whose tasks go."""
    waits: Waits = field(default_factory=lambda: iter(()))
    due: datetime | None = None
    limit: datetime | None = None
    """When the stage has lasted too long; none while it bakes or a person is awaited."""
    baking: bool = False
    trouble: Cause | None = None
    """Why it has to go back."""
    goes_back: bool = False
    done: bool = False
    moves: list[Move] = field(default_factory=list)
    entered: list[tuple[datetime, Stage]] = field(default_factory=list)
    """When it came to which stage."""


def production_shares(service: Service) -> dict[str, float]:
    """Return who has the production traffic now, in percent by revision ARN."""
    found = {each.revision_arn: each.production for each in service.deployments}
    return {arn: share for arn, share in found.items() if share is not None}


def shares_of_tests(service: Service) -> dict[str, float]:
    """Return who has the traffic of the test listeners now."""
    found = {each.revision_arn: each.test for each in service.deployments}
    return {arn: share for arn, share in found.items() if share is not None}
