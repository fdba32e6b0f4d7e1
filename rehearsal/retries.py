"""Does an SDK try a call again, and after how long?

By botocore's own rules and the configuration of the client. Its own tries would really sleep, so
a call that fails here never comes to them: `Sdk` tries again in virtual time.
"""

import random
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any, cast

from botocore.config import Config
from botocore.exceptions import ClientError
from botocore.model import OperationModel
from botocore.retries.standard import (
    ExponentialBackoff,
    RetryContext,
    RetryEventAdapter,
    StandardRetryConditions,
    ThrottlingErrorDetector,
)

BY_ITSELF = 3
"""So many tries the standard mode makes where nothing else is configured."""


@dataclass(frozen=True, slots=True)
class Tried:
    """A call that failed, at its so-manieth try."""

    operation: OperationModel
    config: Config
    tries: int
    error: Exception


def delay(tried: Tried, drawn: random.Random) -> float | None:
    """Return after how many seconds the call is tried again; None if it is not."""
    asked = cast("Any", tried.config).retries or {}
    most = int(asked.get("total_max_attempts", BY_ITSELF))
    context = _context(tried)
    if not StandardRetryConditions(max_attempts=most).is_retryable(context):
        return None
    backoff = ExponentialBackoff(
        random=drawn.random,
        service_name=tried.operation.service_model.service_name,
        throttling_detector=ThrottlingErrorDetector(RetryEventAdapter()),
    )
    return float(backoff.delay_amount(context))


def _context(tried: Tried) -> RetryContext:
    error, refused = tried.error, isinstance(tried.error, ClientError)
    parsed = cast("ClientError", error).response if refused else None
    status = parsed.get("ResponseMetadata", {}).get("HTTPStatusCode") if parsed else None
    return RetryContext(
        attempt_number=tried.tries,
        operation_model=tried.operation,
        parsed_response=parsed,
        http_response=SimpleNamespace(status_code=status, headers={}) if refused else None,
        caught_exception=None if refused else error,
    )
