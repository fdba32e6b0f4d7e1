"""What is left of a document on its way between ECS and boto3?

What the network would leave of it: plain JSON, of an answer only what the API model knows, in its
order, and times to the millisecond.
"""

import json
from collections.abc import Callable, Mapping
from datetime import datetime
from functools import cache, lru_cache, partial
from typing import Any, cast

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


@cache
def error_reader(code: str) -> Read:
    """Return what reads the further members of a refusal."""
    # The stubs want a number here; botocore keeps its errors by their text.
    return _reader(service_model("ecs").shape_for_error_code(cast("Any", code)))


def _reader(shape: Shape | None) -> Read:
    if isinstance(shape, StructureShape):
        return partial(_members, {name: _reader(each) for name, each in shape.members.items()}, {})
    if isinstance(shape, ListShape):
        each = _reader(shape.member)
        return lambda values: [each(value) for value in values]
    if isinstance(shape, MapShape):
        inner = _reader(shape.value)
        return lambda values: {key: inner(value) for key, value in values.items()}
    if shape is None:
        return lambda _: {}
    return _moment if shape.type_name == "timestamp" else _plain


def _members(
    known: Mapping[str, Read],
    wanted: dict[tuple[str, ...], list[tuple[str, Read]]],
    value: Document,
) -> Document:
    """Read a structure. Most have few of their members, and the same ones again and again."""
    given = tuple(value)
    if given not in wanted:
        wanted[given] = [(name, read) for name, read in known.items() if name in value]
    return {
        name: each if type(each := value[name]) in PLAIN else read(each)
        for name, read in wanted[given]
        if value[name] is not None
    }


def _plain(value: object) -> object:
    return value if type(value) in PLAIN else json.loads(json.dumps(value))


@lru_cache
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
