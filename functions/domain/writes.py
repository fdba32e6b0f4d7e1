"""How is a write to the ledger described, and under which key does each item stand?"""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Condition:
    """A DynamoDB condition; names and values without their `#` and `:`."""

    expression: str
    values: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Put:
    item: Mapping[str, object]
    condition: Condition | None = None


@dataclass(frozen=True, slots=True)
class Check:
    key: Mapping[str, str]
    condition: Condition


@dataclass(frozen=True, slots=True)
class Change:
    """Sets values, by their paths, deep inside an item that is there.

    All of an item stand in one change: a transaction takes an item only once.
    """

    key: Mapping[str, str]
    values: Mapping[tuple[str, ...], object]


@dataclass(frozen=True, slots=True)
class Delete:
    """Takes an item away; that it is not there is no error."""

    key: Mapping[str, str]


Write = Put | Check | Change | Delete


def partition(application: str) -> str:
    return f"app#{application}"


def record_key(application: str, number: int) -> dict[str, str]:
    return {"pk": partition(application), "sk": f"deployment#{number:06d}"}


def release_key(application: str, number: int) -> dict[str, str]:
    return {"pk": partition(application), "sk": f"release#{number:06d}"}


def stable_key(application: str, key: str) -> dict[str, str]:
    return {"pk": partition(application), "sk": f"stable#{key}"}


def counters_key(application: str) -> dict[str, str]:
    return {"pk": partition(application), "sk": "counters"}


def claim_key(application: str) -> dict[str, str]:
    return {"pk": partition(application), "sk": "claim"}


def push_key(application: str, digest: str, tag: str) -> dict[str, str]:
    return {"pk": partition(application), "sk": f"push#{digest}#{tag}"}


def news_key(application: str, number: int) -> dict[str, str]:
    return {"pk": partition(application), "sk": f"news#{number:06d}"}


def bad_key(application: str, digest: str) -> dict[str, str]:
    return {"pk": partition(application), "sk": f"bad#{digest}"}


def bad_on_key(application: str, digest: str, number: int) -> dict[str, str]:
    """Return the key of a mark that holds on the bases of one deployment only."""
    return {"pk": partition(application), "sk": f"bad#{digest}#{number:06d}"}


def hold_key(application: str) -> dict[str, str]:
    return {"pk": partition(application), "sk": "hold"}


def migration_key(application: str, release: int, phase: str) -> dict[str, str]:
    return {"pk": partition(application), "sk": f"migration#{release:06d}#{phase}"}


def unused_key(application: str, number: int) -> dict[str, str]:
    """Return the key of a deployment whose revisions are deregistered once nothing needs them."""
    return {"pk": partition(application), "sk": f"unused#{number:06d}"}


def headroom_key(application: str) -> dict[str, str]:
    return {"pk": partition(application), "sk": "headroom"}
