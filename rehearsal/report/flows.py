"""What is drawn of the workflows: the states that take time, and the verdicts?"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from rehearsal.report.codes import words
from rehearsal.report.lanes import Item, Part
from rehearsal.report.reading import LEAST_SECONDS, Run, Span
from rehearsal.report.scale import Scale
from rehearsal.report.words import clock, span

WAITS = {"Wait For News": "Wait For News", "Let It Settle": "Wait For News"}
"""Both belong to the wait between two looks."""
WAITS["Wait For Claim"] = "Wait For Claim"
SIGNS = {"Pass": "✓", "Fail": "✕", "Error": "!", "Continue": "↻", "Wait": "…"}
MOST = 60


def title(run: Run) -> str:
    """Return what an execution is, for people: `roll web`."""
    if run.workflow == "migrate":
        return f"migrate {run.about.get('phase', '')}".strip()
    return run.workflow


def items(run: Run, scale: Scale, called: str = "") -> list[Item]:
    """Return the bars of the states and the marks of the verdicts of one execution.

    `called` tells its deployment apart from the others of the scenario.
    """
    found = [_state(run, each, scale, called) for each in _lasting(run)][:MOST]
    verdicts = [each for each in run.verdicts if each["verdict"] != "Wait"]
    found += [_verdict(run, each, scale) for each in verdicts[-MOST:]]
    if run.status in ("ABORTED", "TIMED_OUT") and run.end is not None:
        found.append(_ended(run, scale))
    return found


def _lasting(run: Run) -> list[Span]:
    """Return the spans worth a bar, repeated ones as one; iterations of a Map are within it."""
    found: list[Span] = []
    for each in run.spans:
        name = WAITS.get(each.name, each.name)
        last = found[-1] if found else None
        if each.seconds < LEAST_SECONDS or (last is not None and each.start < last.end):
            continue
        if last is not None and last.name == name in WAITS:
            found[-1] = Span(last.start, each.end, name)
        else:
            found.append(Span(each.start, each.end, name))
    return found


def _state(run: Run, each: Span, scale: Scale, called: str) -> Item:
    of = f"{called}: " if called else ""
    back = " (going back)" if each.start >= run.back_since else ""
    when = f"{clock(each.start)} to {clock(each.end)}"
    lines = [
        f"{title(run)} {called}".strip() + f": {each.name}{back}",
        f"{when} ({span(each.seconds)})",
        f"execution {run.name}",
        *_looks(run, each),
    ]
    start, end = scale.x(each.start), scale.x(each.end)
    return Item(
        "state",
        start,
        max(end, start + 0.15),
        of + each.name + back,
        f"{title(run)} {called}".strip() + f" is in {each.name}{back}, {when}",
        "\n".join(lines),
        look="back" if back else "",
        parts=(Part(start, end, "flow"),),
    )


def _looks(run: Run, each: Span) -> Iterator[str]:
    """Yield what the looks within a wait have found."""
    for verdict in run.verdicts:
        if each.start <= verdict["at"] <= each.end:
            yield f"{clock(verdict['at'])} {verdict['verdict']}: {verdict.get('message', '')}"


def _verdict(run: Run, entry: Mapping[str, Any], scale: Scale) -> Item:
    word, reason = str(entry["verdict"]), entry.get("reason") or {}
    code = f": {words(reason['code'])}" if reason.get("code") else ""
    place, said = scale.x(entry["at"]), entry.get("message", "")
    return Item(
        "mark",
        place,
        place,
        f"{SIGNS.get(word, '')} {word}{code}",
        f"Verdict of {title(run)} at {clock(entry['at'])}: {word}{code}. {said}",
        "\n".join(told(entry, title(run))),
        look=f"verdict {word.lower()}",
    )


def told(entry: Mapping[str, Any], of: str) -> Iterator[str]:
    """Yield the lines of a verdict with its evidence."""
    reason = entry.get("reason") or {}
    yield f"{clock(entry['at'])} verdict of {of}: {entry['verdict']}"
    yield str(entry.get("message") or "")
    if reason:
        blamed = reason.get("class") or reason.get("blame")
        yield f"Reason: {words(str(reason.get('code')))}, to blame: {blamed}"
        yield from (f"Evidence: {each}" for each in reason.get("evidence") or ())


def _ended(run: Run, scale: Scale) -> Item:
    assert run.end is not None
    place, word = scale.x(run.end), run.status.lower().replace("_", " ")
    told = f"{title(run)} was {word} at {clock(run.end)} {run.error}".strip()
    return Item("mark", place, place, f"! {word}", told, told, look="verdict fail")


def lanes(runs: Iterable[Run]) -> dict[str, list[Run]]:
    """Return the executions by the title of their lane, in the order of their starts."""
    found: dict[str, list[Run]] = {}
    for run in runs:
        found.setdefault(title(run), []).append(run)
    return found
