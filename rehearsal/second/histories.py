"""What does a history say, ours and moto's, in one form?"""

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import greenlet

from rehearsal.second.telling import Entry, Told, branches
from rehearsal.states.history import Execution
from rehearsal.world import World

Event = Mapping[str, Any]


class Ours:
    """Listens to our interpreter: a history does not say which branch an event is of."""

    def __init__(self, world: World) -> None:
        self._entries: dict[Execution, list[Entry]] = {}
        self._rounds: dict[object, int] = {}
        world.machines.on_state.append(self._hear)

    def told(self) -> Iterator[Told]:
        for execution, entries in self._entries.items():
            word = execution.machine.name.rpartition("-")[2]
            yield Told(word, execution.status, execution.error, execution.output, branches(entries))

    def _hear(self, execution: Execution, state: str, what: str) -> None:
        here = greenlet.getcurrent()
        if what == "MapIterationStarted":
            self._rounds[here] = self._rounds.get(here, 0) + 1
        branch = here, self._rounds.get(here, 0)
        data = execution.trace[-1].data
        self._entries.setdefault(execution, []).append(Entry(branch, what, state, data))


def told_by_moto(client: Any, machines: Mapping[str, str]) -> Iterator[Told]:  # noqa: ANN401
    """Tell of all executions of the machines, given by word and ARN."""
    for word, machine in machines.items():
        for each in client.list_executions(stateMachineArn=machine)["executions"]:
            arn = each["executionArn"]
            about = client.describe_execution(executionArn=arn)
            events = client.get_execution_history(executionArn=arn)["events"]
            output = json.loads(about["output"]) if "output" in about else None
            yield Told(
                word, about["status"], about.get("error"), output, branches(_entries(events))
            )


def _entries(events: Iterable[Event]) -> Iterator[Entry]:
    """Follow each event to the one before it: an iteration of a Map is a branch of its own."""
    branch_of: dict[int, int] = {0: 0}
    entered: dict[str, int] = {}
    for event in events:
        number, what = event["id"], event["type"]
        state = _state(event)
        branch = branch_of[event["previousEventId"]]
        if what == "MapIterationStarted":
            branch = number
        elif what == "MapStateEntered":
            entered[state] = branch
        elif what == "MapStateExited":
            branch = entered[state]
        branch_of[number] = branch
        yield Entry(branch, what, state, _given(event))


def _state(event: Event) -> str:
    details = event.get("stateEnteredEventDetails") or event.get("stateExitedEventDetails", {})
    return str(details.get("name", ""))


def _given(event: Event) -> object:
    details = event.get("taskScheduledEventDetails")
    return None if details is None else json.loads(details["parameters"])
