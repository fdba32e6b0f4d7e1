"""Do the schedules run the revisions they have to, and which are to be changed?"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from functions.aws import clients, schedules
from functions.aws.failures import translated
from functions.domain.errors import TerminalError
from functions.domain.following import Judgement, Refusal, Round, judge, unreadable
from functions.domain.plan import Follow
from functions.domain.reason import Reason
from functions.domain.scheduled import Found
from functions.domain.verdict import Word
from functions.edge import entrypoint, logger


@dataclass(frozen=True, slots=True)
class Request:
    """`round` is 1 at the first look, `refusals` are those since the last one.

    `revisions` are ARNs by service key; what `follow` says itself comes first.
    """

    execution: str
    now: datetime
    follow: Follow
    revisions: Mapping[str, str]
    round: int
    refusals: tuple[Refusal, ...]


@dataclass(frozen=True, slots=True)
class Answer:
    """`changes` are to be made where the verdict is Wait: their arguments are those of the call."""

    verdict: Word
    message: str
    reason: Reason | None
    changes: tuple[Found, ...]


@entrypoint(Request, Answer)
def handler(request: Request) -> Answer:
    judged = _judged(request)
    verdict = judged.verdict
    logger.info("schedules looked at", round=request.round, verdict=verdict)
    return Answer(verdict.verdict, verdict.message, verdict.reason, judged.changes)


def _judged(request: Request) -> Judgement:
    revisions = {**request.revisions, **request.follow.revisions}
    families = request.follow.families.items()
    wanted = {family: revisions[key] for family, key in families if key in revisions}
    at = Round(request.execution, request.round, request.refusals)
    try:
        look = schedules.look(_eyes(), request.follow.names)
    except Exception as error:
        known = translated(error)
        if not isinstance(known, TerminalError):
            raise
        return Judgement(unreadable(str(known)))
    return judge(look, wanted, at, request.now)


def _eyes() -> schedules.Eyes:
    return schedules.Eyes(clients.scheduler(), clients.events())
