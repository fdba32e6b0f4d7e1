"""What is left to do of a deployment whose execution died before it had concluded?"""

from dataclasses import asdict, dataclass, field
from typing import Any

from functions.aws import clients, gathering, ledger, leftovers
from functions.domain.ending import abandoned
from functions.domain.ending.abandoned import Dead, Found
from functions.domain.ending.end import end_document
from functions.domain.ending.ended import to_tell
from functions.domain.ending.news import news, token
from functions.domain.opening import Claim, Opening
from functions.domain.writes import partition
from functions.edge import entrypoint, logger


@dataclass(frozen=True, slots=True)
class Request:
    """`dead` is the execution as Step Functions describes it, `known` are all applications.

    `deployment` is the number that was taken for it because it had none, `unkept` why its
    evidence could not be kept.
    """

    execution: str
    now: str
    ledger: str
    bucket: str
    known: tuple[str, ...]
    dead: Dead
    deployment: int | None
    unkept: str | None


@dataclass(frozen=True, slots=True)
class Answer:
    """What is left to do, in this order: take a number, keep, write, tell, release the claim."""

    end: dict[str, Any] | None
    claim: Claim
    unnumbered: bool = False
    evidence: dict[str, Any] | None = None
    writes: list[dict[str, Any]] = field(default_factory=list)
    token: str | None = None
    news: dict[str, Any] | None = None


@entrypoint(Request, Answer)
def handler(request: Request) -> Answer:
    dead = request.dead
    asked = abandoned.asked(dead, request.known)
    if asked is None:
        return Answer(None, Claim(partition("?"), dead.execution, 0))
    opening = abandoned.opening_of(asked, dead, request.deployment or 0)
    found = leftovers.find(clients.dynamodb(), request.ledger, opening)
    claim = Claim(partition(asked.application), dead.execution, found.fence or 0)
    if found.ended:
        return Answer(None, claim, news=dict(found.news) if found.news else None)
    if found.record is None and request.deployment is None:
        return Answer(None, claim, unnumbered=True)
    return _closed(request, claim, opening, found)


def _closed(request: Request, claim: Claim, opening: Opening, found: Found) -> Answer:
    opening, record = abandoned.resumed(opening, found)
    end = abandoned.end(opening.application, request.dead, record)
    gathered = gathering.gather(
        clients.s3(), request.bucket, opening.application, opening.number, request.unkept
    )
    writes = abandoned.closed(opening, record, end, request.now, gathered.evidence)
    last = writes[0].item
    told = news(last, end, request.bucket)
    logger.info("abandoned deployment concluded", outcome=end.outcome, reason=end.message)
    return Answer(
        end_document(end),
        claim,
        evidence=gathered.document(last),
        writes=ledger.transact(request.ledger, [*writes, to_tell(told)]),
        token=token(last, end),
        news=asdict(told),
    )
