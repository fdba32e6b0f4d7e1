"""Does the release stay well once it runs?"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from functions.aws import alarms, clients, keeping, rollouts, traffic
from functions.domain.bake.armed import Alarm
from functions.domain.bake.judge import Remembered, judge, next_look_seconds, remember
from functions.domain.bake.look import BakeLook, Watched
from functions.domain.bake.traffic import Requests, due
from functions.domain.plan import Bake, Roll
from functions.domain.reason import Reason
from functions.domain.rollout.identity import Expected
from functions.domain.rollout.memory import Memory
from functions.domain.turn import Turn
from functions.domain.verdict import Word, quoting
from functions.edge import entrypoint, logger


@dataclass(frozen=True, slots=True)
class Request:
    """`revisions` and `rolled` are by service key: what runs, and how its roll ended.

    `memory` is what the look before answered, None at the first.
    """

    execution: str
    now: datetime
    bake: Bake
    rolls: tuple[Roll, ...]
    revisions: dict[str, str]
    rolled: dict[str, dict[str, Any]]
    ends_at: datetime
    began_at: datetime
    memory: Remembered | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """`evidence` is what is to be kept of this look, None where there is nothing new."""

    verdict: Word
    message: str
    reason: Reason | None
    memory: Remembered
    evidence: dict[str, Any] | None
    looked_at: str
    not_before: str
    wait_seconds: int


@entrypoint(Request, Answer)
def handler(request: Request) -> Answer:
    before = request.memory or Remembered()
    look = _look(request, before)
    found = _kept(request, look, before)
    verdict = quoting(judge(look), found.lines)
    logger.info("bake judged", verdict=verdict)
    turn = Turn.after(request.now, next_look_seconds(request.now, request.ends_at))
    return Answer(
        verdict.verdict,
        verdict.message,
        verdict.reason,
        replace(remember(look), kept=found.kept),
        found.part,
        turn.looked_at,
        turn.not_before,
        turn.wait_seconds,
    )


def _look(request: Request, before: Remembered) -> BakeLook:
    watched = tuple(_watched(request, roll, before) for roll in request.rolls)
    look = BakeLook(
        bake=request.bake,
        began_at=request.began_at,
        ends_at=request.ends_at,
        at=request.now,
        watched=watched,
        over_since=before.over_since,
    )
    return look.finding(_alarms(look), _requests(request))


def _watched(request: Request, roll: Roll, before: Remembered) -> Watched:
    rolled = request.rolled[roll.key]
    deployment, since = rolled["deployment"], datetime.fromisoformat(str(rolled["since"]))
    made, failed = rolled.get("created_at"), dict(rolled.get("failed") or {})
    memory = Memory(
        since=since,
        started_at=since,
        progressed_at=since,
        looked_at=since,
        deployment=deployment,
        created_at=datetime.fromisoformat(made) if made else None,
        failed={**failed, **before.failed.get(roll.key, {})},
    )
    revision = roll.revision or request.revisions[roll.key]
    subject = rollouts.Subject(roll.cluster, roll.service, revision, deployment, since)
    look = rollouts.look(rollouts.Eyes(clients.ecs(), clients.elbv2()), subject, request.now)
    expected = Expected(deployment, revision, roll.digests)
    return Watched(
        roll.key,
        expected,
        memory,
        look,
        roll.task_healthy_seconds,
        roll.capacity_seconds,
        failed,
    )


def _alarms(look: BakeLook) -> Mapping[str, Alarm]:
    names = sorted({name for each in look.services for name in each.rules.alarms})
    return alarms.read(clients.cloudwatch(), names, look.released_at)


def _requests(request: Request) -> Mapping[str, Requests]:
    """Read the requests of the services that want some and whose minutes are over."""
    places = {roll.key: traffic.Place(roll.cluster, roll.service) for roll in request.rolls}
    sources = traffic.Sources(clients.ecs(), clients.elbv2(), clients.cloudwatch())
    return {
        each.key: traffic.requests(sources, places[each.key], request.began_at, request.now)
        for each in request.bake.services
        if due(each.rules, request.began_at, request.now)
    }


def _kept(request: Request, look: BakeLook, before: Remembered) -> keeping.Kept:
    seen = {
        each.key: keeping.Seen(
            each.look,
            frozenset(each.failed.keys() - each.memory.failed.keys()),
            each.memory.since,
        )
        for each in look.watched
    }
    told = [each.document for _, each in sorted(look.alarms.items())]
    log_lines = max((roll.log_lines for roll in request.rolls), default=0)
    return keeping.keep(clients.logs, "bake", seen, before.kept, log_lines, told)
