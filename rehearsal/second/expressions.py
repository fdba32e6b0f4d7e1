"""What does JSONata come to in moto, which leaves its evaluation out?"""

import hashlib
import json
from collections.abc import Mapping
from contextlib import ExitStack
from functools import cache
from threading import RLock
from typing import Any

import jsonata
from jsonata.utils import Utils
from moto.stepfunctions.parser.asl.component.intrinsic import jsonata as moto_functions
from moto.stepfunctions.parser.asl.jsonata import jsonata as moto_jsonata

from rehearsal.second.seams import replace, replace_everywhere

MARK = "\0"
"""Stands around the variables of an expression; JSON never holds it."""

LOCK = RLock()


def install(stack: ExitStack, package: str) -> None:
    replace(stack, moto_jsonata, "_eval_jsonata", _evaluated)
    replace_everywhere(stack, package, {"encode_jsonata_variable_declarations": _declared})
    functions = moto_functions._DECLARATION_BY_VARIABLE_REFERENCE
    replace(stack, moto_functions, "_DECLARATION_BY_VARIABLE_REFERENCE", {**functions, "$hash": ""})
    # moto refuses `$` anywhere; the language does so where it would be the whole input.
    replace(stack, moto_jsonata, "_ILLEGAL_VARIABLE_REFERENCES", frozenset())


def _evaluated(expression: str) -> object:
    """Evaluate JSONata, which moto leaves out, with the variables of `_declared`."""
    first, *rest = expression.split(MARK)
    bindings: dict[str, object] = {}
    for declared, code in zip(rest[::2], rest[1::2], strict=True):
        bindings |= {name[1:]: _nulls(value) for name, value in json.loads(declared).items()}
        first += code
    try:
        with LOCK:
            return _plain(_parsed(first).evaluate(None, bindings))
    except Exception as error:
        raise moto_jsonata.JSONataException("States.QueryEvaluationError", str(error)) from error


@cache
def _parsed(code: str) -> jsonata.Jsonata:
    made = jsonata.Jsonata(code)
    made.register_lambda("hash", _hashed)
    return made


def _hashed(text: str, algorithm: str) -> str:
    """Hash as $hash does: in moto it returns a sentence, the same one for every text."""
    return hashlib.new(algorithm.replace("-", ""), text.encode()).hexdigest()


def _declared(bindings: Mapping[str, object]) -> str:
    """Declare variables beside the expression.

    moto writes them into it, texts without escaping, and everything is to be parsed each time.
    """
    return f"{MARK}{json.dumps(bindings)}{MARK}" if bindings else ""


def _nulls(value: Any) -> Any:  # noqa: ANN401
    """Tell null from undefined, which is None here."""
    if isinstance(value, dict):
        return {key: _nulls(each) for key, each in value.items()}
    if isinstance(value, list):
        return [_nulls(each) for each in value]
    return Utils.NULL_VALUE if value is None else value


def _plain(value: Any) -> Any:  # noqa: ANN401
    if isinstance(value, Mapping):
        return {str(key): _plain(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return None if value is Utils.NULL_VALUE else value
