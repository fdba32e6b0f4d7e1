import boto3
import pytest
from botocore.exceptions import ClientError
from moto import mock_aws

from rehearsal.partitions import by_partition


@pytest.fixture
def table():
    with mock_aws(), by_partition():
        made = boto3.resource("dynamodb", region_name="eu-west-1").create_table(
            TableName="t",
            KeySchema=[
                {"AttributeName": "pk", "KeyType": "HASH"},
                {"AttributeName": "sk", "KeyType": "RANGE"},
            ],
            AttributeDefinitions=[
                {"AttributeName": "pk", "AttributeType": "S"},
                {"AttributeName": "sk", "AttributeType": "S"},
            ],
            BillingMode="PAY_PER_REQUEST",
        )
        for pk in ("a", "b"):
            made.put_item(Item={"pk": pk, "sk": "1", "tags": ["old"]})
        yield made


def everything(table):
    return sorted(table.scan()["Items"], key=lambda item: (item["pk"], item["sk"]))


def update(pk, **more):
    return {
        "Update": {
            "TableName": "t",
            "Key": {"pk": {"S": pk}, "sk": {"S": "1"}},
            "UpdateExpression": "SET tags[0] = :new",
            "ExpressionAttributeValues": {":new": {"S": "new"}},
            **more,
        }
    }


def put(pk, **more):
    item = {"pk": {"S": pk}, "sk": {"S": "2"}}
    return {"Put": {"TableName": "t", "Item": item, **more}}


def test_a_refused_transaction_leaves_every_partition_as_it_was(table):
    before = everything(table)
    hopeless = put("b", ConditionExpression="attribute_exists(pk)")
    with pytest.raises(ClientError, match="TransactionCanceledException"):
        boto3.client("dynamodb", "eu-west-1").transact_write_items(
            TransactItems=[update("a"), put("c"), put("a"), hopeless]
        )
    assert everything(table) == before


def test_a_transaction_that_goes_through_changes_what_it_names(table):
    boto3.client("dynamodb", "eu-west-1").transact_write_items(
        TransactItems=[update("a"), put("c")]
    )
    assert [(item["pk"], item["sk"], item.get("tags")) for item in everything(table)] == [
        ("a", "1", ["new"]),
        ("b", "1", ["old"]),
        ("c", "2", None),
    ]


def test_a_query_sees_its_partition_only(table):
    table.put_item(Item={"pk": "a", "sk": "0"})
    found = table.query(KeyConditionExpression="pk = :a", ExpressionAttributeValues={":a": "a"})
    assert [item["sk"] for item in found["Items"]] == ["0", "1"]
    assert table.scan()["Count"] == 3
