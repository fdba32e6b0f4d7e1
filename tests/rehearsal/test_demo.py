"""Does the demo show what happened, and does it fail when the services run something else?"""

import io
import re
import signal
import subprocess
import sys
from dataclasses import replace

import pytest
from rich.console import Console

from rehearsal.demo import facts, story
from rehearsal.demo.__main__ import main
from rehearsal.demo.plain import Plain
from rehearsal.demo.screen import Screen
from rehearsal.ecs import Behaviour
from rehearsal.world import World

DIGEST = r"sha256:[0-9a-f]{12}"
INTERRUPTIBLE = """
import runpy, signal
signal.signal(signal.SIGINT, signal.default_int_handler)
runpy.run_module("rehearsal.demo", run_name="__main__")
"""


@pytest.fixture(scope="module")
def tell(tmp_path_factory):
    def told():
        out = io.StringIO()
        code = story.tell(Plain(out), tmp_path_factory.mktemp("demo") / "demo.log")
        return code, out.getvalue()

    return told


@pytest.fixture(scope="module")
def told(tell):
    return tell()


def news(text):
    return re.findall(r"NEWS +(.*(?:\n {24}.*)*)", text)


def test_it_shows_a_good_release_a_bad_one_and_a_way_back(told):
    code, text = told
    assert code == 0
    good, bad, back = news(text)
    assert good.startswith("Promoted: orders v2 (release #1)\n")
    assert bad.startswith("RolledBack: orders v3 (release #2)\n")
    for line in (
        "Why: Crash loop: 3 tasks of orders-web:3 failed: container app exited with code 1.",
        "  web: 3 of 3 tasks run orders-web:2.",
        "  cannot connect to postgres://orders:***@db/orders: no such database",
        "Now: Read the last log lines",
        "Evidence: https://",
    ):
        assert f"{' ' * 24}{line}" in bad
    assert "orders went back to what ran before Pilothouse (release #0)." in back
    assert "secret" not in text


def test_it_shows_states_verdicts_and_tasks_at_their_time(told):
    _, text = told
    for line in (
        r"\d\d:\d\d:\d\d  deploy        Admit Request: Deploy v2 \(" + DIGEST + r"\)\.",
        r"\d\d:\d\d:\d\d  deploy        Register Task Definition: orders-web:2 runs orders@",
        r"\d\d:\d\d:\d\d  migrate       Run Task: orders-web:2 runs rake db:migrate\.",
        r"\d\d:\d\d:\d\d  migrate       Pass: The expand migration ended with exit code 0\.",
        r"\d\d:\d\d:\d\d  web           tasks: v1 3 running; v2 3 starting",
        r"\d\d:\d\d:\d\d  web           tasks: v2 3 running; v3 3 failed",
        r"\d\d:\d\d:\d\d  roll web      Fail: .* exited with code 1\.",
        r"\d\d:\d\d:\d\d  deploy        Choose Recovery: Rolling back web\.",
        r"\d\d:\d\d:\d\d  roll web      Stop Service Deployment: .* orders-web back\.",
    ):
        assert re.search(f"^{line}", text, re.MULTILINE), line


def test_it_ends_with_what_ecs_says_and_what_comes_next(told):
    _, text = told
    end = text[text.index("What runs now") :]
    assert re.search(rf"^web +3 of 3 +orders-web:4 +v1 {DIGEST} +#0$", end, re.MULTILINE)
    assert re.search(rf"^worker +2 of 2 +orders-worker:4 +v1 {DIGEST} +#0$", end, re.MULTILINE)
    assert "Every service runs what record #3 of the ledger says: release #0." in end
    for name in ("README.md", "orders.yaml", "deploy.asl.json", "make check", story.LOG):
        assert name in end


def test_it_tells_the_same_twice(tell, told):
    assert tell() == told


def test_it_fails_when_a_chapter_ends_otherwise(monkeypatch, tell):
    first, second, third = story.CHAPTERS
    monkeypatch.setattr(story, "CHAPTERS", (replace(first, outcome="RolledBack"), second, third))
    code, text = tell()
    assert code == 1
    assert "The deployment should have been RolledBack. The last execution of deploy says" in text
    assert "2 of 3" not in text


def test_it_finds_a_service_that_runs_something_else_than_the_ledger_says(sample):
    with World(sample) as world:
        orders = world.applications["orders"]
        world.store("orders", "v1", Behaviour())
        world.prepare("orders", story.BEFORE)
        world.push("orders", "v2", Behaviour())
        world.clock.run()
        assert not list(facts.differences(world, orders, facts.gather(world, orders)))
        with world.clock.travel():
            world.client("ecs").update_service(
                cluster=orders.cluster, service="orders-web", taskDefinition="orders-web:1"
            )
        world.clock.run(until=world.clock.seconds + 600)
        revision, digest, release = facts.differences(world, orders, facts.gather(world, orders))
    assert revision == "web runs orders-web:1, the ledger says orders-web:2."
    assert digest.startswith("web runs sha256:")
    assert release == "web runs no image of release #1, the record says that it does."


def test_it_fits_a_terminal_of_80_columns(tmp_path):
    out = io.StringIO()
    console = Console(
        file=out, force_terminal=True, width=80, height=24, highlight=False, _environ={}
    )
    with Screen(console, speed=1000) as screen:
        assert story.tell(screen, tmp_path / "demo.log") == 0
    text = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", out.getvalue())
    assert max(len(line) for line in re.split(r"[\r\n]", text)) <= 80
    assert "\x1b[?25h" in out.getvalue().rpartition("What runs now")[0]
    for seen in (
        "v2 ●●●  v3 ✗✗✗",
        "RolledBack: orders v3 (release #2) (AppExit)",
        "deploy: Roll Service",
        "○",
        "◔",
    ):
        assert seen in text


def test_a_speed_is_a_number_above_zero(capsys):
    with pytest.raises(SystemExit):
        main(["--speed", "fast"])
    assert '"fast" is no speed' in capsys.readouterr().err


def test_ctrl_c_ends_it_without_a_word():
    with subprocess.Popen(  # noqa: S603 - our own code in our own interpreter
        [sys.executable, "-c", INTERRUPTIBLE],
        cwd=story.ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as demo:
        assert demo.stdout.readline().startswith("Synthesizing")
        demo.send_signal(signal.SIGINT)
        _, said = demo.communicate()
    assert (demo.returncode, said) == (-signal.SIGINT, "")
