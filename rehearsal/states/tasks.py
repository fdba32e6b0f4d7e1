"""How does a Task come to its result? At once, by a task token, or by the end of a child execution.

The calls themselves are made by `sdk`; here is what Step Functions does around them.
"""

import json
import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, cast

from sfnx.testing import Failure

from rehearsal.clock import Clock, Signal, TimedOutError
from rehearsal.sdk import Answer, Arguments, Sdk, refusal
from rehearsal.states.interpreter import Task
from rehearsal.states.measured import HEARTBEAT

Join = Callable[[str, float | None], dict[str, Any]]
"""Waits for a child execution, stops it when the waiting ends first, and describes it."""


@dataclass(eq=False)
class Waiting:
    """A Task that waits for its token; closed once it has its answer or has given up."""

    signal: Signal
    beat_at: float
    open: bool = True


class Tokens:
    """The task tokens given out, and what SendTaskSuccess, -Failure and -Heartbeat do to them."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self._given: dict[str, Waiting] = {}

    def answers(self) -> dict[tuple[str, str], Answer]:
        return {
            ("stepfunctions", "SendTaskSuccess"): self._success,
            ("stepfunctions", "SendTaskFailure"): self._failure,
            ("stepfunctions", "SendTaskHeartbeat"): self._heartbeat,
        }

    def give(self, token: str) -> Waiting:
        waiting = self._given[token] = Waiting(self.clock.signal(), self.clock.seconds)
        return waiting

    def _success(self, asked: Arguments) -> dict[str, Any]:
        waiting = self._find("SendTaskSuccess", asked["taskToken"])
        try:
            output = json.loads(asked["output"])
        except ValueError as error:
            said = f"Invalid Output: '{error}'"
            raise refusal("SendTaskSuccess", "InvalidOutput", said) from error
        waiting.open = False
        waiting.signal.send(output)
        return {}

    def _failure(self, asked: Arguments) -> dict[str, Any]:
        waiting = self._find("SendTaskFailure", asked["taskToken"])
        waiting.open = False
        waiting.signal.fail(Failure(asked.get("error", ""), asked.get("cause", "")))
        return {}

    def _heartbeat(self, asked: Arguments) -> dict[str, Any]:
        self._find("SendTaskHeartbeat", asked["taskToken"]).beat_at = self.clock.seconds
        return {}

    def _find(self, operation: str, token: str) -> Waiting:
        waiting = self._given.get(token)
        if waiting is None:
            raise refusal(operation, "InvalidToken", "Invalid Token: 'Invalid token'")
        if not waiting.open:
            said = "Task Timed Out: 'Provided task does not exist anymore'"
            raise refusal(operation, "TaskTimedOut", said)
        return waiting


class Tasks:
    """The Tasks of one execution. `submitted` is told that a Task waits from now on."""

    def __init__(
        self,
        clock: Clock,
        sdk: Sdk,
        tokens: Tokens,
        join: Join,
        submitted: Callable[[str], object],
    ) -> None:
        self.clock = clock
        self.sdk = sdk
        self.tokens = tokens
        self.join = join
        self.submitted = submitted

    def perform(self, task: Task) -> object:
        if task.token is not None:
            return self._awaited(task, task.token)
        if task.integration.pattern:
            return self._child(task)
        if task.timeout is None:
            return self._called(task)
        return self._in_time(task, task.timeout)

    def _called(self, task: Task) -> Any:  # noqa: ANN401 - whatever the API answers
        result = cast("dict[str, Any]", self.sdk.call(task.integration, task.arguments))
        if (task.integration.service, task.integration.action) == ("lambda", "invoke"):
            result["Payload"] = json.loads(result["Payload"])
        return result

    def _in_time(self, task: Task, seconds: float) -> object:
        """Make a call that may be late. It is not taken back then, as a call under way is not."""
        done = self.clock.signal()

        def call() -> None:
            try:
                done.send(self._called(task))
            except Failure as failure:
                done.fail(failure)

        self.clock.spawn(call)
        try:
            return done.wait(seconds)
        except TimedOutError:
            raise Failure("States.Timeout") from None

    def _awaited(self, task: Task, token: str) -> object:
        waiting = self.tokens.give(token)
        over_at = round(self.clock.seconds + (task.timeout or math.inf), 6)
        try:
            self._called(task)
            self.submitted(task.state)
            while True:
                silent_at = round(waiting.beat_at + (task.heartbeat or math.inf), 6)
                left = min(over_at, silent_at) - self.clock.seconds
                try:
                    return waiting.signal.wait(None if math.isinf(left) else left)
                except TimedOutError:
                    self._give_up(task, waiting, over_at)
        finally:
            waiting.open = False

    def _give_up(self, task: Task, waiting: Waiting, over_at: float) -> None:
        """Fail when the time is over or no heartbeat came; a beat since then goes on waiting."""
        if self.clock.seconds >= over_at:
            raise Failure("States.Timeout") from None
        if task.heartbeat and self.clock.seconds >= round(waiting.beat_at + task.heartbeat, 6):
            raise Failure(HEARTBEAT) from None

    def _child(self, task: Task) -> object:
        started = self._called(task)
        self.submitted(task.state)
        try:
            child = self.join(started["ExecutionArn"], task.timeout)
        except TimedOutError:
            raise Failure("States.Timeout") from None
        if task.integration.pattern == "sync:2":
            for key in {"Input", "Output"} & set(child):
                child[key] = json.loads(child[key])
        if child["Status"] != "SUCCEEDED":
            raise Failure("States.TaskFailed", json.dumps(child))
        return child
