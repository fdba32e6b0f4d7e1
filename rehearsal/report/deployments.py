"""What does ECS itself do to a service: which revision, how far, and with what end?"""

from collections.abc import Iterator

from rehearsal.report.lanes import Item, Part
from rehearsal.report.reading import LEAST_SECONDS, Entry
from rehearsal.report.scale import Scale
from rehearsal.report.scene import Scene
from rehearsal.report.words import clock, span

MOST = 60


def items(scene: Scene, service: str) -> list[Item]:
    """Return a bar per deployment in progress, or per stage of one, and a mark for a failed one."""
    found: list[Item] = []
    entries = [each for each in scene.deployments_of(service) if each["status"] == "PRIMARY"]
    ends = [*(each["at"] for each in entries), scene.end][1:]
    for first, last, end in _stretches(entries, ends):
        if first["rollout"] == "IN_PROGRESS" and end - first["at"] >= LEAST_SECONDS:
            found.append(_bar(first, last, end, scene.scale))
        elif first["rollout"] == "FAILED":
            found.append(_failed(first, scene.scale))
    return found[:MOST]


def _stretches(entries: list[Entry], ends: list[float]) -> Iterator[tuple[Entry, Entry, float]]:
    """Yield first and last entry and end of each stretch in which the bar stays the same."""
    first: Entry | None = None
    for index, entry in enumerate(entries):
        first = first or entry
        following = entries[index + 1] if index + 1 < len(entries) else None
        if following is None or _looks(following) != _looks(first):
            yield first, entry, ends[index]
            first = None


def _looks(entry: Entry) -> tuple[object, ...]:
    return entry["id"], entry["rollout"], entry.get("stage")


def _bar(first: Entry, last: Entry, end: float, scale: Scale) -> Item:
    start = float(first["at"])
    stage = str(first.get("stage") or "").replace("_", " ").lower()
    label = f"{first['revision']} {stage}".strip()
    when = f"{clock(start)} to {clock(end)}"
    lines = [
        f"Deployment {first['id']} of {first['revision']}",
        f"{when} ({span(end - start)}) {first['rollout']} {stage}".strip(),
        str(last.get("reason") or ""),
    ]
    if last.get("traffic") is not None:
        lines.append(f"{last['traffic']:g} % of the production traffic")
    places = scale.x(start), scale.x(end)
    return Item(
        "state",
        *places,
        label,
        f"ECS deploys {label}, {when}",
        "\n".join(filter(None, lines)),
        look="ecs",
        parts=(Part(*places, "flow"),),
    )


def _failed(entry: Entry, scale: Scale) -> Item:
    place = scale.x(entry["at"])
    told = f"ECS failed the deployment of {entry['revision']} at {clock(entry['at'])}"
    detail = f"{told}\n{entry.get('reason', '')}"
    return Item("mark", place, place, "✕ failed by ECS", told, detail, look="verdict fail")
