"""How does Step Functions spell it? Resources, members and errors, for the embedded AWS and checks.

AWS derives these from its Java SDK: they are computed from the botocore models, not listed.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any, Literal, cast

import botocore.session
from botocore.model import (
    ListShape,
    MapShape,
    OperationModel,
    ServiceModel,
    Shape,
    StructureShape,
)

Pattern = Literal["", "sync", "sync:2", "waitForTaskToken"]

MODELS = botocore.session.get_session()
"""Asked for API models only."""

RENAMED = {
    "sfn": "stepfunctions",
    "eventbridge": "events",
    "elasticloadbalancingv2": "elbv2",
    "cloudwatchlogs": "logs",
    "applicationautoscaling": "application-autoscaling",
}
"""Services whose SDK integration is not called what boto3 calls them."""


@dataclass(frozen=True, slots=True)
class Optimised:
    """A service with optimised integrations: its prefix in error names, its unmodelled error."""

    service: str
    prefix: str
    generic: str
    actions: Mapping[str, tuple[Pattern, ...]]


OPTIMISED = {
    "lambda": Optimised(
        "lambda", "Lambda", "AWSLambdaException", {"invoke": ("", "waitForTaskToken")}
    ),
    "dynamodb": Optimised(
        "dynamodb",
        "DynamoDB",
        "AmazonDynamoDBException",
        dict.fromkeys(("getItem", "putItem", "updateItem", "deleteItem"), ("",)),
    ),
    "ecs": Optimised(
        "ecs", "ECS", "AmazonECSException", {"runTask": ("", "sync", "waitForTaskToken")}
    ),
    "events": Optimised(
        "events",
        "EventBridge",
        "AmazonEventBridgeException",
        {"putEvents": ("", "waitForTaskToken")},
    ),
    "sns": Optimised("sns", "SNS", "AmazonSNSException", {"publish": ("", "waitForTaskToken")}),
    "sqs": Optimised("sqs", "SQS", "AmazonSQSException", {"sendMessage": ("", "waitForTaskToken")}),
    "states": Optimised(
        "stepfunctions",
        "StepFunctions",
        "AWSStepFunctionsException",
        {"startExecution": ("", "sync", "sync:2", "waitForTaskToken")},
    ),
}

FREE_FORM = {
    ("lambda", "invoke"): ("Payload",),
    ("stepfunctions", "startExecution"): ("Input",),
    ("events", "putEvents"): ("Entries[].Detail",),
    ("sns", "publish"): ("Message",),
    ("sqs", "sendMessage"): ("MessageBody",),
}
"""Members of optimised integrations that take any JSON where the API wants its text."""

LAMBDA_ERRORS = ("Lambda.ClientExecutionTimeoutException", "Lambda.Unknown", "Sandbox.Timedout")
EXTRA_ERRORS = {
    ("lambda", "invoke"): (*LAMBDA_ERRORS, "Runtime.ExitError"),
    ("events", "putEvents"): ("EventBridge.FailedEntry",),
    ("ecs", "runTask"): ("AmazonECS.Unknown",),
}
"""Errors of optimised integrations that no API model knows."""

TASK_ERRORS = frozenset(
    {
        "States.ALL",
        "States.TaskFailed",
        "States.Timeout",
        "States.Permissions",
        "States.QueryEvaluationError",
        "States.DataLimitExceeded",
    }
)
"""What any Task can catch. States.Runtime is not among them: nothing catches it."""

COMMON_CODES = ("AccessDeniedException", "ThrottlingException", "ValidationException")
"""What any operation may answer; a name of its own where the service has a shape for it."""


class UnknownResourceError(ValueError):
    """A Resource that Step Functions would refuse, or that is not embedded here."""


@dataclass(frozen=True, slots=True)
class Integration:
    """What a Resource asks for: the boto3 name of the service, the action as the Resource has it.

    `operation` is what botocore, IAM and the call log call the action.
    """

    kind: Literal["sdk", "optimised"]
    service: str
    action: str
    pattern: Pattern

    @property
    def operation(self) -> str:
        return operation_of(self.service, self.action)

    @property
    def model(self) -> OperationModel:
        return service_model(self.service).operation_model(self.operation)

    @property
    def prefix(self) -> str:
        """The first half of every error name of this integration."""
        if self.kind == "sdk":
            return java_name(service_model(self.service).service_id)
        return _optimised(self.service).prefix

    @property
    def generic_error(self) -> str:
        if self.kind == "sdk":
            return f"{self.prefix}.{self.prefix}Exception"
        return f"{self.prefix}.{_optimised(self.service).generic}"


RESOURCE = re.compile(
    r"arn:aws[\w-]*:states:::(?P<sdk>aws-sdk:)?(?P<service>\w+):(?P<action>\w+)"
    r"(?:\.(?P<pattern>sync:2|sync|waitForTaskToken))?"
)


@lru_cache
def parse_resource(arn: str) -> Integration:
    """Return the integration that the Resource of a Task names, or say why there is none."""
    found = RESOURCE.fullmatch(arn)
    if found is None:
        raise UnknownResourceError(f"{arn} is not the Resource of a service integration.")
    service, action = found["service"], found["action"]
    pattern = cast("Pattern", found["pattern"] or "")
    if found["sdk"]:
        integration = Integration("sdk", boto_service(service), action, pattern)
        allowed: Sequence[Pattern] = ("", "waitForTaskToken")
    else:
        entry = OPTIMISED.get(service)
        if entry is None or action not in entry.actions:
            raise UnknownResourceError(f"{arn} is no optimised integration known here.")
        integration = Integration("optimised", entry.service, action, pattern)
        allowed = entry.actions[action]
    if pattern not in allowed:
        raise UnknownResourceError(f"{arn}: this action has no .{pattern} form.")
    operation_of(integration.service, action)
    return integration


@lru_cache
def service_model(service: str) -> ServiceModel:
    return MODELS.get_service_model(service)


@lru_cache
def boto_service(name: str) -> str:
    """Return the boto3 name of the service that an `aws-sdk:` Resource names."""
    service = RENAMED.get(name, name)
    if (
        service not in MODELS.get_available_services()
        or service_model(service).service_id.replace(" ", "").lower() != name
    ):
        raise UnknownResourceError(f"aws-sdk:{name} is not a service Step Functions knows.")
    return service


def operation_of(service: str, action: str) -> str:
    """Return the API operation of an action, which Step Functions spells in camelCase only."""
    operation = action[:1].upper() + action[1:]
    if action[:1].isupper() or operation not in service_model(service).operation_names:
        raise UnknownResourceError(f"{service} has no action {action}.")
    return operation


def error_name(integration: Integration, code: str) -> str:
    """Return the name that Retry and Catch see for an error code of the service.

    An `aws-sdk:` name is the SDK's class, so SSM's ParameterNotFound is
    Ssm.ParameterNotFoundException; a code that the model does not know is the generic error.
    """
    # The stubs want a number here; botocore keys its errors by their text.
    shape = service_model(integration.service).shape_for_error_code(cast("Any", code))
    if shape is None:
        return integration.generic_error
    return f"{integration.prefix}.{_exception(shape.name, integration.kind)}"


def valid_errors(integration: Integration) -> frozenset[str]:
    """Return every name that Retry and Catch of a Task with this integration may hold.

    What a Lambda function raises comes on top; only its author knows those names.
    """
    modelled = {
        f"{integration.prefix}.{_exception(shape.name, integration.kind)}"
        for shape in integration.model.error_shapes
    }
    common = {error_name(integration, code) for code in COMMON_CODES}
    common |= {integration.generic_error, f"{integration.prefix}.SdkClientException"}
    extra = EXTRA_ERRORS.get((integration.service, integration.action), ())
    own = frozenset(extra if integration.kind == "optimised" else ())
    awaited = {"States.HeartbeatTimeout"} if integration.pattern == "waitForTaskToken" else set()
    return TASK_ERRORS | modelled | common | awaited | own


def java_name(text: str) -> str:
    """Return a service id or shape name as the Java SDK spells it: DynamoDB is DynamoDb."""
    words = re.findall(r"[A-Z]+(?![a-z])|[A-Z][a-z]+|[a-z]+|\d+", text)
    return "".join(word.capitalize() for word in words)


@cache
def member_case(shape: Shape | None) -> Mapping[str, tuple[str, Shape]]:
    """Return the members of a structure by the PascalCase name Step Functions wants for them."""
    if not isinstance(shape, StructureShape):
        return {}
    return {pascal(name): (name, member) for name, member in shape.members.items()}


def pascal(member: str) -> str:
    return member[:1].upper() + member[1:]


def is_free_form(integration: Integration, path: str) -> bool:
    """Tell whether the member at a path such as `Entries[].Detail` takes any JSON."""
    free = FREE_FORM.get((integration.service, integration.action), ())
    return integration.kind == "optimised" and path in free


def misspelt(integration: Integration, arguments: object) -> list[str]:
    """Return the paths in Arguments that name no member of the API's input; JSONata is passed."""
    return list(_misspelt(integration, integration.model.input_shape, arguments, ""))


def _misspelt(
    integration: Integration, shape: Shape | None, value: object, path: str
) -> Iterator[str]:
    if is_free_form(integration, path) or getattr(shape, "is_document_type", False):
        return
    # Of a blob any JSON: its text is sent.
    members = () if shape is not None and shape.type_name == "blob" else _inside(shape, value, path)
    for inner, each, where in members:
        if inner is None:
            yield where
        else:
            yield from _misspelt(integration, inner, each, where)


def _inside(
    shape: Shape | None, value: object, path: str
) -> Iterator[tuple[Shape | None, object, str]]:
    """Yield what a value holds, each with its shape, or None where the API has no such member."""
    if isinstance(shape, ListShape) and isinstance(value, list):
        for each in value:
            yield shape.member, each, f"{path}[]"
    elif isinstance(shape, MapShape) and isinstance(value, Mapping):
        for key, each in value.items():
            yield shape.value, each, f"{path}.{key}"
    elif isinstance(value, Mapping) and (shape is None or isinstance(shape, StructureShape)):
        known = member_case(shape)
        for key, each in value.items():
            yield known.get(key, (key, None))[1], each, f"{path}.{key}".lstrip(".")
    elif isinstance(value, Mapping | list):
        yield None, value, path


def _exception(shape: str, kind: str) -> str:
    name = java_name(shape) if kind == "sdk" else shape
    return re.sub(r"(Fault|Exception)?$", "Exception", name, count=1)


def _optimised(service: str) -> Optimised:
    return next(each for each in OPTIMISED.values() if each.service == service)
