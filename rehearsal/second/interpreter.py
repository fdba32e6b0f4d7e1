"""Where is moto's interpreter of state machines, a port of LocalStack's, made to run ours?

What it calls and waits with is replaced, and its gaps are closed, each at one place. What it then
still does otherwise than ours is in README.md beside this.
"""

from collections.abc import Callable
from contextlib import ExitStack
from datetime import datetime
from functools import cache
from typing import Any

import botocore.session
from botocore import xform_name
from botocore.model import OperationModel, ServiceModel
from moto.stepfunctions.parser import models as machines
from moto.stepfunctions.parser.asl.component.state.exec.state_task.service import (
    state_task_service_aws_sdk as aws_sdk,
)
from moto.stepfunctions.parser.asl.component.state.exec.state_task.service.state_task_service import (  # noqa: E501
    StateTaskService,
)
from moto.stepfunctions.parser.backend.execution import Execution
from moto.stepfunctions.parser.utils import TMP_THREADS

from rehearsal.second import expressions
from rehearsal.second.clock import ThreadClock
from rehearsal.second.seams import replace, replace_everywhere
from rehearsal.second.threads import stand_ins
from rehearsal.spelling import instant

PACKAGE = machines.__name__.rpartition(".")[0]

ERROR_PREFIXES = {
    "dynamodb": "DynamoDb",
    "ecs": "Ecs",
    "s3": "S3",
    "sfn": "Sfn",
    "sns": "Sns",
    "ssm": "Ssm",
}

LOOK_SECONDS = 5.0
"""moto looks twice a second whether a child has ended, which would be most of the work here."""

Client = Callable[[str], Any]


def install(stack: ExitStack, clock: ThreadClock, client: Client) -> None:
    replace_everywhere(stack, PACKAGE, stand_ins(clock))
    # It keeps every thread that it ever made, and so everything that they have seen.
    stack.callback(TMP_THREADS.clear)
    replace_everywhere(stack, PACKAGE, {"boto_client_for": _clients(client)})
    replace_everywhere(stack, PACKAGE, {"_DELAY_SECONDS_SYNC_CONDITION_CHECK": LOOK_SECONDS})
    expressions.install(stack, PACKAGE)
    replace(stack, StateTaskService, "_normalise_parameters", _to_members)
    replace(stack, StateTaskService, "_normalise_response", _to_pascal)
    replace(stack, aws_sdk, "_SERVICE_ERROR_NAMES", ERROR_PREFIXES)
    replace(stack, Execution, "get_start_execution_details", _details(Execution))


def _clients(client: Client) -> Callable[..., Any]:
    """Make calls with clients that are there already: moto makes one per Task, which is slow."""

    def found(region: str, service: str, state_credentials: object = None) -> Any:  # noqa: ANN401
        return client(service)

    return found


def _details(execution: Any) -> Callable[..., Any]:  # noqa: ANN401
    """Give the start time in the context as text: no state could use moto's datetime."""
    details = execution.get_start_execution_details

    def found(self: Any) -> Any:  # noqa: ANN401
        made = details(self)
        made.start_time = self.start_date.isoformat(timespec="milliseconds").replace("+00:00", "Z")
        return made

    return found


def _to_members(
    task: Any,  # noqa: ANN401
    parameters: dict[str, Any],
    boto_service_name: str | None = None,
    service_action_name: str | None = None,
) -> None:
    """Spell Arguments as boto3 has them: moto does this no more, so most SDK calls fail."""
    shape = _operation(task, boto_service_name, service_action_name).input_shape
    if shape is not None:
        task._to_boto_request(parameters, shape)


def _to_pascal(
    task: Any,  # noqa: ANN401
    response: Any,  # noqa: ANN401
    boto_service_name: str | None = None,
    service_action_name: str | None = None,
) -> None:
    shape = _operation(task, boto_service_name, service_action_name).output_shape
    if shape is not None:
        task._from_boto_response(response, shape)
        _write_times(response)


def _write_times(value: Any) -> None:  # noqa: ANN401
    pairs = value.items() if isinstance(value, dict) else enumerate(value)
    for key, each in list(pairs):
        if isinstance(each, datetime):
            value[key] = instant(each)
        elif isinstance(each, dict | list):
            _write_times(each)


def _operation(task: Any, service: str | None, action: str | None) -> OperationModel:  # noqa: ANN401
    model = _model(task._get_boto_service_name(service))
    wanted = task._get_boto_service_action(action)
    return next(
        model.operation_model(name) for name in model.operation_names if xform_name(name) == wanted
    )


@cache
def _model(service: str) -> ServiceModel:
    return botocore.session.get_session().get_service_model(service)
