"""Does the release stay well once it runs?"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from functions.aws import alarms, clients, rollouts
from functions.domain.bake import Watched, judge, next_look_seconds
from functions.domain.plan import Bake, Roll
from functions.domain.reason import Reason
from functions.domain.rollout import Expected
from functions.domain.turn import Turn
from functions.domain.verdict import Word
from functions.edge import entrypoint, logger


@dataclass(frozen=True, slots=True)
class Request:
    """`revisions` and `rolled` are by service key: what runs, and how its roll ended."""

    execution: str
    now: datetime
    bake: Bake
    rolls: tuple[Roll, ...]
    revisions: dict[str, str]
    rolled: dict[str, dict[str, Any]]
    ends_at: datetime


@dataclass(frozen=True, slots=True)
class Answer:
    verdict: Word
    message: str
    reason: Reason | None
    looked_at: str
    not_before: str
    wait_seconds: int


@entrypoint(Request, Answer)
def handler(request: Request) -> Answer:
    watched = tuple(_watched(request, roll) for roll in request.rolls)
    states = alarms.states(clients.cloudwatch(), request.bake.alarms)
    verdict = judge(watched, states, request.now, request.ends_at)
    logger.info("bake judged", verdict=verdict)
    turn = Turn.after(request.now, next_look_seconds(request.now, request.ends_at))
    return Answer(
        verdict.verdict,
        verdict.message,
        verdict.reason,
        turn.looked_at,
        turn.not_before,
        turn.wait_seconds,
    )


def _watched(request: Request, roll: Roll) -> Watched:
    rolled = request.rolled[roll.key]
    deployment, since = str(rolled["deployment"]), datetime.fromisoformat(str(rolled["since"]))
    subject = rollouts.Subject(roll.cluster, roll.service, deployment, since)
    look = rollouts.look(clients.ecs(), subject, request.now)
    expected = Expected(deployment, request.revisions[roll.key], roll.digests)
    return Watched(roll.key, expected, since, look)
