"""How do the things of a lane find their places, so that none covers another?"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from html import escape

from rehearsal.report.words import percent, tag

LETTER = 0.76
"""The width of a letter of a label, in percent of the narrowest a lane is ever drawn."""
ROW = 30
"""Pixels."""


@dataclass(frozen=True, slots=True)
class Part:
    """A stretch of a bar, in percent of its lane."""

    start: float
    end: float
    look: str


@dataclass(frozen=True, slots=True)
class Item:
    """A bar or a mark. `name` is what a screen reader says, `detail` has all there is to know."""

    kind: str
    start: float
    end: float
    label: str
    name: str
    detail: str
    look: str = ""
    id: str | None = None
    parts: tuple[Part, ...] = ()
    end_sign: str = ""
    attributes: dict[str, str] = field(default_factory=dict)

    @property
    def reserved(self) -> float:
        """Return how far to the right it needs its row for itself."""
        return max(self.end, self.start + LETTER * (len(self.label) + 2))


@dataclass(frozen=True, slots=True)
class Placed:
    item: Item
    left: float
    row: int


def pack(items: Iterable[Item]) -> list[Placed]:
    """Put each item into the first row where it fits, in the order of their starts."""
    rows: list[float] = []
    placed = []
    for item in sorted(items, key=lambda each: each.start):
        width = item.reserved - item.start
        # A label that has no room at the right begins before what it belongs to.
        left = max(0.0, min(item.start, 100 - width))
        fits = (index for index, taken in enumerate(rows) if taken <= left)
        row = next(fits, len(rows))
        rows[row : row + 1] = [left + width]
        placed.append(Placed(item, left, row))
    return placed


def lane(title: str, items: Sequence[Item], *, kind: str, note: str = "") -> str:
    """Return a lane with its name at the left; none where it has nothing to show."""
    if not items:
        return ""
    placed = pack(items)
    height = (1 + max(each.row for each in placed)) * ROW
    body = "".join(_drawn(each) for each in placed)
    name = tag("b", escape(title)) + (tag("span", escape(note)) if note else "")
    return tag(
        "div",
        tag("div", name, class_="name")
        + tag("div", body, class_="track", style=f"height:{height}px"),
        class_=f"lane {kind}",
        role="group",
        aria_label=title,
    )


def _drawn(placed: Placed) -> str:
    item, left = placed.item, placed.left
    width = item.reserved - item.start
    return tag(
        "div",
        tag("span", escape(item.label), class_="label") + _strip(item, left, width),
        class_=" ".join(filter(None, ("item", item.kind, item.look))),
        id=item.id,
        style=f"left:{percent(left)};width:{percent(width)};top:{placed.row * ROW}px",
        tabindex=0,
        role="img",
        aria_label=item.name,
        title=item.detail,
        **item.attributes,
    )


def _strip(item: Item, left: float, width: float) -> str:
    """Return the coloured part of an item: stretches of its lane, or a pin at its moment."""
    if not item.parts:
        return tag(
            "i", "", class_="pin", style=f"left:{percent(100 * (item.start - left) / width)}"
        )
    length = max(item.end - item.start, 0.01)
    stretches = "".join(
        tag(
            "i",
            "",
            class_=part.look,
            style=f"left:{percent(100 * (part.start - item.start) / length)};"
            f"width:{percent(100 * (part.end - part.start) / length)}",
        )
        for part in item.parts
    )
    sign = tag("b", escape(item.end_sign), class_="end") if item.end_sign else ""
    place = f"left:{percent(100 * (item.start - left) / width)}"
    style = f"{place};width:{percent(100 * length / width)}"
    return tag("span", stretches + sign, class_="strip", style=style)
