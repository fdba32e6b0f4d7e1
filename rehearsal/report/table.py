"""How is the timeline written out, row by row?"""

from collections.abc import Iterable, Mapping
from html import escape
from typing import Any

from rehearsal.report.flows import SIGNS
from rehearsal.report.scene import Scene
from rehearsal.report.words import clock, count, plain, short, tag

Entry = Mapping[str, Any]

LESS = frozenset({"state"})
"""Left out first where there is no room for all rows."""


def table(scene: Scene, most: int) -> str:
    total = len(scene.timeline)
    rows = _merged(scene.timeline)
    if len(rows) > most:
        rows = [each for each in rows if each["kind"] not in LESS]
    shown = rows[:most]
    head = tag("tr", "".join(tag("th", each, scope="col") for each in ("at", "kind", "of", "what")))
    body = "".join(_row(each) for each in shown)
    title = f"The timeline, {count(total, 'entry').replace('entrys', 'entries')}"
    if len(rows) > len(shown) or not any(each["kind"] in LESS for each in shown):
        title += f": {len(shown):,} of them here, all in the JSON"
    return tag(
        "details",
        tag("summary", title)
        + tag("div", tag("table", tag("thead", head) + tag("tbody", body)), class_="wide"),
        class_="timeline",
    )


def _merged(timeline: Iterable[Entry]) -> list[Entry]:
    """Return the entries, those of a state that takes no time as one."""
    found: list[Entry] = []
    entered: dict[str, int] = {}
    for each in timeline:
        execution = each.get("execution", "")
        place = entered.pop(execution, None)
        if each["kind"] == "state" and place is not None and _is_over(found[place], each):
            found[place] = {**each, "what": "passed"}
            continue
        if each.get("what") == "entered":
            entered[execution] = len(found)
        found.append(each)
    return found


def _is_over(before: Entry, each: Entry) -> bool:
    same = (before["at"], before["state"]) == (each["at"], each.get("state"))
    return same and each["what"] == "exited"


def _row(entry: Entry) -> str:
    kind = str(entry["kind"])
    of, what = _ROWS.get(kind, _other)(entry)
    cells = clock(entry["at"]), kind, of, what
    return tag("tr", "".join(tag("td", escape(each)) for each in cells))


def _task(entry: Entry) -> tuple[str, str]:
    health = " healthy" if entry.get("healthy") else ""
    what = f"{short(entry['task'])} {entry.get('image', '')} {entry['status']}{health}"
    stop = entry.get("stop")
    if stop and entry["status"] == "STOPPED":
        what += f": {stop.get('code')}: {stop.get('reason')}"
        what += f" {plain(entry['exit_codes'])}" if entry.get("exit_codes") else ""
    return str(entry["service"]), what


def _count(entry: Entry) -> tuple[str, str]:
    words = ("healthy", "minimum", "desired", "running", "pending")
    return str(entry["service"]), ", ".join(f"{word} {entry.get(word, '')}" for word in words)


def _deployment(entry: Entry) -> tuple[str, str]:
    what = f"{entry.get('revision')} {entry.get('status')} {entry.get('rollout')}"
    return str(entry["service"]), f"{what}: {entry.get('reason', '')}"


def _state(entry: Entry) -> tuple[str, str]:
    what = f"{entry.get('state', 'execution')} {entry['what']}"
    more = " ".join(str(entry[key]) for key in ("status", "error", "message") if entry.get(key))
    return str(entry["workflow"]), f"{what}: {more}" if more else what


def _verdict(entry: Entry) -> tuple[str, str]:
    word = str(entry["verdict"])
    reason = entry.get("reason") or {}
    evidence = "; ".join(str(each) for each in reason.get("evidence") or ())
    what = f"{SIGNS.get(word, '')} {word} {reason.get('code', '')}: {entry.get('message', '')}"
    of = " ".join(str(entry[key]) for key in ("workflow", "service") if entry.get(key))
    return of, f"{what} {evidence}".strip()


def _announcement(entry: Entry) -> tuple[str, str]:
    return str(entry.get("application", "")), f"{entry['outcome']}: {entry.get('message', '')}"


def _other(entry: Entry) -> tuple[str, str]:
    of = str(entry.get("service") or entry.get("what") or "")
    return of.replace("_", " "), plain(entry.get("text") or "")


_ROWS = {
    "task": _task,
    "count": _count,
    "deployment": _deployment,
    "state": _state,
    "verdict": _verdict,
    "announcement": _announcement,
}
