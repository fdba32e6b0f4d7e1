"""What is left of a document on its way between ECS and boto3?

What the network would leave of it: plain JSON, of an answer only what the API model knows, in its
order, and times to the millisecond.
"""

import json
from collections.abc import Callable
from datetime import datetime
from functools import cache
from typing import Any

from botocore.model import ListShape, MapShape, Shape, StructureShape
from dateutil.tz import tzlocal  # type: ignore[import-untyped]

from rehearsal.ecs.world import Document
from rehearsal.names import service_model

Read = Callable[[Any], Any]
PLAIN = frozenset({str, int, float, bool})
LOCAL = tzlocal()


def text(document: object) -> str:
    """Write an answer as ECS does, with times in seconds."""
    return json.dumps(document, default=_seconds)


def asked(arguments: object) -> Document:
    """Return a call as it arrives: a copy, with times in whole seconds."""
    found: Document = json.loads(json.dumps(arguments, default=_whole_seconds))
    return found


@cache
def reader(operation: str) -> Read:
    """Return what reads the answers of an operation."""
    return _reader(service_model("ecs").operation_model(operation).output_shape)


def _reader(shape: Shape | None) -> Read:
    if isinstance(shape, StructureShape):
        members = [(name, _reader(member)) for name, member in shape.members.items()]
        return lambda value: {
            name: read(value[name]) for name, read in members if value.get(name) is not None
        }
    if isinstance(shape, ListShape):
        each = _reader(shape.member)
        return lambda values: [each(value) for value in values]
    if isinstance(shape, MapShape):
        inner = _reader(shape.value)
        return lambda values: {key: inner(value) for key, value in values.items()}
    return _moment if shape is not None and shape.type_name == "timestamp" else _plain


def _plain(value: object) -> object:
    return value if type(value) in PLAIN else json.loads(json.dumps(value))


def _moment(value: datetime) -> datetime:
    return datetime.fromtimestamp(_seconds(value), LOCAL)


def _seconds(value: object) -> float:
    if isinstance(value, datetime):
        return round(value.timestamp(), 3)
    raise TypeError(f"{type(value).__name__} has no place in an answer")


def _whole_seconds(value: object) -> int:
    if isinstance(value, datetime):
        return int(value.timestamp())
    raise TypeError(f"{type(value).__name__} has no place in a call")
