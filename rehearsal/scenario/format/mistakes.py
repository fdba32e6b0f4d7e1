"""How is a mistake that pydantic found told to the person who wrote the file?"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass
from difflib import get_close_matches
from types import NoneType
from typing import TYPE_CHECKING, Annotated, Any, get_args, get_origin, get_type_hints

from pydantic import Discriminator, Tag, ValidationError

from functions.domain.fields import Path, Problem, hint, shown

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

KINDS = {
    "string_type": ("text", "put it in quotes"),
    "int_type": ("a whole number", "write for example 2"),
    "int_from_float": ("a whole number", "write for example 2"),
    "float_type": ("a number", "write for example 0.25"),
    "bool_type": ("true or false", "write true or false"),
    "list_type": ("a list", "write for example [one, another], or one per line after a -"),
    "dict_type": ("a mapping", "write fields, as in name: value"),
    "dataclass_type": ("a mapping", "write fields, as in name: value"),
}
EXAMPLES = {
    "name": "a crash-looping image is turned back",
    "catalogue": "[catalogue/orders.yaml]",
    "at": "5m",
    "input": "{application: orders, rollback: true}",
    "to": "8",
    "cluster": "production",
    "outcome": "Promoted",
    "contains": "was turned back",
    "invariant": "8",
    "because": "nobody closes what a person has stopped",
    "names": "[orders-5xx]",
    "stage": "POST_TEST_TRAFFIC_SHIFT",
    "share": "0.25",
    "error": "ThrottlingException",
    "at_state": '"Roll Services"',
    "by": "5s",
    "up_to": "30s",
}
SYNONYMS = {
    "success": "Promoted",
    "succeeded": "Promoted",
    "deployed": "Promoted",
    "rollback": "RolledBack",
    "failure": "Failed",
    "error": "Failed",
    "timeout": "Expired",
    "replaced": "Superseded",
    "noop": "NoOp",
    "skipped": "NoOp",
}
"""What people call an outcome who do not know its name yet."""
RANGES = {
    "greater_than_equal": ("is less than {ge:g}", "write {ge:g} or more"),
    "less_than_equal": ("is more than {le:g}", "write {le:g} or less"),
}


@dataclass(frozen=True, slots=True)
class _Place:
    """Where an error is: the way to it in the file, and what may stand in the mapping there."""

    path: Path
    known: tuple[str, ...]
    verbs: tuple[str, ...] = ()
    """Keys of which only one may stand there."""


def problems(error: ValidationError, kind: object, content: object) -> Iterator[Problem]:
    """Yield one problem for each error; `kind` is the type that the content should have."""
    for each in error.errors(include_url=False):
        place = _place(kind, content, each["loc"])
        yield Problem(place.path, *_told(each, place))


def _told(error: "ErrorDetails", place: _Place) -> tuple[str, str]:
    """Return what is wrong, and what would be right."""
    name, context = error["type"], error.get("ctx", {})
    if name == "mistake":
        return str(context["what"]), str(context["instead"])
    if name == "missing":
        field = str(place.path[-1])
        return "is missing", f"add {field}: {EXAMPLES.get(field, '…')}"
    if name == "unexpected_keyword_argument" and place.path[-1] in place.verbs:
        one = "fault" if place.path[0] == "faults" else "action"
        return f"stands beside another {one}", f"write one {one} per entry"
    if name == "unexpected_keyword_argument":
        return "is not a known field", hint(str(place.path[-1]), place.known)
    if name == "no_verb":
        return _without_verb(error["input"], str(context["verbs"]).split(", "))
    return _ill_typed(name, error, context)


def _without_verb(given: object, verbs: Sequence[str]) -> tuple[str, str]:
    if not isinstance(given, Mapping):
        return f"{shown(given)} is not a mapping", f"write for example {verbs[0]}: …"
    near = (hint(str(key), verbs) for key in given)
    meant = next((each for each in near if each.startswith("did you")), None)
    return f"has none of the keys {', '.join(verbs)}", meant or "write exactly one of them"


def _ill_typed(name: str, error: "ErrorDetails", context: Mapping[str, Any]) -> tuple[str, str]:
    given = shown(error["input"])
    if name in KINDS:
        should, instead = KINDS[name]
        return f"{given} is not {should}", instead
    if name in RANGES:
        what, instead = RANGES[name]
        return f"{given} {what.format(**context)}", instead.format(**context)
    if name in ("enum", "literal_error"):
        words = str(context["expected"]).replace("'", "").replace(" or ", ", ").split(", ")
        return f"{given} is not one of {', '.join(words)}", _meant(str(error["input"]), words)
    said = error["msg"].replace("Input should be", "it should be")
    return f"{given} cannot stand here", said[0].lower() + said[1:]


def _meant(given: str, words: Sequence[str]) -> str:
    same = next((each for each in words if each.lower() == given.lower()), None)
    near = same or next(iter(get_close_matches(given, words, n=1)), None)
    for called in () if near else get_close_matches(given.lower(), SYNONYMS, n=1):
        near = SYNONYMS[called] if SYNONYMS[called] in words else None
    return f"did you mean {near}?" if near else "write one of them"


def _place(kind: object, content: object, location: Sequence[str | int]) -> _Place:
    """Follow the steps of pydantic, of which those into a union are not in the file."""
    path: list[str | int] = []
    known: tuple[str, ...] = ()
    chosen: tuple[str, ...] = ()
    verbs: tuple[str, ...] = ()
    for step in location:
        tagged = _tagged(kind)
        if tagged:
            kind, chosen = tagged.get(str(step)), tuple(tagged)
            continue
        verbs, chosen = chosen, ()
        kind, known = _inside(kind, step)
        if step == "[key]" or (isinstance(content, list) and not isinstance(step, int)):
            continue
        path.append(step)
        content = _content(content, step)
    return _Place(tuple(path), known, verbs)


def _content(content: object, step: str | int) -> object:
    if isinstance(content, Mapping):
        return content.get(step)
    inside = isinstance(content, list) and isinstance(step, int) and step < len(content)
    return content[step] if inside else None  # type: ignore[index]


def _tagged(kind: object) -> Mapping[str, object]:
    """Return the members of a union that is told apart by tags."""
    if get_origin(kind) is not Annotated:
        return {}
    union, *notes = get_args(kind)
    if not any(isinstance(note, Discriminator) for note in notes):
        return {}
    return {
        note.tag: get_args(member)[0]
        for member in get_args(union)
        for note in get_args(member)[1:]
        if isinstance(note, Tag)
    }


def _inside(kind: object, step: str | int) -> tuple[object, tuple[str, ...]]:
    """Return the type of what a step leads to, and the names of the fields that it has beside."""
    kind = _bare(kind)
    if isinstance(kind, type) and is_dataclass(kind):
        known = tuple(each.name for each in fields(kind))
        return get_type_hints(kind, include_extras=True).get(str(step)), known
    inner = get_args(kind)
    return (inner[-1] if inner else None), ()


def _bare(kind: object) -> object:
    """Return a type without its annotations, and without None beside it."""
    if get_origin(kind) is Annotated:
        return _bare(get_args(kind)[0])
    others = [each for each in get_args(kind) if each is not NoneType]
    union = get_origin(kind) not in (list, dict) and len(others) == 1 and not isinstance(kind, type)
    return _bare(others[0]) if union else kind
