"""Is there what a fault names: a call, its error, a function, a workflow, a state, a source?

Every answer is either what was asked for, or a sentence saying what would be right.
"""

import json
import re
from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple, cast

from botocore.exceptions import UnknownServiceError
from botocore.model import Shape

from functions.domain.fields import hint
from rehearsal.names import OPTIMISED, RENAMED, service_model
from rehearsal.scenario.format.fields import mistake
from rehearsal.states.measured import every_state

ROOT = Path(__file__).parents[2]
SERVICES = (
    "application-autoscaling",
    "autoscaling",
    "cloudwatch",
    "dynamodb",
    "ec2",
    "ecr",
    "ecs",
    "elbv2",
    "events",
    "lambda",
    "logs",
    "s3",
    "service-quotas",
    "sns",
    "ssm",
    "stepfunctions",
)
"""What Pilothouse calls: what a misspelt service is compared with."""
SOURCES = ("aws.ecs", "aws.cloudwatch", "aws.ecr", "aws.states", "pilothouse")
READS = ("Describe", "List", "Get", "BatchGet", "Query", "Scan")
TIMEOUTS = ("Timeout", "TimeoutAfterEffect")

THROTTLED = "Rate exceeded"
UNAVAILABLE = "Service Unavailable. Please try again later."
COMMON: Mapping[str, tuple[int, str]] = {
    "ThrottlingException": (400, THROTTLED),
    "Throttling": (400, THROTTLED),
    "TooManyRequestsException": (429, THROTTLED),
    "RequestLimitExceeded": (400, THROTTLED),
    "AccessDeniedException": (400, "User is not authorized to perform this action"),
    "ExpiredTokenException": (400, "The security token included in the request is expired"),
    "ValidationException": (400, "The request is not valid"),
    "ServerException": (500, UNAVAILABLE),
    "InternalError": (500, UNAVAILABLE),
    "InternalFailure": (500, UNAVAILABLE),
    "ServiceUnavailable": (503, UNAVAILABLE),
}
"""What any operation may answer: status and text."""


class Call(NamedTuple):
    service: str
    operation: str


class Refusal(NamedTuple):
    status: int
    message: str


def call(name: str) -> Call:
    """Return the service as boto3 has it and the operation of `ecs:UpdateService`."""
    given, colon, action = name.partition(":")
    if not (given and colon and action):
        raise mistake(f'"{name}" names no call', "write for example ecs:UpdateService")
    service = RENAMED.get(given, OPTIMISED[given].service if given in OPTIMISED else given)
    operation = action[:1].upper() + action[1:]
    try:
        known = service_model(service).operation_names
    except UnknownServiceError:
        raise mistake(f'AWS has no service "{given}"', hint(given, SERVICES)) from None
    if operation not in known:
        raise mistake(f'{given} has no action "{action}"', _near(action, known, "its API"))
    return Call(service, operation)


def read(name: str) -> str:
    operation = call(name).operation
    if not operation.startswith(READS):
        raise mistake(f"{name} reads nothing", "write for example ecs:DescribeServices")
    return name


def refusal_of(asked: Call, code: str) -> Refusal:
    """Return how the service refuses a call with an error code."""
    if code in TIMEOUTS:
        return Refusal(0, "")
    if code in COMMON:
        return Refusal(*COMMON[code])
    known = _errors(asked.service)
    if code not in known:
        near = _near(code, [*TIMEOUTS, *COMMON, *known], ", ".join([*TIMEOUTS, *COMMON]))
        raise mistake(f'{asked.service} has no error "{code}"', near)
    return Refusal(known[code], f"{code} of {asked.operation}")


def function(name: str) -> str:
    return _among("function", name, _functions())


def workflow(name: str) -> str:
    return _among("workflow", name, _states())


def state(of: str, name: str) -> str:
    return _among(f"state of {of} called", name, _states()[of])


def source(name: str) -> str:
    return _among("source of events", name, SOURCES)


def pascal(module: str) -> str:
    """Return what people call the function of a handler's module: JudgeRollout."""
    return module.title().replace("_", "")


def _among(what: str, name: str, known: Iterable[str]) -> str:
    if name not in known:
        raise mistake(f'there is no {what} "{name}"', hint(name, known))
    return name


def _near(name: str, known: Iterable[str], otherwise: str) -> str:
    near = get_close_matches(name, list(known), n=1)
    return f"did you mean {near[0]}?" if near else f"known are {otherwise}"


@cache
def _functions() -> tuple[str, ...]:
    handlers = sorted((ROOT / "functions" / "handlers").glob("[!_]*.py"))
    return tuple(pascal(each.stem) for each in handlers)


@cache
def _states() -> Mapping[str, tuple[str, ...]]:
    """Return the states of every workflow, those of its branches among them."""
    found = {}
    for path in sorted((ROOT / "statemachines").glob("*.asl.json")):
        definition: dict[str, Any] = json.loads(path.read_text())
        found[path.name.partition(".")[0]] = tuple(name for name, _ in every_state(definition))
    return found


@cache
def _errors(service: str) -> Mapping[str, int]:
    """Return the HTTP status of each error of a service, by the codes it answers with."""
    shapes = cast("Iterable[Any]", service_model(service).error_shapes)
    return {str(shape.error_code): _status(shape) for shape in shapes}


def _status(shape: Shape) -> int:
    # Not every model says it: then only the name tells whose fault it is.
    ours = 500 if re.search("Server|Internal|Unavailable", shape.name) else 400
    return int(shape.metadata.get("error", {}).get("httpStatusCode", ours))
