"""Which events are marked: what a person did, what went wrong by rule, what was announced?"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from rehearsal.report.lanes import Item
from rehearsal.report.scale import Scale
from rehearsal.report.words import clock, plain

Entry = Mapping[str, Any]

NEAR = 1.5
"""Faults of a kind that are so near to each other, in percent of the width, share a mark."""
MOST = 60
MOST_LINES = 12
LETTERS = 34


def done(timeline: Iterable[Entry], scale: Scale) -> list[Item]:
    """Return the marks of what the scenario did: pushes, alarms, other people's hands."""
    marks = (each for each in timeline if each["kind"] == "mark")
    return [_mark(scale, [each], "did", _shortened(each["text"])) for each in marks][:MOST]


def faults(timeline: Iterable[Entry], scale: Scale) -> list[Item]:
    groups: list[list[Entry]] = []
    last: dict[str, list[Entry]] = {}
    for each in timeline:
        if each["kind"] != "fault":
            continue
        group = last.get(each["what"])
        if group is None or scale.x(each["at"]) - scale.x(group[0]["at"]) > NEAR:
            group = last[each["what"]] = []
            groups.append(group)
        group.append(each)
    return [
        _mark(scale, group, "fault", _word(group[0]) + (f" x {len(group)}" * (len(group) > 1)))
        for group in groups
    ][:MOST]


def announced(timeline: Iterable[Entry], scale: Scale) -> list[Item]:
    found = (each for each in timeline if each["kind"] == "announcement")
    return [_mark(scale, [each], "news", f"announced: {each['outcome']}") for each in found][:MOST]


def _mark(scale: Scale, entries: Sequence[Entry], look: str, label: str) -> Item:
    place, first = scale.x(entries[0]["at"]), entries[0]
    lines = [f"{clock(each['at'])} {_told(each)}" for each in entries[:MOST_LINES]]
    if len(entries) > MOST_LINES:
        lines.append(f"… and {len(entries) - MOST_LINES} more")
    kind = {"did": "Event", "fault": "Fault", "news": "Announcement"}[look]
    name = f"{kind} at {clock(first['at'])}: {_told(first)}"
    return Item("mark", place, place, label, name, "\n".join(lines), look=look)


def _told(entry: Entry) -> str:
    if entry["kind"] == "announcement":
        return f"{entry['outcome']}: {entry.get('message', '')}"
    return plain(entry.get("text") or entry.get("what"))


def _word(entry: Entry) -> str:
    return str(entry["what"]).replace("_", " ")


def _shortened(text: str) -> str:
    return text if len(text) <= LETTERS else text[: LETTERS - 1].rstrip() + "…"
