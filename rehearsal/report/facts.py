"""What failed, when, why, and what was done about it: the short answers?"""

from collections.abc import Container, Iterator, Sequence
from html import escape

from rehearsal.report import story
from rehearsal.report.flows import title
from rehearsal.report.reading import Entry, Life, Run
from rehearsal.report.scene import Scene
from rehearsal.report.words import anchor, clock, count, listed, short, spoken, tag

MOST_TASKS = 6
MOST_OTHERS = 4

Judged = tuple[Run, Entry]
"""A verdict, and the execution it was given in."""


def facts(scene: Scene, bars: Container[str]) -> str:
    """Return a list of answers where something went wrong; `bars` are the ids to link to."""
    failed = story.grouped(scene)
    bad = list(_bad(scene))
    found = [*_failed(scene, failed, bars), *_judged(bad), *_outcomes(scene, bad)]
    if not found:
        return ""
    rows = "".join(tag("dt", name) + tag("dd", body) for name, body in found)
    return tag("dl", rows, class_="facts")


def _failed(
    scene: Scene, groups: Sequence[Sequence[Life]], bars: Container[str]
) -> Iterator[tuple[str, str]]:
    """Yield what is known of the tasks that failed first, and in short of the others."""
    if not groups:
        return
    lives = groups[0]
    first, last = lives[0], lives[-1]
    tasks = listed((_linked(scene, each, bars) for each in lives), MOST_TASKS)
    subject = f"{escape(first.service)}, image {escape(first.image)}"
    yield "What failed", f"{subject}: {tasks} ({count(len(lives), 'task')})"
    until = f" to {clock(last.end)}" if last.end - first.end >= 1 else ""
    yield "When", clock(first.end) + until
    yield "Why", escape(spoken(f"{first.why}. {story.reason(first)}"))
    if first.last.get("log"):
        yield "Its log", tag("pre", escape(str(first.last["log"])))
    others = "".join(tag("li", escape(_short(each))) for each in groups[1 : 1 + MOST_OTHERS])
    if others:
        yield "Failed as well", tag("ul", others)


def _linked(scene: Scene, life: Life, bars: Container[str]) -> str:
    bar = anchor(scene.prefix, life.id)
    return tag("a", short(life.id), href=f"#{bar}") if bar in bars else short(life.id)


def _short(lives: Sequence[Life]) -> str:
    first = lives[0]
    since = f"{count(len(lives), 'task')}, from {clock(first.end)} on"
    return f"{first.service}, image {first.image}: {first.why} ({since})"


def _judged(bad: Sequence[Judged]) -> Iterator[tuple[str, str]]:
    """Yield the first verdict that was bad, with its evidence, and in short the others."""
    if not bad:
        return
    run, entry = bad[0]
    text = escape(spoken(story.verdict(entry, title(run))))
    proof = "".join(tag("li", escape(spoken(each))) for each in story.evidence(entry))
    yield "Verdict", f"{clock(entry['at'])} {text}" + (tag("ul", proof) if proof else "")
    later = [f"{clock(each['at'])} {(each.get('reason') or {}).get('code')}" for _, each in bad[1:]]
    if later:
        yield "Later verdicts", escape(listed(later, MOST_OTHERS))


def _bad(scene: Scene) -> Iterator[Judged]:
    found = (
        (run, each)
        for run in scene.runs
        for each in run.verdicts
        if each["verdict"] in ("Fail", "Error")
    )
    yield from sorted(found, key=lambda judged: float(judged[1]["at"]))


def _outcomes(scene: Scene, bad: Sequence[Judged]) -> Iterator[tuple[str, str]]:
    """Yield what followed from the first bad verdict, in the deployment it belongs to."""
    if not bad:
        return
    run, entry = bad[0]
    parent = run.about.get("parent")
    back = [each for each in scene.runs if each.goes_back and each.about.get("parent") == parent]
    if back:
        names = listed(dict.fromkeys(str(each.about.get("service") or each.name) for each in back))
        ends = [each.end for each in back if each.end is not None]
        until = f" to {clock(max(ends))}" if len(ends) == len(back) else ", not over at the end"
        text = f"Rolled {names} back to the stable revision, {clock(back[0].start)}{until}"
        yield "What was done", escape(text)
    for each in scene.timeline:
        if each["kind"] == "announcement" and each["at"] >= entry["at"]:
            yield "Announced", escape(f"{clock(each['at'])} {each['outcome']}")
            return
