"""How are durations, sizes and the names of things written in a scenario?"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import inf
from typing import Annotated, Any

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic_core import PydanticCustomError, core_schema

from functions.domain.fields import shown

UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3_600.0, "d": 86_400.0}
SIZES = {"MiB": 1, "GiB": 1_024}
LONGEST_SECONDS = 365 * 86_400.0
_DURATION = re.compile(r"([0-9]{1,9}(?:\.[0-9]{1,6})?)(ms|s|m|h|d)")
_SIZE = re.compile(r"([0-9]{1,9})(MiB|GiB)")
_QUANTITY = re.compile(r"\s*([-+]?[0-9]+(?:\.[0-9]+)?)\s*([A-Za-z]*)\.?\s*")
_WORDS = {
    "ms": ("ms", "msec", "millis", "milliseconds"),
    "s": ("s", "sec", "secs", "second", "seconds"),
    "m": ("m", "min", "mins", "minute", "minutes"),
    "h": ("h", "hr", "hrs", "hour", "hours"),
    "d": ("d", "day", "days"),
}
LARGEST_MEBIBYTES = 32 * 1_024 * 1_024
"""More than any instance has."""


def mistake(what: str, instead: str) -> PydanticCustomError:
    """Return what a validator raises: the two halves of the sentence that a person reads."""
    # As values of a template, since both may hold braces.
    return PydanticCustomError("mistake", "{what}; {instead}", {"what": what, "instead": instead})


@dataclass(frozen=True, slots=True, eq=False)
class Short:
    """Let a plain value stand for a mapping, as `true` does for one with every default."""

    expand: Callable[[Any], object]
    schema: Mapping[str, Any]

    def __get_pydantic_core_schema__(
        self, source: object, handler: GetCoreSchemaHandler
    ) -> core_schema.CoreSchema:
        return core_schema.no_info_before_validator_function(self.expand, handler(source))

    def __get_pydantic_json_schema__(
        self, schema: core_schema.CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        return {"anyOf": [dict(self.schema), handler(schema)]}


def _switched(value: object) -> object:
    return {True: {}, False: None}[value] if isinstance(value, bool) else value


SWITCH = Short(_switched, {"type": "boolean"})
"""`true` for the mapping with every default, `false` for none."""


def seconds(value: object) -> float:
    """Return the seconds that "20s", "5m", "2h", "1d" or a number mean."""
    found: float | None = None
    if isinstance(value, int | float) and not isinstance(value, bool):
        found = float(value)
    elif isinstance(value, str) and (match := _DURATION.fullmatch(value)):
        found = float(match[1]) * UNITS[match[2]]
    if found is None or not 0 <= found <= LONGEST_SECONDS:
        raise _no_duration(value, found, "20s, 5m, 2h or 1d")
    return found


def _no_duration(value: object, found: float | None, examples: str) -> PydanticCustomError:
    number, unit = _quantity(value)
    if number < 0 or (found is not None and found < 0):
        return mistake(f"{shown(value)} is negative", "write 0s or more")
    meant = next((each for each, words in _WORDS.items() if unit.lower() in words), None)
    length = found if found is not None else number * UNITS[meant or "s"]
    if (meant or found is not None) and LONGEST_SECONDS < length < inf:
        return mistake(f"{shown(value)} is too long", "write at most 365d")
    instead = f"did you mean {number:g}{meant}?" if meant else f"write for example {examples}"
    return mistake(f"{shown(value)} is not a duration", instead)


def _quantity(value: object) -> tuple[float, str]:
    """Return the number and the unit of what is written like both; no unit of anything else."""
    match = _QUANTITY.fullmatch(value) if isinstance(value, str) and len(value) < 40 else None
    return (float(match[1]), match[2]) if match else (0.0, "")


def _seconds_or_never(value: object) -> float | None:
    if value is None:
        return None
    if value == "never":
        return inf
    if isinstance(value, str) and not _DURATION.fullmatch(value):
        raise _no_duration(value, None, "20s, 5m or never")
    return seconds(value)


def mebibytes(value: object) -> int:
    """Return the MiB that "512MiB", "2GiB" or a number mean."""
    found: int | None = None
    if isinstance(value, int) and not isinstance(value, bool):
        found = value
    elif isinstance(value, str) and (match := _SIZE.fullmatch(value)):
        found = int(match[1]) * SIZES[match[2]]
    if found is None or not 0 < found <= LARGEST_MEBIBYTES:
        raise _no_size(value, found)
    return found


def _no_size(value: object, found: int | None) -> PydanticCustomError:
    number, unit = _quantity(value)
    meant = next((each for each in SIZES if unit and unit[0].upper() == each[0]), None)
    size = found if found is not None else number * SIZES[meant or "MiB"]
    if size > LARGEST_MEBIBYTES:
        return mistake(f"{shown(value)} is too large", "write at most 32768GiB")
    whole = meant is not None and number > 0 and number.is_integer()
    instead = f"did you mean {number:g}{meant}?" if whole else "write for example 512MiB or 2GiB"
    return mistake(f"{shown(value)} is not a size", instead)


def _written(name: str, pattern: str, *examples: object) -> dict[str, Any]:
    return {
        "x-name": name,
        "anyOf": [{"type": "string", "pattern": f"^{pattern}$"}, {"type": "number", "minimum": 0}],
        "examples": list(examples),
    }


@dataclass(frozen=True, slots=True, eq=False)
class Reads:
    """Read a value by a function, and say in the JSON Schema how it may be written."""

    read: Callable[[Any], object]
    schema: Mapping[str, Any]

    def __get_pydantic_core_schema__(
        self, source: object, handler: GetCoreSchemaHandler
    ) -> core_schema.CoreSchema:
        return core_schema.no_info_plain_validator_function(self.read)

    def __get_pydantic_json_schema__(
        self, schema: core_schema.CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        return dict(self.schema)


Duration = Annotated[
    float, Reads(seconds, _written("Duration", _DURATION.pattern, "20s", "5m", "2h", "1d"))
]
"""Seconds, written 20s, 5m, 2h, 1d or as a number of seconds."""

DurationOrNever = Annotated[
    float | None,
    Reads(
        _seconds_or_never,
        _written("DurationOrNever", f"(?:never|{_DURATION.pattern})", "20s", "5m", "never"),
    ),
]
"""Seconds, infinitely many where `never` is written, or None where nothing is."""

Size = Annotated[int, Reads(mebibytes, _written("Size", _SIZE.pattern, "512MiB", "2GiB"))]
"""MiB, written 512MiB, 2GiB or as a number of MiB."""
