"""Who made which SDK call: which execution, in which state, by which function?"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import greenlet
from boto3.dynamodb.types import TypeDeserializer

from rehearsal.states.history import Execution
from rehearsal.world import World

Item = Mapping[str, Any]

OVER = ("TaskSubmitted", "TaskSucceeded", "TaskFailed", "TaskTimedOut")
"""The events after which a Task makes no call any more."""


@dataclass(eq=False)
class Call:
    """`function` is set where a handler makes the call; `answer` stays None where it is refused."""

    execution: Execution
    state: str
    function: str | None
    name: str
    """Service and operation: `ecs:UpdateService`."""
    arguments: Mapping[str, Any]
    answer: Mapping[str, Any] | None = None

    @property
    def puts(self) -> Iterator[Item]:
        """Yield the items that this transaction has put, if it is one and was not refused."""
        items = self.arguments.get("TransactItems", ()) if self.answer is not None else ()
        return (plain(each["Put"]["Item"]) for each in items if "Put" in each)

    @property
    def deletes(self) -> Iterator[Item]:
        """Yield the keys of the items that this transaction has taken away."""
        items = self.arguments.get("TransactItems", ()) if self.answer is not None else ()
        return (plain(each["Delete"]["Key"]) for each in items if "Delete" in each)


class Calls:
    """The calls of the executions in their order; those that anybody else makes are not there."""

    def __init__(self, world: World) -> None:
        self.made: list[Call] = []
        self._of: dict[Execution, list[Call]] = {}
        self.on_call: list[Callable[[Call], object]] = []
        """Hear of a call before it is made; what they raise refuses it."""
        self._tasks: dict[greenlet.greenlet, tuple[Execution, str]] = {}
        self._functions: dict[greenlet.greenlet, str] = {}
        self._invoke = world.machines.invoke
        world.machines.invoke = self._invoked
        world.machines.on_state.append(self._happened)
        world.sdk.before.append(self._before)
        world.sdk.after.append(self._after)

    @property
    def ours(self) -> bool:
        """Whether an execution is making a call at this moment."""
        return greenlet.getcurrent() in self._tasks

    def clear(self) -> None:
        """Forget the calls so far."""
        self.made.clear()
        self._of.clear()

    def of(self, execution: Execution) -> list[Call]:
        return self._of.get(execution, [])

    def named(self, name: str) -> list[Call]:
        return [each for each in self.made if each.name == name]

    def _happened(self, execution: Execution, state: str, what: str) -> None:
        if what == "TaskScheduled":
            self._tasks[greenlet.getcurrent()] = (execution, state)
        elif what in OVER:
            self._tasks.pop(greenlet.getcurrent(), None)

    def _invoked(self, function: str, payload: object) -> object:
        self._functions[greenlet.getcurrent()] = function
        try:
            return self._invoke(function, payload)
        finally:
            del self._functions[greenlet.getcurrent()]

    def _before(self, service: str, operation: str, arguments: Mapping[str, Any]) -> None:
        me = greenlet.getcurrent()
        if me not in self._tasks:
            return
        function, name = self._functions.get(me), f"{service}:{operation}"
        call = Call(*self._tasks[me], function, name, arguments)
        self.made.append(call)
        self._of.setdefault(call.execution, []).append(call)
        for listener in self.on_call:
            listener(call)

    def _after(self, _: str, __: str, arguments: Mapping[str, Any], answer: Item) -> None:
        for call in reversed(self.made) if "Error" not in answer else ():
            if call.arguments is arguments:
                call.answer = answer
                return


def plain(item: Item) -> dict[str, Any]:
    """Return an item of DynamoDB as plain data."""
    deserializer = TypeDeserializer()
    return {key: deserializer.deserialize(value) for key, value in item.items()}
