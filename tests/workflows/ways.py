"""Which ways lead through the workflows, and which of them has a test taken?

A way is a branch of a Choice, a Catch, or an end. A test says by `takes` which ones it is there
for, its rehearsal proves it, and test_coverage.py finds those that no test is there for.
"""

from collections.abc import Iterator, Sequence
from typing import Any

import pytest

from rehearsal.states.executions import StateMachines
from rehearsal.states.measured import Visit
from tests.workflows.asl import ENDS, Body, State, scopes_of, workflows

PROMISED: set[str] = set()
"""What the tests imported so far are there for."""


def takes(*ways: str) -> pytest.MarkDecorator:
    PROMISED.update(ways)
    return pytest.mark.takes(*ways)


def every_way() -> set[str]:
    return {way for each in workflows() for way, _ in _ways(each.name, each.definition)}


class Taken:
    """The ways that the executions of one rehearsal have taken."""

    def __init__(self, machines: StateMachines, patch: pytest.MonkeyPatch) -> None:
        self._machines = machines
        self._settled: set[str] = set()
        named = {
            id(fields): way
            for machine in machines.machines.values()
            for way, fields in _ways(_word(machine.name), machine.definition)
        }
        settled = Visit.settled

        def watched(visit: Visit, fields: Body, frame: Any, default: object) -> object:
            self._settled.add(named.get(id(fields), ""))
            return settled(visit, fields, frame, default)

        # The fields of a Choice rule or a Catch are settled when its way is taken, not before.
        patch.setattr(Visit, "settled", watched)

    def ways(self) -> set[str]:
        entered = {
            _end(_word(each.machine.name), state)
            for each in self._machines.executions.values()
            for state in each.path
        }
        return self._settled | entered


def _ways(workflow: str, definition: Body) -> Iterator[tuple[str, Body]]:
    """Yield the name of each way with its fields."""
    for scope in scopes_of(definition, ""):
        for state in scope.states.values():
            yield from _out_of(workflow, state)


def _out_of(workflow: str, state: State) -> Iterator[tuple[str, Body]]:
    body = state.body
    if body["Type"] in ENDS:
        yield _end(workflow, state.name), body
    default = [(body["Default"], body)] if "Default" in body else []
    branches = [(each["Next"], each) for each in body.get("Choices", ())]
    yield from _numbered(f"{workflow}: {state.name} -> ", branches + default)
    catches = [(each["Next"], each) for each in body.get("Catch", ())]
    yield from _numbered(f"{workflow}: {state.name} fails -> ", catches)


def _numbered(before: str, ways: Sequence[tuple[str, Body]]) -> Iterator[tuple[str, Body]]:
    """Name each way by where it leads; the second one that leads there has a (2) behind it."""
    for index, (target, fields) in enumerate(ways):
        seen = sum(each == target for each, _ in ways[:index])
        yield f"{before}{target}" + (f" ({seen + 1})" if seen else ""), fields


def _end(workflow: str, state: str) -> str:
    return f"{workflow}: ends in {state}"


def _word(machine: str) -> str:
    return machine.rpartition("-")[2]
