"""Services that roll at the same time: if one fails, the others stop where they are."""

from typing import Any

import pytest

from functions.domain.catalogue import Deadlines
from rehearsal.ecs import Behaviour
from rehearsal.sdk import refusal
from rehearsal.states.history import Execution
from tests.workflows.calls import gone
from tests.workflows.conftest import Rehearse
from tests.workflows.orders import BOTH, CRASH, Orders
from tests.workflows.ways import takes

SLOW = Behaviour(healthy_after=None, commands={"work": CRASH})
"""The worker crashes at once, while the web never becomes healthy."""


@pytest.fixture
def abreast(rehearse: Rehearse) -> Orders:
    """The application with web and worker in one wave; the worker does other work."""
    patient = Deadlines(2400, 2400, 2400, 2400)
    services = {"web": {"deadlines": patient}, "worker": {"after": ()}}
    orders = rehearse(BOTH, services=services)
    base = orders.service("worker").primary.definition.document
    container = {**base["containerDefinitions"][0], "command": ["work"]}
    orders.register("worker", containerDefinitions=[container])
    return orders


def of_web(orders: Orders) -> Any:
    """Return what the first roll of the web has handed back."""
    rolls = orders.world.executions("roll")
    return next(each.output for each in rolls if key_of(each) == "web")


def key_of(roll: Execution) -> str:
    assert isinstance(roll.input, dict)
    return str(roll.input["roll"]["key"])


def minutes(orders: Orders) -> float:
    execution = orders.world.executions("deploy")[-1]
    assert execution.stopped_at is not None
    return (execution.stopped_at - execution.started_at).total_seconds() / 60


@takes("deploy: Rolled -> Note Failing")
def test_the_others_stop_where_they_are_and_all_go_back(abreast: Orders) -> None:
    deployed = abreast.push("v2", SLOW)
    assert (deployed.outcome, deployed.code) == ("RolledBack", "AppExit")
    stopped = of_web(abreast)
    assert stopped["verdict"] == "Stopped"
    assert stopped["message"] == "web was stopped where it is, since worker failed."
    # ECS is told to turn back what it was still rolling.
    assert len(abreast.calls.named("ecs:StopServiceDeployment")) == 2
    assert minutes(abreast) < 5
    assert {digest for key in ("web", "worker") for _, digest in abreast.runs(key)} == {
        abreast.digest("v1")
    }


def test_the_next_release_knows_nothing_of_it(abreast: Orders) -> None:
    abreast.push("v2", SLOW)
    assert abreast.push("v3").outcome == "Promoted"


@takes("deploy: Wake Others fails -> Verdict Reached")
def test_who_could_not_be_woken_sees_it_at_the_tick(abreast: Orders) -> None:
    none = refusal("StartExecution", "StateMachineDoesNotExist", "There is none.")
    abreast.fail("deploy: Wake Others", none)
    assert abreast.push("v2", SLOW).outcome == "RolledBack"
    assert of_web(abreast)["verdict"] == "Stopped"
    assert minutes(abreast) < 6


@takes("deploy: Note Failing fails -> Verdict Reached")
def test_where_it_could_not_be_noted_each_comes_to_its_own_end(abreast: Orders) -> None:
    abreast.fail("deploy: Note Failing", gone("UpdateItem"))
    assert abreast.push("v2", SLOW).outcome == "RolledBack"
    assert of_web(abreast)["verdict"] == "Fail"


def test_services_of_a_later_wave_are_not_touched(rehearse: Rehearse) -> None:
    orders = rehearse(BOTH)
    assert orders.push("v2", CRASH).outcome == "RolledBack"
    assert list(map(key_of, orders.world.executions("roll"))) == ["web", "web"]
