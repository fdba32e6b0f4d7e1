"""How is the ledger read, and how do its writes look to the state that makes them?"""

import re
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from boto3.dynamodb.types import TypeDeserializer, TypeSerializer
from pydantic import TypeAdapter

from functions.domain.known import BadOn, Known
from functions.domain.migration.ran import Ran
from functions.domain.recovery.hold import Hold
from functions.domain.recovery.successor import Pending
from functions.domain.release import Release, Stable
from functions.domain.writes import (
    Change,
    Check,
    Condition,
    Delete,
    Put,
    Write,
    bad_key,
    hold_key,
    partition,
)

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

NEWEST_RELEASES = 100
"""How far back a rollback can name a release: older ones are read by nobody."""

NEWEST_PENDING = 50
"""How far back a deployment that waits for the claim is looked for."""


def known(client: "DynamoDBClient", table: str, application: str) -> Known:
    """Read what is stable, the newest releases, what is bad, the hold, and the migrations."""
    stables = TypeAdapter(list[Stable]).validate_python(
        list(_query(client, table, application, "stable#"))
    )
    releases = TypeAdapter(list[Release]).validate_python(
        list(_query(client, table, application, "release#", limit=NEWEST_RELEASES))
    )
    marks = list(_query(client, table, application, "bad#"))
    return Known(
        {stable.key: stable for stable in stables},
        tuple(releases),
        bad={_marked(each): str(each["why"]) for each in marks if "bases" not in each},
        bad_on=tuple(
            BadOn(_marked(each), each["bases"], each["why"]) for each in marks if "bases" in each
        ),
        hold=hold(client, table, application),
        migrations=migrations(client, table, application),
    )


def migrations(
    client: "DynamoDBClient", table: str, application: str, release: int | None = None
) -> tuple[Ran, ...]:
    """Read what is known of the migrations of one release, or of the newest releases."""
    of = "" if release is None else f"{release:06d}#"
    items = _query(client, table, application, f"migration#{of}", limit=NEWEST_RELEASES)
    return TypeAdapter(tuple[Ran, ...]).validate_python(tuple(items))


def hold(client: "DynamoDBClient", table: str, application: str) -> Hold | None:
    """Read the hold on pushes that is in force, if one is."""
    item = _get(client, table, hold_key(application))
    return TypeAdapter(Hold).validate_python(item) if item else None


def pending(
    client: "DynamoDBClient", table: str, application: str, after: int
) -> tuple[Pending, ...]:
    """Read the deployments with a greater number than `after` that wait for the claim."""
    newest = _query(client, table, application, "deployment#", limit=NEWEST_PENDING)
    waiting = [each for each in newest if each["number"] > after and each["phase"] == "Pending"]
    return TypeAdapter(tuple[Pending, ...]).validate_python(tuple(waiting))


def why_bad(client: "DynamoDBClient", table: str, application: str, digest: str) -> str | None:
    """Return the sentence that says why a digest is bad on any base, or None."""
    item = _get(client, table, bad_key(application, digest))
    return str(item["why"]) if item else None


def read(client: "DynamoDBClient", table: str, key: Mapping[str, str]) -> dict[str, Any] | None:
    """Return an item as plain data, or None."""
    return _get(client, table, key)


def records(client: "DynamoDBClient", table: str, application: str) -> Iterator[dict[str, Any]]:
    """Yield the records of all deployments, the newest first."""
    return _query(client, table, application, "deployment#")


def under(
    client: "DynamoDBClient", table: str, application: str, prefix: str
) -> Iterator[dict[str, Any]]:
    """Yield the items whose sort key begins so, as plain data, in falling order."""
    return _query(client, table, application, prefix)


def transact(table: str, writes: Sequence[Write]) -> list[dict[str, Any]]:
    """Return the writes as `TransactItems` of TransactWriteItems."""
    return [_transaction(table, write) for write in writes]


def _transaction(table: str, write: Write) -> dict[str, Any]:
    if isinstance(write, Check):
        key = {"TableName": table, "Key": _typed(write.key), **_condition(write.condition)}
        return {"ConditionCheck": key}
    if isinstance(write, Change):
        return {"Update": _update(table, write)}
    if isinstance(write, Delete):
        return {"Delete": {"TableName": table, "Key": _typed(write.key)}}
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


def _get(client: "DynamoDBClient", table: str, key: Mapping[str, str]) -> dict[str, Any] | None:
    found = client.get_item(TableName=table, Key=_typed(key), ConsistentRead=True)
    item = found.get("Item")
    return _plain(item) if item else None


def _marked(mark: Mapping[str, Any]) -> str:
    """Return the digest that a mark is of: `bad#<digest>`, or `bad#<digest>#<deployment>`."""
    digest: str = mark["sk"].split("#")[1]
    return digest


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
    return {key: serializer.serialize(_exact(value)) for key, value in item.items()}


def _plain(item: Mapping[str, Any]) -> dict[str, Any]:
    deserializer = TypeDeserializer()
    return {key: _whole(deserializer.deserialize(value)) for key, value in item.items()}


def _exact(value: object) -> object:
    """Return the decimals that DynamoDB takes for fractions: shares of the traffic."""
    if isinstance(value, float):
        return Decimal(str(value))
    if isinstance(value, Mapping):
        return {key: _exact(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_exact(each) for each in value]
    return value


def _whole(value: object) -> object:
    """Return DynamoDB's decimals as the numbers we wrote."""
    if isinstance(value, Decimal):
        return int(value) if value == int(value) else float(value)
    if isinstance(value, dict):
        return {key: _whole(each) for key, each in value.items()}
    if isinstance(value, list):
        return [_whole(each) for each in value]
    return value
