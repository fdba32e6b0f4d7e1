"""The contract runs after the bake, leaves no way back, and what comes after waits for it."""

from dataclasses import replace

import pytest

from rehearsal.ecs import Behaviour
from tests.workflows.calls import gone, raised
from tests.workflows.conftest import Rehearse
from tests.workflows.orders import CRASH, Orders
from tests.workflows.ways import takes

FAILS = Behaviour(commands={"db:contract": Behaviour(task_exit_code=3)})
MENDED = Behaviour(commands={"db:contract": Behaviour(task_exit_code=0)})


@pytest.fixture
def orders(rehearse: Rehearse) -> Orders:
    """The application with a contract migration and no expand."""
    orders = rehearse(expand=True)
    migrations = replace(orders.application.migrations, expand=None)
    orders.configure(replace(orders.application, migrations=migrations))
    return orders


def contracts(orders: Orders) -> int:
    return len(orders.calls.named("ecs:RunTask"))


@takes("deploy: Next Step -> Promote Release")
def test_a_release_is_stable_before_its_contract_begins(orders: Orders) -> None:
    began: list[object] = []
    orders.at("migrate: Run Task", lambda: began.append(orders.item("stable#web")["release"]))
    deployed = orders.push("v2")
    assert (deployed.outcome, began) == ("Promoted", [1])
    assert deployed.record["rollback_safe"] is False
    (ran,) = deployed.record["migrations"]
    assert (ran["phase"], ran["exit_code"]) == ("contract", 0)


@takes("deploy: Next Step -> Conclude (3)")
def test_a_contract_that_fails_leaves_the_release_running_and_is_told(orders: Orders) -> None:
    deployed = orders.push("v2", FAILS)
    assert (deployed.outcome, deployed.code) == ("Promoted", "ContractFailed")
    assert deployed.record["condition"] == "ContractFailed"
    assert deployed.execution.path[-1] == "Promoted"
    assert {digest for _, digest in orders.runs("web")} == {orders.digest("v2")}


def test_what_is_pushed_after_it_is_held_until_a_person_settles_it(orders: Orders) -> None:
    orders.push("v2", FAILS)
    held = orders.push("v3")
    assert (held.outcome, held.code) == ("Rejected", "ContractFailed")
    assert "The contract migration of v2 (release #1) is not settled" in held.message
    refused = orders.deploy("v3")
    assert (refused.outcome, refused.code) == ("Failed", "ContractFailed")
    before = contracts(orders)
    orders.world.images.learn("orders", orders.digest("v2"), MENDED)
    settled = orders.deploy("v2")
    assert settled.outcome == "Promoted"
    assert contracts(orders) == before + 1
    assert not [each for each in settled.execution.path if each == "Roll Services"]
    assert orders.deploy("v3").outcome == "Promoted"


def test_a_contract_that_fails_once_more_does_not_speak_against_what_runs(orders: Orders) -> None:
    orders.push("v2", FAILS)
    again = orders.deploy("v2")
    assert (again.outcome, again.code) == ("Promoted", "ContractFailed")
    assert not orders.item("hold")
    assert not orders.item(f"bad#{orders.digest('v2')}")
    orders.world.images.learn("orders", orders.digest("v2"), MENDED)
    assert orders.deploy("v2").outcome == "Promoted"


def test_whose_end_nobody_saw_and_ecs_forgot_is_settled_by_a_person(orders: Orders) -> None:
    orders.begin_push("v2", Behaviour(commands={"db:contract": Behaviour(task_takes=600)}))
    orders.story.struck.add("stop_execution")
    orders.at(
        "migrate: Judge Migration",
        lambda: orders.world.machines.stop(orders.world.executions("deploy")[-1]),
    )
    assert orders.finish().outcome == "Aborted"
    orders.clock.run(until=orders.clock.seconds + 3 * 3_600)
    refused = orders.push("v3")
    assert (refused.outcome, refused.code) == ("Rejected", "ContractFailed")
    assert "deploy release #1 again by hand, which runs it again" in refused.message
    assert orders.deploy("v3", force=True).outcome == "Promoted"


def test_a_person_may_go_on_without_settling_it(orders: Orders) -> None:
    orders.push("v2", FAILS)
    orders.world.store("orders", "v3", None)
    assert orders.deploy("v3", force=True).outcome == "Promoted"


def test_after_a_contract_nobody_goes_back_behind_it_unforced(orders: Orders) -> None:
    orders.push("v2")
    refused = orders.roll_back()
    assert (refused.outcome, refused.code) == ("Failed", "InvalidRequest")
    assert "is from before the contract migration of v2 (release #1)" in refused.message
    assert orders.roll_back(force=True).outcome == "Promoted"


def test_a_release_that_crashes_never_comes_to_its_contract(orders: Orders) -> None:
    assert orders.push("v2", CRASH).outcome == "RolledBack"
    assert contracts(orders) == 0


@pytest.mark.parametrize(
    ("state", "fault"),
    [
        pytest.param(
            "Promote Release",
            raised("ValueError"),
            marks=takes("deploy: Promote Release fails -> Conclude"),
        ),
        pytest.param(
            "Record Promotion",
            gone("TransactWriteItems"),
            marks=takes("deploy: Record Promotion fails -> Conclude"),
        ),
    ],
)
def test_what_cannot_be_promoted_is_a_fault_and_no_contract_begins(
    orders: Orders, state: str, fault: Exception
) -> None:
    orders.fail(f"deploy: {state}", fault)
    deployed = orders.push("v2")
    assert (deployed.outcome, deployed.code) == ("Failed", "Fault")
    assert contracts(orders) == 0
    assert orders.item("stable#web")["release"] == 0
    assert orders.push("v3").outcome == "Promoted"


STATES = [
    "Find Migration",
    "Note Start",
    "Run Task",
    "Judge Migration",
    "Wait For News",
    "Note End",
]
"""Where it matters most; test_killed.py kills it everywhere."""


@pytest.mark.parametrize("state", STATES)
def test_killed_in_its_contract_the_release_is_stable_and_the_next_one_proceeds(
    orders: Orders, state: str
) -> None:
    orders.begin_push("v2", Behaviour(commands={"db:contract": Behaviour(task_takes=600)}))
    orders.story.struck.add("stop_execution")
    orders.at(
        f"migrate: {state}",
        lambda: orders.world.machines.stop(orders.world.executions("deploy")[-1]),
    )
    killed = orders.finish()
    assert killed.outcome == "Aborted"
    assert orders.item("stable#web")["release"] == 1
    assert orders.push("v3").outcome == "Promoted"
