"""Does a recording tell the truth, all of it, and change nothing?"""

import itertools
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from functions.domain.catalogue import Application
from rehearsal import lambdas
from rehearsal.ecs import Behaviour
from rehearsal.recording import Recording
from rehearsal.scenario.format.reading import read
from rehearsal.scenario.running import run
from rehearsal.world import Running, World

BLUE_GREEN = Path(__file__).parent / "scenarios" / "blue-green-with-a-pause.yaml"
LOG = "Starting up\nKeyError: 'DATABASE_URL'"
CRASH = Behaviour(
    starts_in=5, exits_after=3.0, exit_code=1, log=LOG, commands={"rake": Behaviour()}
)
Entries = list[dict[str, Any]]


@pytest.fixture(scope="module", autouse=True)
def quiet(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    with (tmp_path_factory.mktemp("logs") / "handlers.log").open("w") as log:
        lambdas.log_to(log)
        yield


def rehearsed(
    sample: tuple[Application, ...],
    behaviour: Behaviour | None = CRASH,
    meanwhile: Callable[[World], object] = lambda _: None,
) -> Entries:
    with World(sample) as world:
        recording = Recording(world)
        prepare(world)
        recording.begin()
        world.note("mark", "push", "orders:v2 was pushed")
        world.push("orders", "v2", behaviour)
        meanwhile(world)
        world.clock.run()
        return recording.entries()


def prepare(world: World) -> None:
    world.store("orders", "v1")
    world.prepare("orders", {"web": Running(desired=3, load_balancer=True), "worker": Running()})


@pytest.fixture(scope="module")
def crash(sample: tuple[Application, ...]) -> Entries:
    return rehearsed(sample)


def of(entries: Entries, kind: str, **about: object) -> Entries:
    return [
        each
        for each in entries
        if each["kind"] == kind and all(each.get(key) == about[key] for key in about)
    ]


def test_it_begins_with_how_things_stand(crash: Entries) -> None:
    begun = [each for each in crash if each["at"] == 0]
    tasks = of(begun, "task", service="orders/web")
    assert [(each["image"], each["status"], each["healthy"]) for each in tasks] == [
        ("v1", "RUNNING", True)
    ] * 3
    (count,) = of(begun, "count", service="orders/web")
    assert (count["healthy"], count["minimum"], count["desired"]) == (3, 3, 3)
    assert of(begun, "deployment", service="orders/web", rollout="COMPLETED")
    assert not of(begun, "message")


def test_it_may_come_late(sample: tuple[Application, ...]) -> None:
    with World(sample) as world:
        prepare(world)
        recording = Recording(world)
        recording.begin()
        begun = recording.entries()
    assert len(of(begun, "task", service="orders/web", healthy=True)) == 3
    assert of(begun, "count", service="orders/worker", healthy=2)
    assert not of(begun, "message")


def test_entries_are_in_the_order_of_time(crash: Entries) -> None:
    times = [each["at"] for each in crash]
    assert times == sorted(times)


def test_a_failed_task_is_told_with_its_exit_code_its_reason_and_its_log(crash: Entries) -> None:
    failed = of(crash, "task", service="orders/web", image="v2", status="STOPPED")
    assert len(failed) == 3
    for each in failed:
        assert each["exit_codes"] == {"app": 1}
        assert each["stop"]["code"] == "EssentialContainerExited"
        assert each["stop"]["failed"] is True
        assert each["log"] == LOG
        assert each["digest"].startswith("sha256:")


def test_a_task_that_is_scaled_in_did_not_fail(sample: tuple[Application, ...]) -> None:
    good = rehearsed(sample, Behaviour())
    stopped = of(good, "task", service="orders/web", image="v1", status="STOPPED")
    assert len(stopped) == 3
    assert not any(each["stop"]["failed"] for each in stopped)
    assert not any("log" in each for each in stopped)


def test_a_task_passes_through_its_states_once(crash: Entries) -> None:
    for task in {each["task"] for each in of(crash, "task")}:
        entries = of(crash, "task", task=task)
        states = [(each["status"], each["healthy"]) for each in entries]
        assert len(states) == len(dict.fromkeys(states))
        assert "STOPPED" not in [each["status"] for each in entries[:-1]]


def test_a_task_that_runs_alone_has_no_service_but_its_application(crash: Entries) -> None:
    (ended,) = of(crash, "task", service="orders/one-off", status="STOPPED")
    assert ended["exit_codes"] == {"app": 0}
    assert "deployment" not in ended


def test_one_pass_of_the_scheduler_is_one_change_of_the_counts(crash: Entries) -> None:
    counts = of(crash, "count", service="orders/web")
    assert len({each["at"] for each in counts}) == len(counts)
    pending = [each["pending"] for each in counts]
    assert 3 in pending
    assert not {1, 2} & set(pending)


def test_a_verdict_comes_with_its_evidence(crash: Entries) -> None:
    (verdict,) = of(crash, "verdict", workflow="roll", verdict="Fail")
    assert verdict["service"] == "orders/web"
    assert verdict["reason"]["code"] == "AppExit"
    assert verdict["reason"]["evidence"]


def test_looks_that_say_the_same_are_told_once(crash: Entries) -> None:
    said = [(each["execution"], each["message"]) for each in of(crash, "verdict")]
    assert all(one != other for one, other in itertools.pairwise(said))


def test_executions_are_told_from_their_start_to_their_end(crash: Entries) -> None:
    started = of(crash, "state", what="started")
    children = {"follow", "migrate", "roll", "bake", "conclude", "announce", "tidy"}
    assert {each["workflow"] for each in started} == {"deploy", *children}
    assert all(each["application"] == "orders" for each in started)
    (deploy,) = of(crash, "state", what="ended", workflow="deploy")
    assert (deploy["status"], deploy["error"]) == ("FAILED", "RolledBack")


def test_what_pilothouse_intends_is_told_in_its_own_words(crash: Entries) -> None:
    (chosen,) = of(crash, "state", state="Choose Recovery", what="exited")
    assert "Rolling back" in chosen["message"]


def test_marks_messages_and_announcements_are_told(crash: Entries) -> None:
    assert of(crash, "mark", what="push", text="orders:v2 was pushed")
    assert any("has started 3 tasks" in each["text"] for each in of(crash, "message"))
    (announced,) = of(crash, "announcement")
    assert (announced["application"], announced["outcome"]) == ("orders", "RolledBack")


def test_a_blue_green_deployment_is_told_with_its_stages_and_its_traffic() -> None:
    entries = run(read(BLUE_GREEN), 0).timeline
    begun = [each for each in of(entries, "deployment") if each["at"] > 0]
    told = [(each["revision"], each.get("stage"), each["traffic"]) for each in begun]
    green = [(stage, traffic) for revision, stage, traffic in told if revision == "orders-web:2"]
    assert list(dict.fromkeys(green)) == [
        ("SCALE_UP", 0),
        ("POST_TEST_TRAFFIC_SHIFT", 0),
        ("BAKE_TIME", 100),
        ("CLEAN_UP", 100),
    ]
    blue = [traffic for revision, _, traffic in told if revision == "orders-web:1"]
    assert blue == [100, 0]


def test_lost_events_are_not_lost_here(sample: tuple[Application, ...]) -> None:
    def lose(world: World) -> None:
        usual = world.bus.delays
        world.bus.delays = lambda each: [] if each.event["source"] == "aws.ecs" else usual(each)
        world.note("fault", "lose_events", "Events of aws.ecs are lost")

    entries = rehearsed(sample, meanwhile=lose)
    assert len(of(entries, "task", service="orders/web", image="v2", status="STOPPED")) >= 3
    assert of(entries, "fault", what="lose_events")


def test_an_aborted_execution_is_told(sample: tuple[Application, ...]) -> None:
    def stop(world: World) -> None:
        world.clock.at(30, lambda: world.machines.stop(world.executions("deploy")[0], "Stopped"))

    entries = rehearsed(sample, None, stop)
    (ended,) = of(entries, "state", what="ended", workflow="deploy")
    assert (ended["status"], ended["error"]) == ("ABORTED", "Stopped")


def test_to_be_recorded_changes_nothing(sample: tuple[Application, ...]) -> None:
    def events(*, recorded: bool) -> str:
        with World(sample) as world:
            recording = Recording(world) if recorded else None
            prepare(world)
            world.push("orders", "v2", CRASH)
            world.clock.run()
            assert recording is None or recording.entries()
            return json.dumps([world.bus.events, sorted(map(str, world.sdk.calls.items()))])

    assert events(recorded=True) == events(recorded=False)


def test_the_same_seed_writes_the_same_bytes(
    sample: tuple[Application, ...], crash: Entries
) -> None:
    assert json.dumps(rehearsed(sample)) == json.dumps(crash)


def test_it_is_plain_json(crash: Entries, tmp_path: Path) -> None:
    assert json.loads(json.dumps(crash)) == crash
