"""Say whether an error of AWS is worth another try, and tell it in a sentence."""

from typing import TYPE_CHECKING

from functions.aws.clients import SERVICE
from functions.domain.errors import RetryableError, TerminalError

if TYPE_CHECKING:
    from botocore.exceptions import ClientError

THROTTLED = frozenset(
    {
        "BandwidthLimitExceeded",
        "PriorRequestNotComplete",
        "ProvisionedThroughputExceededException",
        "RequestLimitExceeded",
        "RequestThrottled",
        "RequestThrottledException",
        "RequestTimeout",
        "RequestTimeoutException",
        "SlowDown",
        "ThrottledException",
        "Throttling",
        "ThrottlingException",
        "TooManyRequestsException",
        "TransactionInProgressException",
    }
)
SERVER_ERROR = 500

ADVICE = (
    (
        ("AccessDenied", "Unauthorized", "NotAuthorized"),
        "Check that the role of the function allows this call, and that no boundary denies it",
    ),
    (
        ("ExpiredToken", "UnrecognizedClient", "InvalidClientTokenId", "InvalidSignature"),
        "Check the credentials and the clock of the caller",
    ),
    (
        ("NotFound",),
        "Check that what the catalogue names exists in this account and region",
    ),
)
OTHERWISE = "Check the names in the catalogue and what AWS says above"


def translated(error: Exception) -> RetryableError | TerminalError | None:
    """Return an error of botocore as one that a state machine matches; None for any other.

    Throttling, 5xx and broken connections may pass; everything else will not by itself.
    """
    # Imported here: a handler that never calls AWS never loads botocore.
    from botocore.exceptions import BotoCoreError, ClientError, ConnectionError, HTTPClientError

    if isinstance(error, ClientError):
        return _refused(error)
    if isinstance(error, ConnectionError | HTTPClientError):
        return RetryableError(f"AWS could not be reached: {_ended(str(error))}")
    if isinstance(error, BotoCoreError):
        return TerminalError(f"The call to AWS could not be made: {_ended(str(error))}")
    return None


def _refused(error: "ClientError") -> RetryableError | TerminalError:
    told = error.response.get("Error", {})
    metadata = error.response.get("ResponseMetadata", {})
    code = told.get("Code", "Unknown")
    service = metadata.get(SERVICE, "AWS")
    what = f"{service} answered {error.operation_name} with {code}"
    said = f": {_ended(told['Message'])}" if told.get("Message") else "."
    if code in THROTTLED or metadata.get("HTTPStatusCode", 0) >= SERVER_ERROR:
        return RetryableError(f"{what}{said} It may pass by itself.")
    return TerminalError(f"{what}{said} {_advice(code)}.")


def _advice(code: str) -> str:
    return next(
        (advice for marks, advice in ADVICE if any(mark in code for mark in marks)), OTHERWISE
    )


def _ended(sentence: str) -> str:
    return f"{sentence.strip().rstrip('.')}."
