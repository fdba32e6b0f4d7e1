"""What happened, in plain words and in order?"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from rehearsal.report.flows import title
from rehearsal.report.reading import Entry, Life, Run
from rehearsal.report.scene import Scene
from rehearsal.report.words import anchor, clock, count, listed, short, span, stopped

SAID = {"Admit Request", "Plan Release", "Choose Recovery"}
"""States whose functions say what is going to be done."""
FEW = 3
ORDER = ("scenario", "fault", "task", "breach", "ecs", "verdict", "pilothouse", "news")
"""Who comes first at one instant: causes before what follows from them."""


@dataclass(frozen=True, slots=True)
class Step:
    """`who` is one of ORDER."""

    at: float
    who: str
    text: str
    more: tuple[str, ...] = ()
    bar: str = ""
    """The id of a bar on the page that shows it."""


def steps(scene: Scene) -> list[Step]:
    found = [
        *_notes(scene),
        *_plans(scene),
        *_rolls(scene),
        *failures(scene),
        *_verdicts(scene),
        *_breaches(scene),
        *_from_ecs(scene),
    ]
    return sorted(found, key=lambda each: (each.at, ORDER.index(each.who)))


def failures(scene: Scene) -> Iterator[Step]:
    """Yield one step for all tasks of a service and image that failed in the same way."""
    for lives in grouped(scene):
        first, last = lives[0], lives[-1]
        log = str(first.last.get("log") or "").splitlines()
        one = len(lives) == 1
        tasks = f"Task {short(first.id)}" if one else count(len(lives), "task")
        until = f" The last at {clock(last.end)}." if last.end - first.end >= 1 else ""
        ran = first.ran
        after = "" if ran is None else f", {span(ran)} after {'it' if one else 'they'} began to run"
        names = "" if one else f" They are {listed((short(each.id) for each in lives), 8)}."
        yield Step(
            first.end,
            "task",
            f"{tasks} of {first.service} with image {first.image} failed{after}: "
            f"{first.why}.{until}{names}",
            (reason(first), *log),
            anchor(scene.prefix, first.id),
        )


def grouped(scene: Scene) -> list[list[Life]]:
    """Return the failed tasks, those alike together, in the order of the first failures."""
    groups: dict[tuple[str, str, str], list[Life]] = {}
    for life in sorted(scene.lives, key=lambda each: each.end):
        if life.failed and life.stopped:
            groups.setdefault((life.service, life.image, life.why), []).append(life)
    return list(groups.values())


def reason(life: Life) -> str:
    """Return what ECS says about the end of a task."""
    container = life.last.get("container_reason")
    said = f"{life.stop.get('code')}: {life.stop.get('reason')}"
    return f"{said} ({container})" if container and container not in said else said


def _notes(scene: Scene) -> Iterator[Step]:
    faults: dict[str, list[Entry]] = {}
    for each in scene.timeline:
        if each["kind"] == "mark":
            yield Step(each["at"], "scenario", stopped(str(each["text"])))
        elif each["kind"] == "announcement":
            text = f"Announced as {each['outcome']}: {each.get('message', '')}"
            yield Step(each["at"], "news", text)
        elif each["kind"] == "fault":
            faults.setdefault(each["what"], []).append(each)
    for group in faults.values():
        yield from (Step(each["at"], "fault", stopped(each["text"])) for each in group[:FEW])
        if len(group) > FEW:
            word, more = str(group[0]["what"]).replace("_", " "), len(group) - FEW
            times = "once more, at" if more == 1 else f"{more} more times, until"
            text = f"The fault “{word}” struck {times} {clock(group[-1]['at'])}."
            yield Step(group[FEW]["at"], "fault", text)


def _plans(scene: Scene) -> Iterator[Step]:
    for run in scene.runs:
        said = [each for each in run.spans if each.name in SAID and each.message]
        for each in said:
            # The plan says again what the admission said, and more.
            later = any(other.name == "Plan Release" for other in said)
            if each.name != "Admit Request" or not later:
                yield Step(each.end, "pilothouse", stopped(each.message))
        if run.status in ("ABORTED", "TIMED_OUT") and run.end is not None:
            word = run.status.lower().replace("_", " ")
            yield Step(run.end, "fault", f"The execution {run.name} of {title(run)} was {word}.")


def _rolls(scene: Scene) -> Iterator[Step]:
    """Yield which services begin to roll, those of one instant together."""
    together: dict[tuple[float, bool], list[Run]] = {}
    for run in scene.runs:
        if run.workflow == "roll":
            together.setdefault((run.start, run.goes_back), []).append(run)
    for (at, back), rolls in together.items():
        names = listed(str(each.about.get("service") or each.name) for each in rolls)
        does = "takes {} back to the stable revision." if back else "rolls {}."
        yield Step(at, "pilothouse", "Pilothouse " + does.format(names))


def _verdicts(scene: Scene) -> Iterator[Step]:
    for run in scene.runs:
        subject = str(run.about.get("service") or "")
        named = f"{title(run)} of {subject}" if subject else title(run)
        for each in run.verdicts:
            if each["verdict"] in ("Pass", "Fail", "Error"):
                yield Step(each["at"], "verdict", verdict(each, named), evidence(each))


def verdict(entry: Entry, of: str) -> str:
    found: Any = entry.get("reason") or {}
    code = f" ({found['code']})" if found.get("code") else ""
    return f"Verdict of {of}: {entry['verdict']}{code}. {entry.get('message') or ''}".strip()


def evidence(entry: Entry) -> tuple[str, ...]:
    found: Any = entry.get("reason") or {}
    return tuple(str(each) for each in found.get("evidence") or ())


def _breaches(scene: Scene) -> Iterator[Step]:
    for service in scene.services:
        for each in scene.breaches_of(service):
            text = (
                f"{service} had fewer healthy tasks than its minimum for "
                f"{span(each.end - each.start)}: {each.healthy} of {each.minimum}"
                + (", as more were asked for." if each.raised else ".")
            )
            yield Step(each.start, "breach", text)


def _from_ecs(scene: Scene) -> Iterator[Step]:
    for each in scene.timeline:
        if each["kind"] == "deployment" and each.get("rollout") == "FAILED":
            text = f"ECS failed the deployment of {each['revision']} to {each['service']}"
            yield Step(each["at"], "ecs", f"{text}: {each.get('reason', '')}")
