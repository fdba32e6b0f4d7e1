"""What can be wrong with the calls of a workflow: to AWS, and to our functions?

Each check yields a sentence per defect, which begins with the state at fault.
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import MISSING, fields
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from typing import Any

from botocore.model import ListShape, MapShape, Shape, StructureShape

from rehearsal.names import (
    Integration,
    UnknownResourceError,
    error_name,
    member_case,
    misspelt,
    parse_resource,
    pascal,
    valid_errors,
)
from tests.workflows.asl import DESIGN, State, Workflow, snake, spelled_out

Problems = Iterator[str]

READS = ("Get", "Describe", "List", "Query", "BatchGet")
UNKEYED = ("RegisterTaskDefinition", "TerminateInstanceInAutoScalingGroup")
"""Writes that may do something else when they are made twice: after an error a look comes first."""
TRANSIENT = re.compile(
    r"Server|Internal|Thrott|TooMany|RequestLimit|ExecutionLimit|Throughput|InProgress|Conflict"
    r"|ServiceException|Timeout|Timedout|Contention|Lambda.Unknown|ExitError|SdkClient"
)
OURS = frozenset({"RetryableError", "TerminalError"})
"""What functions raise on purpose: worth another try, or not."""


def resources(workflow: Workflow) -> Problems:
    for state in workflow.states:
        try:
            if state.body["Type"] == "Task":
                parse_resource(state.body["Resource"])
        except UnknownResourceError as error:
            yield f"{state.path}: {error}"


def arguments(workflow: Workflow) -> Problems:
    """Every member exists in the API's input, none that is required misses, enums are kept."""
    for state, integration in workflow.tasks:
        given = spelled_out(state.body["Arguments"])
        for path in misspelt(integration, given):
            yield f"{state.path}: {integration.operation} has no argument {path}"
        for shape, value, path in _members(integration.model.input_shape, given, "Arguments"):
            yield from (f"{state.path}: {path} {wrong}" for wrong in _wrong(shape, value))


def _members(shape: Shape | None, value: Any, path: str) -> Iterator[tuple[Shape, Any, str]]:
    """Yield whatever a value holds, itself included, each with its shape and path."""
    if shape is not None:
        yield shape, value, path
    if isinstance(shape, StructureShape) and isinstance(value, Mapping):
        known = member_case(shape)
        for key in known.keys() & value.keys():
            yield from _members(known[key][1], value[key], f"{path}.{key}")
    elif isinstance(shape, MapShape) and isinstance(value, Mapping):
        for key, each in value.items():
            yield from _members(shape.value, each, f"{path}.{key}")
    elif isinstance(shape, ListShape) and isinstance(value, list):
        for each in value:
            yield from _members(shape.member, each, f"{path}[]")


def _wrong(shape: Shape, value: Any) -> Problems:
    # Of an object of another type an expression may add what misses.
    if isinstance(shape, StructureShape) and type(value) is dict:
        for name in shape.required_members:
            if pascal(name) not in value:
                yield f"lacks {pascal(name)}"
    if isinstance(value, str) and getattr(shape, "enum", ()) and value not in shape.enum:
        yield f"cannot be {value}"


def errors(workflow: Workflow) -> Problems:
    for state, integration in workflow.tasks:
        valid = valid_errors(integration) | (OURS if state.handler else frozenset())
        for name in named_errors(state, "Retry", "Catch"):
            if name not in valid:
                yield f"{state.path}: {integration.operation} knows no error {name}"


def named_errors(state: State, *keys: str) -> list[str]:
    return [
        name for key in keys for entry in state.body.get(key, ()) for name in entry["ErrorEquals"]
    ]


@cache
def forms() -> dict[str, Any]:
    """Return the agreed forms of a Retry as they stand in DESIGN.md."""
    (block,) = re.findall(r"```json retries\n(.*?)```", DESIGN, re.DOTALL)
    read: dict[str, Any] = json.loads(block)
    return read


def form_of(integration: Integration) -> str:
    if integration.service == "lambda":
        return "function"
    if integration.operation.startswith(READS):
        return "read"
    return "none" if integration.operation in UNKEYED else "keyed write"


def retries(workflow: Workflow) -> Problems:
    for state in workflow.states:
        given = state.body.get("Retry", [])
        wanted = form_of(state.integration) if state.integration else "none"
        agreed = [forms()[wanted]] if wanted != "none" else []
        if [_numbers(each) for each in given] != agreed:
            yield f"{state.path}: its Retry is not of the form {wanted}"


def _numbers(retry: Mapping[str, Any]) -> dict[str, Any]:
    return {key: each for key, each in retry.items() if key not in ("ErrorEquals", "Comment")}


def transient_errors(workflow: Workflow) -> Problems:
    """A Retry names what may pass by itself, throttling always among it, and nothing else."""
    for state, integration in workflow.tasks:
        named = set(named_errors(state, "Retry"))
        transient = {each for each in valid_errors(integration) if TRANSIENT.search(each)}
        allowed = {*transient, integration.generic_error, "RetryableError"} - {"States.Timeout"}
        if integration.operation == "TransactWriteItems":
            # By another transaction at the same instant; its token keeps it from happening twice.
            allowed.add("DynamoDb.TransactionCanceledException")
        for name in sorted(named - allowed):
            yield f"{state.path}: trying again does not help against {name}"
        for name in sorted(_always(integration, transient) - named if named else ()):
            yield f"{state.path}: {name} may pass by itself, and is not tried again"


def _always(integration: Integration, transient: Iterable[str]) -> set[str]:
    if integration.service == "lambda":
        return {"RetryableError", "Lambda.TooManyRequestsException", "Lambda.ServiceException"}
    # A write that meets a transaction on the same item is refused at once.
    conflicts = {each for each in transient if each.endswith("TransactionConflictException")}
    return {error_name(integration, "ThrottlingException"), *conflicts}


def keyed(workflow: Workflow) -> Problems:
    """A call that is repeated sends the client token that its API takes."""
    for state, integration in workflow.tasks:
        shape, given = integration.model.input_shape, spelled_out(state.body["Arguments"])
        if "Retry" not in state.body or not isinstance(given, Mapping):
            continue
        for name, member in shape.members.items():
            if member.metadata.get("idempotencyToken") and pascal(name) not in given:
                yield f"{state.path}: is tried again, so it needs a {pascal(name)}"


def waits(workflow: Workflow) -> Problems:
    """Who waits for a token has a tick, and goes on when it comes."""
    for state, integration in workflow.tasks:
        ticks = "TimeoutSeconds" in state.body and "States.Timeout" in named_errors(state, "Catch")
        if integration.pattern == "waitForTaskToken" and not ticks:
            yield f"{state.path}: waits for a token without a time-out that is caught"


def payloads(workflow: Workflow) -> Problems:
    """What a function is given is its Request, and what is read of its answer its Answer."""
    for state in workflow.states:
        if state.handler is None:
            continue
        module = f"functions.handlers.{snake(state.handler)}"
        if find_spec(module) is None:
            yield f"{state.path}: there is no handler {snake(state.handler)}"
            continue
        handler = import_module(module)
        given = state.body["Arguments"]["Payload"].keys()
        asked = {each.name: each.default is MISSING for each in fields(handler.Request)}
        for name in asked.keys() ^ given:
            if asked.get(name, True):
                yield f"{state.path}: {name} is {'not sent' if name in asked else 'not asked for'}"
        answers = {each.name for each in fields(handler.Answer)}
        read = re.findall(r"\$states\.result\.Payload\.(\w+)", json.dumps(state.body))
        yield from (f"{state.path}: {each} is not answered" for each in read if each not in answers)


CALLS = (
    resources,
    arguments,
    errors,
    retries,
    transient_errors,
    keyed,
    waits,
    payloads,
)
