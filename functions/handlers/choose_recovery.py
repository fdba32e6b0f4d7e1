"""A release failed: go back, or leave things as they are?"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from functions.aws import clients, executions, ledger, restorable, standing
from functions.domain.catalogue import Application
from functions.domain.known import Known
from functions.domain.plan import Plan, Step
from functions.domain.recovery.choose import choose
from functions.domain.recovery.failure import Failure, Situation
from functions.domain.recovery.successor import Pending, successors
from functions.domain.verdict import Verdict
from functions.edge import entrypoint, logger


@dataclass(frozen=True, slots=True)
class Request:
    """`failed_at` is the index of the step that failed, known since `failed_since`.

    `verdicts` are what its parts said, `revisions` what each service was pinned to, and `rolled`
    what its roll has handed back: its `deployment`, where it made one.
    """

    execution: str
    now: datetime
    application: Application
    ledger: str
    deployment: int
    plan: Plan
    failed_at: int
    failed_since: datetime
    verdicts: tuple[Verdict, ...]
    revisions: dict[str, str]
    rolled: dict[str, dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Answer:
    """`left` are services that do not go back, `holds`: newer pushes wait for a person."""

    message: str
    steps: tuple[Step, ...]
    left: tuple[str, ...]
    holds: bool


@entrypoint(Request, Answer)
def handler(request: Request) -> Answer:
    failure = Failure(
        request.plan,
        request.failed_at,
        request.failed_since,
        request.verdicts,
        request.revisions,
    )
    name = request.application.application
    known = ledger.known(clients.dynamodb(), request.ledger, name)
    recovery = choose(request.application, failure, _situation(request, failure, known))
    logger.info("recovery chosen", reason=recovery.message, steps=len(recovery.steps))
    return Answer(recovery.message, recovery.steps, recovery.left, recovery.holds)


def _situation(request: Request, failure: Failure, known: Known) -> Situation:
    stables = {key: each for key, each in known.stables.items() if key in failure.touched}
    services = {each.key: each.service for each in request.application.services}
    subjects = [
        standing.Subject(
            key,
            services[key],
            request.rolled.get(key, {}).get("deployment"),
            each.part.revision is not None,
        )
        for key, each in stables.items()
    ]
    return Situation(
        at=request.now,
        stables=stables,
        standing=standing.look(clients.ecs(), request.application.cluster, subjects),
        restorable={
            key: restorable.look(clients.ecs(), clients.ecr(), each.part)
            for key, each in stables.items()
        },
        successor=_successor(request, known),
        migrations=known.migrations,
        verified={each.number: each.verified_at for each in known.releases},
    )


def _successor(request: Request, known: Known) -> Pending | None:
    """Return what is about to replace the release, if its execution still runs."""
    name, failed = request.application.application, request.plan.release
    waiting = ledger.pending(clients.dynamodb(), request.ledger, name, request.deployment)
    if failed is None:
        return None
    found = successors(waiting, request.application, failed, known, request.now)
    runs = (each for each in found if executions.is_running(clients.stepfunctions(), each.owner))
    return next(runs, None)
