"""What went wrong in a state, in words for a person?"""

import json
from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Fault:
    """An error that a state could not handle, as Step Functions names it."""

    error: str
    cause: str


def shown(fault: Fault, longest: int) -> str:
    """Return error and cause, of the child or function that it comes from, cut to a length."""
    error, cause = _innermost(fault.error, fault.cause)
    return ": ".join(filter(None, (error, cause[:longest].rstrip(". \n"))))


def _innermost(error: str, cause: str) -> tuple[str, str]:
    """Return what went wrong in the child or the function: their causes are JSON around it."""
    try:
        found = json.loads(cause)
    except (ValueError, RecursionError):
        return error, cause
    if not isinstance(found, dict):
        return error, cause
    if found.get("Status") == "ABORTED":
        return "Stopped", f"somebody stopped the execution {_name_of(found)} by hand"
    if found.get("Status") == "TIMED_OUT":
        return "TimedOut", f"the execution {_name_of(found)} ran longer than it may"
    if "errorMessage" in found:
        return error, str(found["errorMessage"])
    if found.get("Error") or found.get("Cause"):
        return _innermost(str(found.get("Error") or error), str(found.get("Cause") or ""))
    return error, cause


def _name_of(execution: Mapping[str, object]) -> str:
    return str(execution.get("ExecutionArn", "")).rpartition(":")[2]
