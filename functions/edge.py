"""The edge of every Lambda: typed request in, plain JSON out, one log context."""

import json
from collections.abc import Callable, Mapping, Sequence
from functools import wraps
from typing import TYPE_CHECKING, Any, TypeVar

from aws_lambda_powertools import Logger
from pydantic import ConfigDict, TypeAdapter, ValidationError
from pydantic.alias_generators import to_camel

from functions.aws.failures import translated
from functions.domain.errors import TerminalError

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext
    from pydantic_core import ErrorDetails

logger = Logger()

Request = TypeVar("Request")
Answer = TypeVar("Answer")
Decision = Callable[[Request], Answer]
Handler = Callable[[dict[str, Any], "LambdaContext"], Any]

SHOWN_PROBLEMS = 5
SHOWN_LETTERS = 60


# Pydantic drops unknown keys of dataclasses in silence. What is nested inherits this.
OURS = ConfigDict(extra="forbid")
# AWS adds members when it likes, and to refuse them would be an answer of its own.
OF_AWS = ConfigDict(extra="ignore", alias_generator=to_camel)


def entrypoint(
    request: type[Request], answer: type[Answer], *, of_aws: bool = False
) -> Callable[[Decision[Request, Answer]], Handler]:
    """Make a Lambda handler of a function from a request to an answer.

    `of_aws`: no state asks but AWS itself. What it says besides is ignored, names are in its
    camelCase on both sides, and what is None is not answered.
    """
    request.__pydantic_config__ = OF_AWS if of_aws else OURS  # type: ignore[attr-defined]
    if of_aws:
        answer.__pydantic_config__ = OF_AWS  # type: ignore[attr-defined]
    requests, answers = TypeAdapter(request), TypeAdapter(answer)

    def decorate(decide: Decision[Request, Answer]) -> Handler:
        @logger.inject_lambda_context(correlation_id_path="execution")
        @wraps(decide)
        def handler(event: dict[str, Any], context: "LambdaContext") -> object:
            asked = _read(requests, event)
            try:
                told = decide(asked)
                return answers.dump_python(told, mode="json", by_alias=of_aws, exclude_none=of_aws)
            except Exception as error:
                known = translated(error)
                if known is None:
                    raise
                raise known from error

        return handler

    return decorate


def _read(requests: TypeAdapter[Request], event: dict[str, Any]) -> Request:
    try:
        # As JSON, because only there a strict reader takes arrays for tuples and texts for dates.
        return requests.validate_json(json.dumps(event), strict=True)
    except ValidationError as error:
        raise TerminalError(_sentence(error)) from error


def _sentence(error: ValidationError) -> str:
    problems = [_problem(each) for each in error.errors(include_url=False)]
    more = len(problems) - SHOWN_PROBLEMS
    told = "; ".join(problems[:SHOWN_PROBLEMS]) + (f"; and {more} more" if more > 0 else "")
    return f"The request of this function is malformed: {told}."


def _problem(error: "ErrorDetails") -> str:
    field = _path(error["loc"])
    match error["type"]:
        case "missing":
            return f"{field} is missing"
        case "unexpected_keyword_argument" | "extra_forbidden":
            return f"{field} is not known here, leave it out"
    should = error["msg"].replace("Input should be", "it should be")
    return f"{field} is {_shown(error['input'])}, {should}"


def _path(location: Sequence[int | str]) -> str:
    path = "".join(f"[{each}]" if isinstance(each, int) else f".{each}" for each in location)
    return f'"{path.removeprefix(".")}"' if path else "the input"


def _shown(value: object) -> str:
    """Return a value short enough for a sentence; what a document holds is nobody's business."""
    if isinstance(value, Mapping):
        return "an object"
    if isinstance(value, list | tuple):
        return "a list"
    shown = json.dumps(value, default=str, ensure_ascii=False)
    return shown if len(shown) <= SHOWN_LETTERS else f"{shown[: SHOWN_LETTERS - 3]}..."
