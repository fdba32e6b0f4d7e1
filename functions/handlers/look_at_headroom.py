"""What is to be done next for the headroom of a deployment?"""

from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from functions.aws import clients, headroom, ledger
from functions.domain.catalogue import Headroom
from functions.domain.headroom.course import next_move
from functions.domain.headroom.move import Do, Look
from functions.domain.headroom.raised import noted
from functions.domain.headroom.told import told
from functions.domain.pause import About
from functions.domain.verdict import Verdict
from functions.edge import entrypoint, logger


@dataclass(frozen=True, slots=True)
class Request:
    """`record` is the key of the deployment's record, and `began_at` when this execution began.

    `answered` says that the deployment has its verdict, `terminated` which instance was terminated
    just now, `trouble` what AWS said to the last change; each is empty where there was none.
    """

    execution: str
    now: datetime
    began_at: datetime
    ledger: str
    about: About
    cluster: str
    headroom: Headroom
    record: dict[str, str]
    answered: bool
    terminated: str
    trouble: str


@dataclass(frozen=True, slots=True)
class Answer:
    """`put` is what is noted before a change; the group and the host are those to be changed."""

    do: Do
    message: str
    wait_seconds: int
    verdict: Verdict | None
    put: dict[str, Any] | None
    group: str
    least: int
    least_before: int
    desired: int
    host: str
    arn: str
    told: dict[str, Any] | None


@entrypoint(Request, Answer)
def handler(request: Request) -> Answer:
    look = _look(request)
    move = next_move(look)
    logger.info("headroom looked at", move=move.do, why=move.message)
    note = move.note or look.raised
    application = request.about.application
    put = noted(application, move.note) if move.note else None
    return Answer(
        do=move.do,
        message=move.message,
        wait_seconds=move.wait_seconds,
        verdict=move.verdict,
        put=ledger.transact(request.ledger, [put])[0]["Put"] if put else None,
        group=note.group if note else "",
        least=note.min_set if note else 0,
        least_before=note.min_before if note else 0,
        # Others may have scaled it out meanwhile: what they wanted is never taken away.
        desired=max(note.desired, look.group.desired if look.group else 0) if note else 0,
        host=move.host,
        arn=move.arn,
        told=asdict(told(request.about, move.message)) if move.do is Do.TELL else None,
    )


def _look(request: Request) -> Look:
    table, about = request.ledger, request.about
    record = ledger.read(clients.dynamodb(), table, request.record) or {}
    closed = record.get("closed_at") if "outcome" in record else None
    return Look(
        now=request.now,
        began_at=request.began_at,
        deployment=about.deployment,
        headroom=request.headroom,
        group=headroom.group(
            clients.autoscaling(), clients.ecs(), request.cluster, request.headroom
        ),
        raised=headroom.raised(clients.dynamodb(), table, about.application),
        closed_at=datetime.fromisoformat(closed) if closed else None,
        answered=request.answered,
        terminated=request.terminated,
        trouble=request.trouble,
    )
