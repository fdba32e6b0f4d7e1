"""What is to be done while Pilothouse cannot look?"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from functions.domain.catalogue import Unsure
from functions.domain.fault import Fault, shown
from functions.domain.pause import LOOK_AGAIN_SECONDS, About, pause
from functions.domain.reason import Reason
from functions.domain.turn import Turn
from functions.domain.verdict import Word
from functions.edge import entrypoint, logger


@dataclass(frozen=True, slots=True)
class Request:
    """`what` could not be looked at because of `fault`; it is given up `seconds` after `began_at`.

    `unsure` is what becomes of the release then, `told` says that people know of the pause.
    """

    execution: str
    now: datetime
    about: About
    what: str
    fault: Fault
    began_at: datetime
    seconds: int
    unsure: Unsure
    told: bool


@dataclass(frozen=True, slots=True)
class _Look:
    """What the waiting state takes for the answer of a look."""

    verdict: Word
    message: str
    reason: Reason | None
    looked_at: str
    not_before: str
    wait_seconds: int


@dataclass(frozen=True, slots=True)
class Answer:
    look: _Look
    announce: bool
    news: dict[str, Any]
    subject: str
    text: str


@entrypoint(Request, Answer)
def handler(request: Request) -> Answer:
    paused = pause(
        request.about,
        request.what,
        shown(request.fault, 300),
        request.now,
        request.began_at + timedelta(seconds=request.seconds),
        request.unsure,
        told=request.told,
    )
    verdict = paused.verdict
    logger.warning("cannot look", what=request.what, why=verdict.message)
    turn = Turn.after(request.now, LOOK_AGAIN_SECONDS)
    look = _Look(
        verdict.verdict,
        verdict.message,
        verdict.reason,
        turn.looked_at,
        turn.not_before,
        turn.wait_seconds,
    )
    return Answer(look, paused.announce, dict(paused.news), paused.subject, paused.text)
