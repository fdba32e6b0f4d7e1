"""Are client request tokens of DynamoDB what they are on AWS?"""

import pytest
from botocore.exceptions import ClientError
from moto import mock_aws

from rehearsal.clock import Clock
from rehearsal.sdk import Sdk
from rehearsal.transactions import Transactions


@pytest.fixture
def ledger():
    with mock_aws(), Clock().travel():
        sdk = Sdk()
        Transactions().install(sdk)
        client = sdk.client("dynamodb")
        client.create_table(
            TableName="ledger",
            KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
            BillingMode="PAY_PER_REQUEST",
        )
        yield client


def put(ledger, key="a", **more):
    item = {
        "TableName": "ledger",
        "Item": {"pk": {"S": key}},
        "ConditionExpression": "attribute_not_exists(pk)",
    }
    ledger.transact_write_items(TransactItems=[{"Put": item}], **more)


def test_a_token_makes_a_repetition_succeed(ledger):
    put(ledger, ClientRequestToken="t")
    put(ledger, ClientRequestToken="t")
    assert ledger.scan(TableName="ledger")["Count"] == 1


def test_without_a_token_or_with_another_one_it_is_another_transaction(ledger):
    put(ledger, ClientRequestToken="t")
    for more in ({}, {"ClientRequestToken": "u"}):
        with pytest.raises(ledger.exceptions.TransactionCanceledException):
            put(ledger, **more)


def test_a_token_is_for_one_transaction_only(ledger):
    put(ledger, ClientRequestToken="t")
    with pytest.raises(ClientError) as caught:
        put(ledger, "b", ClientRequestToken="t")
    assert caught.value.response["Error"]["Code"] == "IdempotentParameterMismatchException"


def test_a_transaction_that_was_refused_is_tried_again_with_its_token(ledger):
    put(ledger)
    with pytest.raises(ledger.exceptions.TransactionCanceledException):
        put(ledger, ClientRequestToken="t")
    ledger.delete_item(TableName="ledger", Key={"pk": {"S": "a"}})
    put(ledger, ClientRequestToken="t")
    assert ledger.scan(TableName="ledger")["Count"] == 1
