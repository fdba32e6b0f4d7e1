"""How do calls get here without the network? Most of a call is the way to moto and back."""

from collections.abc import Callable
from functools import partial
from types import SimpleNamespace

from botocore import xform_name
from botocore.exceptions import ClientError

from rehearsal.ecs import wire
from rehearsal.ecs.answers.actions import ACTIONS, Action
from rehearsal.ecs.errors import RefusedError
from rehearsal.ecs.region import Region
from rehearsal.names import service_model
from rehearsal.sdk import Answer, Answered, Arguments, refusal

READ_RAW = "DescribeTaskDefinition"
"""Whose answer somebody reads as it came, before botocore drops what it does not know."""


def answers(region: Callable[[], Region]) -> dict[tuple[str, str], Answer]:
    """Return what answers the actions for boto3."""
    return {
        ("ecs", operation): partial(_answered, region, operation, ACTIONS[xform_name(operation)])
        for operation in service_model("ecs").operation_names
        if xform_name(operation) in ACTIONS
    }


def _answered(
    region: Callable[[], Region], operation: str, action: Action, arguments: Arguments
) -> Answered:
    try:
        document = action(region(), wire.asked(arguments))
    except RefusedError as refused:
        raise _as_sdk(operation, refused) from refused
    content = wire.text(document).encode() if operation == READ_RAW else b""
    http = SimpleNamespace(status_code=200, headers={}, content=content)
    return Answered(http, wire.reader(operation)(document))


def _as_sdk(operation: str, refused: RefusedError) -> ClientError:
    error = refusal(operation, refused.code, refused.message)
    members = {"message": refused.message, **refused.details}
    error.response.update(wire.error_reader(refused.code)(members))
    return error
