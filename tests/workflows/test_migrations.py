"""A migration runs once per release, whoever is killed, and never beside another one."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import pytest

from functions.domain.catalogue import OnRollback
from rehearsal.ecs import Behaviour
from rehearsal.ecs.tasks.task import Task
from rehearsal.sdk import refusal
from rehearsal.template import ACCOUNT, REGION
from tests.workflows.asl import ENDS, workflows
from tests.workflows.calls import denied
from tests.workflows.conftest import Rehearse
from tests.workflows.orders import CRASH, WEB, Deployed, Orders
from tests.workflows.ways import takes

SLOW = Behaviour(commands={"db:migrate": Behaviour(task_takes=600)})
FAILS = Behaviour(commands={"db:migrate": Behaviour(task_exit_code=3)})
CRASHES = Behaviour(task_takes=5, task_exit_code=1)
HOUR = 3_600


@pytest.fixture
def orders(rehearse: Rehearse) -> Orders:
    return migrating(rehearse(expand=True, schedules=("orders-nightly",)))


def migrating(orders: Orders, **expand: Any) -> Orders:
    """Have orders migrate before it rolls only, by a command that may be changed."""
    declared = orders.application.migrations
    assert declared.expand is not None
    migrations = replace(declared, expand=replace(declared.expand, **expand), contract=None)
    orders.configure(replace(orders.application, migrations=migrations))
    return orders


def pass_time(orders: Orders, seconds: float) -> None:
    orders.clock.run(until=orders.clock.seconds + seconds)


def kill(orders: Orders, state: str, *, parent: bool) -> Deployed:
    """Push v2 and stop whoever enters a state, or the deployment that it is of."""

    def stop() -> None:
        (migrate,) = [each for each in orders.world.executions("migrate") if each.running]
        root = orders.story.deployment_of(migrate) if parent else migrate
        orders.world.machines.stop(root)

    orders.story.struck.add("stop_execution")
    orders.at(state, stop)
    return orders.finish()


def tasks(orders: Orders) -> list[Task]:
    """Return the tasks of migrations that ECS still knows."""
    known = orders.world.scheduler.region(ACCOUNT, REGION).tasks.all()
    return [each for each in known if each.placement.purpose.started_by.startswith("pilothouse/")]


def releases(orders: Orders) -> list[str]:
    """Return of which release each task was that a migration has started, in their order."""
    started: dict[str, str] = {}
    for call in orders.calls.named("ecs:RunTask"):
        for task in (call.answer or {}).get("tasks", ()):
            started[task["taskArn"]] = task["startedBy"].split("/")[2]
    return list(started.values())


def noted(orders: Orders) -> Mapping[str, str]:
    return {item["sk"]: item["state"] for item in orders.world.items("orders", "migration#")}


def killable(*but: str) -> Iterator[str]:
    (migrate,) = [each for each in workflows() if each.name == "migrate"]
    for state in migrate.states:
        if state.body["Type"] not in ENDS and state.name not in but:
            yield state.name


LOOPED = ("Pause", "Note Resumed")
"""What is entered only when Pilothouse could not look."""
STOPPED = ("Claim Still Held", "Stop Task")
"""What is entered only when a migration takes too long."""


@pytest.mark.parametrize("state", list(killable(*LOOPED, *STOPPED)))
def test_whoever_is_killed_the_same_image_goes_on_by_hand(orders: Orders, state: str) -> None:
    orders.begin_push("v2", SLOW)
    killed = kill(orders, f"migrate: {state}", parent=False)
    assert killed.outcome in ("Failed", "Aborted")
    assert orders.calls.named("ecs:UpdateService") == []
    again = orders.deploy("v2")
    assert again.outcome == "Promoted"
    assert releases(orders) == ["1"]
    assert noted(orders) == {"migration#000001#expand": "Passed"}


@pytest.mark.parametrize("state", list(killable(*LOOPED, *STOPPED)))
def test_whoever_is_killed_the_next_push_waits_for_what_runs_on(orders: Orders, state: str) -> None:
    orders.begin_push("v2", SLOW)
    kill(orders, f"migrate: {state}", parent=True)
    assert orders.push("v3").outcome == "Promoted"
    first, *others = tasks(orders)
    assert all(each.created_at >= (first.stopped_at or each.created_at) for each in others)
    assert sorted(set(releases(orders))) == sorted(releases(orders))


@pytest.mark.parametrize("state", ["Find Migration", "Note Start", "Run Task", "Note End"])
def test_one_that_fails_is_not_run_again_by_a_push(orders: Orders, state: str) -> None:
    orders.begin_push("v2", FAILS)
    kill(orders, f"migrate: {state}", parent=True)
    orders.announce_push("v2")
    second = orders.finish()
    assert len(releases(orders)) <= 1
    assert second.outcome in ("Failed", "NoOp")
    assert orders.calls.named("ecs:UpdateService") == []
    assert orders.push("v3").outcome == "Promoted"


@pytest.mark.parametrize("state", STOPPED)
def test_whoever_is_killed_as_it_stops_one_the_next_stops_it(orders: Orders, state: str) -> None:
    orders.begin_push("v2", Behaviour(task_takes=None))
    kill(orders, f"migrate: {state}", parent=True)
    again = orders.deploy("v2")
    assert again.code == "MigrationFailed"
    assert "it did not end within 15 min" in again.message
    assert releases(orders) == ["1"]
    assert orders.push("v3").outcome == "Promoted"


@takes("migrate: Found -> Judge Migration")
def test_what_is_still_at_work_is_taken_over(orders: Orders) -> None:
    orders.begin_push("v2", SLOW)
    kill(orders, "migrate: Let It Settle", parent=False)
    orders.announce_push("v2")
    taken = orders.finish()
    assert taken.outcome == "Promoted"
    (ran,) = taken.record["migrations"]
    assert (ran["phase"], ran["exit_code"]) == ("expand", 0)
    assert releases(orders) == ["1"]


def test_so_is_what_has_ended_since(orders: Orders) -> None:
    orders.begin_push("v2", FAILS)
    kill(orders, "migrate: Judge Migration", parent=True)
    pass_time(orders, HOUR / 2)
    orders.announce_push("v2")
    taken = orders.finish()
    assert taken.code == "MigrationFailed"
    assert "container app exited with code 3" in taken.message
    assert releases(orders) == ["1"]
    assert noted(orders) == {"migration#000001#expand": "Failed"}


@takes("migrate: Found -> Evidence Found")
def test_nobody_knows_how_it_ended_once_ecs_has_forgotten_it(orders: Orders) -> None:
    orders.begin_push("v2", FAILS)
    kill(orders, "migrate: Judge Migration", parent=True)
    pass_time(orders, 2 * HOUR)
    orders.announce_push("v2")
    refused = orders.finish()
    assert (refused.outcome, refused.code) == ("Failed", "MigrationFailed")
    assert "was begun, and nobody knows how it ended in deployment #1" in refused.message
    assert releases(orders) == ["1"]
    orders.world.images.learn("orders", orders.digest("v2"), Behaviour())
    assert orders.deploy("v2", force=True).outcome == "Promoted"
    assert releases(orders) == ["1", "1"]


def test_one_that_failed_is_run_again_by_a_person_only(orders: Orders) -> None:
    assert orders.push("v2", FAILS).code == "MigrationFailed"
    orders.announce_push("v2")
    orders.finish()
    assert releases(orders) == ["1"]
    orders.world.images.learn("orders", orders.digest("v2"), Behaviour())
    again = orders.deploy("v2", force=True)
    assert again.outcome == "Promoted"
    assert releases(orders) == ["1", "1"]
    assert (orders.item("migration#000001#expand") or {})["attempt"] == 2


def test_one_lost_with_its_host_speaks_not_against_the_release(orders: Orders) -> None:
    def lose() -> None:
        (task,) = tasks(orders)
        orders.call("ecs", "stop_task", cluster="production", task=task.arn, reason="by hand")

    orders.at("migrate: Wait For News", lose)
    deployed = orders.push("v2", SLOW)
    assert deployed.code == "MigrationFailed"
    assert "deploy it again by hand" in deployed.message
    assert orders.deploy("v2").outcome == "Promoted"


def test_another_that_never_ends_is_named_to_a_person(rehearse: Rehearse) -> None:
    orders = migrating(rehearse(expand=True, schedules=("orders-nightly",)), timeout_seconds=600)
    orders.begin_push("v2", Behaviour(task_takes=None))
    kill(orders, "migrate: Wait For News", parent=True)
    refused = orders.push("v3")
    assert (refused.outcome, refused.code) == ("Failed", "MigrationFailed")
    assert "of the expand migration of release #1 is still at work after 10 min" in refused.message
    assert releases(orders) == ["1"]


def probing(orders: Orders) -> Orders:
    """Have one task of web come up by itself before the service changes."""
    order = replace(orders.application.order, probe="web")
    orders.configure(replace(orders.application, order=order))
    return orders


def test_one_task_comes_up_and_is_stopped_before_its_service_changes(rehearse: Rehearse) -> None:
    orders = probing(rehearse())
    assert orders.push("v2").outcome == "Promoted"
    (task,) = tasks(orders)
    assert task.placement.purpose.started_by == "pilothouse/orders/1/probe/1"
    assert task.stopped_at is not None
    (stop,) = orders.calls.named("ecs:StopTask")
    assert stop.arguments["reason"] == "Pilothouse: One task of web came up."
    rolled = orders.calls.made.index(orders.calls.named("ecs:UpdateService")[0])
    assert orders.calls.made.index(stop) < rolled
    assert noted(orders) == {}


@takes("tidy: What To Do -> Claim Not Lost")
@pytest.mark.parametrize("parent", [True, False])
def test_a_probe_whose_deployment_is_killed_is_stopped(rehearse: Rehearse, parent: bool) -> None:
    orders = probing(rehearse())
    orders.begin_push("v2", Behaviour(healthy_after=None))
    ended = kill(orders, "migrate: Wait For News", parent=parent)
    assert ended.outcome == ("Aborted" if parent else "Failed")
    (task,) = tasks(orders)
    pass_time(orders, 120)
    assert task.stopped_at is not None
    (stop,) = orders.calls.named("ecs:StopTask")
    said = "Pilothouse: Deployment #1 has ended, and its probe still runs."
    assert stop.arguments["reason"] == said
    # What it ran goes at the end of the next one.
    assert orders.revisions("web") == 2
    assert orders.push("v3").outcome == "Promoted"
    assert orders.world.items("orders", "unused#") == []
    assert len(orders.calls.named("ecs:StopTask")) == 2


@takes("tidy: Stop Probe fails -> Gone")
def test_a_probe_that_ends_in_between_is_no_matter(rehearse: Rehearse) -> None:
    orders = probing(rehearse())
    missing = refusal("StopTask", "InvalidParameterException", "The task was not found.")
    orders.fail("tidy: Stop Probe", missing)
    orders.begin_push("v2")
    assert kill(orders, "migrate: Wait For News", parent=True).outcome == "Aborted"
    assert orders.world.executions("tidy")[-1].status == "SUCCEEDED"


@takes("tidy: Stop Probe fails -> Not Done")
def test_a_probe_that_may_not_be_stopped_is_told_and_tried_again(rehearse: Rehearse) -> None:
    orders = probing(rehearse())
    orders.fail("tidy: Stop Probe", denied("StopTask"))
    orders.begin_push("v2", Behaviour(healthy_after=None))
    assert kill(orders, "migrate: Wait For News", parent=True).outcome == "Aborted"
    ended = orders.world.executions("tidy")[-1]
    assert (ended.status, ended.error) == ("FAILED", "NotTidied")
    assert "Deployment #1 has ended, and its probe still runs." in str(ended.cause)
    (task,) = tasks(orders)
    assert task.stopped_at is None
    assert orders.push("v3").outcome == "Promoted"
    pass_time(orders, 120)
    assert task.stopped_at is not None


def test_one_that_does_not_come_up_touches_no_service(rehearse: Rehearse) -> None:
    orders = probing(rehearse())
    deployed = orders.push("v2", CRASH)
    assert (deployed.outcome, deployed.code) == ("Failed", "AppExit")
    assert "One task of web did not come up: container app exited with code 1" in deployed.message
    assert orders.calls.named("ecs:UpdateService") == []


def test_what_was_undone_is_run_again_with_its_release(rehearse: Rehearse) -> None:
    orders = migrating(
        rehearse(WEB, expand=True), on_rollback=OnRollback.RUN, undo=("rake", "db:undo")
    )
    assert orders.push("v2", replace(CRASH, task_takes=15)).outcome == "RolledBack"
    assert noted(orders) == {"migration#000001#expand": "Undone", "migration#000001#undo": "Passed"}
    assert orders.deploy("v2", force=True).outcome == "RolledBack"
    assert noted(orders) == {"migration#000001#expand": "Undone", "migration#000001#undo": "Passed"}
    assert releases(orders) == ["1"] * 4
