"""What happened, in plain words and in order?"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from rehearsal.report.codes import words
from rehearsal.report.flows import title
from rehearsal.report.reading import Entry, Life, Run
from rehearsal.report.scene import Scene
from rehearsal.report.words import anchor, clock, count, listed, short, span, stopped

SAID = {"Admit Request", "Plan Release", "Choose Recovery"}
"""States whose functions say what is going to be done."""
JUDGED = ("Pass", "Fail", "Error")
FEW = 3
RANK = {"scenario": 0, "fault": 1, "task": 2, "breach": 3, "ecs": 4}
"""Who comes first at one instant: causes before what follows from them."""
COURSE = 5
"""The rank of what Pilothouse does and finds, which was written down in its own order."""


@dataclass(frozen=True, slots=True)
class Step:
    """`who` is one of RANK, or part of the course: pilothouse, verdict, news."""

    at: float
    who: str
    text: str
    more: tuple[str, ...] = ()
    bar: str = ""
    """The id of a bar on the page that shows it."""


def steps(scene: Scene) -> list[Step]:
    found = [
        *_notes(scene),
        *failures(scene),
        *_breaches(scene),
        *_from_ecs(scene),
        *_course(scene),
    ]
    return sorted(found, key=lambda each: (each.at, RANK.get(each.who, COURSE)))


def failures(scene: Scene) -> Iterator[Step]:
    """Yield one step for all tasks of a service and image that failed in the same way."""
    for lives in grouped(scene):
        first, last = lives[0], lives[-1]
        log = str(first.last.get("log") or "").splitlines()
        one = len(lives) == 1
        tasks = f"Task {short(first.id)}" if one else count(len(lives), "task")
        until = f" The last at {clock(last.left)}." if last.left - first.left >= 1 else ""
        ran = first.ran
        after = "" if ran is None else f", {span(ran)} after {'it' if one else 'they'} began to run"
        names = "" if one else f" They are {listed((short(each.id) for each in lives), 8)}."
        yield Step(
            first.left,
            "task",
            f"{tasks} of {first.service} with image {first.image} failed{after}: "
            f"{first.why}.{until}{names}",
            (reason(first, first.why), *log),
            anchor(scene.prefix, first.id),
        )


def grouped(scene: Scene) -> list[list[Life]]:
    """Return the failed tasks, those alike together, in the order of the first failures."""
    groups: dict[tuple[str, str, str], list[Life]] = {}
    for life in sorted(scene.lives, key=lambda each: each.left):
        if life.failed and life.stopped:
            groups.setdefault((life.service, life.image, life.why), []).append(life)
    return list(groups.values())


def reason(life: Life, told: str = "") -> str:
    """Return what ECS says about the end of a task, as far as it is not told already."""
    container = str(life.last.get("container_reason") or "")
    code, said = str(life.stop.get("code")), str(life.stop.get("reason") or "")
    found = f"{code}: {said}"
    if told and said.startswith(told):
        rest = said.removeprefix(told).strip(" .")
        found = f"{code}: … {rest}" if rest else code
    return (
        f"{found} ({container})"
        if container not in (told, "") and container not in found
        else found
    )


def briefly(lives: Sequence[Life]) -> str:
    """Return a line about tasks that failed alike."""
    first = lives[0]
    since = f"{count(len(lives), 'task')}, from {clock(first.left)} on"
    return f"{first.service}, image {first.image}: {first.why} ({since})"


def subject(run: Run) -> str:
    """Return what a verdict of an execution is about: its service, migration or application."""
    found = run.about.get("service") or run.about.get("application") or run.name
    if run.workflow == "migrate":
        return f"the {run.about.get('phase', '')} migration of {found}"
    return f"the bake of {found}" if run.workflow == "bake" else str(found)


def _notes(scene: Scene) -> Iterator[Step]:
    faults: dict[str, list[Entry]] = {}
    for each in scene.timeline:
        if each["kind"] == "mark":
            yield Step(each["at"], "scenario", stopped(str(each["text"])))
        elif each["kind"] == "fault":
            faults.setdefault(each["what"], []).append(each)
    for group in faults.values():
        yield from (Step(each["at"], "fault", stopped(each["text"])) for each in group[:FEW])
        if len(group) > FEW:
            word, more = str(group[0]["what"]).replace("_", " "), len(group) - FEW
            times = "once more, at" if more == 1 else f"{more} more times, until"
            text = f"The fault “{word}” struck {times} {clock(group[-1]['at'])}."
            yield Step(group[FEW]["at"], "fault", text)


def _course(scene: Scene) -> Iterator[Step]:
    """Yield what Pilothouse planned, did, found and announced, as it was written down."""
    runs = {each.name: each for each in scene.runs}
    told: list[str] = []
    rolls: set[tuple[float, bool]] = set()
    for each in scene.timeline:
        run = runs.get(str(each.get("execution")))
        if each["kind"] == "announcement":
            yield Step(each["at"], "news", _announced(each, told))
        elif run is None or each["kind"] not in ("state", "verdict"):
            continue
        elif each["kind"] == "verdict" and each["verdict"] in JUDGED:
            told.append(str(each.get("message") or ""))
            yield Step(each["at"], "verdict", verdict(each, _named(scene, run)), evidence(each))
        elif each.get("state") in SAID and each["what"] == "exited" and _is_news(run, each):
            told.append(str(each["message"]))
            yield Step(each["at"], "pilothouse", _planned(scene, run, each))
        elif each["kind"] == "state" and "state" not in each:
            yield from _bound(scene, run, each, rolls)


def _is_news(run: Run, entry: Entry) -> bool:
    """Say whether something is said that is not said again, with more: the plan repeats."""
    planned = any(each.name == "Plan Release" and each.message for each in run.spans)
    return bool(entry.get("message")) and not (entry["state"] == "Admit Request" and planned)


def _planned(scene: Scene, run: Run, entry: Entry) -> str:
    said, apart = stopped(str(entry["message"])), _apart(scene, run)
    image = scene.called(run).partition(" ")[0]
    return said if image in said else said.removesuffix(".") + f"{apart}."


def _apart(scene: Scene, run: Run) -> str:
    called = scene.called(run)
    return f" ({called})" if called else ""


def _bound(scene: Scene, run: Run, entry: Entry, rolls: set[tuple[float, bool]]) -> Iterator[Step]:
    """Yield that services begin to roll, those of one instant together, and ends by force."""
    moment = run.start, run.goes_back
    if entry["what"] == "started" and run.workflow == "roll" and moment not in rolls:
        rolls.add(moment)
        together = (each for each in scene.runs if each.workflow == "roll")
        names = listed(
            str(each.about.get("service") or each.name)
            for each in together
            if (each.start, each.goes_back) == moment
        )
        does = "takes {} back to the stable revision{}." if run.goes_back else "rolls {}{}."
        text = "Pilothouse " + does.format(names, _apart(scene, run))
        yield Step(entry["at"], "pilothouse", text)
    elif entry["what"] == "ended" and run.status in ("ABORTED", "TIMED_OUT"):
        word = run.status.lower().replace("_", " ")
        yield Step(entry["at"], "fault", f"The execution {run.name} of {title(run)} was {word}.")


def _announced(entry: Entry, told: Sequence[str]) -> str:
    """Return an announcement without the sentences of verdicts, which stand above it."""
    said = str(entry.get("message") or "")
    for each in filter(None, told):
        said = said.replace(f": {stopped(each)}", ".").replace(f" {stopped(each)}", "")
    return f"Announced as {entry['outcome']}: {said}".strip()


def _named(scene: Scene, run: Run) -> str:
    service = str(run.about.get("service") or "")
    back = " back" if run.goes_back else ""
    return (f"{title(run)}{back} of {service}" if service else title(run)) + _apart(scene, run)


def verdict(entry: Entry, of: str) -> str:
    found: Any = entry.get("reason") or {}
    code = f", {words(found['code'])}" if found.get("code") else ""
    return f"Verdict of {of}: {entry['verdict']}{code}. {entry.get('message') or ''}".strip()


def evidence(entry: Entry) -> tuple[str, ...]:
    """Return what a verdict rests on, each once, and nothing that its sentence says itself."""
    found: Any = entry.get("reason") or {}
    said = str(entry.get("message") or "")
    proof = dict.fromkeys(str(each) for each in found.get("evidence") or ())
    return tuple(each for each in proof if each.rstrip(".") not in said)


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
    """Yield the deployments that ECS failed, each once: it stays failed while it is cleaned up."""
    told: set[str] = set()
    for each in scene.timeline:
        failed = each["kind"] == "deployment" and each.get("rollout") == "FAILED"
        if failed and each["id"] not in told:
            told.add(each["id"])
            text = f"ECS failed the deployment of {each['revision']} to {each['service']}"
            yield Step(each["at"], "ecs", f"{text}: {each.get('reason', '')}")
