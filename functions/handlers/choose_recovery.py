"""A release failed: go back, or leave things as they are?"""

from dataclasses import dataclass, replace

from functions.aws import clients, ledger, task_definitions
from functions.domain.catalogue import Application
from functions.domain.plan import Pin, Plan, Step
from functions.domain.recovery import choose
from functions.domain.verdict import Verdict
from functions.edge import entrypoint, logger


@dataclass(frozen=True, slots=True)
class Request:
    """`failed_at` is the index of the step that failed, `verdicts` are what its parts said."""

    execution: str
    now: str
    application: Application
    ledger: str
    plan: Plan
    failed_at: int
    verdicts: tuple[Verdict, ...]


@dataclass(frozen=True, slots=True)
class Answer:
    message: str
    steps: tuple[Step, ...]


@entrypoint(Request, Answer)
def handler(request: Request) -> Answer:
    application = request.application
    known = ledger.known(clients.dynamodb(), request.ledger, application.application)
    recovery = choose(application, request.plan, request.failed_at, known.stables, request.verdicts)
    logger.info("recovery chosen", reason=recovery.message, steps=len(recovery.steps))
    return Answer(recovery.message, tuple(_restorable(step) for step in recovery.steps))


def _restorable(step: Step) -> Step:
    return replace(step, pins=tuple(_active(pin) for pin in step.pins))


def _active(pin: Pin) -> Pin:
    """Have a revision that somebody deregistered registered again, from its own document."""
    if pin.revision is None or task_definitions.is_active(clients.ecs(), pin.revision):
        return pin
    return replace(pin, base=pin.revision, revision=None)
