"""The expand migration gates the roll: only exit code 0 of its one container lets it begin."""

from dataclasses import replace

import pytest

from rehearsal.ecs import Behaviour
from rehearsal.invariants.checks import claim_is_released, one_owner_at_a_time
from rehearsal.sdk import refusal
from rehearsal.world import repository_uri
from tests.workflows.calls import raised
from tests.workflows.conftest import Rehearse
from tests.workflows.orders import Orders
from tests.workflows.ways import takes

ENDLESS = Behaviour(task_takes=None)


@pytest.fixture
def orders(rehearse: Rehearse) -> Orders:
    orders = rehearse(expand=True)
    expand = replace(orders.application.migrations, contract=None)
    orders.configure(replace(orders.application, migrations=expand))
    return orders


def test_the_command_runs_once_as_the_catalogue_says(orders: Orders) -> None:
    assert orders.push("v2").outcome == "Promoted"
    (run,) = orders.calls.named("ecs:RunTask")
    (override,) = run.arguments["overrides"]["containerOverrides"]
    assert override == {"name": "app", "command": ["rake", "db:migrate"]}
    assert run.arguments["taskDefinition"].endswith("orders-web:2")
    assert "awsvpcConfiguration" in run.arguments["networkConfiguration"]
    updates = [each.name for each in orders.writes()]
    assert updates.index("ecs:RunTask") < updates.index("ecs:UpdateService")


@takes(
    "migrate: New Or Resumed -> Find Migration",
    "migrate: Found -> Note Start",
    "migrate: Task Known -> Judge Migration",
    "migrate: Verdict -> Renew Claim",
    "migrate: Verdict -> Over",
    "migrate: Over -> Note End",
    "migrate: ends in Judged",
)
def test_another_exit_code_than_0_touches_no_service(orders: Orders) -> None:
    deployed = orders.push("v2", Behaviour(task_exit_code=1))
    assert (deployed.outcome, deployed.code) == ("Failed", "MigrationFailed")
    assert "container app exited with code 1. No service was touched." in deployed.message
    assert orders.calls.named("ecs:UpdateService") == []
    assert orders.item("stable#web")["release"] == 0
    (ran,) = deployed.record["migrations"]
    assert (ran["phase"], ran["exit_code"], ran["message"]) == (
        "expand",
        1,
        "The expand migration failed: container app exited with code 1.",
    )
    assert ran["task"]


def test_a_task_without_an_exit_code_has_failed(orders: Orders) -> None:
    deployed = orders.push("v2", Behaviour(pull_error="i/o timeout"))
    assert (deployed.outcome, deployed.code) == ("Failed", "MigrationFailed")
    assert "it has no exit code" in deployed.message
    assert "i/o timeout" in deployed.message


def test_a_task_that_finds_no_place_has_failed(orders: Orders) -> None:
    orders.world.scheduler.capacity.refusal = "RESOURCE:FARGATE"
    deployed = orders.push("v2")
    assert (deployed.outcome, deployed.code) == ("Failed", "MigrationFailed")
    assert "its task was not started: RESOURCE:FARGATE: Capacity is unavailable" in deployed.message


@takes("migrate: Run Task fails -> Judge Migration")
def test_a_start_that_ecs_refuses_has_failed(orders: Orders) -> None:
    refused = refusal("RunTask", "InvalidParameterException", "TaskDefinition is inactive")
    orders.fail("migrate: Run Task", refused)
    deployed = orders.push("v2")
    assert (deployed.outcome, deployed.code) == ("Failed", "MigrationFailed")
    assert "TaskDefinition is inactive" in deployed.message


@takes(
    "migrate: Over -> Claim Still Held",
    "migrate: Wait For News fails -> Let It Settle",
    "migrate: Evidence Found -> Verdict",
)
def test_a_migration_that_does_not_end_in_time_is_stopped(orders: Orders) -> None:
    deployed = orders.push("v2", ENDLESS)
    assert (deployed.outcome, deployed.code) == ("Failed", "MigrationFailed")
    assert "it did not end within 15 min" in deployed.message
    (stop,) = orders.calls.named("ecs:StopTask")
    assert stop.arguments["reason"].startswith("Pilothouse: The expand migration failed")
    tasks = orders.call("ecs", "list_tasks", cluster="production", family="orders-web")
    running = orders.call("ecs", "list_tasks", cluster="production", serviceName="orders-web")
    assert tasks["taskArns"] == running["taskArns"]


def test_its_end_is_awaited_before_the_verdict(orders: Orders) -> None:
    slow = replace(ENDLESS, ignores_sigterm=True)
    deployed = orders.push("v2", slow)
    (task,) = deployed.record["migrations"]
    assert task["exit_code"] == 137
    assert "it did not end within 15 min" in deployed.message
    described = orders.call("ecs", "describe_tasks", cluster="production", tasks=[task["task"]])
    assert described["tasks"][0]["stoppedAt"].timestamp() < orders.clock.now().timestamp()
    (noted,) = orders.world.items("orders", "migration#")
    assert (noted["state"], noted["exit_code"]) == ("Failed", 137)


@takes("migrate: Stop Task fails -> Judge Migration")
def test_a_migration_that_cannot_be_stopped_is_awaited_for_a_while(orders: Orders) -> None:
    gone = refusal("StopTask", "InvalidParameterException", "The referenced task was not found.")
    orders.fail("migrate: Stop Task", gone)
    deployed = orders.push("v2", ENDLESS)
    assert deployed.code == "MigrationFailed"
    assert "was told to stop and is RUNNING still: look at it" in deployed.message


def test_what_a_sidecar_exits_with_does_not_decide(orders: Orders) -> None:
    image = f"{repository_uri(orders.application)}:v1"
    sidecar = {"name": "log", "image": "fluent:1", "essential": False}
    orders.register("web", containerDefinitions=[{"name": "app", "image": image}, sidecar])
    orders.world.images.learn("fluent", "1", Behaviour(task_takes=5, task_exit_code=3))
    assert orders.push("v2").outcome == "Promoted"


@pytest.mark.parametrize(
    "state",
    [
        pytest.param("Note Start", marks=takes("migrate: Note Start fails -> Claim Lost")),
        pytest.param("Check Claim", marks=takes("migrate: Check Claim fails -> Claim Lost")),
        pytest.param("Renew Claim", marks=takes("migrate: Renew Claim fails -> Claim Lost")),
        pytest.param(
            "Claim Still Held", marks=takes("migrate: Claim Still Held fails -> Claim Lost")
        ),
    ],
)
@takes("migrate: ends in Claim Lost")
def test_who_loses_the_claim_writes_nothing_more(orders: Orders, state: str) -> None:
    orders.excuse(claim_is_released, one_owner_at_a_time)
    orders.at(f"migrate: {state}", lambda: orders.claim("somebody", minutes=60))
    lost = orders.push("v2", ENDLESS)
    assert (lost.outcome, lost.code) == ("Failed", "Fault")
    assert "The claim was lost to another deployment" in lost.message
    assert orders.calls.named("ecs:StopTask") == []
    assert orders.calls.named("ecs:UpdateService") == []


def test_a_migration_that_cannot_be_watched_for_a_while_goes_on(orders: Orders) -> None:
    orders.fail("migrate: Judge Migration", raised("TerminalError"), times=2)
    assert orders.push("v2").outcome == "Promoted"
    assert len(orders.calls.named("ecs:RunTask")) == 1


@takes("migrate: Judge Migration fails -> Pause", "migrate: Over -> Judged")
def test_a_migration_that_cannot_be_watched_does_not_go_on_behind_our_back(orders: Orders) -> None:
    orders.fail("migrate: Judge Migration", raised("TerminalError"), times=100)
    deployed = orders.push("v2", ENDLESS)
    assert (deployed.outcome, deployed.code) == ("Failed", "Fault")
    assert "Pilothouse cannot look at the expand migration" in deployed.message
    assert len(orders.calls.named("ecs:StopTask")) == 1
    assert orders.calls.named("ecs:UpdateService") == []


@takes("migrate: Find Migration fails -> Pause", "migrate: Task Known -> Find Migration")
def test_it_is_begun_only_once_it_can_be_seen_what_was_begun_before(orders: Orders) -> None:
    orders.fail("migrate: Find Migration", raised("TerminalError"), times=2)
    assert orders.push("v2").outcome == "Promoted"
    orders.fail("migrate: Find Migration", raised("TerminalError"), times=100)
    deployed = orders.push("v3")
    assert (deployed.outcome, deployed.code) == ("Failed", "Fault")
    assert "Pilothouse cannot look at the expand migration" in deployed.message
    assert len(orders.calls.named("ecs:RunTask")) == 1
    assert orders.calls.named("ecs:StopTask") == []


@takes("migrate: Note End fails -> Claim Lost")
def test_who_has_lost_the_claim_says_nothing_of_the_end(orders: Orders) -> None:
    orders.excuse(claim_is_released, one_owner_at_a_time)
    orders.at("migrate: Note End", lambda: orders.claim("somebody", minutes=60))
    lost = orders.push("v2")
    assert "The claim was lost to another deployment" in lost.message
    (noted,) = orders.world.items("orders", "migration#")
    assert noted["state"] == "Started"
