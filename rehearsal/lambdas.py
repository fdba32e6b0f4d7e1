"""What does a Lambda answer? The real handlers, in process, as the template names them."""

import importlib
import json
import os
import sys
import traceback
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import boto3
from sfnx.testing import Failure

from functions.aws import clients
from rehearsal.ecs.errors import UninvokableError
from rehearsal.sdk import calling
from rehearsal.template import Template

Handler = Callable[[Any, Any], Any]
Around = Callable[[str, Callable[[], object]], object]
"""Takes the name of a function and what runs it, and answers in its place."""


@dataclass(frozen=True, slots=True)
class Context:
    """What the runtime tells a handler about its call; what the logger reads of it."""

    function_name: str
    invoked_function_arn: str
    aws_request_id: str
    memory_limit_in_mb: int = 256


class Lambdas:
    """The functions of a template, by the ARNs of their versions."""

    def __init__(self, template: Template, session: boto3.session.Session) -> None:
        # Handlers build their clients of the default session, once; the rehearsal's sees the calls.
        boto3.DEFAULT_SESSION = session
        clients.forget()
        self.calls: Counter[str] = Counter()
        self.around: list[Around] = []
        self._handlers = {
            template.arn(each.logical_id): _handler(each.properties["Handler"])
            for each in template.of("AWS::Lambda::Function")
        }

    def invoke(self, arn: str, payload: object) -> object:
        """Answer a call, or fail with the exception's class as Lambda reports it."""
        unqualified = ":".join(arn.split(":")[:7])
        name = unqualified.rpartition(":")[2]
        self.calls[name] += 1
        context = Context(name, arn, f"request-{sum(self.calls.values())}")
        # Through JSON on both sides, as on the wire: no object of ours slips through.
        event = json.loads(json.dumps(payload))
        run = partial(self._run, self._handlers[unqualified], event, context)
        for around in self.around:
            run = partial(around, name, run)
        return json.loads(json.dumps(run()))

    def asked_by_ecs(self, arn: str, payload: object) -> object:
        """Answer as `invoke` does, or raise UninvokableError where there is no such function."""
        if arn not in self._handlers:
            raise UninvokableError(f"Function not found: {arn}")
        return self.invoke(arn, payload)

    def _run(self, handler: Handler, event: object, context: Context) -> object:
        try:
            with calling("functions"):
                return handler(event, context)
        except Exception as error:
            raise Failure(type(error).__name__, json.dumps(_told(error))) from error


def _handler(path: str) -> Handler:
    module, _, name = path.rpartition(".")
    handler: Handler = getattr(importlib.import_module(module), name)
    return handler


def _told(error: Exception) -> Mapping[str, object]:
    return {
        "errorMessage": str(error),
        "errorType": type(error).__name__,
        "stackTrace": traceback.format_tb(error.__traceback__),
    }


def log_to(stream: Any) -> Any:  # noqa: ANN401 - anything that can be written to
    """Send the handlers' log lines somewhere, by themselves to stdout; return where they went."""
    # As the template sets it; the Logger reads it once, when it is made.
    os.environ.setdefault("POWERTOOLS_SERVICE_NAME", "pilothouse")
    edge = importlib.import_module("functions.edge")
    before = sys.stdout
    for handler in edge.logger.handlers:
        # Not setStream, which flushes where they went before: that may be closed by now.
        before, handler.stream = handler.stream, stream
    sys.stdout.flush()
    return before
