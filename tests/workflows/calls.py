"""Who made which SDK call, and how does a test refuse one?"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import greenlet
from boto3.dynamodb.types import TypeDeserializer
from sfnx.testing import Failure

from rehearsal.sdk import refusal
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


@dataclass
class Refusal:
    fits: Callable[[Call], bool]
    error: Exception
    times: int


class Calls:
    """The calls of the executions in their order; those that a test makes are not among them."""

    def __init__(self, world: World) -> None:
        self.made: list[Call] = []
        self._refusals: list[Refusal] = []
        self._tasks: dict[greenlet.greenlet, tuple[Execution, str]] = {}
        self._functions: dict[greenlet.greenlet, str] = {}
        self._invoke = world.machines.invoke
        world.machines.invoke = self._invoked
        world.machines.on_state.append(self._happened)
        world.sdk.before.append(self._before)
        world.sdk.after.append(self._after)

    def of(self, execution: Execution) -> list[Call]:
        return [each for each in self.made if each.execution is execution]

    def named(self, name: str) -> list[Call]:
        return [each for each in self.made if each.name == name]

    def refuse(self, fits: Callable[[Call], bool], error: Exception, times: int) -> None:
        """Refuse the next so many calls that fit."""
        self._refusals.append(Refusal(fits, error, times))

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
        for each in self._refusals:
            if each.times and each.fits(call):
                each.times -= 1
                raise each.error

    def _after(self, _: str, __: str, arguments: Mapping[str, Any], answer: Item) -> None:
        for call in reversed(self.made) if "Error" not in answer else ():
            if call.arguments is arguments:
                call.answer = answer
                return


def throttled(operation: str) -> Exception:
    return refusal(operation, "ThrottlingException", "Rate exceeded")


def denied(operation: str) -> Exception:
    return refusal(operation, "AccessDeniedException", "User is not authorized to perform this")


def raised(name: str, message: str = "boom") -> Exception:
    """Return what Step Functions sees of a function that raises."""
    return Failure(name, f'{{"errorMessage": "{message}", "errorType": "{name}"}}')


def plain(item: Item) -> dict[str, Any]:
    deserializer = TypeDeserializer()
    return {key: deserializer.deserialize(value) for key, value in item.items()}
