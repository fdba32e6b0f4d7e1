"""How is a call of a state spelled for boto3, and its answer for the state?"""

import json
from base64 import b64encode
from collections.abc import Mapping
from datetime import UTC, datetime

from botocore.model import ListShape, MapShape, Shape, StructureShape
from sfnx.testing import Failure

from rehearsal.names import Integration, is_free_form, member_case, pascal

LIMIT = 262_144
"""Bytes of JSON that a payload, a variable or a result may have in Step Functions."""


def text_of(value: object) -> str:
    """Return JSON text as Step Functions writes it."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def limited(value: object, what: str) -> object:
    """Return the value, or fail as Step Functions does when it is too large for it."""
    if len(text_of(value).encode()) > LIMIT:
        said = f"{what} has a size exceeding the maximum number of bytes service limit."
        raise Failure("States.DataLimitExceeded", said)
    return value


def instant(moment: datetime) -> str:
    """Return a moment as SDK integrations give it: milliseconds only where there are any."""
    spec = "milliseconds" if moment.microsecond // 1000 else "seconds"
    return moment.astimezone(UTC).isoformat(timespec=spec).replace("+00:00", "Z")


def to_members(integration: Integration, shape: Shape | None, value: object, path: str) -> object:
    """Turn Arguments into what boto3 takes, in which `misspelt` has found nothing wrong."""

    def inner(member: Shape, each: object, step: str) -> object:
        return to_members(integration, member, each, f"{path}{step}".lstrip("."))

    if is_free_form(integration, path):
        return value if isinstance(value, str) else text_of(value)
    if shape is not None and shape.type_name == "blob":
        return text_of(value).encode()
    if isinstance(shape, StructureShape) and isinstance(value, Mapping):
        members = [(k, *m) for k, m in member_case(shape).items() if k in value]
        return {name: inner(each, value[key], f".{key}") for key, name, each in members}
    if isinstance(shape, MapShape) and isinstance(value, Mapping):
        return {key: inner(shape.value, each, f".{key}") for key, each in value.items()}
    if isinstance(shape, ListShape) and isinstance(value, list):
        return [inner(shape.member, each, "[]") for each in value]
    if isinstance(value, float) and value.is_integer():
        # JSONata knows one kind of number only.
        return int(value) if shape and shape.type_name in {"integer", "long"} else value
    return value


def to_result(shape: Shape | None, value: object) -> object:
    """Turn an answer of boto3 into the result a state sees."""
    if isinstance(shape, StructureShape) and isinstance(value, Mapping):
        known = {name: inner for name, inner in shape.members.items() if name in value}
        return {pascal(name): to_result(inner, value[name]) for name, inner in known.items()}
    if isinstance(shape, MapShape) and isinstance(value, Mapping):
        return {key: to_result(shape.value, each) for key, each in value.items()}
    if isinstance(shape, ListShape) and isinstance(value, list):
        return [to_result(shape.member, each) for each in value]
    return _plain(value)


def _plain(value: object) -> object:
    if isinstance(value, datetime):
        return instant(value)
    if isinstance(value, bytes):
        return b64encode(value).decode()
    read = getattr(value, "read", None)
    return value if read is None else read().decode()
