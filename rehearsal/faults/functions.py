"""Where is a Lambda killed, and what does Step Functions see of it?"""

import json
from collections.abc import Callable, Mapping
from contextvars import ContextVar

from sfnx.testing import Failure

from rehearsal.clock import Clock
from rehearsal.faults.kinds import Death, KillLambda
from rehearsal.faults.known import pascal
from rehearsal.faults.strikes import Strike
from rehearsal.lambdas import Lambdas
from rehearsal.sdk import REQUEST_ID, Arguments, Sdk
from rehearsal.template import Template

BY_ITSELF: Mapping[str, Death] = {
    "before": "Lambda.ServiceException",
    # Unverified: the documentation calls it Lambda.Unknown, the payload has this as its errorType.
    "middle": "Runtime.ExitError",
    "after": "Lambda.SdkClientException",
}
WHERE = {
    "before": "before it ran",
    "middle": "in the middle of its work",
    "after": "after its work, so that its answer was lost",
}
LATEST_CALL = 3
"""In the middle is at one of so many first calls to AWS, or at the end of a function with fewer."""

STATUS = {"Lambda.ServiceException": 500, "Lambda.TooManyRequestsException": 429}
SERVICE_SAID = {
    "Lambda.ServiceException": "The service encountered an internal error.",
    "Lambda.TooManyRequestsException": "Rate Exceeded.",
    "Lambda.ClientExecutionTimeoutException": "Client execution did not complete in time.",
}

_calls_left: ContextVar[list[int] | None] = ContextVar("calls_left", default=None)


class KilledError(BaseException):
    """Ends a handler where it stands; no `except Exception` of it stops that."""


class Killing:
    """One fault of this kind."""

    def __init__(self, template: Template, clock: Clock, fault: KillLambda, strike: Strike) -> None:
        self._clock = clock
        self._fault = fault
        self._strike = strike
        self._error = fault.error or BY_ITSELF[fault.at]
        self._name, self._timeout = _function(template, fault.kill_lambda)

    def install(self, lambdas: Lambdas, sdk: Sdk) -> None:
        lambdas.around.append(self._around)
        sdk.before.append(self._count)

    def _around(self, name: str, run: Callable[[], object]) -> object:
        if name != self._name or not self._strike.now():
            return run()
        self._strike.tell(f"{self._fault.kill_lambda} was killed {WHERE[self._fault.at]}.")
        if self._fault.at != "before":
            self._work(run)
        if self._error in ("Sandbox.Timedout", "Lambda.Unknown"):
            self._clock.pause(self._timeout)
        raise _seen(self._error, self._timeout)

    def _work(self, run: Callable[[], object]) -> None:
        left = [self._strike.random.randrange(LATEST_CALL)] if self._fault.at == "middle" else None
        before = _calls_left.set(left)
        try:
            run()
        except (KilledError, Failure):
            # Nobody hears what it found, nor what went wrong with it.
            pass
        finally:
            _calls_left.reset(before)

    def _count(self, _service: str, _operation: str, _arguments: Arguments) -> None:
        left = _calls_left.get()
        if left is not None:
            left[0] -= 1
            if left[0] < 0:
                raise KilledError


def _function(template: Template, called: str) -> tuple[str, float]:
    """Return name and timeout of a function."""
    for each in template.of("AWS::Lambda::Function"):
        if pascal(each.properties["Handler"].split(".")[-2]) == called:
            return template.name(each.logical_id), float(each.properties["Timeout"])
    raise LookupError(f"The template has no function {called}.")


def _seen(error: Death, timeout: float) -> Failure:
    """Return what the state sees."""
    timed_out = f"Task timed out after {timeout:.2f} seconds"
    killed = "Runtime exited with error: signal: killed"
    match error:
        case "Sandbox.Timedout" | "Runtime.ExitError":
            said = timed_out if error == "Sandbox.Timedout" else killed
            payload = {"errorType": error, "errorMessage": f"RequestId: {REQUEST_ID} Error: {said}"}
            return Failure(error, json.dumps(payload))
        case "Lambda.Unknown":
            payload = {"errorMessage": f"{REQUEST_ID} {timed_out}"}
            said = (
                "The cause could not be determined because Lambda did not return an error type. "
                f"Returned payload: {json.dumps(payload)}"
            )
            return Failure(error, said)
        case "Lambda.SdkClientException":
            return Failure(error, "Unable to execute HTTP request: Read timed out")
    code, status = error.partition(".")[2], STATUS.get(error, 500)
    about = f"Service: AWSLambda; Status Code: {status}; Error Code: {code}"
    said = f"{SERVICE_SAID[error]} ({about}; Request ID: {REQUEST_ID}; Proxy: null)"
    return Failure(error, said)
