"""What does a field of a state evaluate to, and which errors does a Retry or a Catch match?

This is the only seam to `sfnx.testing`, whose JSONata and error semantics were measured on AWS. Its
parts are not its public interface: the version is pinned, and test_interpreter.py uses each one.
"""

import json
import random
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, cast

import jsonata
from jsonata.parser import Parser
from sfnx import testing

from rehearsal.spelling import limited

Failure = testing.Failure
State = Mapping[str, Any]
Frame = dict[str, Any]

UNCAUGHT_BY_ALL = frozenset({"States.Runtime", "States.DataLimitExceeded"})
SCALARS = frozenset({str, int, float, bool})
HEARTBEAT = "States.HeartbeatTimeout"


@dataclass
class Turn:
    """How a visit ended; without `then` the machine or branch has ended."""

    output: object
    then: str | None
    assigned: dict[str, object] = field(default_factory=dict)


@dataclass
class Visit:
    """One stay in one state: what its fields are evaluated with. The variables are the old ones."""

    note: Callable[[str, str, object], int]
    name: str
    state: State
    variables: dict[str, object]
    given: object
    context: Mapping[str, object]
    entered_at: str
    event: int = 0
    retries: int = 0
    token: str = ""

    @property
    def kind(self) -> str:
        return str(self.state["Type"])

    def frame(self, **more: object) -> Frame:
        """Return `$states`. The time of entry stays the same through all retries."""
        context = cast("Frame", testing.entered(self.context, self.name, self.state, self.retries))
        context["State"]["EnteredTime"] = self.entered_at
        if "Task" in context:
            context["Task"]["Token"] = self.token
        return {"input": self.given, "context": context, **more}

    def value(self, key: str, default: object = None, frame: Frame | None = None) -> object:
        """Return what a field evaluates to, or the default when the state has no such field."""
        if key not in self.state:
            return default
        states = self.frame() if frame is None else frame
        return self._evaluated(testing.value, self.state[key], self.variables, states)

    def number(self, key: str, default: int, frame: Frame, least: int = 0) -> int:
        if key not in self.state:
            return default
        found = self.value(key, default, frame)
        if not testing.is_number(found) or not float(found).is_integer() or found < least:
            said = f"{key} is {found!r}, not a whole number of {least} or more"
            raise Failure("States.QueryEvaluationError", said)
        return int(found)

    def condition(self, rule: State, frame: Frame) -> bool:
        return bool(self._evaluated(testing.condition, rule, self.variables, frame))

    def waited(self) -> tuple[int | None, str | None]:
        """Return the Seconds or the Timestamp of a Wait; the other is None."""
        found = self._evaluated(testing.waited, self.state, self.variables, self.frame())
        return cast("tuple[int | None, str | None]", found)

    def settled(self, fields: State, frame: Frame, default: object) -> Turn:
        """Apply the Assign and the Output of a state, a Choice rule or a catcher."""
        found = self._evaluated(testing.settled, fields, self.variables, frame, default)
        assigned, output = cast("tuple[dict[str, object], object]", found)
        if assigned:
            limited(assigned, f"What the state/task '{self.name}' assigns")
        limited(output, f"The output of the state/task '{self.name}'")
        return Turn(output, fields.get("Next"), assigned)

    def _evaluated(self, evaluate: Callable[..., object], *arguments: object) -> object:
        try:
            return evaluate(*arguments)
        except Failure as failure:
            where = f"the state '{self.name}' (entered at the event id #{self.event})"
            cause = f"An error occurred while executing {where}. {failure.cause}"
            self.note(self.name, "EvaluationFailed", cause)
            raise Failure(failure.error, cause) from failure


def check(definition: State) -> None:
    """Raise when Step Functions would refuse the definition, or the rehearsal cannot run it."""
    _check(json.dumps(definition))


@lru_cache
def _check(text: str) -> None:
    """Check each definition once: that takes longer than all that is evaluated of it."""
    definition = json.loads(text)
    testing.check(definition)
    for name, state in testing.every_state(definition):
        processor = cast("State", state.get("ItemProcessor", {}))
        config = processor.get("ProcessorConfig", {})
        unknown = {"ItemReader", "ItemBatcher", "ResultWriter"} & set(state)
        if unknown or config.get("Mode") == "DISTRIBUTED":
            raise testing.Unsupported(f"{name}: a distributed Map is not rehearsed.")


def every_state(definition: State) -> Iterator[tuple[str, State]]:
    """Yield each state of a definition, of its branches and Map processors too."""
    yield from testing.every_state(definition)


def matches(errors: Sequence[str], error: str) -> bool:
    """Tell whether ErrorEquals matches. What States.ALL leaves out is as AWS documents it."""
    if error in UNCAUGHT_BY_ALL:
        errors = [each for each in errors if each != "States.ALL"]
    if error == HEARTBEAT:
        # It is a kind of States.Timeout, so States.TaskFailed does not match it either.
        return bool({HEARTBEAT, "States.Timeout", "States.ALL"} & set(errors))
    return testing.matches(list(errors), error)


def execution_context(given: object, started_at: str) -> dict[str, Any]:
    return testing.execution_context(given, started_at)


@contextmanager
def seeded(source: random.Random) -> Iterator[None]:
    """Draw $uuid and $random from a seed. $now and $millis need no help: the clock moves them."""

    def new_uuid(*args: object) -> str:
        testing.at_most("uuid", args, 0)
        return str(uuid.UUID(int=source.getrandbits(128), version=4))

    def number(*args: object) -> float:
        drawn = not args or args[0] is None
        return source.random() if drawn else testing.random_number(*args)

    token = testing.REPLACED.set({"uuid": new_uuid, "random": number})
    try:
        yield
    finally:
        testing.REPLACED.reset(token)


class _RememberingParser:
    """Parses each expression once: two thirds of the time of a rehearsal went into parsing."""

    dbg = False

    def __init__(self) -> None:
        self._parser = Parser()
        self._parsed: dict[str, Any] = {}

    def parse(self, source: str, *rest: object) -> Any:  # noqa: ANN401 - jsonata has no types
        if source not in self._parsed:
            self._parsed[source] = self._parser.parse(source, *rest)
        return self._parsed[source]


def _nulls(data: object) -> object:
    """Return data with JSONata's null for None, as sfnx does; without a call for each scalar."""
    if isinstance(data, dict):
        return {k: v if type(v) in SCALARS else _nulls(v) for k, v in data.items()}
    if isinstance(data, list):
        return [v if type(v) in SCALARS else _nulls(v) for v in data]
    return jsonata.utils.Utils.NULL_VALUE if data is None else data


def _evaluate(code: str, variables: Mapping[str, object], states: object) -> object:
    """Evaluate with the variables only that the expression may name: each is copied for it."""
    named = {name: value for name, value in variables.items() if f"${name}" in code}
    return _EVALUATE(code, named, states if "$states" in code else {})


_EVALUATE = testing.evaluate
_PARTS = cast("Any", testing)
_PARTS.evaluate, _PARTS.nulls = _evaluate, _nulls
# What these make holds nothing of the expression that it is made for.
_PARTS.Replaced, _PARTS.Cast = lru_cache(testing.Replaced), lru_cache(testing.Cast)
# The place where jsonata-python keeps the parser of this thread.
jsonata.Jsonata.PARSER.parser = _RememberingParser()
