"""How do the lanes of a scenario stand below one another on one axis of time?"""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from rehearsal.report import counts, deployments, flows, marks
from rehearsal.report.bars import STANDINGS, Bars
from rehearsal.report.lanes import Item, lane
from rehearsal.report.reading import Run
from rehearsal.report.scene import Scene
from rehearsal.report.sharing import shares
from rehearsal.report.words import count, percent, tag

OPEN_SERVICES = 12
MOST_FLOWS = 20
AXIS_EVERY = 3
ZOOM = 4
"""From this zoom on there are more times on the axis."""
POINTS = 400
MOST_BARS, LEAST_BARS = 60, 4
"""Of one service."""


@dataclass(frozen=True, slots=True)
class Room:
    """How much of a scenario may be drawn, so that a page stays a page."""

    bars: int
    rows: int

    def bars_for(self, needs: Sequence[int]) -> list[int]:
        """Share the bars among services that have so many tasks."""
        given = shares([min(each, MOST_BARS) for each in needs], self.bars)
        return [max(LEAST_BARS, each) for each in given]


def picture(scene: Scene, room: Room) -> str:
    lanes = _axis(scene) + _events(scene) + _flows(scene)
    bars = room.bars_for([len(scene.lives_of(each)) for each in scene.services])
    points = max(LEAST_BARS, min(counts.MOST_POINTS, POINTS // max(1, len(bars))))
    blocks = [
        _service(scene, service, most, points)
        for service, most in zip(scene.services, bars, strict=True)
    ]
    lanes += _stacked(scene, blocks[:OPEN_SERVICES])
    rest = blocks[OPEN_SERVICES:]
    if rest:
        title = tag("summary", f"{count(len(rest), 'more service')}")
        lanes += tag("details", title + _stacked(scene, rest), class_="rest")
    plot = tag("div", _quiet(scene) + lanes, class_="plot")
    view = tag("div", plot, class_="view", role="region", aria_label=f"Timeline of {scene.name}")
    panel = tag("div", "", class_="panel js", role="status")
    return tag("figure", _tools() + view + _legend(scene) + panel)


def _tools() -> str:
    """Return what is of use with a script only."""
    tools = "".join(
        tag("button", sign, type="button", data_zoom=zoom, aria_label=name)
        for sign, zoom, name in (
            ("&minus;", "out", "Zoom out"),
            ("fit", "fit", "Fit to the page"),
            ("+", "in", "Zoom in"),
        )
    )
    hint = "Point at anything for its details, or Tab to it and move with the arrow keys."
    return tag("div", tools + tag("span", hint), class_="tools js")


def _stacked(scene: Scene, blocks: list[str]) -> str:
    """Put services below one another, with the axis again every few of them."""
    parts = [blocks[at : at + AXIS_EVERY] for at in range(0, len(blocks), AXIS_EVERY)]
    return "".join("".join(each) + _axis(scene) for each in parts)


def _axis(scene: Scene) -> str:
    scale = scene.scale
    usual = scale.ticks()
    finer = scale.ticks(ZOOM, usual)
    ticks = "".join(
        tag("span", each.text, class_=" ".join([*each.looks, *look]) or None,
            style=f"left:{percent(each.place)}")
        for look, found in (((), usual), (("finer",), finer))
        for each in found
    )  # fmt: skip
    quiet = "".join(
        tag("em", text, style=f"left:{percent(start)};width:{percent(end - start)}")
        for start, end, text in scale.breaks()
    )
    name = tag("div", tag("b", "virtual time"), class_="name")
    track = tag("div", ticks + quiet, class_="track")
    return tag("div", name + track, class_="lane axis", aria_hidden="true")


def _quiet(scene: Scene) -> str:
    """Return the bands behind all lanes where time is squeezed."""
    bands = "".join(
        tag("i", "", style=f"left:{percent(start)};width:{percent(end - start)}")
        for start, end, _ in scene.scale.breaks()
    )
    lines = "".join(
        tag("u", "", style=f"left:{percent(each.place)}") for each in scene.scale.ticks()
    )
    return tag("div", lines + bands, class_="behind", aria_hidden="true")


def _events(scene: Scene) -> str:
    timeline, scale = scene.timeline, scene.scale
    return (
        lane("events", marks.done(timeline, scale), kind="marks")
        + lane("faults", marks.faults(timeline, scale), kind="marks")
        + lane("news", marks.announced(timeline, scale), kind="marks")
    )


def _flows(scene: Scene) -> str:
    """Return the lanes of the workflows, but for the rolls, which stand by their services."""
    own = [each for each in scene.runs if not (each.workflow == "roll" and "service" in each.about)]
    lanes = list(flows.lanes(own).items())[:MOST_FLOWS]
    return "".join(
        lane(title, [item for run in runs for item in _items(scene, run)], kind="flow")
        for title, runs in lanes
    )


def _items(scene: Scene, run: Run) -> list[Item]:
    return flows.items(run, scene.scale, scene.called(run))


def _service(scene: Scene, service: str, most: int, points: int) -> str:
    lives, steps = scene.lives_of(service), scene.steps_of(service)
    bars = Bars(scene.scale, scene.prefix, scene.images)
    items, left_out = bars.of(lives, most)
    rolls = [item for run in scene.rolls_of(service) for item in _items(scene, run)]
    note = count(len(lives), "task")
    if left_out:
        note += f", {left_out} of them not drawn"
    body = (
        tag("h4", escape(service))
        + lane("roll", rolls, kind="flow")
        + lane("ECS", deployments.items(scene, service), kind="flow")
        + lane("tasks", items, kind="tasks", note=note)
        + counts.drawn(steps, scene.end, scene.scale, points)
    )
    return tag("section", body, class_="service", data_service=service)


def _legend(scene: Scene) -> str:
    found = "".join(
        tag("li", tag("i", "", class_=f"swatch {name}") + escape(text))
        for name, text in STANDINGS.items()
    )
    found += tag("li", tag("b", "✕", class_="sign") + "failed")
    found += tag("li", tag("b", "■", class_="sign") + "stopped by decision")
    found += "".join(
        tag("li", tag("i", "", class_=f"swatch line image{index % 6}") + f"image {escape(image)}")
        for index, image in enumerate(scene.images[:6])
    )
    found += tag("li", tag("i", "", class_="swatch dashes") + "least healthy tasks allowed")
    if scene.scale.breaks():
        found += tag("li", tag("i", "", class_="swatch quiet") + "quiet time, squeezed")
    return tag("ul", found, class_="legend")
