"""How is the number of healthy tasks drawn against the least that is allowed?"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

from rehearsal.report.scale import Scale
from rehearsal.report.words import clock, percent, span, tag

HEIGHT = 56
FLAGS = 18
LETTER = 16
"""Pixels: of the lines, of the row of flags above them, of a number beside them."""
ROOM = 1.18
APART = 2.2
MOST_POINTS = 40
FLAGS_APART = 9.0
MOST_LINES = 6

Entry = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Breach:
    """A stretch of time with fewer healthy tasks than the service's own minimum."""

    start: float
    end: float
    healthy: int
    minimum: int
    raised: bool = False
    """No task was lost: the minimum rose, as more tasks are asked for."""


def breaches(steps: Sequence[Entry], end: float) -> list[Breach]:
    found: list[Breach] = []
    ends = [*(each["at"] for each in steps), end][1:]
    for before, step, until in zip([None, *steps][:-1], steps, ends, strict=True):
        if step["healthy"] >= step["minimum"]:
            continue
        last = found[-1] if found else None
        if last is not None and last.end == step["at"]:
            least = min((last.healthy, last.minimum), (step["healthy"], step["minimum"]))
            raised = last.raised and step["healthy"] >= last.healthy
            found[-1] = Breach(last.start, until, *least, raised)
        else:
            raised = before is not None and step["healthy"] >= before["minimum"]
            found.append(Breach(step["at"], until, step["healthy"], step["minimum"], raised))
    return found


def drawn(steps: Sequence[Entry], end: float, scale: Scale, most: int = MOST_POINTS) -> str:
    """Return the lane of a service's counts; focusable points where they change."""
    if not steps:
        return ""
    top = max(max(each["healthy"], each["minimum"], each["desired"]) for each in steps) or 1
    below = breaches(steps, end)
    body = _lines(steps, end, scale, top * ROOM, below)
    body += "".join(_points(steps, scale, top * ROOM, most))
    body += "".join(_flag(each, scale) for each in _near(below, scale))
    last = steps[-1]
    note = f"at least {last['minimum']} of {last['desired']}"
    name = tag("b", "healthy tasks") + tag("span", escape(note))
    flags = f";margin-top:{FLAGS}px" if below else ""
    return tag(
        "div",
        tag("div", name, class_="name")
        + tag("div", body, class_="track", style=f"height:{HEIGHT}px{flags}"),
        class_="lane count",
        role="group",
        aria_label="healthy tasks against the minimum",
    )


def _lines(
    steps: Sequence[Entry], end: float, scale: Scale, top: float, below: Sequence[Breach]
) -> str:
    """Return the step lines; strokes keep their width however the picture is stretched."""
    healthy, minimum = (_path(steps, key, end, scale, top) for key in ("healthy", "minimum"))
    right = scale.x(end)
    areas = "".join(
        tag("rect", class_="breach", x=f"{scale.x(each.start):.2f}", y=0, height=100,
            width=f"{scale.x(each.end) - scale.x(each.start):.2f}")
        for each in below
    )  # fmt: skip
    area = f"{healthy}L{right:.2f} 100L{scale.x(steps[0]['at']):.2f} 100Z"
    return tag(
        "svg",
        areas
        + tag("path", d=area, class_="area")
        + tag("path", d=healthy, class_="healthy")
        + tag("path", d=minimum, class_="minimum"),
        viewBox="0 0 100 100",
        preserveAspectRatio="none",
        aria_hidden="true",
    )


def _path(steps: Sequence[Entry], key: str, end: float, scale: Scale, top: float) -> str:
    path, before = "", None
    for each in steps:
        if each[key] == before:
            continue
        before, x, y = each[key], scale.x(each["at"]), 100 * (1 - each[key] / top)
        path += f"H{x:.2f}V{y:.1f}" if path else f"M{x:.2f} {y:.1f}"
    return f"{path}H{scale.x(end):.2f}"


def _points(steps: Sequence[Entry], scale: Scale, top: float, most: int) -> Iterator[str]:
    """Yield a number where the healthy count changes, as far as there is room for it."""
    last_place, last_value, told = -APART, None, 0
    for each in steps:
        place = scale.x(each["at"])
        if each["healthy"] == last_value or place - last_place < APART or told >= most:
            continue
        last_place, last_value, told = place, each["healthy"], told + 1
        text = (
            f"{clock(each['at'])} {each['healthy']} healthy, at least {each['minimum']} allowed, "
            f"{each['desired']} desired, {each['running']} running, {each['pending']} pending"
        )
        y = min(HEIGHT * (1 - each["healthy"] / top), HEIGHT - LETTER)
        low = " low" if each["healthy"] < each["minimum"] else ""
        yield tag(
            "div",
            str(each["healthy"]),
            class_=f"item point{low}",
            style=f"left:{percent(place)};top:{y:.0f}px",
            tabindex=0,
            role="img",
            aria_label=text,
            title=text,
        )


def _near(below: Sequence[Breach], scale: Scale) -> list[list[Breach]]:
    """Put together the breaches that have no room for flags of their own."""
    groups: list[list[Breach]] = []
    for each in below:
        if groups and scale.x(each.start) - scale.x(groups[-1][0].start) < FLAGS_APART:
            groups[-1].append(each)
        else:
            groups.append([each])
    return groups


def _flag(group: Sequence[Breach], scale: Scale) -> str:
    text = "\n".join(_told(each) for each in group[:MOST_LINES])
    if len(group) > MOST_LINES:
        text += f"\n… and {len(group) - MOST_LINES} times more"
    worst = min(group, key=lambda each: each.healthy - each.minimum)
    times = f" x {len(group)}" if len(group) > 1 else ""
    return tag(
        "div",
        f"▼ {worst.healthy} of {worst.minimum}{times}",
        class_="item flag",
        style=f"left:{percent(scale.x(group[0].start))}",
        tabindex=0,
        role="img",
        aria_label=text,
        title=text,
    )


def _told(each: Breach) -> str:
    return (
        f"Below the minimum from {clock(each.start)} to {clock(each.end)} "
        f"({span(each.end - each.start)}): {each.healthy} healthy, {each.minimum} needed"
        + (", as more are asked for" if each.raised else "")
    )
