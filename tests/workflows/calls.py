"""How does a test refuse an SDK call?"""

from collections.abc import Callable
from dataclasses import dataclass

from sfnx.testing import Failure

from rehearsal.invariants.calls import Call, Calls
from rehearsal.sdk import refusal


@dataclass
class Refusal:
    fits: Callable[[Call], bool]
    error: Exception
    times: int


class Refusals:
    """Refuses the next so many calls that fit."""

    def __init__(self, calls: Calls) -> None:
        self._planned: list[Refusal] = []
        calls.on_call.append(self._refuse)

    def plan(self, fits: Callable[[Call], bool], error: Exception, times: int) -> None:
        self._planned.append(Refusal(fits, error, times))

    def _refuse(self, call: Call) -> None:
        for each in self._planned:
            if each.times and each.fits(call):
                each.times -= 1
                raise each.error


def throttled(operation: str) -> Exception:
    return refusal(operation, "ThrottlingException", "Rate exceeded")


def denied(operation: str) -> Exception:
    return refusal(operation, "AccessDeniedException", "User is not authorized to perform this")


def gone(operation: str) -> Exception:
    """Return an error of DynamoDB that no try can change."""
    return refusal(operation, "ResourceNotFoundException", "Requested resource not found")


def raised(name: str, message: str = "boom") -> Exception:
    """Return what Step Functions sees of a function that raises."""
    return Failure(name, f'{{"errorMessage": "{message}", "errorType": "{name}"}}')
