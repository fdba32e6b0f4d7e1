"""What does AWS answer? Every SDK call of a state or a handler: checked, counted, answered.

One boto3 session serves both, so a hook sees each call alike. moto answers, except what the
rehearsal answers itself (EventBridge, Step Functions).
"""

import random
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from copy import deepcopy
from types import SimpleNamespace
from typing import Any, Literal, NamedTuple, cast

from botocore import xform_name
from botocore.config import Config
from botocore.exceptions import (
    ClientError,
    ConnectionClosedError,
    ConnectTimeoutError,
    EndpointResolutionError,
    HTTPClientError,
    ParamValidationError,
    ReadTimeoutError,
)
from botocore.exceptions import ConnectionError as NoConnectionError
from botocore.model import OperationModel
from sfnx.testing import Failure

from rehearsal import retries, sessions
from rehearsal.names import Integration, error_name, misspelt
from rehearsal.spelling import text_of, to_members, to_result

Arguments = Mapping[str, Any]
Before = Callable[[str, str, Arguments], object]
After = Callable[[str, str, Arguments, Mapping[str, Any]], object]
Caller = Literal["", "states", "functions"]


class Answered(NamedTuple):
    """What botocore makes of an answer, a refusal among them: the HTTP response, and it parsed."""

    http: Any
    parsed: dict[str, Any]


Answer = Callable[[Arguments], dict[str, Any] | Answered]
Instead = Callable[[str, str, Arguments], Answered | None]

ONE_TRY = Config(retries={"total_max_attempts": 1, "mode": "standard"})
"""Step Functions makes one try of a call; the states and their Retry decide about more."""

UNREACHED = {
    ConnectTimeoutError: "Connect timed out",
    ReadTimeoutError: "Read timed out",
    ConnectionClosedError: "The target server failed to respond",
}
"""What the Java SDK of Step Functions says, by botocore's errors. Unverified to the letter."""

CALLER: ContextVar[Caller] = ContextVar("caller", default="")
"""Who of Pilothouse makes a call; empty for everybody else, such as who sets the world up."""
_LOOK: ContextVar[list[Answered] | None] = ContextVar("look", default=None)

REQUEST_ID = "00000000-0000-4000-8000-000000000000"
ARGUMENTS = "pilothouse_arguments"


class Sdk:
    """The one door to AWS: `session` is for the handlers, `call` for the states.

    A `before` hook may raise a `refusal` in place of the call, or let its greenlet sleep first.
    """

    def __init__(self, region: str = "eu-west-1", seed: object = 0) -> None:
        self.before: list[Before] = []
        self.after: list[After] = []
        self.instead: list[Instead] = []
        """Asked after `before`: the first that has an answer gives it in place of everybody."""
        self.pause: Callable[[float], object] = lambda _: None
        """Lets time pass between two tries of an SDK."""
        self.answers: dict[tuple[str, str], Answer] = {}
        """By service and operation as boto3 has them: who answers in place of moto."""
        self.calls: Counter[tuple[str, str]] = Counter()
        self.session = sessions.take(
            region,
            {
                "before-parameter-build": self._remember,
                "before-call": self._before_call,
                "after-call": self._after_call,
            },
        )
        self._random = random.Random(f"{seed}/sdk")

    def client(self, service: str) -> Any:  # noqa: ANN401 - boto3 makes these classes at run time
        return self.session.client(service, config=ONE_TRY)

    def close(self) -> None:
        """Let the next rehearsal have the session."""
        sessions.give_back(self.session)

    def call(self, integration: Integration, arguments: object) -> object:
        """Make the call of a Task, in its spelling, and fail as that Task would."""
        if wrong := misspelt(integration, arguments):
            said = (f'The field "{path}" is not supported by Step Functions' for path in wrong)
            raise _not_started(arguments, ", ".join(said))
        shape = integration.model.input_shape
        members = to_members(integration, shape, {} if arguments is None else arguments, "")
        if not isinstance(members, dict):
            raise _not_started(arguments, "Arguments must be an object")
        return self._made(integration, arguments, members)

    def observe(self, service: str, operation: str, arguments: Arguments) -> None:
        """Count a call and show it to the hooks; also for what does not go through boto3."""
        self.calls[service, operation] += 1
        for hook in self.before:
            hook(service, operation, arguments)

    def look(self, service: str, operation: str, arguments: Arguments) -> Answered:
        """Make a call that is not counted and that no hook sees."""
        found: list[Answered] = []
        looking = _LOOK.set(found)
        try:
            with suppress(ClientError):
                getattr(self.client(service), xform_name(operation))(**arguments)
        finally:
            _LOOK.reset(looking)
        return found[0]

    def _made(self, integration: Integration, arguments: object, members: Arguments) -> object:
        model = integration.model
        try:
            with calling("states"):
                call = getattr(self.client(integration.service), xform_name(model.name))
                answer = call(**members)
        except (ParamValidationError, EndpointResolutionError) as error:
            raise _not_started(arguments, str(error)) from error
        except ClientError as error:
            raise _refused(integration, error) from error
        except (HTTPClientError, NoConnectionError) as error:
            raise _unreached(integration, error) from error
        result = to_result(model.output_shape, answer)
        if integration.kind == "optimised" and answer.get("FailedEntryCount"):
            raise Failure("EventBridge.FailedEntry", text_of(result))
        return result

    def _remember(self, params: Arguments, context: dict[str, Any], **_: object) -> None:
        context[ARGUMENTS] = params

    def _before_call(
        self, model: OperationModel, context: dict[str, Any], **_: object
    ) -> Answered | None:
        tries = 0
        while True:
            tries += 1
            try:
                return self._answer(model, context[ARGUMENTS])
            except (ClientError, HTTPClientError, NoConnectionError) as error:
                tried = retries.Tried(model, context["client_config"], tries, error)
                delay = retries.delay(tried, self._random)
                if delay is None:
                    return as_answer(error)
            self.pause(delay)

    def _answer(self, model: OperationModel, arguments: Arguments) -> Answered | None:
        service = model.service_model.service_name
        if _LOOK.get() is None:
            self.observe(service, model.name, arguments)
            for hook in self.instead:
                found = hook(service, model.name, arguments)
                if found is not None:
                    return found
        answer = self.answers.get((service, model.name))
        if answer is None:
            return None
        given = answer(arguments)
        # A pair returned from here is botocore's own way to skip the network.
        return given if isinstance(given, Answered) else answered(given)

    def _after_call(
        self,
        http_response: object,
        model: OperationModel,
        parsed: dict[str, Any],
        context: dict[str, Any],
        **_: object,
    ) -> None:
        looked = _LOOK.get()
        if looked is not None:
            looked.append(Answered(http_response, parsed))
            return
        for hook in self.after:
            hook(model.service_model.service_name, model.name, context[ARGUMENTS], parsed)


@contextmanager
def calling(caller: Caller) -> Iterator[None]:
    """Say who makes the calls in here."""
    before = CALLER.set(caller)
    try:
        yield
    finally:
        CALLER.reset(before)


def as_answer(error: Exception) -> Answered:
    """Return a refusal as botocore has it of AWS, so that it raises its own class; raise others."""
    if not isinstance(error, ClientError):
        raise error
    refused = deepcopy(cast("dict[str, Any]", error.response))
    return answered(refused, refused["ResponseMetadata"].get("HTTPStatusCode", 400))


def answered(parsed: dict[str, Any], status: int = 200) -> Answered:
    """Return an answer as if it had come over the network."""
    return Answered(SimpleNamespace(status_code=status, headers={}, content=b""), parsed)


def refusal(operation: str, code: str, message: str, status: int = 400) -> ClientError:
    """Return the error with which a service refuses a call: for answers, and for faults."""
    about: Any = {"HTTPStatusCode": status, "RequestId": REQUEST_ID}
    return ClientError(
        {"Error": {"Message": message, "Code": code}, "ResponseMetadata": about}, operation
    )


def _not_started(arguments: object, why: str) -> Failure:
    said = f"The Parameters '{text_of(arguments)}' could not be used to start the Task: [{why}]"
    return Failure("States.Runtime", said)


def _unreached(integration: Integration, error: Exception) -> Failure:
    said = UNREACHED.get(type(error), str(error))
    cause = f"Unable to execute HTTP request: {said} (SDK Attempt Count: 1)"
    return Failure(f"{integration.prefix}.SdkClientException", cause)


def _refused(integration: Integration, error: ClientError) -> Failure:
    code, message = error.response["Error"]["Code"], error.response["Error"]["Message"]
    about = error.response.get("ResponseMetadata", {})
    status, request = about.get("HTTPStatusCode", 400), about.get("RequestId", REQUEST_ID)
    if integration.kind == "sdk":
        detail = f"Service: {integration.prefix}, Status Code: {status}, Request ID: {request}"
        cause = f"{message} ({detail}) (SDK Attempt Count: 1)"
    else:
        service = integration.generic_error.rpartition(".")[2].removesuffix("Exception")
        detail = f"Service: {service}; Status Code: {status}; Error Code: {code}"
        cause = f"{message} ({detail}; Request ID: {request}; Proxy: null)"
    return Failure(error_name(integration, code), cause)
