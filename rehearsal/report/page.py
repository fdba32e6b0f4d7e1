"""How does one page hold any number of scenarios?"""

from collections.abc import Mapping, Sequence
from html import escape
from pathlib import Path
from typing import Any

from rehearsal.report.chapter import badge, chapter, headline
from rehearsal.report.picture import Room
from rehearsal.report.scene import Scene
from rehearsal.report.sharing import shares
from rehearsal.report.words import count, span, tag

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
    # Where not all can be drawn, those that failed are.
    chosen = sorted(scenes, key=lambda each: each.passed)[:MOST_DRAWN]
    rooms = _rooms(chosen)
    chapters: dict[str, str] = {}
    for each in sorted(scenes, key=lambda each: each.passed):
        full = each.prefix in rooms and sum(map(len, chapters.values())) < MOST_LETTERS
        if full or not each.passed:
            chapters[each.prefix] = chapter(each, rooms[each.prefix] if full else None)
    body = "".join(chapters[each.prefix] for each in scenes if each.prefix in chapters)
    linked = frozenset(chapters)
    return _document(_title(scenes), _summary(scenes, linked) + body)


def _rooms(scenes: Sequence[Scene]) -> dict[str, Room]:
    """Share the page among the scenarios, by what they have to show."""
    bars = shares([len(each.lives) for each in scenes], BARS)
    rows = shares([len(each.timeline) for each in scenes], ROWS)
    return {each.prefix: Room(*room) for each, *room in zip(scenes, bars, rows, strict=True)}


def _title(scenes: Sequence[Scene]) -> str:
    failed = sum(not each.passed for each in scenes)
    if not failed:
        return f"Rehearsal: {count(len(scenes), 'scenario')} passed"
    return f"Rehearsal: {failed} of {count(len(scenes), 'scenario')} failed"


def _summary(scenes: Sequence[Scene], linked: frozenset[str]) -> str:
    head = tag("h1", escape(_title(scenes)))
    if len(scenes) <= 1:
        return tag("header", head)
    names = ("", "scenario", "what happened", "seed", "virtual time")
    titles = tag("tr", "".join(tag("th", each, scope="col") for each in names))
    ordered = sorted(scenes, key=lambda each: each.passed)
    rows = "".join(_row(each, is_linked=each.prefix in linked) for each in ordered)
    table = tag("table", tag("thead", titles) + tag("tbody", rows), class_="summary")
    return tag("header", head + tag("div", table, class_="wide"))


def _row(scene: Scene, *, is_linked: bool) -> str:
    said = headline(scene)
    if len(said) > SHORT_HEADLINE:
        said = said[:SHORT_HEADLINE].rstrip() + "…"
    cells = (
        badge(scene),
        tag("a", escape(scene.name), href=f"#{scene.prefix}") if is_linked else escape(scene.name),
        escape(said),
        escape(str(scene.result.get("seed"))),
        span(scene.end),
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
