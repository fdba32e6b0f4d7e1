"""How does one page hold any number of scenarios?"""

from collections.abc import Mapping, Sequence
from html import escape
from pathlib import Path
from typing import Any

from rehearsal.report.chapter import badge, chapter, headline
from rehearsal.report.groups import Group, groups
from rehearsal.report.picture import Room
from rehearsal.report.scene import Scene
from rehearsal.report.sharing import shares
from rehearsal.report.words import count, tag

HERE = Path(__file__).parent
BARS, ROWS = 1_200, 4_000
"""Of all scenarios together: about 2 MB."""
MOST_DRAWN = 24
MOST_LETTERS = 2_000_000
"""Once there is so much on the page, the scenarios that follow have a line in the summary only."""
SHORT_HEADLINE = 220


def page(results: Sequence[Mapping[str, Any]]) -> str:
    """Return the HTML of a page about these results. The same results make the same page."""
    scenes = [Scene(result, f"s{number}") for number, result in enumerate(results, 1)]
    found = groups(scenes)
    chapters = _chapters(found)
    body = "".join(
        "".join(chapters.get(each.prefix, "") for each in group.drawn) + group.others()
        for group in found
    )
    return _document(_title(found), _summary(found, frozenset(chapters)) + body)


def _chapters(found: Sequence[Group]) -> dict[str, str]:
    """Return the sections of the page by their ids: of each scenario one or two seeds."""
    # Where not all can be drawn, those that failed are.
    scenes = sorted((each for group in found for each in group.drawn), key=lambda it: it.passed)
    rooms = _rooms(scenes[:MOST_DRAWN])
    chapters: dict[str, str] = {}
    for each in scenes:
        full = each.prefix in rooms and sum(map(len, chapters.values())) < MOST_LETTERS
        if full or not each.passed:
            chapters[each.prefix] = chapter(each, rooms[each.prefix] if full else None)
    return chapters


def _rooms(scenes: Sequence[Scene]) -> dict[str, Room]:
    """Share the page among the scenarios, by what they have to show."""
    bars = shares([len(each.lives) for each in scenes], BARS)
    rows = shares([len(each.timeline) for each in scenes], ROWS)
    return {each.prefix: Room(*room) for each, *room in zip(scenes, bars, rows, strict=True)}


def _title(found: Sequence[Group]) -> str:
    runs = sum(len(each.scenes) for each in found)
    failed = sum(len(each.failed) for each in found)
    what = count(len(found), "scenario")
    if runs > len(found):
        what = f"{count(runs, 'run')} of {what}"
    return f"Rehearsal: {failed} of {what} failed" if failed else f"Rehearsal: {what} passed"


def _summary(found: Sequence[Group], linked: frozenset[str]) -> str:
    head = tag("h1", escape(_title(found)))
    if len(found) == 1 and not found[0].told:
        return tag("header", head)
    names = ("", "scenario", "what happened", "seed", "virtual time")
    titles = tag("tr", "".join(tag("th", each, scope="col") for each in names))
    rows = "".join(_row(each, linked) for each in sorted(found, key=lambda it: not it.failed))
    table = tag("table", tag("thead", titles) + tag("tbody", rows), class_="summary")
    return tag("header", head + tag("div", table, class_="wide"))


def _row(group: Group, linked: frozenset[str]) -> str:
    """Return the line of a scenario: of its seeds the first that failed speaks for it."""
    scene = group.drawn[0]
    said = headline(scene)
    if len(said) > SHORT_HEADLINE:
        said = said[:SHORT_HEADLINE].rstrip() + "…"
    name = escape(group.name + (f": {group.told}" if group.told else ""))
    cells = (
        badge(scene),
        tag("a", name, href=f"#{scene.prefix}") if scene.prefix in linked else name,
        escape(said),
        escape(group.seeds),
        group.lasted,
    )
    return tag("tr", "".join(tag("td", each) for each in cells))


def _document(title: str, body: str) -> str:
    css, js = ((HERE / name).read_text() for name in ("page.css", "page.js"))
    return (
        "<!doctype html>\n"
        '<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        '<meta name="color-scheme" content="light dark">'
        f"<title>{escape(title)}</title>\n<style>\n{css}</style></head>\n"
        f"<body><main>{body}</main>\n<script>\n{js}</script></body></html>\n"
    )
