"""What does AWS answer? Every SDK call of a state or a handler: checked, counted, answered.

One boto3 session serves both, so a hook sees each call alike. moto answers, except what the
rehearsal answers itself (EventBridge, Step Functions).
"""

import json
from base64 import b64encode
from collections import Counter
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any, cast

import boto3.session
import botocore.session
from botocore import xform_name
from botocore.config import Config
from botocore.exceptions import (
    ClientError,
    EndpointResolutionError,
    HTTPClientError,
    ParamValidationError,
)
from botocore.exceptions import ConnectionError as NoConnectionError
from botocore.model import ListShape, MapShape, OperationModel, Shape, StructureShape
from sfnx.testing import Failure

from rehearsal.names import (
    MODELS,
    Integration,
    error_name,
    is_free_form,
    member_case,
    misspelt,
    pascal,
)

Arguments = Mapping[str, Any]
Before = Callable[[str, str, Arguments], object]
After = Callable[[str, str, Arguments, Mapping[str, Any]], object]
Answer = Callable[[Arguments], dict[str, Any]]

LIMIT = 262_144
"""Bytes of JSON that a payload, a variable or a result may have in Step Functions."""

ONE_TRY = Config(retries={"total_max_attempts": 1, "mode": "standard"})
"""A retry of the SDK would really sleep; here the states and their Retry decide about tries."""

REQUEST_ID = "00000000-0000-4000-8000-000000000000"
ARGUMENTS = "pilothouse_arguments"


class Sdk:
    """The one door to AWS: `session` is for the handlers, `call` for the states.

    A `before` hook may raise a `refusal` in place of the call, or let its greenlet sleep first.
    """

    def __init__(self, region: str = "eu-west-1") -> None:
        self.before: list[Before] = []
        self.after: list[After] = []
        self.answers: dict[tuple[str, str], Answer] = {}
        """By service and operation as boto3 has them: who answers in place of moto."""
        self.calls: Counter[tuple[str, str]] = Counter()
        self.session = _session(region)
        self.session.events.register("before-parameter-build", self._remember)
        # The stubs have hooks return nothing; this one may return the answer.
        self.session.events.register("before-call", cast("Callable[..., None]", self._before_call))
        self.session.events.register("after-call", self._after_call)
        self._clients: dict[str, Any] = {}

    def client(self, service: str) -> Any:  # noqa: ANN401 - boto3 makes these classes at run time
        if service not in self._clients:
            make: Callable[..., Any] = self.session.client
            self._clients[service] = make(service, config=ONE_TRY)
        return self._clients[service]

    def call(self, integration: Integration, arguments: object) -> object:
        """Make the call of a Task, in its spelling, and fail as that Task would."""
        if wrong := misspelt(integration, arguments):
            said = (f'The field "{path}" is not supported by Step Functions' for path in wrong)
            raise _not_started(arguments, ", ".join(said))
        shape = integration.model.input_shape
        members = _to_members(integration, shape, {} if arguments is None else arguments, "")
        if not isinstance(members, dict):
            raise _not_started(arguments, "Arguments must be an object")
        return self._made(integration, arguments, members)

    def observe(self, service: str, operation: str, arguments: Arguments) -> None:
        """Count a call and show it to the hooks; also for what does not go through boto3."""
        self.calls[service, operation] += 1
        for hook in self.before:
            hook(service, operation, arguments)

    def _made(self, integration: Integration, arguments: object, members: Arguments) -> object:
        model = integration.model
        try:
            answer = getattr(self.client(integration.service), xform_name(model.name))(**members)
        except (ParamValidationError, EndpointResolutionError) as error:
            raise _not_started(arguments, str(error)) from error
        except ClientError as error:
            raise _refused(integration, error) from error
        except (HTTPClientError, NoConnectionError) as error:
            raise Failure(f"{integration.prefix}.SdkClientException", str(error)) from error
        result = _to_pascal(model.output_shape, answer)
        if integration.kind == "optimised" and answer.get("FailedEntryCount"):
            raise Failure("EventBridge.FailedEntry", text_of(result))
        return result

    def _remember(self, params: Arguments, context: dict[str, Any], **_: object) -> None:
        context[ARGUMENTS] = params

    def _before_call(
        self, model: OperationModel, context: dict[str, Any], **_: object
    ) -> tuple[object, dict[str, Any]] | None:
        service, arguments = model.service_model.service_name, context[ARGUMENTS]
        try:
            self.observe(service, model.name, arguments)
            answer = self.answers.get((service, model.name))
            # A pair returned from here is botocore's own way to skip the network.
            return answer and (SimpleNamespace(status_code=200), answer(arguments))
        except ClientError as error:
            # Handlers catch the classes that the client makes for the errors of its model.
            known = self.client(service).exceptions.from_code(error.response["Error"]["Code"])
            raise known(error.response, model.name) from error

    def _after_call(
        self, model: OperationModel, parsed: dict[str, Any], context: dict[str, Any], **_: object
    ) -> None:
        for hook in self.after:
            hook(model.service_model.service_name, model.name, context[ARGUMENTS], parsed)


def _session(region: str) -> boto3.session.Session:
    core = botocore.session.get_session()
    # Reading the API models anew for every rehearsal would take longer than most rehearsals.
    core.register_component("data_loader", MODELS.get_component("data_loader"))
    return boto3.session.Session(
        "rehearsal", "rehearsal", region_name=region, botocore_session=core
    )


def refusal(operation: str, code: str, message: str, status: int = 400) -> ClientError:
    """Return the error with which a service refuses a call: for answers, and for faults."""
    about: Any = {"HTTPStatusCode": status, "RequestId": REQUEST_ID}
    return ClientError(
        {"Error": {"Code": code, "Message": message}, "ResponseMetadata": about}, operation
    )


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


def _not_started(arguments: object, why: str) -> Failure:
    said = f"The Parameters '{text_of(arguments)}' could not be used to start the Task: [{why}]"
    return Failure("States.Runtime", said)


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


def _to_members(integration: Integration, shape: Shape | None, value: object, path: str) -> object:
    """Turn Arguments into what boto3 takes, in which `misspelt` has found nothing wrong."""

    def inner(member: Shape, each: object, step: str) -> object:
        return _to_members(integration, member, each, f"{path}{step}".lstrip("."))

    if is_free_form(integration, path):
        return value if isinstance(value, str) else text_of(value)
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


def _to_pascal(shape: Shape | None, value: object) -> object:
    """Turn an answer of boto3 into the result a state sees."""
    if isinstance(shape, StructureShape) and isinstance(value, Mapping):
        known = {name: inner for name, inner in shape.members.items() if name in value}
        return {pascal(name): _to_pascal(inner, value[name]) for name, inner in known.items()}
    if isinstance(shape, MapShape) and isinstance(value, Mapping):
        return {key: _to_pascal(shape.value, each) for key, each in value.items()}
    if isinstance(shape, ListShape) and isinstance(value, list):
        return [_to_pascal(shape.member, each) for each in value]
    return _plain(value)


def _plain(value: object) -> object:
    if isinstance(value, datetime):
        return instant(value)
    if isinstance(value, bytes):
        return b64encode(value).decode()
    read = getattr(value, "read", None)
    return value if read is None else read().decode()
