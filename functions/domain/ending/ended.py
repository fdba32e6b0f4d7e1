"""What is added to a record at its end, and kept until it is told?"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass

from functions.domain.ending.end import End, reason_document
from functions.domain.ending.news import News
from functions.domain.writes import Condition, Put, news_key

UNTIL_CLOSED = "attribute_not_exists(#outcome)"


@dataclass(frozen=True, slots=True)
class Evidence:
    """The key under which the document is kept, and what is missing of it, if anything."""

    key: str | None = None
    problem: str | None = None


UNKEPT = Evidence()


def closing(record: Mapping[str, object]) -> Put:
    """Return the write that ends a record, which nothing ever changes again."""
    return Put(record, Condition(UNTIL_CLOSED))


def ended(end: End, at: str, evidence: Evidence) -> dict[str, object]:
    """Return what the end adds to a record."""
    return {
        "phase": end.phase,
        "outcome": end.outcome.value,
        "message": end.message,
        "reason": reason_document(end.reason),
        "closed_at": at,
        "evidence": evidence.key,
        "evidence_problem": evidence.problem,
        "condition": end.condition and end.condition.value,
    }


def to_tell(news: News) -> Put:
    """Return the write that keeps news until they are told, also if whoever tells them dies."""
    key = news_key(str(news.news["application"]), int(news.news["deployment"]))
    return Put({**key, **asdict(news)})
