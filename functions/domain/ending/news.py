"""What is announced, to machines and to people, and under which id?"""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from functions.domain.ending.end import End, Outcome, reason_document
from functions.domain.evidence.redaction import lines, redacted
from functions.domain.plan import Kind
from functions.domain.reason import Code, Reason
from functions.domain.release import named
from functions.domain.stop_reason.advice import advice

MOST_LINES = 10
SUBJECT_LETTERS = 99
"""SNS wants less than 100, in ASCII:
https://docs.aws.amazon.com/sns/latest/api/API_Publish.html"""
REFUSED_AGAIN = (Outcome.ROLLED_BACK, Outcome.ROLLBACK_FAILED, Outcome.REJECTED)
OF_DEPLOYMENTS = frozenset({Code.FAULT, Code.ABORTED})
"""What is to be done about them depends on how far the deployment had come: its end says it."""


@dataclass(frozen=True, slots=True)
class News:
    """`news` is the detail of the event on the bus; people get `text` under `subject`."""

    news: dict[str, Any]
    subject: str
    text: str


def news(record: Mapping[str, Any], end: End, bucket: str) -> News:
    """Return what is told of a closed record; the id is the same however often it is told.

    `bucket` keeps the evidence. Whatever wrote it, nothing secret of it leaves here.
    """
    end = _clean(end)
    services = {key: redacted(str(said)) for key, said in record["services"].items()}
    notes = [redacted(str(each)) for each in record.get("notes") or ()]
    links = _links(record, bucket)
    detail = {
        "announcement": f"{record['application']}#{record['number']}/{end.outcome.value}",
        "application": record["application"],
        "deployment": record["number"],
        "release": record.get("release"),
        "image_tag": record["image_tag"],
        "digest": record["digest"],
        "by": record["by"],
        "outcome": end.outcome.value,
        "phase": end.phase,
        "message": end.message,
        "reason": reason_document(end.reason),
        "services": services,
        "notes": notes,
        "condition": end.condition,
        "execution": record["owner"],
        "evidence": record["evidence"],
        "links": links,
    }
    text = _text(end, services, notes, links, _again(record, end))
    return News(detail, _subject(record, end), "\n".join(text))


def _clean(end: End) -> End:
    reason = end.reason and replace(
        end.reason,
        message=redacted(end.reason.message),
        evidence=tuple(map(redacted, end.reason.evidence)),
        log_lines=lines(end.reason.log_lines, MOST_LINES),
    )
    return replace(
        end,
        message=redacted(end.message),
        reason=reason,
        what=redacted(end.what),
        done=redacted(end.done),
        now=redacted(end.now),
        why=redacted(end.why),
    )


def _subject(record: Mapping[str, Any], end: End) -> str:
    release, tag = record.get("release"), record["image_tag"]
    called = tag or f"deployment #{record['number']}"
    if release is not None:
        called = named(int(release), tag) if release else "release #0"
    said = ", ".join(filter(None, (end.outcome.value, end.condition)))
    return subject(f"{said}: {record['application']} {called}")


def subject(text: str) -> str:
    """Return a text as SNS takes it for a subject."""
    return text.encode("ascii", "replace").decode()[:SUBJECT_LETTERS]


def _again(record: Mapping[str, Any], end: End) -> str:
    """Return the input that deploys the same image again, where a push of it would be refused."""
    if end.outcome not in REFUSED_AGAIN or record.get("kind") == Kind.BY_HAND:
        return ""
    if end.reason is not None and end.reason.code is Code.CONTRACT_FAILED:
        return ""
    image = record["image_tag"] or record["digest"]
    force = {} if end.outcome is Outcome.REJECTED else {"force": True}
    return json.dumps({"application": record["application"], "image": image, **force})


def _text(
    end: End,
    services: Mapping[str, str],
    notes: Sequence[str],
    links: Mapping[str, str | None],
    again: str,
) -> Iterator[str]:
    """Yield the lines that people read, the most important first."""
    yield end.what or end.message
    if end.reason is not None:
        yield f"Why: {end.why or end.reason.message}"
    if services:
        yield "Tasks:"
        yield from (f"  {key}: {said}" for key, said in sorted(services.items()))
    yield from (f"Noticed: {each}" for each in notes)
    if end.reason is not None and end.reason.log_lines:
        yield "Last log lines:"
        yield from (f"  {line}" for line in end.reason.log_lines)
    if end.done:
        yield f"{'Done' if end.reason else 'Seen'}: {end.done}"
    if end.reason is not None:
        yield f"Now: {_now(end, end.reason)}"
    if again:
        yield f"The same image again, once that is done: start deploy with {again}"
    yield f"Execution: {links['execution']}"
    if links["evidence"]:
        yield f"Evidence: {links['evidence']}"


def _now(end: End, reason: Reason) -> str:
    """Return what to do now: at once, if there is something, and about the cause."""
    if end.now and reason.code in OF_DEPLOYMENTS:
        return end.now
    return f"{end.now} {advice(reason.code)}".strip()


def _links(record: Mapping[str, Any], bucket: str) -> dict[str, str | None]:
    """Return where a person looks: the execution, and the document of its evidence if it is kept.

    Both are pages of the AWS console, in the region that the ARN of the execution names.
    """
    arn, key = str(record["owner"]), record["evidence"]
    region = arn.split(":")[3]
    states = f"https://{region}.console.aws.amazon.com/states/home?region={region}"
    return {
        "execution": f"{states}#/v2/executions/details/{arn}",
        "evidence": key
        and f"https://{region}.console.aws.amazon.com/s3/object/{bucket}?region={region}&prefix={key}",
    }


def token(record: Mapping[str, Any], end: End) -> str:
    """Return the client request token under which the record is closed once (36 at most)."""
    reason = end.reason.code.value if end.reason else ""
    said = f"{record['owner']}/{record['number']}/{end.outcome.value}/{reason}"
    return hashlib.sha256(f"{said}/{record['evidence']}".encode()).hexdigest()[:36]
