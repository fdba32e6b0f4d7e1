"""What a person runs once: listed commands, with the stable image, and told how they ended."""

from typing import Any

import pytest

from functions.domain.catalogue import Command
from rehearsal.ecs import Behaviour
from rehearsal.sdk import refusal
from rehearsal.states.history import Execution
from tests.workflows.calls import raised, throttled
from tests.workflows.conftest import Rehearse
from tests.workflows.orders import Orders
from tests.workflows.test_faults import ALL_TRIES
from tests.workflows.ways import takes

STATS = Command("stats", "web", ("rake", "stats"), 600)
ENDLESS = Behaviour(task_takes=None)
ASKED = {"application": "orders", "run": "stats"}


@pytest.fixture
def orders(rehearse: Rehearse) -> Orders:
    return rehearse(commands=(STATS,))


def run(orders: Orders, **given: object) -> Execution:
    """Run it, and let time pass until it has ended."""
    orders.world.start("run", {**ASKED, **given})
    orders.clock.run(done=lambda: not orders.world.executions("run")[-1].running)
    return orders.world.executions("run")[-1]


def output(execution: Execution) -> dict[str, Any]:
    assert isinstance(execution.output, dict)
    return execution.output


def cause(execution: Execution) -> str:
    assert execution.status == "FAILED"
    return str(execution.cause)


@takes("run: Verdict -> Wait To Look", "run: Verdict -> Ran", "run: ends in Ran")
def test_a_command_runs_with_the_stable_image(orders: Orders) -> None:
    orders.push("v2", Behaviour(task_takes=200.0, log="12 orders\n3 of them open"))
    ran = run(orders)
    (call,) = orders.calls.named("ecs:RunTask")
    assert call.answer is not None
    assert output(ran)["exit_code"] == 0
    assert output(ran)["log_lines"] == ["12 orders", "3 of them open"]
    assert output(ran)["task"] == call.answer["tasks"][0]["taskArn"]
    (override,) = call.arguments["overrides"]["containerOverrides"]
    assert override == {"name": "app", "command": ["rake", "stats"]}
    assert call.arguments["taskDefinition"].endswith("orders-web:2")
    assert call.arguments["startedBy"] == "pilothouse/orders/run/stats"
    assert "awsvpcConfiguration" in call.arguments["networkConfiguration"]


def test_a_command_does_not_run_what_was_turned_back(orders: Orders) -> None:
    orders.push("v2")
    orders.push("v3", Behaviour(exits_after=3.0, exit_code=1))
    run(orders)
    (call,) = orders.calls.named("ecs:RunTask")
    assert call.arguments["taskDefinition"].endswith("orders-web:2")


def test_a_command_runs_beside_a_deployment(orders: Orders) -> None:
    orders.push("v2")
    orders.begin_push("v3")
    orders.until("roll: Judge Rollout")
    assert run(orders).status == "SUCCEEDED"
    assert orders.finish().outcome == "Promoted"


@takes("run: Verdict -> Run Failed", "run: ends in Run Failed")
def test_what_fails_says_its_exit_code_and_last_log_lines(orders: Orders) -> None:
    orders.push("v2", Behaviour(task_exit_code=3, log="cannot count"))
    told = cause(run(orders))
    assert told.startswith("stats of orders failed: container app exited with code 3")
    assert told.endswith("Last log lines:\ncannot count")


@takes("run: Verdict -> Stop Task")
def test_what_does_not_end_is_stopped(orders: Orders) -> None:
    orders.push("v2", ENDLESS)
    ran = run(orders)
    assert "stats of orders did not end within 10 min" in cause(ran)
    (stop,) = orders.calls.named("ecs:StopTask")
    assert stop.answer is not None
    assert ran.stopped_at is not None
    assert (ran.stopped_at - ran.started_at).total_seconds() < 660
    # A look at what takes long is made once a minute.
    assert ran.path.count("Judge Task") < 30


@takes("run: Stop Task fails -> Run Failed")
def test_what_ends_as_it_is_stopped_has_failed_all_the_same(orders: Orders) -> None:
    orders.push("v2", ENDLESS)
    gone = refusal("StopTask", "InvalidParameterException", "The referenced task was not found.")
    orders.fail("run: Stop Task", gone)
    assert "did not end within 10 min" in cause(run(orders))


@takes("run: Stop Task fails -> Run Failed (2)")
def test_what_cannot_be_stopped_is_told(orders: Orders) -> None:
    orders.push("v2", ENDLESS)
    orders.fail("run: Stop Task", throttled("StopTask"), times=ALL_TRIES)
    assert "It may still run: stopping it failed" in cause(run(orders))


@takes("run: Run Task fails -> Judge Task")
def test_what_ecs_refuses_is_told_in_its_words(orders: Orders) -> None:
    orders.push("v2")
    orders.call("ecs", "deregister_task_definition", taskDefinition="orders-web:2")
    told = cause(run(orders))
    assert told.startswith("stats of orders was not started: Ecs.")
    assert "TaskDefinition is inactive" in told


def test_what_finds_no_place_has_not_run(orders: Orders) -> None:
    orders.push("v2")
    orders.world.scheduler.capacity.refusal = "RESOURCE:FARGATE"
    assert "was not started: RESOURCE:FARGATE" in cause(run(orders))


def test_a_task_without_an_exit_code_has_failed(orders: Orders) -> None:
    orders.push("v2")
    orders.world.images.learn("orders", orders.digest("v2"), Behaviour(pull_error="i/o timeout"))
    assert "stats of orders failed: it has no exit code" in cause(run(orders))


@takes("run: Run Task fails -> Fault", "run: ends in Fault")
def test_a_task_is_started_once_however_often_it_is_asked_for(orders: Orders) -> None:
    orders.push("v2")
    orders.fail("run: Run Task", throttled("RunTask"), times=2)
    assert run(orders).status == "SUCCEEDED"
    orders.fail("run: Run Task", throttled("RunTask"), times=ALL_TRIES)
    assert run(orders).status == "FAILED"
    assert sum(call.answer is not None for call in orders.calls.named("ecs:RunTask")) == 1


@takes("run: Judge Task fails -> Time Is Left", "run: Time Is Left -> Wait To Look")
def test_a_look_that_cannot_be_made_is_made_again(orders: Orders) -> None:
    orders.push("v2", Behaviour(task_takes=60.0))
    orders.fail("run: Judge Task", raised("ValueError"), times=2)
    assert output(run(orders))["exit_code"] == 0


@takes("run: Time Is Left -> Stop Task")
def test_what_cannot_be_seen_until_its_time_is_over_is_stopped(orders: Orders) -> None:
    orders.push("v2", ENDLESS)
    orders.fail("run: Judge Task", raised("ValueError"), times=99)
    assert "how it went could not be seen (ValueError)" in cause(run(orders))
    assert len(orders.calls.named("ecs:StopTask")) == 1


@takes("run: Time Is Left -> Fault")
def test_what_was_never_started_and_cannot_be_judged_is_a_fault(orders: Orders) -> None:
    orders.push("v2")
    orders.world.scheduler.capacity.refusal = "RESOURCE:FARGATE"
    orders.fail("run: Judge Task", raised("ValueError"))
    ran = run(orders)
    assert (ran.status, ran.error) == ("FAILED", "ValueError")


@takes("run: Choose Task fails -> Fault")
def test_an_error_of_ours_is_no_invalid_request(orders: Orders) -> None:
    orders.fail("run: Choose Task", raised("ValueError"))
    assert run(orders).error == "ValueError"


@takes("run: Choose Task fails -> Invalid Request", "run: ends in Invalid Request")
@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"run": "stat"}, 'no command "stat" for orders: did you mean "stats"? It has stats.'),
        ({"application": "order"}, 'Unknown application "order": did you mean "orders"?'),
        ({"run": None}, 'The field "run" has to be a text'),
        ({}, "orders/web has no stable release yet whose image"),
    ],
)
def test_what_cannot_be_met_gets_one_clear_sentence(
    orders: Orders, given: dict[str, Any], sentence: str
) -> None:
    refused = run(orders, **given)
    assert refused.error == "InvalidRequest"
    assert sentence in cause(refused)


def test_where_no_command_is_listed_it_is_said_how_to_list_one(rehearse: Rehearse) -> None:
    orders = rehearse(commands=())
    assert "lists no commands for orders: add" in cause(run(orders))


def test_a_service_that_is_gone_lends_nothing(orders: Orders) -> None:
    orders.push("v2")
    orders.call("ecs", "delete_service", cluster="production", service="orders-web", force=True)
    assert "does not exist in the cluster production" in cause(run(orders))


def test_who_stops_the_execution_leaves_the_task_alone(orders: Orders) -> None:
    orders.push("v2", ENDLESS)
    orders.world.start("run", ASKED)
    orders.world.machines.stop(orders.until("run: Judge Task"))
    orders.clock.run(until=orders.clock.seconds + 1200)
    assert orders.calls.named("ecs:StopTask") == []
    # The next one is a task of its own.
    run(orders)
    assert len(orders.calls.named("ecs:RunTask")) == 2
