"""What failed, when, why, what was done about it, and what is to be done: the short answers?"""

from collections.abc import Container, Iterator
from html import escape

from rehearsal.report import story
from rehearsal.report.advice import advice
from rehearsal.report.codes import words
from rehearsal.report.deciding import Cause, cause, happened, judgements
from rehearsal.report.reading import Life
from rehearsal.report.scene import Scene
from rehearsal.report.words import anchor, clock, count, listed, short, span, spoken, stopped, tag

MOST_TASKS = 6
MOST_OTHERS = 6

Row = tuple[str, str]


def facts(scene: Scene, bars: Container[str]) -> str:
    """Return a list of answers where something went wrong; `bars` are the ids to link to."""
    decided = cause(scene)
    found: list[Row] = []
    if decided is not None:
        found += [*_subject(scene, decided, bars), *_why(decided), *_judged(scene, decided)]
        found += _done(scene, decided)
    others = [f"{clock(at)} {stopped(spoken(text))}" for at, text in happened(scene, decided)]
    if others:
        found.append(("Also happened", _list(dict.fromkeys(others))))
    why = " ".join((decided.message, *decided.messages)) if decided else ""
    to_do = " ".join(advice(scene, decided.code if decided else "", why))
    if to_do:
        found.append(("What to do now", escape(spoken(to_do))))
    rows = "".join(tag("dt", name) + tag("dd", body) for name, body in found)
    return tag("dl", rows, class_="facts") if found else ""


def _list(lines: "dict[str, None]") -> str:
    shown = [escape(each) for each in list(lines)[:MOST_OTHERS]]
    if len(lines) > MOST_OTHERS:
        shown.append(f"… and {len(lines) - MOST_OTHERS} more")
    return tag("ul", "".join(tag("li", each) for each in shown))


def _subject(scene: Scene, decided: Cause, bars: Container[str]) -> Iterator[Row]:
    """Yield which service, revision and tasks failed, and when."""
    about = [decided.subject]
    about += [f"revision {decided.revision}"] if decided.revision else []
    about += [f"image {decided.image}"] if decided.image else []
    text = escape(", ".join(about))
    lives = decided.lives
    if not lives:
        yield "What failed", text
        lasted = decided.at - decided.since
        since = f", {span(lasted)} after it began at {clock(decided.since)}" if lasted >= 1 else ""
        yield "When", clock(decided.at) + since
        return
    tasks = listed((_linked(scene, each, bars) for each in lives), MOST_TASKS)
    yield "What failed", f"{text}: {tasks} ({count(len(lives), 'task')})"
    first, last = lives[0].left, lives[-1].left
    yield "When", clock(first) + (f" to {clock(last)}" if last - first >= 1 else "")


def _linked(scene: Scene, life: Life, bars: Container[str]) -> str:
    bar = anchor(scene.prefix, life.id)
    return tag("a", short(life.id), href=f"#{bar}") if bar in bars else short(life.id)


def _why(decided: Cause) -> Iterator[Row]:
    """Yield what the tasks say, or where none failed the sentence of the verdict and ECS."""
    said = tag("ul", "".join(tag("li", escape(spoken(each))) for each in decided.messages))
    if not decided.lives:
        text = escape(spoken(stopped(decided.message)))
        yield "Why", text + (f" ECS says: {said}" if decided.messages else "")
        return
    first = decided.lives[0]
    reason = stopped(story.reason(first))
    yield "Why", escape(spoken(reason if first.why in reason else f"{first.why}. {reason}"))
    if first.last.get("log"):
        yield "Its log", tag("pre", escape(str(first.last["log"])))


def _judged(scene: Scene, decided: Cause) -> Iterator[Row]:
    """Yield the verdict that decided, with its evidence, and in short those that followed."""
    entry = decided.entry
    if entry is None:
        return
    text = f"{entry['verdict']}: {words(decided.code)}." if decided.code else f"{entry['verdict']}."
    if decided.lives:
        text += f" {stopped(decided.message)}"
    proof = "".join(tag("li", escape(spoken(each))) for each in story.evidence(entry))
    body = f"{clock(decided.at)} {escape(spoken(text))}" + (tag("ul", proof) if proof else "")
    yield "Verdict", body
    later = [
        f"{clock(each['at'])} {story.subject(other)}{' (going back)' if other.goes_back else ''}: "
        f"{words(str((each.get('reason') or {}).get('code') or each['verdict']))}"
        for other, each in judgements(scene)
        if each is not entry and each["at"] >= entry["at"]
    ]
    if later:
        yield "Later verdicts", _list(dict.fromkeys(later))


def _done(scene: Scene, decided: Cause) -> Iterator[Row]:
    """Yield what followed from the verdict, in the deployment it belongs to."""
    run = decided.run
    parent = run.name if run.workflow == "deploy" else run.about.get("parent")
    back = [each for each in scene.runs if each.goes_back and each.about.get("parent") == parent]
    if back:
        names = listed(dict.fromkeys(str(each.about.get("service") or each.name) for each in back))
        ends = [each.end for each in back if each.end is not None]
        until = f" to {clock(max(ends))}" if len(ends) == len(back) else ", not over at the end"
        text = f"Rolled {names} back to the stable revision, {clock(back[0].start)}{until}"
        yield "What was done", escape(text)
    ending = scene.ending_of(run) or {}
    for each in scene.timeline:
        ours = each.get("deployment") in (None, ending.get("number"))
        if each["kind"] == "announcement" and each["at"] >= decided.at and ours:
            yield "Announced", escape(f"{clock(each['at'])} {each['outcome']}")
            return
