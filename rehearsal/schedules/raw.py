"""How does an answer look as it came, for those who read it before botocore does?"""

from collections.abc import Mapping
from copy import deepcopy
from datetime import datetime
from types import SimpleNamespace
from typing import Any

from botocore.model import Shape

from rehearsal.ecs import wire
from rehearsal.names import service_model
from rehearsal.sdk import Answered, Arguments


def raw(document: Mapping[str, Any]) -> Answered:
    """Return an answer with its bytes; botocore's parser would drop members it does not know."""
    http = SimpleNamespace(status_code=200, headers={}, content=wire.text(document).encode())
    return Answered(http, deepcopy(dict(document)))


def members(service: str, operation: str, asked: Arguments) -> dict[str, Any]:
    """Return a copy of what is asked for, its times read as they are on the way."""
    shape = service_model(service).operation_model(operation).input_shape
    found: dict[str, Any] = _read(shape, asked)
    return found


def _read(shape: Shape | None, value: Any) -> Any:  # noqa: ANN401 - whatever an API takes
    known = getattr(shape, "members", {})
    if isinstance(value, Mapping):
        return {key: _read(known.get(key), each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_read(getattr(shape, "member", None), each) for each in value]
    if shape is not None and shape.type_name == "timestamp" and isinstance(value, str):
        return datetime.fromisoformat(value)
    return value
