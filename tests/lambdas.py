"""A Lambda as a state invokes it: JSON goes in, JSON comes out."""

import json
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from pydantic import TypeAdapter

if TYPE_CHECKING:
    from functions.edge import Handler

CONTEXT: Any = SimpleNamespace(
    function_name="orders",
    memory_limit_in_mb=128,
    invoked_function_arn="arn:aws:lambda:eu-west-1:123456789012:function:orders",
    aws_request_id="1",
)


def as_json(thing: object) -> Any:
    """Return what a state holds of a thing that a Lambda has answered with."""
    return TypeAdapter(Any).dump_python(thing, mode="json")


def invoke(handler: "Handler", event: dict[str, Any]) -> Any:
    """Return the answer as the next state reads it."""
    return json.loads(json.dumps(handler(json.loads(json.dumps(event)), CONTEXT)))
