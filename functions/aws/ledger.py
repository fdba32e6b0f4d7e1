"""How is the ledger read, and how do its writes look to the state that makes them?"""

import re
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from boto3.dynamodb.types import TypeDeserializer, TypeSerializer
from pydantic import TypeAdapter

from functions.domain.planning import Known
from functions.domain.release import Release, Stable
from functions.domain.writes import Change, Check, Condition, Put, Write, bad_key, partition

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

NEWEST_RELEASES = 100
"""How far back a rollback can name a release: older ones are read by nobody."""


def known(client: "DynamoDBClient", table: str, application: str) -> Known:
    """Read the stable revisions of all services, the newest releases, and what is bad."""
    stables = TypeAdapter(list[Stable]).validate_python(
        list(_query(client, table, application, "stable#"))
    )
    releases = TypeAdapter(list[Release]).validate_python(
        list(_query(client, table, application, "release#", limit=NEWEST_RELEASES))
    )
    bad = {
        str(each["sk"]).removeprefix("bad#"): str(each["why"])
        for each in _query(client, table, application, "bad#")
    }
    return Known({stable.key: stable for stable in stables}, tuple(releases), bad)


def why_bad(client: "DynamoDBClient", table: str, application: str, digest: str) -> str | None:
    """Return the sentence that says why a digest is bad, or None."""
    found = client.get_item(
        TableName=table, Key=_typed(bad_key(application, digest)), ConsistentRead=True
    )
    item = found.get("Item")
    return str(_plain(item)["why"]) if item else None


def transact(table: str, writes: Sequence[Write]) -> list[dict[str, Any]]:
    """Return the writes as `TransactItems` of TransactWriteItems."""
    return [_transaction(table, write) for write in writes]


def _transaction(table: str, write: Write) -> dict[str, Any]:
    if isinstance(write, Check):
        key = {"TableName": table, "Key": _typed(write.key), **_condition(write.condition)}
        return {"ConditionCheck": key}
    if isinstance(write, Change):
        return {"Update": _update(table, write)}
    return {"Put": _put(table, write)}


def _put(table: str, put: Put) -> dict[str, Any]:
    item = {"TableName": table, "Item": _typed(put.item)}
    return {**item, **_condition(put.condition)} if put.condition else item


def _update(table: str, change: Change) -> dict[str, Any]:
    names: dict[str, str] = {}
    values: dict[str, object] = {}
    sets = []
    for place, (path, value) in enumerate(change.values.items()):
        steps = {f"#n{place}_{depth}": name for depth, name in enumerate(path)}
        names |= steps
        values[f":v{place}"] = value
        sets.append(f"{'.'.join(steps)} = :v{place}")
    return {
        "TableName": table,
        "Key": _typed(change.key),
        "UpdateExpression": f"SET {', '.join(sets)}",
        "ExpressionAttributeNames": names,
        "ExpressionAttributeValues": _typed(values),
    }


def _condition(condition: Condition) -> dict[str, Any]:
    names = sorted(set(re.findall(r"#(\w+)", condition.expression)))
    made: dict[str, Any] = {
        "ConditionExpression": condition.expression,
        "ExpressionAttributeNames": {f"#{name}": name for name in names},
    }
    if condition.values:
        values = {f":{name}": value for name, value in condition.values.items()}
        made["ExpressionAttributeValues"] = _typed(values)
    return made


def _query(
    client: "DynamoDBClient", table: str, application: str, prefix: str, limit: int = 1000
) -> Iterator[dict[str, Any]]:
    """Yield the items under a prefix, newest number first."""
    pages = client.get_paginator("query").paginate(
        TableName=table,
        KeyConditionExpression="pk = :pk AND begins_with(sk, :sk)",
        ExpressionAttributeValues={":pk": {"S": partition(application)}, ":sk": {"S": prefix}},
        ScanIndexForward=False,
        ConsistentRead=True,
        PaginationConfig={"MaxItems": limit},
    )
    for page in pages:
        yield from map(_plain, page["Items"])


def _typed(item: Mapping[str, Any]) -> dict[str, Any]:
    serializer = TypeSerializer()
    return {key: serializer.serialize(value) for key, value in item.items()}


def _plain(item: Mapping[str, Any]) -> dict[str, Any]:
    deserializer = TypeDeserializer()
    return {key: _whole(deserializer.deserialize(value)) for key, value in item.items()}


def _whole(value: object) -> object:
    """Return DynamoDB's decimals as the whole numbers we wrote."""
    if isinstance(value, Decimal):
        return int(value)
    if isinstance(value, dict):
        return {key: _whole(each) for key, each in value.items()}
    if isinstance(value, list):
        return [_whole(each) for each in value]
    return value
