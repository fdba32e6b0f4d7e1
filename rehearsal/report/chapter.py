"""What does the page say of one scenario: what went wrong, the picture, the story, all of it?"""

import re
import shlex
from collections.abc import Container, Iterable, Iterator, Mapping
from html import escape
from typing import Any

from rehearsal.report import story
from rehearsal.report.facts import facts
from rehearsal.report.picture import Room, picture
from rehearsal.report.scene import Scene
from rehearsal.report.story import Step
from rehearsal.report.table import table
from rehearsal.report.words import clock, count, plain, sentence, span, spoken, stopped, tag

WHO = {
    "scenario": "event",
    "fault": "fault",
    "breach": "too few",
    "pilothouse": "Pilothouse",
    "task": "task failed",
    "verdict": "verdict",
    "ecs": "ECS",
    "news": "news",
}
MOST_STEPS = 120
BAR = re.compile(r' id="([^"]+)"')


def chapter(scene: Scene, room: Room | None) -> str:
    """Return the section of a scenario; without room only what went wrong, in words."""
    head = _head(scene) + _problems(scene)
    if room is None or not scene.timeline:
        body = facts(scene, frozenset())
    else:
        drawn = picture(scene, room)
        bars = frozenset(BAR.findall(drawn))
        body = facts(scene, bars) + tag("h3", "What happened when") + drawn
        body += tag("h3", "The story") + _story(scene, bars)
        body += _ends(scene) + table(scene, room.rows)
    return tag("section", head + body, class_="scenario", id=scene.prefix)


def headline(scene: Scene) -> str:
    """Return what happened in one sentence: the news of Pilothouse, who was there to decide."""
    said = [each for each in scene.timeline if each["kind"] == "announcement"]
    told = [spoken(str(each.get("message") or each["outcome"])) for each in said]
    if not told:
        marks = [each["text"] for each in scene.timeline if each["kind"] == "mark"]
        told = [stopped(str(each)) for each in marks[:2]]
        told.append("Nothing was announced.")
    more = f" … and {count(len(told) - 2, 'more announcement')}." if len(told) > 2 else ""
    return " ".join(told[:2]) + more


def badge(scene: Scene) -> str:
    word = "✓ passed" if scene.passed else "✕ failed"
    return tag("span", word, class_="badge " + ("good" if scene.passed else "bad"))


def _head(scene: Scene) -> str:
    result = scene.result
    calls, transitions = (_total(result.get(key)) for key in ("sdk_calls", "state_transitions"))
    about = [
        f"seed {result.get('seed')}",
        f"{span(scene.end)} of virtual time",
        f"{transitions:,} state transitions",
        f"{calls:,} SDK calls",
    ]
    return (
        tag("h2", badge(scene) + " " + escape(scene.name))
        + tag("p", escape(headline(scene)), class_="headline")
        + tag("p", escape(" · ".join(about)), class_="about")
    )


def _total(found: Any) -> int:  # noqa: ANN401 - a number, or numbers by name
    return sum(found.values()) if isinstance(found, Mapping) else int(found or 0)


def _problems(scene: Scene) -> str:
    """Return what was expected and is not so, and the invariants that did not hold."""
    expected = [sentence(each) for each in scene.result.get("failures") or ()]
    invariants = list(broken(scene.result.get("invariants") or ()))
    meant = ", which was expected" if scene.passed else ""
    found = _box("Not as expected", expected) + _box(f"Broken invariants{meant}", invariants)
    if not found and not scene.passed:
        found = _box("Not as expected", ["The scenario failed, its JSON does not say why."])
    if found:
        found += tag("p", "See it again: " + tag("code", escape(_again(scene))), class_="about")
    return found


def _again(scene: Scene) -> str:
    """Return the command, as the console has it; by the name where the file is not known."""
    source = shlex.quote(str(scene.result.get("scenario") or scene.name))
    return f"python -m rehearsal {source} --seed {scene.result.get('seed')}"


def broken(invariants: Iterable[Any]) -> Iterator[str]:
    """Yield the invariants that did not hold, whether the JSON lists all of them or only these."""
    for each in invariants:
        held = each.get("held", each.get("passed")) if isinstance(each, Mapping) else None
        if held is not True:
            yield sentence(each)


def _box(heading: str, lines: Iterable[str]) -> str:
    items = "".join(tag("li", escape(each)) for each in dict.fromkeys(lines))
    if not items:
        return ""
    body = tag("h3", f"✕ {heading}") + tag("ul", items)
    return tag("div", body, class_="problem")


def _story(scene: Scene, bars: Container[str]) -> str:
    told = story.steps(scene)
    items = "".join(_step(each, bars) for each in told[:MOST_STEPS])
    if len(told) > MOST_STEPS:
        items += tag("li", f"… and {len(told) - MOST_STEPS} more steps")
    return tag("ol", items, class_="story")


def _step(step: Step, bars: Container[str]) -> str:
    text = escape(spoken(step.text))
    if step.bar in bars:
        text += " " + tag("a", "show", href=f"#{step.bar}")
    more = "".join(tag("li", escape(spoken(each))) for each in step.more if each)
    return tag(
        "li",
        tag("time", clock(step.at))
        + tag("span", WHO[step.who], class_=f"who by-{step.who}")
        + tag("div", text + (tag("ul", more) if more else "")),
    )


def _ends(scene: Scene) -> str:
    """Return how things stood at the end: the deployments and what the services run."""
    deployments = [_deployment(each) for each in scene.result.get("deployments") or ()]
    services = scene.result.get("services") or {}
    running = [f"{name}: {plain(each)}" for name, each in list(services.items())[:MOST_STEPS]]
    found = ""
    for heading, lines in (("Deployments", deployments), ("At the end", running)):
        if lines:
            items = "".join(tag("li", escape(each)) for each in lines[:MOST_STEPS])
            found += tag("div", tag("h3", heading) + tag("ul", items))
    return tag("div", found, class_="ends")


def _deployment(found: Mapping[str, Any]) -> str:
    """Return `orders #1 v2: RolledBack, AppExit`."""
    reason = found.get("reason")
    code = reason.get("code") if isinstance(reason, Mapping) else reason
    image = found.get("image") or found.get("image_tag") or found.get("asked") or ""
    number = f" #{found['number']}" if found.get("number") else ""
    text = f"{found.get('application') or 'unknown'}{number} {plain(image)}".strip()
    return f"{text}: {found.get('outcome')}" + (f", {code}" if code else "")
