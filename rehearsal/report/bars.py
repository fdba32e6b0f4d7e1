"""What is drawn of the tasks of a service: a bar each, or one for many that are alike?"""

from collections.abc import Sequence
from dataclasses import dataclass

from rehearsal.report.lanes import Item, Part
from rehearsal.report.reading import Life
from rehearsal.report.scale import Scale
from rehearsal.report.sharing import shares
from rehearsal.report.words import anchor, clock, count, short, span

STANDINGS = {
    "pending": "being started",
    "running": "running alone",
    "starting": "running, not healthy yet",
    "healthy": "healthy",
    "unhealthy": "unhealthy",
    "stopping": "draining and stopping",
}
LOOKS = 6
"""So many images have looks of their own; more are told apart by their labels only."""


@dataclass(frozen=True, slots=True)
class Bars:
    """Makes bars; `images` are numbered in the order they are met in the scenario."""

    scale: Scale
    prefix: str
    images: tuple[str, ...]

    def of(self, lives: Sequence[Life], most: int) -> tuple[list[Item], int]:
        """Return the bars of a service, and how many tasks have none and are like none shown."""
        shown = _shown(lives, most)
        drawn = sum(1 + alike for _, alike in shown)
        return [self._bar(life, alike) for life, alike in shown], len(lives) - drawn

    def _bar(self, life: Life, alike: int) -> Item:
        place = self.scale.x
        image = self.images.index(life.image) % LOOKS if life.image in self.images else 0
        label = f"{life.image} {short(life.id)}" + (f" ✕ {life.why}" if life.failed else "")
        if alike:
            label += f" … and {alike} more alike"
        parts = tuple(
            Part(place(each.start), place(each.end), each.name)
            for each in life.spans
            if each.seconds > 0
        )
        return Item(
            "task",
            place(life.start),
            max(place(life.end), place(life.start) + 0.15),
            label,
            _name(life, alike),
            _detail(life, alike),
            look=f"image{image}" + (" failed" if life.failed else ""),
            id=anchor(self.prefix, life.id),
            parts=parts,
            end_sign=_sign(life),
            attributes={"data-tasks": str(1 + alike)},
        )


def _sign(life: Life) -> str:
    if life.failed or not life.stopped:
        return "✕" if life.failed else ""
    return "✓" if life.ended_well else "■"


def _shown(lives: Sequence[Life], most: int) -> list[tuple[Life, int]]:
    """Return the tasks to be drawn, each with the number of others that it stands for."""
    if len(lives) <= most:
        return [(life, 0) for life in lives]
    groups: dict[tuple[object, ...], list[Life]] = {}
    for life in lives:
        groups.setdefault(_pattern(life), []).append(life)
    # What failed is never the part that is left out.
    chosen = sorted(groups.values(), key=lambda group: not group[0].failed)[:most]
    found = []
    for group, share in zip(chosen, shares([len(each) for each in chosen], most), strict=True):
        kept = group[:share]
        found += [(life, 0) for life in kept[:-1]] + [(kept[-1], len(group) - len(kept))]
    return found


def _pattern(life: Life) -> tuple[object, ...]:
    """Return what tasks have in common that look alike on the page."""
    spans = tuple((round(each.start), each.name) for each in life.spans)
    return life.image, spans, round(life.end), life.why if life.stopped else ""


def _name(life: Life, alike: int) -> str:
    end = f"{life.why} at {clock(life.end)}" if life.stopped else "still running at the end"
    more = f", and {count(alike, 'more task')} alike" if alike else ""
    return f"Task {short(life.id)} of {life.service}, image {life.image}: {end}{more}"


def _place(life: Life) -> str:
    """Return where it ran; an instance is found while the task waits."""
    parts = (life.last.get(key) for key in ("zone", "instance", "capacity_provider"))
    return ", ".join(str(each) for each in parts if each)


def _detail(life: Life, alike: int) -> str:
    """Return all that is known of a task, a line each."""
    lines = [
        f"Task {life.id}" + (f" and {alike} more alike" if alike else ""),
        f"{life.service} · image {life.image} · {life.revision} · {_place(life)}",
        *(
            f"{clock(each.start)} to {clock(each.end)}: {STANDINGS[each.name]}, "
            f"{span(each.seconds)}"
            for each in life.spans
            if each.seconds > 0
        ),
    ]
    stop = life.stop
    if stop:
        lines.append(f"Stopped at {clock(life.end)}: {stop.get('code')}: {stop.get('reason')}")
    codes = life.last.get("exit_codes") or {}
    lines += [f"Container {name} ended with exit code {code}" for name, code in codes.items()]
    if life.last.get("container_reason"):
        lines.append(str(life.last["container_reason"]))
    if life.last.get("log"):
        lines += ["Last lines of its log:", *str(life.last["log"]).splitlines()]
    return "\n".join(lines)
