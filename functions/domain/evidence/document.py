"""What is kept of a deployment, since ECS forgets it within the hour?

A look leaves a part; at the end all parts become one document. What people wrote or programs
printed goes through redaction on both ways.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from decimal import Decimal
from typing import Any

from functions.domain.evidence.redaction import redacted

MOST_OF_A_PART = 60 * 1024
MOST_OF_ALL = 150 * 1024
"""Bytes of JSON. Both pass through states, whose data ends at 256 KiB."""
LONGEST_TEXT = 1_000

LEAST_TELLING = ("events", "targets", "timeline", "log_lines", "alarms", "stops")
"""In this order a list is shortened that has no room."""

Document = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Part:
    """What one look finds; `of` is the service key, "expand" or "bake", `at` a text of `moment`.

    `counts` are by service: desired, running, healthy, pending, old. A stop has `task`, `cause`,
    `blame`, `message`, `evidence` and `at`, an event `at` and `text`; a target is a sentence or a
    mapping. Of each list the most telling comes first. `log_lines` are by task, then container.
    """

    at: str
    of: str
    counts: Mapping[str, Any] = field(default_factory=dict)
    stops: Sequence[Mapping[str, Any]] = ()
    targets: Sequence[Mapping[str, Any] | str] = ()
    events: Sequence[Mapping[str, Any]] = ()
    alarms: Sequence[Mapping[str, Any]] = ()
    log_lines: Mapping[str, Mapping[str, Sequence[str]]] = field(default_factory=dict)


def document(part: Part) -> Document:
    """Return a part as JSON, at most 60 KiB; `left_out` counts what had no room, by its list."""
    lines = [
        {"task": task, "container": container, "lines": said}
        for task, containers in part.log_lines.items()
        for container, said in containers.items()
    ]
    plain: Document = _clean({**asdict(part), "log_lines": lines, "left_out": {}})
    _fit(plain, MOST_OF_A_PART)
    return plain


def merged(head: Mapping[str, Any], parts: Iterable[Mapping[str, Any]]) -> Document:
    """Return the document of a deployment, at most 150 KiB: the head, and all parts by time.

    The head is what the record says. Each stop and each container's lines are there once, as the
    newest look found them, the other things as the first one did. The order of parts is nothing to
    it. A part that could not be read is a mapping with a `note`, all of which are listed.
    """
    # Their texts say their order; the same part may have been put twice.
    ordered = [json.loads(each) for each in sorted({_text(_clean(each)) for each in parts})]
    ordered.sort(key=lambda each: str(each.get("at", "")))
    plain: Document = _clean(head)
    left = _left(plain)
    for each in ordered:
        for kind, count in each.get("left_out", {}).items():
            left[kind] = left.get(kind, 0) + count
    plain |= {
        "timeline": _timeline(ordered),
        "stops": _telling_first(_newest(ordered, "stops", "task")),
        "targets": _first(ordered, "targets"),
        "events": _first(ordered, "events")[::-1],
        "alarms": _first(ordered, "alarms"),
        "log_lines": _newest(ordered, "log_lines", "task", "container"),
        "notes": sorted({each["note"] for each in ordered if "note" in each}),
        "left_out": left,
    }
    _fit(plain, MOST_OF_ALL)
    for kind in LEAST_TELLING:
        plain[kind].sort(key=lambda each: (str(each.get("at", "")), _text(each)))
    return plain


def _left(head: Document) -> dict[str, int]:
    """Shorten a head that would leave no room, and return how many members it lost."""
    lost = 0
    while _size(head) > MOST_OF_A_PART:
        del head[max(head, key=lambda name: (_size(head[name]), name))]
        lost += 1
    return {"record": lost} if lost else {}


def _timeline(parts: Iterable[Document]) -> list[Document]:
    """Return the counts over time, the newest first: one entry for each change."""
    found: list[Document] = []
    last: dict[str, Any] = {}
    for part in parts:
        counts, of = part.get("counts"), part.get("of", "")
        if counts and counts != last.get(of):
            found.append({"at": part["at"], "of": of, "counts": counts})
            last[of] = counts
    return found[::-1]


def _newest(parts: Iterable[Document], kind: str, *keys: str) -> list[Document]:
    found: dict[tuple[Any, ...], Document] = {}
    for part in parts:
        for each in part.get(kind, ()):
            found[tuple(each.get(key) for key in keys)] = {"of": part.get("of", ""), **each}
    return list(found.values())


def _first(parts: Iterable[Document], kind: str) -> list[Document]:
    found: dict[str, Document] = {}
    for part in parts:
        for each in part.get(kind, ()):
            entry = each if isinstance(each, Mapping) else {"text": each}
            found.setdefault(_text(entry), {"at": part.get("at", ""), **entry})
    return list(found.values())


def _telling_first(stops: Sequence[Document]) -> list[Document]:
    """Return the first stop of each cause before all others, which say the same again."""
    first: dict[Any, Document] = {}
    for each in stops:
        first.setdefault(each.get("cause"), each)
    chosen = list(first.values())
    return chosen + [each for each in stops if first[each.get("cause")] is not each]


def _fit(plain: Document, most: int) -> None:
    """Shorten lists from their ends until all has room, and count what is left out."""
    # What the counts of all lists take is set aside.
    excess = _size(plain) + 40 * len(LEAST_TELLING) - most
    left = plain["left_out"]
    for kind in LEAST_TELLING:
        entries = plain.get(kind, [])
        while excess > 0 and entries:
            excess -= _size(entries.pop()) + 2
            left[kind] = left.get(kind, 0) + 1


def _clean(value: Any) -> Any:  # noqa: ANN401 - any JSON, and what DynamoDB has for numbers
    if isinstance(value, str):
        return _short(redacted(value))
    if isinstance(value, Mapping):
        return {str(key): _clean(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_clean(each) for each in value]
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    return value if value is None or isinstance(value, bool | int | float) else str(value)


def _short(text: str) -> str:
    return text if len(text) <= LONGEST_TEXT else f"{text[: LONGEST_TEXT - 3]}..."


def _text(value: object) -> str:
    return json.dumps(value, sort_keys=True)


def _size(value: object) -> int:
    """Return the bytes of the longest way to write it: with blanks and escapes."""
    return len(json.dumps(value))
