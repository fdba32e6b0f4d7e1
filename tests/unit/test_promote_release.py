"""What a release that has passed its bake writes before its contract begins."""

from typing import Any

import pytest
from moto import mock_aws

from functions.handlers import promote_release
from tests.factories import (
    OWNER,
    a_claim,
    a_plan,
    a_pushed_request,
    an_application,
)
from tests.lambdas import as_json, invoke
from tests.ledger_table import CLOSED_AT, REVISIONS, TABLE, LedgerTable, planning_writes

REQUEST: dict[str, Any] = {
    "execution": "e-1",
    "now": CLOSED_AT,
    "application": as_json(an_application()),
    "ledger": TABLE,
    "deployment": 12,
    "request": as_json(a_pushed_request()),
    "owner": OWNER,
    "claim": as_json(a_claim()),
    "opened_at": "2026-11-21T12:00:00.000Z",
    "plan": as_json(a_plan()),
    "revisions": REVISIONS,
}


def test_what_is_written_makes_it_the_stable_release() -> None:
    with mock_aws():
        table = LedgerTable()
        table.write(planning_writes())
        answer = invoke(promote_release.handler, REQUEST)
        table.client.transact_write_items(TransactItems=answer["writes"])
        current = table.known().current
        assert current is not None
        assert current.number == 12


def test_a_plan_without_a_release_cannot_be_promoted() -> None:
    plan = as_json(a_plan(release=None))
    with pytest.raises(Exception, match="The plan has no release to promote"):
        invoke(promote_release.handler, {**REQUEST, "plan": plan})
