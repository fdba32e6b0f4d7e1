"""However long a deployment waits, and however much happens, no history grows too long."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest

from functions.domain.turn import Turn
from rehearsal.ecs import Behaviour
from rehearsal.states.interpreter import Task
from rehearsal.states.tasks import Tasks
from rehearsal.world import Running
from tests.workflows.conftest import Rehearse
from tests.workflows.orders import Orders
from tests.workflows.test_native import PAUSE, answer, shifting
from tests.workflows.ways import takes

MOST_EVENTS = 10_000
HOUR = 3600
DAY = 24 * HOUR

Calls = Callable[[Tasks, Task], Any]


@contextmanager
def nothing_changes() -> Iterator[None]:
    """Have each function that says Wait say it again, with the times moved, and the ledger written.

    As long as nothing changes in AWS this is what they do; it spares thousands of looks.
    """
    called, said = Tasks._called, dict[str, dict[str, Any]]()

    def call(tasks: Tasks, task: Task) -> Any:
        function = task.arguments.get("FunctionName")
        if function is None:
            return {} if task.state in ("Renew Claim", "Wait For News") else called(tasks, task)
        if function in said:
            return {"Payload": again(said[function], task.arguments["Payload"]["now"])}
        result = called(tasks, task)
        if result["Payload"].get("verdict") == "Wait":
            said[function] = result["Payload"]
        return result

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Tasks, "_called", call)
        yield


def again(look: dict[str, Any], now: str) -> dict[str, Any]:
    turn = Turn.after(datetime.fromisoformat(now), look["wait_seconds"])
    return {**look, "looked_at": turn.looked_at, "not_before": turn.not_before}


def pass_time(orders: Orders, seconds: float) -> None:
    orders.clock.run(until=orders.clock.seconds + seconds)


def longest(orders: Orders) -> int:
    return max(each.events for each in orders.world.machines.executions.values())


PATIENT = {**PAUSE, "timeoutConfiguration": {"timeoutInMinutes": 14 * 24 * 60}}
"""A hook that ECS awaits for 14 days: the overall clock gives it so long."""


@takes(
    "roll: Verdict -> Continue",
    "roll: ends in Continue",
    "roll: New Or Resumed -> Renew Claim",
    "deploy: Rolled -> Roll Service",
)
def test_a_service_is_held_at_a_lifecycle_hook_for_14_days(rehearse: Rehearse) -> None:
    orders = shifting(rehearse, lifecycleHooks=[PATIENT])
    orders.begin_push("v2")
    pass_time(orders, HOUR)
    with nothing_changes():
        pass_time(orders, 14 * DAY - 2 * HOUR)
    answer(orders, "CONTINUE")
    assert orders.finish().outcome == "Promoted"
    assert [each.path.count("Judge Rollout") for each in orders.world.executions("roll")][:3] == [
        300,
        300,
        300,
    ]
    assert longest(orders) < MOST_EVENTS


@takes(
    "migrate: Verdict -> Continue",
    "migrate: ends in Continue",
    "migrate: New Or Resumed -> Task Known",
    "bake: Verdict -> Continue",
    "bake: ends in Continue",
    "bake: New Or Resumed -> Judge Bake",
)
def test_a_migration_and_a_bake_of_many_hours_hand_on(
    rehearse: Rehearse,
) -> None:
    orders = rehearse(expand=True, minutes=35 * 60)
    expand = replace(orders.application.migrations.expand, timeout_seconds=DAY)
    migrations = replace(orders.application.migrations, expand=expand, contract=None)
    orders.configure(replace(orders.application, migrations=migrations))
    orders.begin_push("v2", Behaviour(task_takes=7.2 * HOUR))
    with nothing_changes():
        pass_time(orders, 7 * HOUR)
    orders.until("bake: Wait For News")
    with nothing_changes():
        pass_time(orders, 34 * HOUR)
    assert orders.finish().outcome == "Promoted"
    assert [len(orders.world.executions(name)) for name in ("migrate", "bake")] == [2, 2]
    assert len(orders.calls.named("ecs:RunTask")) == 1
    assert longest(orders) < MOST_EVENTS


def test_a_service_of_200_tasks_of_which_every_event_is_delivered(rehearse: Rehearse) -> None:
    orders = rehearse({"web": Running(desired=200, load_balancer=True)})

    def stop_one() -> None:
        task = next(each for each in orders.service("web").tasks() if each.live)
        orders.call("ecs", "stop_task", cluster="production", task=task.arn)

    orders.begin_push("v2")
    for second in range(60):
        orders.clock.at(second, stop_one)
    assert orders.finish().outcome == "Promoted"
    assert len(orders.world.bus.events) > 2_400
    assert len(orders.world.executions("wake")) > 60
    first, *_ = orders.world.executions("roll")
    took = (first.stopped_at - first.started_at).total_seconds()
    assert first.path.count("Judge Rollout") <= took / 10 + 1
    assert longest(orders) < MOST_EVENTS
