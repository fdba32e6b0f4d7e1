"""What does `python -m rehearsal` print, write and answer?"""

import json
import os
import re
from pathlib import Path

import pytest
import yaml

from rehearsal.lambdas import log_to
from rehearsal.scenario.command import main

ROOT = Path(__file__).parents[2]
EXAMPLES = ROOT / "rehearsal/scenario/examples"
SHORTEST = str(EXAMPLES / "shortest.yaml")
KEYS = [
    "name",
    "seed",
    "passed",
    "failures",
    "deployments",
    "services",
    "announcements",
    "invariants",
    "timeline",
    "virtual_seconds",
    "wall_seconds",
    "state_transitions",
    "sdk_calls",
]


@pytest.fixture(scope="module", autouse=True)
def quiet():
    """Make the handlers' Logger outside of any capture: it keeps the stdout that it finds."""
    with Path(os.devnull).open("w") as nowhere:
        before = log_to(nowhere)
        yield
        log_to(before)


@pytest.fixture
def failing(tmp_path):
    text = (EXAMPLES / "shortest.yaml").read_text()
    path = tmp_path / "failing.yaml"
    path.write_text(
        text.replace("outcome: Promoted", "outcome: RolledBack")
        + "  services: {orders/web: {runs: v1, desired: 3}}\n"
        + "  announcements: [{outcome: Promoted, times: 2}]\n"
        + "  mail: [{contains: never said}]\n"
        + "  migrations: {expand: 1}\n"
        + "  within: 1m\n"
        + "  breaks: [{invariant: 8, because: it is said here}]\n"
        + "faults: [{kill_lambda: JudgeMigration}]\n"
    )
    return path


def test_a_scenario_that_passes_takes_one_line(capsys):
    assert main([SHORTEST, "--seed", "1"]) == 0
    (line,) = capsys.readouterr().out.splitlines()
    assert line.startswith("pass  a good release is promoted  seed 1  11m")
    assert re.search(r" virtual, [0-9.]+ s  Promoted$", line)


def test_a_scenario_that_fails_says_what_was_expected_and_found(failing, capsys):
    assert main([str(failing), "--seed", "3"]) == 1
    first, *more = capsys.readouterr().out.splitlines()
    assert first.startswith("FAIL  a good release is promoted  seed 3")
    # The second it ends in is nothing that anybody relies on.
    assert [re.sub(r"11m2\ds", "11m20s", each.strip()) for each in more] == [
        "Deployment 1 (orders v2: Promoted at 11m20s): expected outcome RolledBack, "
        "found Promoted.",
        "orders/web: expected it to run v1, it runs v2.",
        "orders/web: expected 3 desired, found 2.",
        "Expected Promoted to be announced 2 times, it was 1 times.",
        'Expected at least one mail with "never said", 0 of 1 had it.',
        "Expected 1 tasks of the expand migration, 0 were run.",
        "Expected everything to be over within 1m00s, it took 11m20s.",
        "Expected invariant 8 to be broken because it is said here, it held: take this out of "
        "breaks.",
        "faults[0], kill_lambda, never struck: nothing it concerns happened. Change the fault, "
        "or say may_miss: true.",
        "Announced: orders runs v2 (release #1). The bake passed.",
        f"See it again: python -m rehearsal {failing} --seed 3",
    ]


def test_a_bad_file_ends_with_two_before_anything_runs(tmp_path, capsys):
    bad = tmp_path / "bad.yaml"
    bad.write_text("name: bad\n")
    assert main([SHORTEST, str(bad)]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert (
        captured.err == f"{bad}:1: catalogue: is missing; add catalogue: [catalogue/orders.yaml]\n"
    )


def test_a_catalogue_that_cannot_be_deployed_ends_with_two(tmp_path, capsys):
    text = (EXAMPLES / "shortest.yaml").read_text()
    bad = tmp_path / "bad.yaml"
    bad.write_text(text.replace("services: {web: {}}", "services: {}"))
    assert main([str(bad)]) == 2
    assert "catalogue[0].services: names nothing" in capsys.readouterr().err


@pytest.mark.parametrize("seeds", ["x", "3..1", "1..y"])
def test_seeds_that_are_none_are_refused_in_words(seeds, capsys):
    with pytest.raises(SystemExit) as ended:
        main([SHORTEST, "--seeds", seeds])
    assert ended.value.code == 2
    assert "write a number, or two as in 1..20" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "name scenario files, or a file of the catalogue with --catalogue"),
        ([SHORTEST, "--catalogue", "x.yaml"], "scenario files and --catalogue: one of them is"),
        ([SHORTEST, "--world", "x.yaml"], "--world goes with --catalogue"),
        ([SHORTEST, "--seeds", "1..999999999999"], "is more than 10,000 seeds: take fewer"),
        ([SHORTEST, "--seed", "-1"], "-1 is no seed: write a number"),
        ([SHORTEST, "--jobs", "0"], "0 is no number of jobs: write one from 1 to 256"),
        ([SHORTEST, "--jobs", "2", "--log", "x.log"], "--log can be kept with one job only"),
        ([SHORTEST, "--json", str(ROOT)], f"--json {ROOT}: is a folder; name a file in it"),
        (
            [SHORTEST, "--report", str(ROOT / "absent/x.html")],
            f"there is no folder {ROOT / 'absent'}; make it first",
        ),
    ],
)
def test_what_cannot_be_done_is_refused_before_anything_runs(arguments, said, capsys):
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    assert ended.value.code == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert said in captured.err
    assert len(captured.err.splitlines()) == 1


def test_a_line_tells_of_three_deployments_and_counts_the_others(tmp_path, capsys):
    document = yaml.safe_load((EXAMPLES / "shortest.yaml").read_text())
    pushed = {"bad": {"exits_after": "3s"}, "v3": {}, "v4": {}, "v5": {}, "v6": {}}
    document["world"]["images"]["orders"] |= pushed
    document["timeline"] = [
        {"at": f"{place}h", "push": f"orders:{tag}"} for place, tag in enumerate(pushed)
    ]
    del document["expect"]
    path = tmp_path / "many.yaml"
    path.write_text(yaml.safe_dump(document, sort_keys=False))
    assert main([str(path)]) == 0
    (line,) = capsys.readouterr().out.splitlines()
    assert line.endswith("  RolledBack (AppExit), Promoted, Promoted, and 2 more")


def test_the_json_holds_what_happened(tmp_path, capsys):
    written = tmp_path / "out.json"
    assert main([SHORTEST, "--seeds", "1..2", "--jobs", "2", "--json", str(written)]) == 0
    first, second = json.loads(written.read_text())["scenarios"]
    assert list(first) == KEYS
    assert (first["seed"], second["seed"]) == (1, 2)
    assert first["passed"]
    assert first["failures"] == first["invariants"] == []
    (deployment,) = first["deployments"]
    assert (deployment["image_tag"], deployment["outcome"]) == ("v2", "Promoted")
    assert first["services"]["orders/web"]["runs"] == ["v2"]
    assert [each["outcome"] for each in first["announcements"]] == ["Promoted"]
    assert first["sdk_calls"]["ecs:UpdateService"] == 1
    assert {"mark", "state", "task", "count", "deployment", "announcement"} <= {
        each["kind"] for each in first["timeline"]
    }
    assert "at" in first["timeline"][0]
    assert len(capsys.readouterr().out.splitlines()) == 2


def test_the_report_is_one_page_about_all_of_them(tmp_path):
    page = tmp_path / "report.html"
    assert main([SHORTEST, "--report", str(page)]) == 0
    assert "a good release is promoted" in page.read_text()


def test_a_folder_stands_for_its_scenarios(tmp_path, capsys):
    for name in ("b", "a"):
        text = (EXAMPLES / "shortest.yaml").read_text()
        (tmp_path / f"{name}.yaml").write_text(text.replace("a good release", f"release {name}"))
    assert main([str(tmp_path)]) == 0
    told = capsys.readouterr().out.splitlines()
    assert [each.split("  ")[1] for each in told] == [
        "release a is promoted",
        "release b is promoted",
    ]


def test_an_empty_folder_is_refused_in_words(tmp_path, capsys):
    assert main([str(tmp_path)]) == 2
    assert "there is no scenario; name a folder with .yaml files" in capsys.readouterr().err


def test_a_rehearsal_that_breaks_is_a_failure_and_hides_no_other(tmp_path, capsys, monkeypatch):
    broken = tmp_path / "broken.yaml"
    broken.write_text((EXAMPLES / "shortest.yaml").read_text())
    monkeypatch.setattr("rehearsal.scenario.running.Invariants", None)
    assert main([str(broken), SHORTEST]) == 1
    assert capsys.readouterr().out.count("The rehearsal itself broke, in running.py:") == 2


@pytest.mark.parametrize("place", ["judging.failures", "faults.strike", "outcome"])
def test_whatever_breaks_is_told_in_a_sentence_and_traced_in_the_log(
    place, tmp_path, capsys, monkeypatch
):
    monkeypatch.setattr(f"rehearsal.scenario.running.{place}", lambda *_: {}["gone"])
    log = tmp_path / "broken.log"
    assert main([SHORTEST, "--log", str(log)]) == 1
    out, err = capsys.readouterr()
    assert "KeyError: 'gone'. --log FILE keeps its trace." in out
    assert "Traceback" not in out + err
    assert "Traceback (most recent call last)" in log.read_text()


def test_a_page_that_cannot_be_made_ends_in_a_sentence(tmp_path, capsys, monkeypatch):
    monkeypatch.setattr("rehearsal.report.page", lambda _: {}["gone"])
    assert main([SHORTEST, "--report", str(tmp_path / "report.html")]) == 2
    assert "The rehearsal itself broke, in " in capsys.readouterr().err


def test_a_file_of_the_catalogue_is_rehearsed_under_the_standard_faults(capsys):
    assert main(["--catalogue", str(ROOT / "catalogue/orders.yaml"), "--faults", "standard"]) == 0
    told = capsys.readouterr().out
    for name, outcome in (
        ("a good release", "Promoted"),
        ("a release that crashes at its start", "RolledBack, AppExit"),
        ("a release that never becomes healthy", "RolledBack, HealthCheckContainer"),
        ("a release that takes 3m00s to start", "Promoted"),
        ("a release whose migration fails", "Failed, MigrationFailed"),
        ("a release without capacity, its migration left out", "RolledBack, CapacityFargate"),
        ("an alarm in the bake of a release", "RolledBack, AlarmBreach"),
        ("a good release, while every event of ECS is lost", "Promoted"),
    ):
        (line,) = (each for each in told.splitlines() if each.startswith(f"  {name}  "))
        assert line.removeprefix(f"  {name}").strip().startswith(outcome), line
    assert "is drawn by seed 0." in told
    assert "\nFailed: the release stopped where it was" in told
    assert "Assumed: each service runs 2 tasks" in told


def test_the_standard_faults_come_in_a_world_of_ones_own(tmp_path, capsys):
    file = tmp_path / "scenario.yaml"
    world = {
        "clusters": {"production": {"capacity": "ec2", "instances": 6}},
        "images": {"gateway": {"v7": {"starts_in": "70s"}}},
        "services": {"gateway/proxy": {"desired": 4, "health_check": True}},
    }
    file.write_text(yaml.safe_dump({"name": "mine", "catalogue": ["absent.yaml"], "world": world}))
    page = tmp_path / "all.json"
    catalogue = str(ROOT / "catalogue/gateway.yaml")
    assert main(["--catalogue", catalogue, "--world", str(file), "--json", str(page)]) == 0
    good, *others = json.loads(page.read_text())["scenarios"]
    assert good["services"]["gateway/proxy"]["healthy"] == 4
    assert good["deployments"][0]["opened_at"] + 70 < good["deployments"][0]["closed_at"]
    (refused,) = (each for each in others if each["name"] == "a release without capacity")
    assert "RESOURCE:CPU" in json.dumps(refused["timeline"])
    assert f"The world is that of {file};" in " ".join(capsys.readouterr().out.split())


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("name: mine\n", ": has no world; name a scenario file with world: in it"),
        ("world:\n  images: {gateway: {v1: {heap: 2GB}}}\n", ":2: world.images.gateway.v1.heap: "),
    ],
)
def test_a_world_that_is_wrong_is_told_with_its_line(text, said, tmp_path, capsys):
    file = tmp_path / "scenario.yaml"
    file.write_text(text)
    catalogue = str(ROOT / "catalogue/gateway.yaml")
    assert main(["--catalogue", catalogue, "--world", str(file)]) == 2
    assert capsys.readouterr().err.startswith(f"{file}{said}")


def test_a_scenario_is_no_file_of_the_catalogue(capsys):
    assert main(["--catalogue", SHORTEST]) == 2
    assert "is a scenario, not a file of the catalogue" in capsys.readouterr().err


def test_a_file_that_is_no_catalogue_ends_with_two(tmp_path, capsys):
    bad = tmp_path / "bad.yaml"
    bad.write_text("aplication: orders\n")
    assert main(["--catalogue", str(bad)]) == 2
    assert "did you mean application?" in capsys.readouterr().err
