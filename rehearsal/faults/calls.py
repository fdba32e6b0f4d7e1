"""Which SDK calls fail, and how do a state and a handler see it?"""

from collections.abc import Mapping

from botocore.exceptions import ConnectTimeoutError, ReadTimeoutError

from rehearsal.clock import Clock
from rehearsal.faults import known
from rehearsal.faults.kinds import Fail
from rehearsal.faults.strikes import Strike
from rehearsal.sdk import CALLER, Arguments, Sdk, refusal

CONNECT_SECONDS = 2.0
"""Until a connection is given up: as handlers configure it, and as the SDK of the states does."""
READ_SECONDS = {"states": 30.0, "functions": 5.0}
"""Until an answer is given up. Unverified for the states: the default of the Java SDK."""


def install(sdk: Sdk, clock: Clock, fault: Fail, strike: Strike) -> None:
    failing = _Failing(fault, strike, clock)
    sdk.before.append(failing.before)
    sdk.after.append(failing.after)


class _Failing:
    """Only calls of Pilothouse fail: not those with which a scenario acts on the world."""

    def __init__(self, fault: Fail, strike: Strike, clock: Clock) -> None:
        self._fault = fault
        self._strike = strike
        self._clock = clock
        self._call = known.call(fault.fail)
        self._late = fault.took_effect or fault.error == "TimeoutAfterEffect"

    def before(self, service: str, operation: str, _: Arguments) -> None:
        if self._concerns(service, operation) and not self._takes_effect and self._strike.now():
            self._fail(arrived=False)

    def after(
        self, service: str, operation: str, _: Arguments, answer: Mapping[str, object]
    ) -> None:
        if not self._concerns(service, operation) or not self._takes_effect:
            return
        if "Error" not in answer and self._strike.now():
            self._fail(arrived=True)

    @property
    def _takes_effect(self) -> bool:
        # A handler only reads, and its SDK tries again either way: before the call it sees both.
        return self._late and CALLER.get() == "states"

    def _concerns(self, service: str, operation: str) -> bool:
        caller = CALLER.get()
        if (service, operation) != self._call or not caller:
            return False
        return self._fault.of in ("both", caller)

    def _fail(self, *, arrived: bool) -> None:
        end = ", after it took effect" if arrived else ""
        who = "a state" if CALLER.get() == "states" else "a function"
        name = self._fault.fail
        self._strike.tell(f"The call {name} of {who} failed with {self._fault.error}{end}.")
        endpoint = f"https://{self._call.service}.amazonaws.com/"
        if self._fault.error == "Timeout" and not arrived:
            self._clock.pause(CONNECT_SECONDS)
            raise ConnectTimeoutError(endpoint_url=endpoint)
        if self._fault.error in known.TIMEOUTS:
            self._clock.pause(READ_SECONDS[CALLER.get()])
            raise ReadTimeoutError(endpoint_url=endpoint)
        status, said = known.refusal_of(self._call, self._fault.error)
        said = self._fault.message or said
        raise refusal(self._call.operation, self._fault.error, said, status)
