"""Which executions run, and what becomes of them? Step Functions, as far as the rehearsal needs it.

An execution is one greenlet, its branches are others. What its Tasks do is in `tasks`; here are the
starts, the ends, the history and the events of the service.
"""

import json
import random
import uuid
from collections.abc import Callable, Mapping

from rehearsal.clock import Clock
from rehearsal.names import UnknownResourceError, parse_resource, pascal
from rehearsal.sdk import Arguments, Sdk, refusal
from rehearsal.spelling import text_of
from rehearsal.states.history import ENDS, Execution, Happening, Json, Kind, Machine, Status
from rehearsal.states.interpreter import Interpreter
from rehearsal.states.measured import Failure, State, check, every_state, execution_context
from rehearsal.states.tasks import Tasks, Tokens

Invoke = Callable[[str, object], object]
"""Runs a function by its name or ARN, and raises its error as a Failure."""

Emit = Callable[[Json], object]
"""Takes an event with its envelope, as the default bus does."""

MOST_EVENTS = 25_000
EXPRESS_SECONDS = 300


def _unheard(_: Json) -> None:
    """Let an event go nowhere."""


class StateMachines:
    """The machines and their executions.

    `emit` takes the status events of Standard executions. `on_state` listeners hear every event of
    every history as it happens, in the greenlet it happens in: there they may sleep, or stop the
    execution. Only the events without a state, of starts and ends, may come from the clock itself.
    """

    def __init__(
        self, clock: Clock, sdk: Sdk, invoke: Invoke, *, emit: Emit = _unheard, seed: object = 0
    ) -> None:
        self.clock, self.sdk, self.seed = clock, sdk, seed
        self.invoke, self.emit = invoke, emit
        self.on_state: list[Callable[[Execution, str, str], object]] = []
        self.machines: dict[str, Machine] = {}
        self.executions: dict[str, Execution] = {}
        self.tokens = Tokens(clock)
        self._random = random.Random(f"{seed}/executions")
        sdk.answers |= {
            **self.tokens.answers(),
            ("lambda", "Invoke"): self._invoked,
            ("stepfunctions", "StartExecution"): self._started,
            ("stepfunctions", "StopExecution"): self._stopped,
            ("stepfunctions", "DescribeExecution"): self._described,
        }

    def register(
        self, arn: str, definition: State, *, type: Kind = "STANDARD", role_arn: str = ""
    ) -> Machine:
        """Add a machine, or a new definition of it; executions that run keep theirs."""
        check(definition)
        for name, state in every_state(definition):
            if state["Type"] == "Task":
                _check_resource(name, state["Resource"], type)
        machine = Machine(_unqualified(arn), definition, type, role_arn)
        self.machines[arn] = machine
        return machine

    def start(self, arn: str, name: str | None = None, given: object = None) -> Execution:
        """Start an execution. The same name and input again, while it runs, is the same one."""
        machine = self._machine(arn)
        given = json.loads(json.dumps({} if given is None else given))
        name = name or self._uuid()
        own_arn = self._arn(machine, name)
        found = self.executions.get(own_arn)
        if found is not None:
            if found.running and found.input == given:
                return found
            said = f"Execution Already Exists: '{found.arn}'"
            raise refusal("StartExecution", "ExecutionAlreadyExists", said)
        version = None if arn == machine.arn else arn
        execution = Execution(own_arn, name, machine, given, self.clock.now(), version)
        self._begin(execution)
        return execution

    def stop(
        self, execution: Execution, error: str | None = None, cause: str | None = None
    ) -> None:
        """Abort an execution at once, with the children it waits for.

        It may be called from anywhere; a greenlet of that execution does not come back from it.
        """
        self._from_outside(lambda: self.end(execution, "ABORTED", error, cause))

    def end(
        self, execution: Execution, status: Status, error: str | None, cause: str | None
    ) -> None:
        """End an execution from outside of its own greenlets."""
        if execution.running:
            self._close(execution, status, error=error, cause=cause)
            self.clock.kill(execution.root)

    def join(self, arn: str, timeout: float | None) -> Json:
        """Wait for a child execution, and stop it when the waiting ends before it does."""
        child, ended = self.executions[arn], self.clock.signal()
        child.on_end.append(ended.send)
        try:
            if child.running:
                ended.wait(timeout)
        finally:
            self.end(child, "ABORTED", None, None)
        return {pascal(key): value for key, value in child.described().items() if value is not None}

    def note(self, execution: Execution, state: str, what: str, data: object = None) -> int:
        """Add an event to the history; nothing is added to one that has ended."""
        full = execution.machine.type == "STANDARD" and execution.events >= MOST_EVENTS - 1
        if execution.running and not full:
            self._happened(execution, state, what, data)
        elif execution.running and not what.endswith("Aborted"):
            said = f"The execution reached the maximum number of history events ({MOST_EVENTS})."
            self._from_outside(lambda: self.end(execution, "FAILED", "States.Runtime", said))
        return execution.events

    def _live(self, execution: Execution) -> None:
        self.note(execution, "", "ExecutionStarted", execution.input)
        seed = f"{self.seed}/{execution.arn}"
        world = _World(self, execution)
        try:
            output = Interpreter(self.clock, world, seed).run(
                execution.machine.definition, execution.input, self._context(execution)
            )
        except Failure as failure:
            self._close(execution, "FAILED", error=failure.error, cause=failure.cause)
        else:
            self._close(execution, "SUCCEEDED", output=output)

    def _begin(self, execution: Execution) -> None:
        self.executions[execution.arn] = execution
        limit = execution.machine.definition.get("TimeoutSeconds")
        if execution.machine.type == "EXPRESS":
            limit = min(limit or EXPRESS_SECONDS, EXPRESS_SECONDS)
        if limit is not None:
            execution.deadline = self.clock.at(
                limit, lambda: self.end(execution, "TIMED_OUT", "States.Timeout", None)
            )
        self._announce(execution)
        execution.root = self.clock.spawn(lambda: self._live(execution))

    def _close(
        self,
        execution: Execution,
        status: Status,
        *,
        output: object = None,
        error: str | None = None,
        cause: str | None = None,
    ) -> None:
        execution.status, execution.output = status, output
        execution.error, execution.cause = error, cause
        execution.stopped_at = self.clock.now()
        if execution.deadline is not None:
            execution.deadline.cancel()
        self._happened(execution, "", ENDS[status], output)
        self._announce(execution)
        for watcher in execution.on_end:
            watcher()

    def _happened(self, execution: Execution, state: str, what: str, data: object) -> None:
        execution.trace.append(Happening(self.clock.seconds, state, what, data))
        for listener in self.on_state:
            listener(execution, state, what)

    def _from_outside(self, action: Callable[[], None]) -> None:
        """Let the clock itself do what may end the very greenlet that asks for it."""
        if not self.clock.can_wait:
            action()
            return
        done = self.clock.signal()

        def act() -> None:
            action()
            done.send()

        self.clock.at(0, act)
        done.wait()

    def _machine(self, arn: str) -> Machine:
        """Return the machine of an ARN; one of a version finds that version or its machine."""
        machine = self.machines.get(arn) or self.machines.get(_unqualified(arn))
        if machine is None:
            said = f"State Machine Does Not Exist: '{arn}'"
            raise refusal("StartExecution", "StateMachineDoesNotExist", said)
        return machine

    def _arn(self, machine: Machine, name: str) -> str:
        base = machine.arn.split(":")
        if machine.type == "EXPRESS":
            return ":".join([*base[:5], "express", machine.name, name, self._uuid()])
        return ":".join([*base[:5], "execution", machine.name, name])

    def _context(self, execution: Execution) -> Mapping[str, object]:
        machine = execution.machine
        context = execution_context(execution.input, self.clock.iso())
        context["Execution"].update(Id=execution.arn, Name=execution.name, RoleArn=machine.role_arn)
        context["StateMachine"] = {"Id": machine.arn, "Name": machine.name}
        return context

    def _announce(self, execution: Execution) -> None:
        if execution.machine.type == "STANDARD":
            self.emit(execution.status_event(self._uuid(), self.clock.now()))

    def _uuid(self) -> str:
        return str(uuid.UUID(int=self._random.getrandbits(128), version=4))

    def _started(self, asked: Arguments) -> Json:
        try:
            given = json.loads(asked.get("input", "{}"))
        except ValueError as error:
            said = f"Invalid State Machine Execution Input: '{error}'"
            raise refusal("StartExecution", "InvalidExecutionInput", said) from error
        execution = self.start(asked["stateMachineArn"], asked.get("name"), given)
        return {"executionArn": execution.arn, "startDate": execution.started_at}

    def _stopped(self, asked: Arguments) -> Json:
        execution = self._found("StopExecution", asked)
        self.stop(execution, asked.get("error"), asked.get("cause"))
        return {"stopDate": execution.stopped_at}

    def _described(self, asked: Arguments) -> Json:
        execution = self._found("DescribeExecution", asked)
        about = {key: value for key, value in execution.described().items() if value is not None}
        dates = {"startDate": execution.started_at, "stopDate": execution.stopped_at}
        return {**about, **{key: value for key, value in dates.items() if key in about}}

    def _found(self, operation: str, asked: Arguments) -> Execution:
        arn = asked["executionArn"]
        if arn not in self.executions:
            said = f"Execution Does Not Exist: '{arn}'"
            raise refusal(operation, "ExecutionDoesNotExist", said)
        return self.executions[arn]

    def _invoked(self, asked: Arguments) -> Json:
        function = asked["FunctionName"]
        result = self.invoke(function, json.loads(asked.get("Payload", "{}")))
        parts = function.split(":")
        version = asked.get("Qualifier") or (parts[7] if len(parts) > 7 else "$LATEST")
        return {"StatusCode": 200, "ExecutedVersion": version, "Payload": text_of(result)}


class _World:
    """What one execution sees of the world."""

    def __init__(self, machines: StateMachines, execution: Execution) -> None:
        self.machines = machines
        self.execution = execution
        self.perform = Tasks(
            machines.clock,
            machines.sdk,
            machines.tokens,
            machines.join,
            lambda state: self.note(state, "TaskSubmitted"),
        ).perform

    def note(self, state: str, what: str, data: object = None) -> int:
        return self.machines.note(self.execution, state, what, data)


def _unqualified(arn: str) -> str:
    return ":".join(arn.split(":")[:7])


def _check_resource(name: str, resource: str, type: Kind) -> None:
    integration = parse_resource(resource)
    child = (integration.service, integration.action) == ("stepfunctions", "startExecution")
    if integration.pattern.startswith("sync") and not child:
        raise UnknownResourceError(f"{name}: {resource} is not rehearsed.")
    if integration.pattern and type == "EXPRESS":
        raise UnknownResourceError(f"{name}: an Express workflow cannot wait as {resource} does.")
