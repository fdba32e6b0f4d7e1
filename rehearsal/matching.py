"""Which rules does an event match?

moto's matcher is exact and slow, so it is asked as seldom as possible: once for all events that
agree in whatever the rules look at, and only about rules that are not ruled out at a glance.
"""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Generic, TypeVar

Path = tuple[str, ...]
Pattern = Mapping[str, Any]

ABSENT = object()
EITHER = "$or"
SCALARS = (str, int, float, bool, type(None))

Rule = TypeVar("Rule")


class Matches(Generic[Rule]):
    """The rules of a bus by what events look like. Made anew when the rules change."""

    def __init__(
        self,
        rules: Sequence[tuple[Rule, Pattern]],
        matches: Callable[[Rule, dict[str, Any]], bool],
    ) -> None:
        self._rules = rules
        self._matches = matches
        self._kinds: dict[tuple[str, str], _Kind[Rule]] = {}

    def of(self, event: dict[str, Any]) -> list[Rule]:
        named = event["source"], event["detail-type"]
        if named not in self._kinds:
            known = dict(zip(("source", "detail-type"), named, strict=True))
            about = [(rule, left(pattern, known)) for rule, pattern in self._rules]
            self._kinds[named] = _Kind([(rule, part) for rule, part in about if part is not None])
        kind = self._kinds[named]
        likeness = tuple(_hashable(at(event, path)) for path in kind.paths)
        found = kind.known.get(likeness)
        if found is None:
            possible = (rule for rule, pattern in kind.rules if not ruled_out(pattern, event))
            found = kind.known[likeness] = [each for each in possible if self._matches(each, event)]
        return found


class _Kind(Generic[Rule]):
    """The rules for events of one source and detail type."""

    def __init__(self, rules: Sequence[tuple[Rule, Pattern]]) -> None:
        self.rules = rules
        self.paths = sorted({path for _, pattern in rules for path in paths(pattern)})
        self.known: dict[tuple[object, ...], list[Rule]] = {}


def left(pattern: Pattern, known: Pattern) -> Pattern | None:
    """Return what is left to ask when these members are known, or None if nothing can match."""
    if ruled_out({key: wanted for key, wanted in pattern.items() if key in known}, known):
        return None
    rest = {key: wanted for key, wanted in pattern.items() if key not in known}
    if EITHER in rest:
        parts = [left(each, known) for each in rest[EITHER]]
        rest[EITHER] = [each for each in parts if each is not None]
        return rest if rest[EITHER] else None
    return rest


def paths(pattern: Pattern, before: Path = ()) -> Iterator[Path]:
    """Yield the places of an event that a pattern looks at."""
    for key, value in pattern.items():
        if key == EITHER:
            for each in value:
                yield from paths(each, before)
        elif isinstance(value, Mapping):
            yield from paths(value, (*before, key))
        else:
            yield (*before, key)


def ruled_out(pattern: Pattern, event: object) -> bool:
    """Say whether a pattern surely does not match; where it is not plain, it may."""
    for key, wanted in pattern.items():
        if key == EITHER:
            if all(ruled_out(each, event) for each in wanted):
                return True
            continue
        found = event.get(key, ABSENT) if isinstance(event, Mapping) else ABSENT
        if isinstance(wanted, Mapping):
            if ruled_out(wanted, found):
                return True
        elif not any(_may_be(found, each) for each in wanted):
            return True
    return False


def at(event: Mapping[str, Any], path: Path) -> object:
    found: object = event
    for step in path:
        found = found.get(step, ABSENT) if isinstance(found, Mapping) else ABSENT
    return found


def _may_be(found: object, wanted: object) -> bool:
    many = found if isinstance(found, list) else (found,)
    if isinstance(wanted, SCALARS):
        return wanted in many
    if isinstance(wanted, Mapping) and isinstance(start := wanted.get("prefix"), str):
        return any(isinstance(each, str) and each.startswith(start) for each in many)
    return True


def _hashable(found: object) -> object:
    return json.dumps(found) if isinstance(found, list | dict) else found
