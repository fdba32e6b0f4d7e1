"""What does a state machine do next? The states language in JSONata mode, in virtual time.

Expressions and error matching come from `measured`; here are the ways between the states, and what
takes time: waits, retries, timeouts, and branches that run concurrently.
"""

import base64
import hashlib
import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

import greenlet

from rehearsal.clock import Clock
from rehearsal.names import Integration, parse_resource
from rehearsal.spelling import limited
from rehearsal.states.measured import HEARTBEAT, Failure, Frame, State, Turn, Visit, matches, seeded

ACTIONS = frozenset({"Task", "Map", "Parallel"})
TIMEOUTS = frozenset({"States.Timeout", HEARTBEAT})
INLINE_CONCURRENCY = 40
"""So many iterations an inline Map runs at once when its MaxConcurrency leaves it open."""


@dataclass(frozen=True, slots=True)
class Task:
    """One try of a Task state, its Arguments evaluated; with a `token` where the Task waits."""

    state: str
    integration: Integration
    arguments: object
    token: str | None = None
    timeout: int | None = None
    heartbeat: int | None = None


class World(Protocol):
    """What a running machine touches outside itself."""

    def note(self, state: str, what: str, data: object = None) -> int:
        """Add an event to the history, named as Step Functions names it; return its number."""

    def perform(self, task: Task) -> object:
        """Return the result of a Task, or raise its Failure."""


class Interpreter:
    """Runs one execution. The same seed draws the same jitter, uuids, tokens and numbers."""

    def __init__(self, clock: Clock, world: World, seed: str) -> None:
        self.clock = clock
        self.world = world
        self.seed = seed
        self.random = random.Random(seed)
        self._tries = 0

    def run(self, machine: State, given: object, context: Mapping[str, object]) -> object:
        """Return the output of the machine, or raise the Failure that ended it."""
        with seeded(self.random):
            return self._scope(machine, {}, given, context)

    def _scope(
        self,
        machine: State,
        variables: dict[str, object],
        given: object,
        context: Mapping[str, object],
    ) -> object:
        note, name = self.world.note, machine["StartAt"]
        while name is not None:
            state = machine["States"][name]
            visit = Visit(note, name, state, variables, given, context, self.clock.iso())
            visit.event = note(name, f"{visit.kind}StateEntered", given)
            turn = self._turn(visit)
            variables.update(turn.assigned)
            given, name = turn.output, turn.then
            note(visit.name, f"{visit.kind}StateExited", given)
        return given

    def _turn(self, visit: Visit) -> Turn:
        try:
            if visit.kind in ACTIONS:
                return self._action(visit)
            if visit.kind == "Choice":
                return self._choice(visit)
            if visit.kind == "Fail":
                raise Failure(str(visit.value("Error", "")), str(visit.value("Cause", "")))
            if visit.kind == "Wait":
                self._wait(visit)
            return visit.settled(visit.state, visit.frame(), visit.given)
        except greenlet.GreenletExit:
            self.world.note(visit.name, f"{visit.kind}StateAborted")
            raise

    def _choice(self, visit: Visit) -> Turn:
        frame = visit.frame()
        for rule in visit.state["Choices"]:
            if visit.condition(rule, frame):
                return visit.settled(rule, frame, visit.given)
        if "Default" not in visit.state:
            raise Failure("States.NoChoiceMatched", f"No rule of '{visit.name}' matched.")
        turn = visit.settled(visit.state, frame, visit.given)
        turn.then = visit.state["Default"]
        return turn

    def _wait(self, visit: Visit) -> None:
        seconds, until = visit.waited()
        if until is not None:
            left = datetime.fromisoformat(until.upper()) - self.clock.now()
            self.clock.sleep(left.total_seconds())
        elif seconds is not None:
            self.clock.sleep(seconds)

    def _action(self, visit: Visit) -> Turn:
        """Visit a Task, Map or Parallel, with its Retry and its Catch."""
        try:
            return self._tried(visit)
        except Failure as failure:
            for catcher in visit.state.get("Catch", ()):
                if matches(catcher["ErrorEquals"], failure.error):
                    seen = {"Error": failure.error, "Cause": failure.cause}
                    return visit.settled(catcher, visit.frame(errorOutput=seen), seen)
            raise

    def _tried(self, visit: Visit) -> Turn:
        spent = [0] * len(visit.state.get("Retry", ()))
        while True:
            try:
                return self._try(visit)
            except Failure as failure:
                delay = self._delay(visit.state, failure.error, spent)
                if delay is None:
                    raise
                visit.retries = sum(spent)
                self.clock.sleep(delay)

    def _delay(self, state: State, error: str, spent: list[int]) -> float | None:
        """Return how long to wait for the next try; only the first retrier that matches counts."""
        for index, retrier in enumerate(state.get("Retry", ())):
            if not matches(retrier["ErrorEquals"], error):
                continue
            if spent[index] >= retrier.get("MaxAttempts", 3):
                return None
            grown = retrier.get("BackoffRate", 2.0) ** spent[index]
            delay = float(retrier.get("IntervalSeconds", 1) * grown)
            delay = min(delay, retrier.get("MaxDelaySeconds", delay))
            spent[index] += 1
            return self.random.uniform(0, delay) if _jitters(retrier) else delay
        return None

    def _try(self, visit: Visit) -> Turn:
        visit.token = self._token(visit.name)
        frame = visit.frame()
        perform = self._task if visit.kind == "Task" else self._branched
        result = perform(visit, frame)
        return visit.settled(visit.state, {**frame, "result": result}, result)

    def _task(self, visit: Visit, frame: Frame) -> object:
        note, task = self.world.note, _asked(visit, frame)
        note(visit.name, "TaskScheduled", task.arguments)
        note(visit.name, "TaskStarted")
        what = f"The result that the state/task '{task.integration.service}' returned"
        try:
            result = limited(self.world.perform(task), what)
        except Failure as failure:
            ended = "TaskTimedOut" if failure.error in TIMEOUTS else "TaskFailed"
            note(visit.name, ended, {"Error": failure.error, "Cause": failure.cause})
            raise
        note(visit.name, "TaskSucceeded", result)
        return result

    def _branched(self, visit: Visit, frame: Frame) -> object:
        if visit.kind == "Map":
            width = visit.number("MaxConcurrency", 0, frame) or INLINE_CONCURRENCY
            jobs = [(visit.state["ItemProcessor"], each) for each in _items(visit, frame)]
        else:
            given = visit.value("Arguments", visit.given, frame)
            jobs = [(branch, given) for branch in visit.state["Branches"]]
            width = len(jobs)
        self.world.note(visit.name, f"{visit.kind}StateStarted")
        try:
            results = self._together(visit, jobs, width) if jobs else []
        except Failure:
            self.world.note(visit.name, f"{visit.kind}StateFailed")
            raise
        self.world.note(visit.name, f"{visit.kind}StateSucceeded")
        return limited(results, f"The result of the state/task '{visit.name}'")

    def _together(self, visit: Visit, jobs: list[tuple[State, object]], width: int) -> list[object]:
        """Run the jobs, so many at once; the first failure ends those still running."""
        results: dict[int, object] = {}
        done, queue = self.clock.signal(), iter(enumerate(jobs))

        def work() -> None:
            try:
                for index, job in queue:
                    results[index] = self._iterated(visit, *job)
            except Failure as failure:
                done.fail(failure)
            if len(results) == len(jobs):
                done.send()

        workers = [self.clock.spawn(work) for _ in jobs[:width]]
        try:
            done.wait()
        finally:
            self.clock.kill(*workers)
        return [results[index] for index in range(len(jobs))]

    def _iterated(self, visit: Visit, machine: State, given: object) -> object:
        """Run one iteration or branch with its own copy of the variables; only a Map notes it."""
        note: Callable[..., int] = self.world.note if visit.kind == "Map" else lambda *_: 0
        note(visit.name, "MapIterationStarted")
        try:
            output = self._scope(machine, dict(visit.variables), given, visit.context)
        except Failure:
            note(visit.name, "MapIterationFailed")
            raise
        except greenlet.GreenletExit:
            note(visit.name, "MapIterationAborted")
            raise
        note(visit.name, "MapIterationSucceeded")
        return output

    def _token(self, state: str) -> str:
        """Return a task token: opaque, unique, and the same again in the same rehearsal."""
        self._tries += 1
        digest = hashlib.sha512(f"{self.seed}/{state}/{self._tries}".encode()).digest()
        return base64.b64encode(digest).decode()


def _asked(visit: Visit, frame: Frame) -> Task:
    arguments = visit.value("Arguments", {}, frame)
    limited(arguments, f"What the state/task '{visit.name}' gives as Arguments")
    integration = parse_resource(visit.state["Resource"])
    return Task(
        visit.name,
        integration,
        arguments,
        token=visit.token if integration.pattern == "waitForTaskToken" else None,
        timeout=visit.number("TimeoutSeconds", 0, frame, least=1) or None,
        heartbeat=visit.number("HeartbeatSeconds", 0, frame, least=1) or None,
    )


def _items(visit: Visit, frame: Frame) -> list[object]:
    """Return the input of each iteration."""
    items = visit.value("Items", visit.given, frame)
    if not isinstance(items, list):
        raise Failure("States.QueryEvaluationError", f"Items is {items!r}, not an array")
    selected = []
    for index, each in enumerate(items):
        about = {**frame["context"], "Map": {"Item": {"Index": index, "Value": each}}}
        selected.append(visit.value("ItemSelector", each, {**frame, "context": about}))
    return selected


def _jitters(retrier: State) -> bool:
    return bool(retrier.get("JitterStrategy") == "FULL")
