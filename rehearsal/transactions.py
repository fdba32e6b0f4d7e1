"""Was this transaction made before?

The client request tokens of DynamoDB, which moto passes over.
"""

import time
from collections.abc import Mapping
from copy import deepcopy
from typing import Any

from rehearsal.sdk import Answered, Arguments, Sdk, answered, refusal

OPERATION = "TransactWriteItems"
KNOWN_SECONDS = 600
"""So long DynamoDB knows a token after the transaction was made."""


class Transactions:
    """A transaction that is asked for again with its token is not made again, and succeeds."""

    def __init__(self) -> None:
        self._made: dict[str, tuple[float, Mapping[str, Any]]] = {}

    def install(self, sdk: Sdk) -> None:
        sdk.instead.append(self._answer)
        sdk.after.append(self._remember)

    def _answer(self, service: str, operation: str, asked: Arguments) -> Answered | None:
        if (service, operation) != ("dynamodb", OPERATION):
            return None
        at, made = self._made.get(asked.get("ClientRequestToken", ""), (0.0, {}))
        if time.time() - at > KNOWN_SECONDS:
            return None
        if made != asked:
            said = "The parameters of this request differ from those of the token's first use."
            raise refusal(OPERATION, "IdempotentParameterMismatchException", said)
        return answered({})

    def _remember(
        self, service: str, operation: str, asked: Arguments, answer: Mapping[str, Any]
    ) -> None:
        token = asked.get("ClientRequestToken") if service == "dynamodb" else None
        if operation == OPERATION and token and "Error" not in answer:
            self._made.setdefault(token, (time.time(), deepcopy(dict(asked))))
