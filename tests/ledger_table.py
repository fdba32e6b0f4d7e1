"""The ledger as a table of moto, and what a deployment writes to it."""

from collections.abc import Sequence
from typing import Any

import pytest
from boto3.dynamodb.types import TypeDeserializer

from functions.aws import ledger
from functions.domain.admission import Admission
from functions.domain.catalogue import HoldUntil
from functions.domain.ending.end import End
from functions.domain.known import Known
from functions.domain.ledger import Done, Opening, closed, opened, planned
from functions.domain.plan import Pin, Plan
from functions.domain.writes import Write
from tests.factories import (
    OWNER,
    a_claim,
    a_known,
    a_plan,
    a_revision,
    an_admission,
    an_end,
    an_opening,
)
from tests.fakes import client

TABLE = "ledger"
CLOSED_AT = "2026-11-21T13:00:00.000Z"
REVISIONS = {"web": a_revision("web", 20), "worker": a_revision("worker", 21)}


class LedgerTable:
    """A fresh table in which the claim of orders is ours; only inside `mock_aws`."""

    def __init__(self) -> None:
        self.client = client("dynamodb")
        keys = {"pk": "HASH", "sk": "RANGE"}
        self.client.create_table(
            TableName=TABLE,
            BillingMode="PAY_PER_REQUEST",
            KeySchema=[{"AttributeName": name, "KeyType": type} for name, type in keys.items()],
            AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name in keys],
        )
        self.claim(OWNER, 7)

    def claim(self, owner: str, fence: int = 7) -> None:
        key = {"pk": {"S": "app#orders"}, "sk": {"S": "claim"}}
        item = {**key, "owner": {"S": owner}, "fence": {"N": str(fence)}}
        self.client.put_item(TableName=TABLE, Item=item)

    def write(self, writes: Sequence[Write]) -> None:
        self.client.transact_write_items(TransactItems=ledger.transact(TABLE, writes))

    def refused(self, writes: Sequence[Write]) -> str:
        """Return why a transaction was cancelled, in the codes of its writes."""
        with pytest.raises(self.client.exceptions.TransactionCanceledException) as caught:
            self.write(writes)
        return str(caught.value)

    def item(self, sk: str) -> dict[str, Any] | None:
        key = {"pk": {"S": "app#orders"}, "sk": {"S": sk}}
        found = self.client.get_item(TableName=TABLE, Key=key).get("Item")
        read = TypeDeserializer().deserialize
        return {name: read(value) for name, value in found.items()} if found else None

    def known(self) -> Known:
        return ledger.known(self.client, TABLE, "orders")

    def why_bad(self, digest: str) -> str | None:
        return ledger.why_bad(self.client, TABLE, "orders", digest)


def opening_writes(opening: Opening | None = None, **admission: Any) -> tuple[Write, ...]:
    return opened(opening or an_opening(), an_admission(**admission))


def planning_writes(
    plan: Plan | None = None,
    recorded: Known | None = None,
    adopted: Known | None = None,
    opening: Opening | None = None,
) -> tuple[Write, ...]:
    before = recorded or a_known()
    return planned(
        opening or an_opening(),
        an_admission(),
        plan or a_plan(),
        before,
        adopted or before,
        a_claim(),
    )


def closing_writes(
    end: End | None = None,
    plan: Plan | None = None,
    *,
    opening: Opening | None = None,
    admission: Admission | None = None,
    pins: tuple[Pin, ...] = (),
    until: HoldUntil = HoldUntil.UNTIL_NEWER,
) -> tuple[Write, ...]:
    return closed(
        opening or an_opening(),
        admission or an_admission(),
        plan,
        end or an_end(),
        CLOSED_AT,
        a_claim(),
        Done(REVISIONS, {"web": "2 of 2 tasks run orders-web:20."}, pins),
        until=until,
    )
