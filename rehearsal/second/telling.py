"""What did a run come to, told so that two interpreters can be compared?

Ids and times are left out, and so is how often a loop of look and wait went round.
"""

import json
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

LOOPS = frozenset({"Judge Bake", "Judge Migration", "Judge Rollout", "Take Claim"})
"""Where a loop of look and wait begins anew."""

WORDS = (
    (re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|\+00:00)"), "<time>"),
    (re.compile(r"^1[67]\d{8}$"), "<time>"),
    (re.compile(r"-\d{9}$"), "-<time>"),
    (re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"), "<id>"),
    (re.compile(r"^[A-Za-z0-9+/]{86}==$|^[0-9a-f]{36}$"), "<id>"),
    (re.compile(r"(?<=/)(\d{19}|[0-9a-f]{32})$"), "<id>"),
    (re.compile(r"^[0-9a-f]{16}$|^[0-9a-f]{64}$"), "<mark>"),
    (re.compile(r"(?<=-1-)[0-9a-f]{8}$"), "<mark>"),
    (re.compile(r"Pilothouse-production-LedgerTable\w+-\w+|LedgerTable\w+"), "<ledger>"),
    (re.compile(r"(pilothouse-production-)?evidencebucket\w+(-\w+)?"), "<evidence>"),
    (re.compile(r"(Pilothouse-production-)?NewsTopic\w+(-\w+)?"), "<topic>"),
)
"""What differs from run to run. A token of ours is as long as one of AWS, one of moto's a uuid."""


class Entry(NamedTuple):
    """An event of a history: of which branch, and what it says."""

    branch: object
    what: str
    state: str
    data: object = None


@dataclass
class Branch:
    """An execution, or an iteration of a Map in it."""

    path: list[str] = field(default_factory=list)
    calls: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    """What each Task was given on all its rounds, by its state and as JSON."""

    def plain(self) -> dict[str, Any]:
        calls = {
            state: [json.loads(each) for each in sorted(given)]
            for state, given in self.calls.items()
        }
        return {"path": erased(self.path), "calls": calls}


@dataclass(frozen=True)
class Told:
    """One execution."""

    workflow: str
    status: str
    error: str | None
    output: object
    branches: Sequence[Branch]

    def plain(self) -> dict[str, Any]:
        return {
            "status": self.status,
            "error": self.error,
            "output": plain(self.output),
            "branches": ordered(each.plain() for each in self.branches),
        }


def branches(entries: Iterable[Entry]) -> list[Branch]:
    found: dict[object, Branch] = defaultdict(Branch)
    for entry in entries:
        branch = found[entry.branch]
        if entry.what.endswith("StateEntered"):
            branch.path.append(entry.state)
        elif entry.what == "TaskScheduled":
            branch.calls[entry.state or branch.path[-1]].add(text(entry.data))
    return list(found.values())


def erased(path: Sequence[str]) -> list[str]:
    """Return a path with each loop told once: where it began, and what came on its rounds."""
    told: list[str] = []
    for state in path:
        if state in LOOPS and state in told:
            del told[told.index(state) :]
        told.append(state)
    return told


def plain(value: object) -> Any:  # noqa: ANN401
    """Return a value without what differs from run to run."""
    if isinstance(value, Mapping):
        return {plain(key): plain(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [plain(each) for each in value]
    if isinstance(value, str):
        for pattern, word in WORDS:
            value = pattern.sub(word, value)
        return value
    if isinstance(value, bool) or value is None:
        return value
    number = float(str(value))
    return int(number) if number.is_integer() else number


def text(value: object) -> str:
    return json.dumps(plain(value), sort_keys=True)


def ordered(values: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Put what came about at the same time into one order."""
    return sorted(values, key=text)


def differences(ours: Any, theirs: Any, where: str = "") -> Iterator[str]:  # noqa: ANN401
    """Yield where two tellings part, as `path: ours | theirs`."""
    if isinstance(ours, dict) and isinstance(theirs, dict):
        for key in sorted(ours.keys() | theirs.keys()):
            yield from differences(ours.get(key), theirs.get(key), f"{where}/{key}")
    elif isinstance(ours, list) and isinstance(theirs, list) and len(ours) == len(theirs):
        for index, (one, other) in enumerate(zip(ours, theirs, strict=True)):
            yield from differences(one, other, f"{where}/{index}")
    elif ours != theirs:
        yield f"{where}: {json.dumps(ours)} | {json.dumps(theirs)}"
