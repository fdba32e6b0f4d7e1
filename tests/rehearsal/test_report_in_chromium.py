"""Is the page as it should be in a real browser: seen, reached by keyboard, dark, printed?"""

import re
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from functions.domain.catalogue import Application
from rehearsal import lambdas
from rehearsal.ecs import Behaviour
from rehearsal.recording import Recording
from rehearsal.report import page
from rehearsal.report.words import clock
from rehearsal.world import Running, World
from tests.rehearsal.chromium import Page, browsing
from tests.rehearsal.timelines import Result, failed_release, huge, lost_instance, result

pytestmark = pytest.mark.chromium

CRASH = Behaviour(
    starts_in=5, exits_after=3.0, exit_code=1, log="KeyError", commands={"rake": Behaviour()}
)
NARROW, WIDE = 800, 1400
BOXES = """
[...document.querySelectorAll('.plot .track')].map(track => {
  const plot = track.closest('.plot').getBoundingClientRect();
  return [...track.querySelectorAll('.item:not(.point):not(.flag)')].map(item => {
    const box = item.getBoundingClientRect();
    return [box.left - plot.left, box.top, box.right - plot.left, box.bottom, plot.width];
  });
})
"""
BACKGROUND = "getComputedStyle(document.body).backgroundColor"
FOCUSED = "document.activeElement.getAttribute('aria-label')"
PANEL = "document.querySelector('.panel').textContent"


@pytest.fixture(scope="module")
def crash(
    sample: tuple[Application, ...], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Result]:
    """A release that crashes and is turned back, as it is recorded."""
    with (tmp_path_factory.mktemp("logs") / "handlers.log").open("w") as log:
        lambdas.log_to(log)
        with World(sample) as world:
            recording = Recording(world)
            world.store("orders", "v1")
            running = {"web": Running(desired=3, load_balancer=True), "worker": Running()}
            world.prepare("orders", running)
            recording.begin()
            world.note("mark", "push", "orders:v2 was pushed")
            world.push("orders", "v2", CRASH)
            world.clock.run()
            yield result("a crash is turned back", recording.entries())


@pytest.fixture(scope="module")
def chromium(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    with browsing(tmp_path_factory.mktemp("profile")) as found:
        yield found


@pytest.fixture
def opened(chromium: Page, crash: Result, tmp_path: Path) -> Page:
    return shown(chromium, tmp_path, crash, failed_release())


def shown(chromium: Page, folder: Path, *results: Result, width: int = WIDE) -> Page:
    path = folder / "report.html"
    path.write_text(page(results))
    chromium.prefer("light")
    chromium.open(path, width)
    return chromium


def test_there_is_a_bar_for_each_task(opened: Page, crash: Result) -> None:
    tasks = {each["task"] for each in crash["timeline"] if each["kind"] == "task"}
    bars = opened.ask("document.querySelectorAll('#s1 .item.task').length")
    assert bars == len(tasks) > 8


def test_a_bar_shows_all_its_states(opened: Page) -> None:
    widths = opened.ask(
        "[...document.querySelector('.item.task.failed .strip').querySelectorAll('i')]"
        ".map(part => [part.className, part.getBoundingClientRect().width])"
    )
    assert [name for name, _ in widths] == ["pending", "starting"]
    assert all(width >= 4 for _, width in widths)


@pytest.mark.parametrize("width", [NARROW, WIDE])
def test_nothing_covers_anything_else_or_leaves_the_page(
    chromium: Page, crash: Result, tmp_path: Path, width: int
) -> None:
    opened = shown(chromium, tmp_path, crash, failed_release(), huge(2, 30), width=width)
    lanes: list[list[list[float]]] = opened.ask(BOXES)
    assert sum(map(len, lanes)) > 40
    for boxes in lanes:
        for left, _, right, _, most in boxes:
            assert left >= 0
            assert right <= most + 1
        for index, one in enumerate(boxes):
            assert not [other for other in boxes[:index] if overlap(one, other)]
    assert opened.ask("document.documentElement.scrollWidth") <= width


def overlap(one: list[float], other: list[float]) -> bool:
    """Say whether two boxes share more than their edges."""
    across = min(one[2], other[2]) - max(one[0], other[0])
    down = min(one[3], other[3]) - max(one[1], other[1])
    return across > 1 and down > 1


def test_labels_are_not_cut_off(opened: Page) -> None:
    cut = opened.ask(
        "[...document.querySelectorAll('.item .label')]"
        ".filter(each => each.scrollWidth > each.clientWidth + 1).map(each => each.textContent)"
    )
    assert cut == []


def test_a_bar_that_has_the_focus_shows_its_details(opened: Page) -> None:
    opened.ask("document.querySelector('.item.task.failed').focus()")
    assert "exit code 1" in opened.ask(FOCUSED)
    assert "KeyError" in opened.ask(PANEL)
    assert opened.ask("document.querySelector('.panel').getBoundingClientRect().height") > 40


def test_arrow_keys_move_along_a_lane_and_between_lanes(opened: Page) -> None:
    opened.ask("document.querySelector('.lane.tasks .item').focus()")
    first = opened.ask(FOCUSED)
    opened.press("ArrowRight")
    second = opened.ask(FOCUSED)
    assert second != first
    assert opened.ask("document.activeElement.closest('.lane').className") == "lane tasks"
    opened.press("ArrowLeft")
    assert opened.ask(FOCUSED) == first
    opened.press("ArrowUp")
    assert opened.ask("document.activeElement.closest('.lane').className") == "lane flow"
    opened.press("ArrowDown")
    assert opened.ask("document.activeElement.closest('.lane').className") == "lane tasks"


def test_tab_reaches_each_lane_once(opened: Page) -> None:
    lanes = opened.ask(
        "[...document.querySelectorAll('.lane')].filter(each => each.querySelector('.item')).length"
    )
    stops = opened.ask("document.querySelectorAll('.item[tabindex=\"0\"]').length")
    assert stops == lanes
    opened.ask("document.querySelector('.tools button:last-of-type').focus()")
    opened.press("Tab")
    opened.press("Tab")
    assert opened.ask("document.activeElement.classList.contains('item')")


def test_a_link_leads_to_the_bar_and_its_details(opened: Page) -> None:
    opened.ask("document.querySelector('.facts a').click()")
    opened.ask("new Promise(done => setTimeout(done, 50))")
    assert opened.ask("document.activeElement.classList.contains('task')")
    assert "exit code 1" in opened.ask(PANEL)


def test_zooming_widens_the_picture_and_not_the_page(opened: Page) -> None:
    before = opened.ask("document.querySelector('.plot').offsetWidth")
    opened.ask("document.querySelector('[data-zoom=in]').click()")
    assert opened.ask("document.querySelector('.plot').offsetWidth") == pytest.approx(
        2 * before, abs=2
    )
    assert opened.ask("document.documentElement.scrollWidth") <= WIDE
    opened.ask("document.querySelector('[data-zoom=fit]').click()")
    assert opened.ask("document.querySelector('.plot').offsetWidth") == before


def test_zoomed_in_there_are_more_times_to_read(opened: Page) -> None:
    times = (
        "[...document.querySelectorAll('#s1 .axis span')]"
        ".filter(each => each.getBoundingClientRect().width > 0).length"
    )
    before = opened.ask(times)
    for _ in range(2):
        opened.ask("document.querySelector('#s1 [data-zoom=in]').click()")
    assert opened.ask(times) > 1.5 * before


TIMES = """
[...document.querySelectorAll('.axis .track')].map(track =>
  [...track.querySelectorAll('span, em')].map(each => {
    const range = document.createRange();
    range.selectNodeContents(each);
    return range.getBoundingClientRect();
  }).filter(box => box.width > 0).map(box => [box.left, box.top, box.right, box.bottom]))
"""


@pytest.mark.parametrize("width", [NARROW, WIDE])
@pytest.mark.parametrize("zooms", [0, 2])
def test_every_time_on_the_axis_can_be_read(
    chromium: Page, crash: Result, tmp_path: Path, width: int, zooms: int
) -> None:
    opened = shown(chromium, tmp_path, crash, lost_instance(), huge(1, 10), width=width)
    for _ in range(zooms):
        opened.ask("document.querySelectorAll('[data-zoom=in]').forEach(each => each.click())")
    axes: list[list[list[float]]] = opened.ask(TIMES)
    assert min(map(len, axes)) > 3
    for boxes in axes:
        for index, one in enumerate(boxes):
            assert not [other for other in boxes[:index] if overlap(one, other)]
    assert opened.ask("document.documentElement.scrollWidth") <= width


def test_the_moment_of_the_verdict_is_on_the_axis(opened: Page, crash: Result) -> None:
    (verdict,) = (each for each in crash["timeline"] if each.get("verdict") == "Fail")
    axis = "[...document.querySelectorAll('#s1 .axis')[0].querySelectorAll('.deciding')]"
    assert clock(verdict["at"]) in opened.ask(f"{axis}.map(each => each.textContent)")


def test_who_prefers_it_dark_has_it_dark_and_readable(opened: Page) -> None:
    assert brightness(opened.ask(BACKGROUND)) > 0.9
    assert contrasts(opened) == []
    opened.prefer("dark")
    assert brightness(opened.ask(BACKGROUND)) < 0.15
    assert contrasts(opened) == []


def contrasts(opened: Page) -> list[Any]:
    """Return the texts that stand out less than AA wants, with their ratios."""
    texts = opened.ask(
        """
        [...document.querySelectorAll('h1,h2,p,dt,dd,.label,.who,.badge,.name span,.flag,a,time')]
        .map(each => {
          let behind = each;
          while (behind && getComputedStyle(behind).backgroundColor === 'rgba(0, 0, 0, 0)')
            behind = behind.parentElement;
          return [each.textContent, getComputedStyle(each).color,
                  getComputedStyle(behind || document.body).backgroundColor];
        })
        """
    )
    assert len(texts) > 50
    found = []
    for text, color, background in texts:
        light, dark = sorted((brightness(color), brightness(background)), reverse=True)
        ratio = (light + 0.05) / (dark + 0.05)
        if ratio < 4.5:
            found.append((text, round(ratio, 2)))
    return found


def brightness(color: str) -> float:
    """Return the relative luminance of a colour, as WCAG defines it."""
    shares = [int(each) / 255 for each in re.findall(r"\d+", color)[:3]]
    linear = [
        each / 12.92 if each <= 0.04045 else ((each + 0.055) / 1.055) ** 2.4 for each in shares
    ]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def test_on_paper_everything_is_there_to_be_read(opened: Page) -> None:
    opened.ask(
        "addEventListener('beforeprint', () => {"
        " window.folded = document.querySelectorAll('details:not([open])').length })"
    )
    opened.prefer("dark")
    printed = opened.pdf()
    assert printed.startswith(b"%PDF")
    assert opened.ask("window.folded") == 0
    streams = [inflated(each) for each in re.findall(rb"stream\r?\n(.*?)endstream", printed, re.S)]
    shown = sum(len(re.findall(rb"\bT[jJ]\b", each)) for each in streams)
    assert shown > 500
    assert any(b"beginbfchar" in each or b"beginbfrange" in each for each in streams)


def inflated(stream: bytes) -> bytes:
    try:
        return zlib.decompressobj().decompress(stream)
    except zlib.error:
        return b""


def test_without_a_script_the_details_are_tooltips(
    chromium: Page, crash: Result, tmp_path: Path
) -> None:
    chromium.call("Emulation.setScriptExecutionDisabled", value=True)
    try:
        opened = shown(chromium, tmp_path, crash)
        assert "KeyError" in opened.ask("document.querySelector('.item.task.failed').title")
        assert opened.ask("document.querySelector('.tools').getBoundingClientRect().height") == 0
    finally:
        chromium.call("Emulation.setScriptExecutionDisabled", value=False)


def test_a_hundred_services_open_without_a_complaint(chromium: Page, tmp_path: Path) -> None:
    opened = shown(chromium, tmp_path, huge(100, 20))
    assert opened.ask("document.querySelectorAll('.service').length") == 100
    assert opened.complaints() == []


def test_the_page_asks_nobody_and_complains_of_nothing(opened: Page) -> None:
    opened.ask("document.querySelector('.item').focus()")
    opened.press("ArrowRight")
    assert opened.requests() == []
    assert opened.complaints() == []
