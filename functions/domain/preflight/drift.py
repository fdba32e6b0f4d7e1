"""In what does the base of a release differ from what runs?

The images that a release pins are left out: that they change is what it is for.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from functions.domain.evidence.redaction import HIDDEN, redacted
from functions.domain.known import Facts, Known
from functions.domain.preflight.finding import Finding, Grade
from functions.domain.preflight.naming import Document, containers
from functions.domain.preflight.sight import Unread, unknown
from functions.domain.rollout.look import named_revision
from functions.domain.task_definition import READ_ONLY

CHECK = "drift"
MOST_LINES = 12
LONGEST = 80
"""So many letters of a value are shown."""
UNSET = "not set"

OURS = READ_ONLY | {"family", "tags", "containerDefinitions"}
"""What is different in each revision, or told of each container by itself."""
IDENTITIES = (
    "name",
    "containerPort",
    "containerName",
    "sourceVolume",
    "namespace",
    "hostPath",
    "hostname",
    "key",
    "type",
)
"""The members that tell the entries of a list apart, the first that all of them have."""


def base_of(facts: Facts, known: Known) -> str | None:
    """Return the base of the revision that runs, by the ledger; None where it does not know it."""
    if facts.runs == facts.base:
        return facts.base
    stable = known.stables.get(facts.key)
    parts = [each.parts[facts.key] for each in known.releases if facts.key in each.parts]
    every = ([stable.part] if stable else []) + parts
    return next((each.base for each in every if each.revision == facts.runs), None)


def to_compare(facts: Mapping[str, Facts], known: Known) -> tuple[str, ...]:
    """Return the services of which the revision that runs has to be read, in order."""
    return tuple(
        key
        for key, each in sorted(facts.items())
        if each.definition and each.runs and base_of(each, known) != each.base
    )


def findings(
    facts: Mapping[str, Facts], runs: Mapping[str, Document | Unread]
) -> Iterator[Finding]:
    """Yield the differences of each service; `runs` are the revisions that had to be read."""
    compared = [key for key, each in sorted(facts.items()) if each.definition]
    bad = [each for key in compared if key in runs for each in _of(facts[key], runs[key])]
    yield from bad
    if compared and not bad:
        said = "The base task definitions are those of what runs."
        yield Finding(CHECK, Grade.OK, "", said)


def differences(facts: Facts, runs: Document) -> tuple[str, ...]:
    """Return a line for each difference: `app: environment STAGE: staging → production`."""
    before, after = (dict(_flat(each, facts.containers)) for each in (runs, facts.definition or {}))
    paths = [*before, *(each for each in after if each not in before)]
    return tuple(
        f"{path}: {_change(path, before.get(path), after.get(path))}"
        for path in paths
        if before.get(path) != after.get(path)
    )


def _of(facts: Facts, runs: Document | Unread) -> Iterator[Finding]:
    if isinstance(runs, Unread):
        yield unknown(CHECK, facts.key, f"In what {facts.key} differs from what runs", runs)
        return
    lines = differences(facts, runs)
    if lines:
        more = len(lines) - MOST_LINES
        shown = [*lines[:MOST_LINES], *([f"and {more} more"] if more > 0 else [])]
        of = f"the base {named_revision(facts.base)} differs from {named_revision(facts.runs)}"
        message = f"{facts.key}: {of}, which runs: {'; '.join(shown)}."
        advice = "The release brings these changes too: deploy only if they are meant."
        yield Finding(CHECK, Grade.WARN, facts.key, message, advice)


def _flat(definition: Document, pinned: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Yield what a task definition says, a path and a text each."""
    ours = set(pinned)
    yield from _paths("", {name: each for name, each in definition.items() if name not in OURS})
    for container in containers(definition):
        name = container["name"]
        left_out = {"name", "image"} if name in ours else {"name"}
        rest = {member: each for member, each in container.items() if member not in left_out}
        yield from _paths(f"{name}:", rest)
        yield f"{name}", "a container"


def _paths(path: str, value: object) -> Iterator[tuple[str, str]]:
    if isinstance(value, Mapping):
        for name, each in value.items():
            yield from _paths(f"{path} {name}".strip(), each)
    elif isinstance(value, list) and value and isinstance(value[0], Mapping):
        for name, each in _entries(value):
            yield from _paths(f"{path} {name}", each)
    elif value not in (None, [], ""):
        yield path, _text(value)


def _entries(entries: Sequence[Mapping[str, Any]]) -> Iterator[tuple[str, object]]:
    """Yield the entries of a list by what they are called, else by their place."""
    member = next((each for each in IDENTITIES if all(each in one for one in entries)), "")
    for place, entry in enumerate(entries, 1):
        rest = {name: each for name, each in entry.items() if name != member}
        called = str(entry[member]) if member else f"#{place}"
        yield called, next(iter(rest.values())) if len(rest) == 1 else rest or "there"


def _text(value: object) -> str:
    if isinstance(value, list):
        return " ".join(str(each) for each in value)
    return str(value).lower() if isinstance(value, bool) else str(value)


def _change(path: str, before: str | None, after: str | None) -> str:
    return f"{_shown(path, before)} → {_shown(path, after)}"


def _shown(path: str, value: str | None) -> str:
    """Return a value that people may read: what looks like a secret, by its name too, is hidden."""
    if value is None:
        return UNSET
    name = path.rpartition(" ")[2]
    line = redacted(f"{name}={value}")
    if not line.startswith(f"{name}="):
        return HIDDEN
    shown = redacted(line.removeprefix(f"{name}="))
    return shown if len(shown) <= LONGEST else f"{shown[: LONGEST - 3]}..."
