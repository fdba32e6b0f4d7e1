"""Has this deployment won, has it lost, or is it too early to say?"""

from dataclasses import dataclass
from datetime import datetime

from functions.aws import clients, rollouts
from functions.domain.plan import Roll
from functions.domain.reason import Reason
from functions.domain.rollout import (
    Clocks,
    Expected,
    Patience,
    advance,
    judge,
    next_look_seconds,
)
from functions.domain.turn import Turn
from functions.domain.verdict import Word
from functions.edge import entrypoint, logger


@dataclass(frozen=True, slots=True)
class Request:
    """`deployment` is the id that UpdateService gave, `revision` the ARN asked for."""

    execution: str
    now: datetime
    roll: Roll
    revision: str
    deployment: str
    clocks: Clocks


@dataclass(frozen=True, slots=True)
class Answer:
    verdict: Word
    message: str
    reason: Reason | None
    clocks: Clocks
    looked_at: str
    not_before: str
    wait_seconds: int


@entrypoint(Request, Answer)
def handler(request: Request) -> Answer:
    roll = request.roll
    subject = rollouts.Subject(roll.cluster, roll.service, request.deployment, request.clocks.since)
    look = rollouts.look(clients.ecs(), subject, request.now)
    clocks = advance(request.clocks, look)
    verdict = judge(
        look,
        Expected(request.deployment, request.revision, roll.digests),
        clocks,
        Patience(roll.progress_seconds, roll.overall_seconds),
    )
    logger.info("rollout judged", service=roll.service, verdict=verdict)
    turn = Turn.after(request.now, next_look_seconds(look))
    return Answer(
        verdict.verdict,
        verdict.message,
        verdict.reason,
        clocks,
        turn.looked_at,
        turn.not_before,
        turn.wait_seconds,
    )
