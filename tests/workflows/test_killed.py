"""Whatever is killed, at whichever state: record, reason, released claim, one announcement id.

Which states a release comes by is seen in one that nobody kills, so that a new state is killed by
itself. Several are killed one after the other in one world: the next one always goes through.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import pytest

from functions.domain.catalogue import Application
from rehearsal.ecs import Behaviour
from rehearsal.states.history import Execution
from rehearsal.world import World
from tests.workflows.asl import ENDS, workflows
from tests.workflows.conftest import Rehearse, configured
from tests.workflows.orders import BOTH, CRASH, WEB, Orders, word

PARENTS = ("deploy", "conclude", "announce")
"""Those killed at every state; the steps only where something happens outside."""

SHARE = 6
"""Into so many tests is each set of states divided."""


KILLED = frozenset(
    f"{workflow.name}: {state.name}"
    for workflow in workflows()
    for state in workflow.states
    if workflow.name in PARENTS
    or (workflow.name != "wake" and state.body["Type"] not in {*ENDS, "Choice", "Pass"})
)


Course = Mapping[bool, Sequence[str]]


@pytest.fixture(scope="module")
def course(sample: tuple[Application, ...]) -> Course:
    """Return by which states a good release comes, and a bad one, in their order."""
    return {bad: _entered(sample, bad) for bad in (False, True)}


def _entered(sample: tuple[Application, ...], bad: bool) -> list[str]:
    entered: list[str] = []
    with World(sample) as world:
        orders = Orders(world, world.applications["orders"])
        _prepare(orders, bad)
        world.machines.on_state.append(_on_entry(lambda _, state: entered.append(state)))
        orders.push("v2", _behaviour(bad))
    return entered


def _prepare(orders: Orders, bad: bool) -> None:
    orders.configure(configured(orders.application, WEB, minutes=1, expand=not bad))
    orders.prepare(WEB, None)


def _behaviour(bad: bool) -> Behaviour | None:
    return CRASH if bad else None


def _on_entry(
    heard: Callable[[Execution, str], object],
) -> Callable[[Execution, str, str], None]:
    def listen(execution: Execution, name: str, what: str) -> None:
        if what.endswith("StateEntered"):
            heard(execution, f"{word(execution)}: {name}")

    return listen


def kill_at(orders: Orders, states: Sequence[str]) -> list[Execution]:
    """Kill whoever enters each of these states, one after the other."""
    left, killed = list(states), list[Execution]()

    def heard(execution: Execution, state: str) -> None:
        if left and state == left[0]:
            left.pop(0)
            if state != "deploy: Choose Recovery" or not left:
                killed.append(execution)
                orders.world.machines.stop(execution)

    orders.world.machines.on_state.append(_on_entry(heard))
    return killed


def is_concluded(orders: Orders, record: Mapping[str, Any]) -> bool:
    """Tell whether nothing is left to do of a deployment, and whether it was told at all."""
    announcement = f"orders#{int(record['number'])}/{record['outcome']}"
    told = {
        each["announcement"]
        for each in orders.world.news
        if each["deployment"] == record["number"] and each["outcome"]
    }
    reason = record["reason"] or {"code": "-", "evidence": ["-"]}
    said = record["message"] and reason["code"] and any(reason["evidence"])
    kept = record["evidence"] == f"orders/{int(record['number']):06d}.json"
    return bool(said and kept and told == {announcement})


def push_and_kill(orders: Orders, tag: str, states: Sequence[str], behaviour: Any) -> None:
    killed = kill_at(orders, states)
    deployed = orders.push(tag, behaviour)
    orders.world.machines.on_state.pop()
    assert killed, f"nobody entered {states}"
    assert "Wait For Claim" not in deployed.execution.path, f"something was left before {states}"
    assert deployed.record, f"{states} left no record"
    assert is_concluded(orders, deployed.record), f"{states}: {deployed.record}"
    assert "owner" not in (orders.item("claim") or {}), states
    assert orders.world.items("orders", "news#") == [], states


def kill_all(orders: Orders, cases: Sequence[Sequence[str]], behaviour: Any = None) -> None:
    """Kill each case in its own deployment; one that fails begins where a good one ended."""
    orders.story.struck.add("stop_execution")
    for number, states in enumerate(cases, start=3):
        if behaviour is not None:
            assert orders.push(f"v1.{number}").outcome == "Promoted"
        push_and_kill(orders, f"v{number}", states, behaviour)
    assert orders.push("v99").outcome == "Promoted"


def share(states: Iterator[str], number: int) -> list[str]:
    return sorted(set(states) & KILLED)[number::SHARE]


@pytest.mark.parametrize("number", range(SHARE))
def test_a_release_may_be_killed_anywhere(rehearse: Rehearse, course: Course, number: int) -> None:
    states = share(iter(course[False]), number)
    kill_all(rehearse(WEB, minutes=1, expand=True), [[each] for each in states])


@pytest.mark.parametrize("number", range(SHARE))
def test_so_may_one_on_its_way_back(rehearse: Rehearse, course: Course, number: int) -> None:
    chosen = "deploy: Choose Recovery"
    seen = list(course[True])
    back = seen[seen.index(chosen) :]
    states = share(iter(back), number)
    cases = [[chosen] if each == chosen else [chosen, each] for each in states]
    kill_all(rehearse(WEB, minutes=1), cases, CRASH)


@pytest.mark.parametrize("died", ["Take Number", "Roll Service"])
def test_so_may_whoever_finishes_for_another(rehearse: Rehearse, died: str) -> None:
    (conclude,) = [each for each in workflows() if each.name == "conclude"]
    never = {"Conclude Deployment", "Close Again", "Fault"}
    if died == "Roll Service":
        never.add("Take Number")
    states = [each.name for each in conclude.states if each.name not in never]
    kill_all(rehearse(WEB), [[f"deploy: {died}", f"conclude: {each}"] for each in states])


LATER = ("deploy", "follow", "migrate", "roll")
"""Those whose states a release comes by again: in its second wave, and in its contract."""


def is_later(execution: Execution, rolled: bool) -> bool:
    """Say whether it is at the second wave, at the contract, or past the first wave."""
    given = execution.input if isinstance(execution.input, dict) else {}
    if word(execution) == "migrate":
        return bool(given["migrate"]["phase"] == "contract")
    if word(execution) == "roll":
        return bool(given["roll"]["key"] == "worker")
    return rolled


def later_on(orders: Orders, heard: Callable[[Execution, str], object]) -> None:
    """Hear of each state that is entered later on in the deployments from now on."""
    past: set[str] = set()

    def listen(execution: Execution, state: str) -> None:
        root = orders.story.deployment_of(execution).arn
        if word(execution) in LATER and is_later(execution, root in past):
            heard(execution, state)
        if state == "deploy: Roll Services":
            past.add(root)

    orders.world.machines.on_state.append(_on_entry(listen))


@pytest.fixture(scope="module")
def later(sample: tuple[Application, ...]) -> list[str]:
    """Return by which states a release of two waves and a contract comes later on."""
    entered: list[str] = []
    with World(sample) as world:
        orders = Orders(world, world.applications["orders"])
        orders.configure(_whole(orders.application))
        orders.prepare(BOTH, None)
        later_on(orders, lambda _, state: entered.append(state))
        assert orders.push("v2").outcome == "Promoted"
    return sorted(set(entered))


def kill_later(orders: Orders, tag: str, state: str) -> None:
    """Kill whoever enters a state later on: what the services run is what the record says."""
    killed: list[Execution] = []

    def heard(execution: Execution, entered: str) -> None:
        if entered == state and not killed:
            killed.append(execution)
            orders.world.machines.stop(execution)

    later_on(orders, heard)
    deployed = orders.push(tag)
    orders.world.machines.on_state.pop()
    assert killed, f"nobody entered {state}"
    assert is_concluded(orders, deployed.record), f"{state}: {deployed.record}"
    assert "owner" not in (orders.item("claim") or {}), state
    if (
        deployed.outcome == "Promoted"
        or orders.item("stable#web")["release"] == deployed.record["release"]
    ):
        runs = {digest for key in BOTH for _, digest in orders.runs(key)}
        assert runs == {orders.digest(tag)}, state


@pytest.mark.parametrize("number", range(SHARE))
def test_so_may_its_second_wave_and_its_contract(
    rehearse: Rehearse, later: Sequence[str], number: int
) -> None:
    orders = rehearse(BOTH, minutes=1, expand=True, schedules=NIGHTLY)
    orders.story.struck.add("stop_execution")
    states = [each for each in later if each in KILLED][number::SHARE]
    for place, state in enumerate(states, start=3):
        kill_later(orders, f"v{place}", state)
    # Those in between say the same: each comes as far as the state at which it is killed.
    assert orders.push("v99").outcome == "Promoted"


NIGHTLY = ("orders-nightly",)


def _whole(application: Application) -> Application:
    """Return it with both services, both migrations and its schedule."""
    return configured(application, BOTH, minutes=1, expand=True, schedules=NIGHTLY)
