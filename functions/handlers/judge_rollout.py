"""Has this deployment won, has it lost, or is it too early to say?"""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from functions.aws import clients, keeping, rollouts
from functions.domain.ending.news import News
from functions.domain.pause import About
from functions.domain.plan import Roll
from functions.domain.reason import Reason
from functions.domain.rollout.deadlines import Patience
from functions.domain.rollout.identity import Expected
from functions.domain.rollout.judge import Judgement, judge, next_look_seconds
from functions.domain.rollout.memory import Memory
from functions.domain.rollout.siblings import stopped
from functions.domain.rollout.stages import notice
from functions.domain.turn import Turn
from functions.domain.verdict import Word, quoting
from functions.edge import entrypoint, logger


@dataclass(frozen=True, slots=True)
class Request:
    """`revision` is the ARN asked for, `memory` what the look before left.

    `failing` is the key of a service of the same wave that has failed, None where none has.
    """

    execution: str
    now: datetime
    about: About
    roll: Roll
    revision: str
    memory: Memory
    failing: str | None


@dataclass(frozen=True, slots=True)
class Answer:
    """`evidence` is what is new and worth keeping.

    `stage` is the sentence of where the strategy of ECS is, if it came further; `ask` is to be told
    to people: a hook waits for them.
    """

    verdict: Word
    message: str
    reason: Reason | None
    memory: Memory
    evidence: dict[str, Any] | None
    looked_at: str
    not_before: str
    wait_seconds: int
    stage: str | None
    ask: News | None


@entrypoint(Request, Answer)
def handler(request: Request) -> Answer:
    roll, before = request.roll, request.memory
    look = rollouts.look(_eyes(), _subject(request), request.now)
    expected = Expected(before.deployment, request.revision, roll.digests, roll.turned_back)
    judged = judge(look, expected, before, _patience(roll))
    seen = keeping.Seen(look, _telling(judged, before), before.since)
    found = keeping.keep(clients.logs, roll.key, {roll.key: seen}, before.kept, roll.log_lines)
    failing = request.failing if roll.siblings else None
    verdict = stopped(quoting(judged.verdict, found.lines), roll.key, failing)
    noticed = notice(look, judged.memory, request.about, roll.key)
    logger.info("rollout judged", service=roll.service, verdict=verdict)
    turn = Turn.after(request.now, next_look_seconds(look))
    return Answer(
        verdict.verdict,
        verdict.message,
        verdict.reason,
        replace(noticed.memory, kept=found.kept),
        found.part,
        turn.looked_at,
        turn.not_before,
        turn.wait_seconds,
        noticed.stage,
        noticed.ask if verdict.verdict is Word.WAIT else None,
    )


def _telling(judged: Judgement, before: Memory) -> frozenset[str]:
    """Return the tasks whose log lines are worth reading: fresh failures, and at the end all."""
    failed = judged.memory.failed.keys()
    over = judged.verdict.verdict is Word.FAIL
    return frozenset(failed if over else failed - before.failed.keys())


def _eyes() -> rollouts.Eyes:
    return rollouts.Eyes(clients.ecs(), clients.elbv2())


def _subject(request: Request) -> rollouts.Subject:
    roll, memory = request.roll, request.memory
    return rollouts.Subject(
        cluster=roll.cluster,
        service=roll.service,
        revision=request.revision,
        deployment=memory.deployment,
        since=memory.since,
        # Where the service was updated after all, the deployment of that one is looked up.
        service_deployment=roll.service_deployment if memory.deployment is None else None,
    )


def _patience(roll: Roll) -> Patience:
    return Patience(
        roll.task_healthy_seconds,
        roll.progress_seconds,
        roll.capacity_seconds,
        roll.overall_seconds,
    )
