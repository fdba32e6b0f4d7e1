"""Does the page say what happened, whatever the results are?"""

from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from rehearsal.report import page
from rehearsal.scenario.command import main
from tests.rehearsal.timelines import (
    LOOK,
    Entry,
    failed_release,
    huge,
    lost_instance,
    result,
    state,
)
from tests.workflows.asl import ROOT

VOID = {"meta"}
PAGE_BYTES = 3_000_000
EXAMPLES = ROOT / "rehearsal/scenario/examples"


class Element:
    def __init__(self, name: str, attributes: dict[str, str]) -> None:
        self.name, self.attributes = name, attributes
        self.children: list[Element | str] = []

    @property
    def classes(self) -> set[str]:
        return set(self.attributes.get("class", "").split())

    @property
    def text(self) -> str:
        parts = (each if isinstance(each, str) else each.text for each in self.children)
        return " ".join(" ".join(parts).split())

    def all(self, name: str = "", **attributes: str) -> list["Element"]:
        wanted = {key.rstrip("_").replace("_", "-"): value for key, value in attributes.items()}
        found = []
        for each in self.children:
            if isinstance(each, Element):
                if each._fits(name, wanted):
                    found.append(each)
                found += each.all(name, **attributes)
        return found

    def _fits(self, name: str, wanted: dict[str, str]) -> bool:
        return name in ("", self.name) and all(
            set(value.split()) <= set(self.attributes.get(key, "").split())
            for key, value in wanted.items()
        )


class Reader(HTMLParser):
    """Reads a page into elements, and refuses one whose tags do not match."""

    def __init__(self) -> None:
        super().__init__()
        self.root = Element("root", {})
        self._open = [self.root]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        made = Element(tag, {key: value or "" for key, value in attrs})
        self._open[-1].children.append(made)
        if tag not in VOID:
            self._open.append(made)

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop().name == tag

    def handle_data(self, data: str) -> None:
        self._open[-1].children.append(data)


def read(*results: Entry) -> Element:
    reader = Reader()
    reader.feed(page(results))
    reader.close()
    assert reader._open == [reader.root]
    return reader.root


@pytest.fixture(scope="module")
def failed() -> Element:
    return read(failed_release())


def facts(page: Element) -> dict[str, str]:
    (found,) = page.all("dl", class_="facts")
    terms, answers = found.all("dt"), found.all("dd")
    return {one.text: other.text for one, other in zip(terms, answers, strict=True)}


def test_a_newcomer_is_told_what_failed_when_why_and_what_was_done(failed: Element) -> None:
    told = facts(failed)
    assert "orders/web" in told["What failed"]
    assert "v2" in told["What failed"]
    assert "bbb222" in told["What failed"]
    assert told["When"] == "0:30"
    assert told["Why"].startswith("exit code 3")
    assert "KeyError" in told["Its log"]
    assert "AppExit" in told["Verdict"]
    assert "bbb222: exit code 3" in told["Verdict"]
    assert told["Announced"] == "0:50 RolledBack"


def test_the_first_sentence_is_the_announcement(failed: Element) -> None:
    (headline,) = failed.all("p", class_="headline")
    assert headline.text == "orders v2 was turned back."


def test_each_task_is_a_bar_with_its_states_and_its_end(failed: Element) -> None:
    bars = {each.attributes["id"]: each for each in failed.all(class_="item task")}
    assert set(bars) == {"s1-aaa111aaa111", "s1-bbb222bbb222"}
    bar = bars["s1-bbb222bbb222"]
    (strip,) = bar.all(class_="strip")
    assert [each.attributes["class"] for each in strip.all("i")] == ["pending", "starting"]
    assert bar.attributes["aria-label"] == (
        "Task bbb222 of orders/web, image v2: exit code 3 at 0:30"
    )
    assert "Container app ended with exit code 3" in bar.attributes["title"]
    assert "failed" in bar.classes
    assert "failed" not in bars["s1-aaa111aaa111"].classes


def test_what_can_be_pointed_at_can_be_reached_by_keyboard_and_has_a_name(failed: Element) -> None:
    items = failed.all(class_="item")
    assert len(items) > 6
    for each in items:
        assert each.attributes["tabindex"] == "0"
        assert each.attributes["aria-label"]
        assert each.attributes["title"]


def test_events_faults_verdicts_and_news_are_marked(failed: Element) -> None:
    marks = [each.text for each in failed.all(class_="item mark")]
    assert marks == [
        "orders:v2 was pushed",
        "lose events",
        "announced: RolledBack",
        "✕ Fail: the application exits (AppExit)",
        "✕ failed by ECS",
    ]


def test_what_ecs_does_is_a_lane_with_its_stages(failed: Element) -> None:
    (lane,) = failed.all(class_="lane", aria_label="ECS")
    labels = [each.text for each in lane.all(class_="item state")]
    assert labels == ["orders-web:2 scale up", "orders-web:1"]
    (mark,) = lane.all(class_="item mark")
    assert "circuit breaker" in mark.attributes["title"]


def test_a_breach_of_the_minimum_is_flagged_and_told(failed: Element) -> None:
    (flag,) = failed.all(class_="item flag")
    assert flag.text == "▼ 1 of 2"
    assert "0:30 to 0:42 (12 s)" in flag.attributes["aria-label"]
    (story,) = failed.all("ol", class_="story")
    assert "fewer healthy tasks than its minimum for 12 s: 1 of 2" in story.text


def test_the_story_is_in_the_order_of_time_with_causes_first(failed: Element) -> None:
    (story,) = failed.all("ol", class_="story")
    who = [each.text for each in story.all("span", class_="who")]
    assert who == [
        "event",
        "Pilothouse",
        "fault",
        "task failed",
        "too few",
        "ECS",
        "verdict",
        "news",
    ]
    times = [each.text for each in story.all("time")]
    assert times == ["0:00", "0:01", "0:25", "0:30", "0:30", "0:31", "0:31", "0:50"]


@pytest.mark.parametrize("number", [1, 60])
def test_links_lead_to_elements(number: int) -> None:
    short = {**failed_release(), "passed": False}
    found = read(*([short] * number), huge(1, 60))
    ids = {each.attributes["id"] for each in found.all() if "id" in each.attributes}
    links = [each.attributes["href"] for each in found.all("a")]
    assert links
    assert {each.removeprefix("#") for each in links} <= ids


def test_ids_are_unique() -> None:
    found = read(failed_release(), failed_release())
    ids = [each.attributes["id"] for each in found.all() if "id" in each.attributes]
    assert len(ids) == len(set(ids))


def test_the_whole_timeline_is_there_to_be_read(failed: Element) -> None:
    (body,) = failed.all("tbody")
    assert len(body.all("tr")) == len(failed_release()["timeline"])


def test_what_logs_and_names_contain_is_text(failed: Element) -> None:
    assert "<b>X</b>" in facts(failed)["Its log"]
    name = '<script>alert("x")</script>'
    found = read({**failed_release(), "name": name})
    assert len(found.all("script")) == 1
    assert name in found.all("h2")[0].text


def test_nothing_is_fetched() -> None:
    text = page([failed_release()])
    assert "http:" not in text
    assert "https:" not in text
    assert "@import" not in text
    assert "url(" not in text


def test_failed_expectations_and_broken_invariants_stand_on_top() -> None:
    broken = {"name": "one claim owner per application", "held": False, "at": 12.0}
    held = {"name": "claims end", "held": True}
    bad = {**result("bad", [], "orders/web should run v1, it runs v2"), "seed": 77}
    found = read({**bad, "invariants": [broken, held]})
    expected, invariants = found.all(class_="problem")
    assert expected.text == "✕ Not as expected orders/web should run v1, it runs v2"
    assert "one claim owner per application" in invariants.text
    assert "claims end" not in invariants.text
    assert "See it again: python -m rehearsal bad --seed 77" in found.text


def test_failures_may_be_sentences_or_documents() -> None:
    document = {"message": "web runs v2", "at": 12.0, "expected": "v1"}
    found = read({**result("bad", []), "passed": False, "failures": [document]})
    assert found.all(class_="problem")[0].text.endswith("web runs v2 (at 0:12, expected v1)")


def test_many_scenarios_begin_with_what_failed() -> None:
    good = [result(f"good {number}", failed_release()["timeline"]) for number in range(3)]
    found = read(*good, result("bad one", [], "it is bad"))
    (summary,) = found.all("table", class_="summary")
    rows = summary.all("tr")[1:]
    assert len(rows) == 4
    assert "bad one" in rows[0].text
    assert "✕ failed" in rows[0].text
    assert found.all("h1")[0].text == "Rehearsal: 1 of 4 scenarios failed"


def test_a_quiet_stretch_is_squeezed_and_says_how_long_it_is(failed: Element) -> None:
    assert {each.text for each in failed.all("em")} == {"2 min 30 s later"}


def test_the_same_results_make_the_same_page() -> None:
    assert page([failed_release(), huge(2, 3)]) == page([failed_release(), huge(2, 3)])


def test_equal_tasks_are_folded_where_there_are_too_many() -> None:
    found = read(huge(1, 60))
    bars = found.all(class_="item task")
    assert len(bars) <= 60
    assert sum(int(each.attributes["data-tasks"]) for each in bars) == 180
    assert any("more alike" in each.text for each in bars)


def test_a_hundred_services_of_many_tasks_make_a_page_that_opens() -> None:
    text = page([huge(100, 20)])
    assert len(text.encode()) < PAGE_BYTES


def test_hundreds_of_scenarios_make_a_page_that_opens() -> None:
    results = [{**huge(4, 20), "name": f"number {number}"} for number in range(40)]
    results += [result(f"small {number}", failed_release()["timeline"]) for number in range(400)]
    text = page(results)
    assert len(text.encode()) < PAGE_BYTES
    assert "number 39" in text
    assert "small 399" in text


@pytest.mark.parametrize("timeline", [[], [{"at": 0.0, "kind": "mark", "what": "x", "text": "y"}]])
def test_a_scenario_in_which_nothing_happens_has_a_page(timeline: list[dict[str, Any]]) -> None:
    found = read({**result("nothing", timeline), "virtual_seconds": 0})
    assert "Nothing was announced" in found.text


def test_a_kind_of_entry_that_nobody_knows_is_in_the_table() -> None:
    entry = {"at": 1.0, "kind": "weather", "text": "It rains"}
    assert "It rains" in read(result("odd", [entry])).text


@pytest.fixture(scope="module")
def lost() -> Element:
    return read(lost_instance())


def test_what_decided_comes_before_what_happened_as_well(lost: Element) -> None:
    told = facts(lost)
    assert told["What failed"] == "orders/web, revision orders-web:2, image v2"
    assert told["When"] == "10:20, 10 min 19 s after it began at 0:01"
    assert told["Why"].startswith("No task came up for 10 min. ECS says:")
    assert "unable to place a task" in told["Why"]
    assert told["Verdict"] == "10:20 Fail: deadline exceeded (DeadlineExceeded). 0 of 2 run"
    assert "0:30 production lost an instance." in told["Also happened"]
    assert "image v1: Host EC2 (instance i-1) terminated" in told["Also happened"]


def test_a_task_of_the_old_revision_is_not_what_failed() -> None:
    found = failed_release()
    old = {"image": "v1", "revision": "orders-web:1"}
    timeline = [{**each, **old} if each["kind"] == "task" else each for each in found["timeline"]]
    told = facts(read({**found, "timeline": timeline}))
    assert told["What failed"] == "orders/web, revision orders-web:2, image v2"
    assert "image v1: exit code 3" in told["Also happened"]


def test_a_migration_that_was_not_started_is_told_like_any_failure() -> None:
    migrate = {"workflow": "migrate", "execution": "orders-1-expand", "phase": "expand"}
    said = "The expand migration failed: its task was not started: RESOURCE:MEMORY."
    reason = {"code": "MigrationFailed", "message": said, "evidence": ["RESOURCE:MEMORY"]}
    verdict = {"kind": "verdict", "verdict": "Fail", "message": said, "reason": reason}
    timeline = [
        state(0, "started"),
        state(1, "started", **migrate),
        {**verdict, "at": 1, **migrate, "application": "orders"},
        state(1, "ended", status="FAILED", error="Failed"),
    ]
    told = facts(read(result("no room", timeline)))
    assert told["What failed"] == "the expand migration of orders, image v2"
    assert told["When"] == "0:01"
    assert told["Why"] == said
    assert told["What to do now"].startswith("Make room in the cluster")


def test_an_execution_that_breaks_is_told_without_a_verdict() -> None:
    broken = {"status": "FAILED", "error": "Fault", "message": "Throttled for too long"}
    timeline = [state(0, "started"), state(9, "ended", **broken)]
    bad = result("a fault", timeline)
    told = facts(read({**bad, "deployments": [{"outcome": "Failed", "application": "orders"}]}))
    assert told["What failed"] == "orders"
    assert told["Why"] == "Throttled for too long."
    assert told["What to do now"].startswith("Look at the failed execution")


def test_a_stopped_execution_is_told_as_what_it_is_and_not_as_its_plan() -> None:
    aborted = {"status": "ABORTED", "error": "Stopped", "message": "somebody stopped it"}
    timeline = [state(0, "started"), state(9, "ended", **aborted)]
    still = {"outcome": None, "message": "Deploy v2 (release #1).", "application": "orders"}
    told = facts(read({**result("stopped", timeline), "deployments": [still]}))
    assert told["Why"] == "Its execution was aborted: somebody stopped it."
    assert told["What to do now"].startswith("Start the deployment again")


def test_who_is_asked_to_do_something_is_told_what(failed: Element, lost: Element) -> None:
    assert facts(failed)["What to do now"].startswith("Read the log of the task")
    told = facts(lost)["What to do now"]
    assert told.startswith(LOOK)
    assert "Make room in the cluster" in told


def test_nothing_is_to_be_done_about_what_went_well() -> None:
    good = {**result("good", []), "deployments": [{"outcome": "Promoted", "application": "x"}]}
    assert "What to do now" not in read(good).text


def test_a_squeezed_stretch_is_written_out_with_both_its_ends(lost: Element) -> None:
    (axis, *_) = lost.all(class_="axis")
    times = [each.text for each in axis.all("span") if "finer" not in each.classes]
    assert {"0:30", "10:20"} <= set(times)
    assert [each.text for each in axis.all("em")] == ["9 min 50 s later"]
    assert [each.text for each in axis.all("span", class_="deciding")] == ["10:20"]


def test_a_plan_comes_before_the_verdict_of_its_instant() -> None:
    found = lost_instance()
    at = {"Plan Release": 620.0}
    moved = [
        {**each, "at": at.get(each.get("state", ""), each["at"])} for each in found["timeline"]
    ]
    moved.sort(key=lambda each: float(each["at"]))
    plan = next(each for each in moved if each.get("state") == "Plan Release")
    verdict = next(each for each in moved if each["kind"] == "verdict")
    assert moved.index(plan) < moved.index(verdict)
    (story,) = read({**found, "timeline": moved}).all("ol", class_="story")
    assert story.text.index("Deploy v2 (release #1)") < story.text.index("Verdict of roll")


def test_no_sentence_of_the_story_is_told_twice(lost: Element) -> None:
    (story,) = lost.all("ol", class_="story")
    assert story.text.count("No task came up for 10 min") == 1
    assert story.text.count("0 of 2 run") == 1
    assert story.text.count("Host EC2 (instance i-1) terminated") == 1
    assert f"Announced as RollbackFailed: orders v2 failed. {LOOK}" in story.text


def test_how_long_a_task_ran_is_told_only_where_it_began_to_run_meanwhile(
    failed: Element, lost: Element
) -> None:
    assert "failed, 10 s after it began to run" in failed.all("ol", class_="story")[0].text
    assert "began to run" not in lost.all("ol", class_="story")[0].text


def test_later_verdicts_name_their_services() -> None:
    found = lost_instance()
    (first,) = (each for each in found["timeline"] if each["kind"] == "verdict")
    later = {**first, "execution": "orders-1-back-web-2", "at": 650, "service": "orders/web"}
    told = facts(read({**found, "timeline": [*found["timeline"], later]}))
    assert told["Later verdicts"] == (
        "10:50 orders/web (going back): deadline exceeded (DeadlineExceeded)"
    )


def test_two_deployments_of_a_lane_are_told_apart() -> None:
    entries = [
        state(at, what, name, execution=f"orders-{number}")
        for number, at in ((1, 0), (2, 1))
        for what, name in (("started", None), ("entered", "Roll Services"))
    ]
    ended = [
        {"application": "orders", "number": number, "image_tag": f"v{number + 1}"}
        | {"outcome": "Promoted", "execution": f"orders-{number}"}
        for number in (1, 2)
    ]
    found = read({**result("two", entries), "deployments": ended})
    (lane,) = found.all(class_="lane", aria_label="deploy")
    labels = [each.text for each in lane.all(class_="label")]
    assert labels == ["v2 #1: Roll Services", "v3 #2: Roll Services"]


def test_seeds_of_a_scenario_are_one_line_and_two_pictures() -> None:
    bad, good = lost_instance(), {**failed_release(), "name": lost_instance()["name"]}
    other = {**bad, "seed": 3, "deployments": good["deployments"]}
    found = read({**good, "seed": 0}, bad, {**bad, "seed": 2}, other, {**good, "seed": 4})
    (row,) = found.all("table", class_="summary")[0].all("tr")[1:]
    assert "an instance is lost: 3 of 5 failed" in row.text
    assert "failed: 1, 2 and 3; passed: 0 and 4" in row.text
    assert found.all("h1")[0].text == "Rehearsal: 3 of 5 runs of 1 scenario failed"
    drawn = [each.attributes["id"] for each in found.all("section", class_="scenario")]
    assert drawn == ["s2", "s1"]
    lines = [each.text for each in found.all("details", class_="others")[0].all("li")]
    assert lines[0].startswith("seed 2: ✕ failed, as seed 1: orders v2: RollbackFailed, AppExit")
    assert lines[1].startswith("seed 3: ✕ failed, orders v2: RolledBack, AppExit · it should be")
    assert lines[2].startswith("seed 4: ✓ passed, as seed 0: orders v2: RolledBack")


def test_the_command_to_see_it_again_is_that_of_the_console() -> None:
    found = read({**lost_instance(), "scenario": "my files/lost.yaml"})
    assert "See it again: python -m rehearsal 'my files/lost.yaml' --seed 1" in found.text


def test_the_page_that_the_command_writes_names_the_file(tmp_path: Path) -> None:
    scenario, report = tmp_path / "wrong.yaml", tmp_path / "report.html"
    text = (EXAMPLES / "shortest.yaml").read_text()
    scenario.write_text(text.replace("Promoted", "RolledBack"))
    assert main([str(scenario), "--seed", "7", "--report", str(report)]) == 1
    assert f"python -m rehearsal {scenario} --seed 7" in report.read_text()
