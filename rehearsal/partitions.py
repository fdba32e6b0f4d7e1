"""How does moto's DynamoDB look at one partition instead of the whole table?

To undo a transaction that is refused, moto copies the table, once for each of its items; what the
transaction does not touch cannot change in it. And for a query it looks through all there is.
"""

import copy
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from moto.dynamodb.models import DynamoDBBackend
from moto.dynamodb.models.dynamo_type import DynamoType
from moto.dynamodb.models.table import Table

Method = Callable[..., Any]

INDEX = 6
"""The place of the index among the arguments of a query, after the key."""


@contextmanager
def by_partition() -> Iterator[None]:
    """Have moto leave the other partitions alone, as long as the context lasts."""
    write: Method = DynamoDBBackend.transact_write_items
    query: Method = Table.query

    def transact(backend: DynamoDBBackend, transact_items: list[dict[str, Any]]) -> None:
        keeper = _Keeper(transact_items)
        with _replaced(Table, "__deepcopy__", lambda table, _: keeper.kept(table)):
            write(backend, transact_items)

    def queried(table: Table, hash_key: DynamoType, *asked: object, **more: object) -> object:
        if not table.has_range_key or any(asked[INDEX : INDEX + 1]):
            return query(table, hash_key, *asked, **more)
        items: Mapping[Any, Any] = table.items
        mine = items.get(hash_key, {})
        with _replaced(Table, "all_items", lambda _: iter(mine.values())):
            return query(table, hash_key, *asked, **more)

    with (
        _replaced(DynamoDBBackend, "transact_write_items", transact),
        _replaced(Table, "query", queried),
    ):
        yield


@contextmanager
def _replaced(owner: type, name: str, method: Method) -> Iterator[None]:
    before = vars(owner).get(name)
    setattr(owner, name, method)
    try:
        yield
    finally:
        if before is None:
            delattr(owner, name)
        else:
            setattr(owner, name, before)


class _Keeper:
    """Keeps what one transaction may change, the first time that moto asks for a copy."""

    def __init__(self, items: list[dict[str, Any]]) -> None:
        self._operations = [next(iter(each.values())) for each in items]
        self._kept: dict[str, Table] = {}

    def kept(self, table: Table) -> Table:
        if table.name not in self._kept:
            mine = object.__new__(type(table))
            vars(mine).update(vars(table))
            mine.items = copy.copy(table.items)
            for each in self._operations:
                _keep(mine.items, table, each.get("Key") or each["Item"])
            self._kept[table.name] = mine
        return self._kept[table.name]


def _keep(kept: Any, table: Table, about: Mapping[str, Any]) -> None:  # noqa: ANN401 - moto's own
    """Put a copy of one item into what is kept, in the place of the item itself."""
    key: Any = DynamoType(about[table.hash_key_attr])
    if key not in table.items:
        return
    found: Any = table.items[key]
    if not table.has_range_key:
        kept[key] = copy.deepcopy(found)
        return
    if kept[key] is found:
        kept[key] = copy.copy(found)
    place: Any = DynamoType(about[str(table.range_key_attr)])
    if place in found:
        kept[key][place] = copy.deepcopy(found[place])
