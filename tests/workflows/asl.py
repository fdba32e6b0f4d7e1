"""What stands in a workflow file: its states, where each leads, what its expressions spell out."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache, cached_property
from pathlib import Path
from typing import Any

import jsonata
from jsonata.parser import Parser
from sfnx.testing import expression

from rehearsal.names import Integration, UnknownResourceError, parse_resource

ROOT = Path(__file__).parents[2]
DESIGN = (ROOT / "DESIGN.md").read_text()
FILES = sorted((ROOT / "statemachines").glob("*.asl.json"))
PLACEHOLDER = re.compile(r"\$\{(\w+)\}")
ENDS = frozenset({"Succeed", "Fail"})

Body = Mapping[str, Any]


@dataclass(frozen=True)
class State:
    """A state, and how a person finds it: `Pin Services > Check Claim`."""

    name: str
    path: str
    body: Body

    @cached_property
    def integration(self) -> Integration | None:
        """What a Task asks for; None for another state, or where no such integration exists."""
        try:
            return parse_resource(self.body["Resource"]) if self.body["Type"] == "Task" else None
        except UnknownResourceError:
            return None

    @cached_property
    def ways(self) -> tuple[tuple[str, str], ...]:
        """Each field that leads on, and where to."""
        found = [(key, self.body[key]) for key in ("Next", "Default") if key in self.body]
        for key in ("Choices", "Catch"):
            found += [(key, each["Next"]) for each in self.body.get(key, ())]
        return tuple(found)

    @cached_property
    def handler(self) -> str | None:
        """The placeholder of the function that the state invokes, such as `ReadRequest`."""
        if self.integration is None or self.integration.service != "lambda":
            return None
        return self.body["Arguments"]["FunctionName"].strip("${}")


@dataclass(frozen=True)
class Scope:
    """States that can lead to each other: those of a machine, of a branch or of a Map."""

    path: str
    start: str
    states: Mapping[str, State]


@dataclass(frozen=True)
class Workflow:
    name: str
    text: str = field(repr=False)

    @cached_property
    def definition(self) -> dict[str, Any]:
        read: dict[str, Any] = json.loads(self.text)
        return read

    @cached_property
    def scopes(self) -> tuple[Scope, ...]:
        """The machine first, then what its Maps and Parallels hold."""
        return tuple(scopes_of(self.definition, ""))

    @property
    def states(self) -> Iterator[State]:
        for scope in self.scopes:
            yield from scope.states.values()

    @property
    def tasks(self) -> Iterator[tuple[State, Integration]]:
        for state in self.states:
            if state.integration is not None:
                yield state, state.integration

    @property
    def placeholders(self) -> frozenset[str]:
        return frozenset(PLACEHOLDER.findall(self.text))


@cache
def workflows() -> tuple[Workflow, ...]:
    return tuple(Workflow(path.name.split(".")[0], path.read_text()) for path in FILES)


def title(module: str) -> str:
    """Return the name of the state that invokes a handler: `read_request` → Read Request."""
    return module.replace("_", " ").title()


def pascal(module: str) -> str:
    return title(module).replace(" ", "")


def snake(name: str) -> str:
    """Return the module behind a placeholder: `ReadRequest` → read_request."""
    return re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()


def scopes_of(machine: Body, path: str) -> Iterator[Scope]:
    inside = f"{path} > ".lstrip(" >") if path else ""
    states = {
        name: State(name, f"{inside}{name}", body) for name, body in machine["States"].items()
    }
    yield Scope(path or "the machine", machine["StartAt"], states)
    for state in states.values():
        inner = [*state.body.get("Branches", ()), state.body.get("ItemProcessor")]
        for each in filter(None, inner):
            yield from scopes_of(each, state.path)


class Partly(dict[str, Any]):
    """An object to which an expression adds members that nobody knows before it runs."""


UNKNOWN = object()


def spelled_out(template: Any) -> Any:
    """Return a template with what its expressions construct literally; UNKNOWN for the rest."""
    if isinstance(template, Mapping):
        return {key: spelled_out(each) for key, each in template.items()}
    if isinstance(template, list):
        return [spelled_out(each) for each in template]
    code = expression(template)
    return template if code is None else _constructed(jsonata.Jsonata(code).ast)


def _constructed(node: Parser.Symbol) -> Any:
    match node.type, node.value:
        case "string" | "number" | "value", literal:
            return literal
        case "unary", "[":
            return [_constructed(each) for each in node.expressions]
        case "unary", "{":
            pairs = [(_constructed(key), _constructed(each)) for key, each in node.lhs_object]
            known = {key: each for key, each in pairs if isinstance(key, str)}
            return known if len(known) == len(pairs) else Partly(known)
        case "function", _ if node.procedure.value == "merge":
            return _merged(_constructed(node.arguments[0]))
    return UNKNOWN


def _merged(objects: Any) -> Any:
    if not isinstance(objects, list):
        return UNKNOWN
    known = [each for each in objects if isinstance(each, dict)]
    whole = len(known) == len(objects) and not any(isinstance(each, Partly) for each in known)
    members = {key: value for each in known for key, value in each.items()}
    return members if whole else Partly(members)


def read_variables(template: Any) -> set[str]:
    """Return the variables that the expressions of a template read and do not make themselves."""
    if isinstance(template, Mapping):
        return set().union(*map(read_variables, template.values()))
    if isinstance(template, list):
        return set().union(*map(read_variables, template))
    code = expression(template)
    return _free(jsonata.Jsonata(code).ast) if code is not None else set()


def _free(node: Any) -> set[str]:
    if isinstance(node, list | tuple):
        return set().union(*map(_free, node))
    if not isinstance(node, Parser.Symbol):
        return set()
    inner = {key: each for key, each in vars(node).items() if key != "_outer_instance"}
    if node.type == "variable":
        return {node.value} | _free(list(inner.values()))
    if node.type == "function":
        inner.pop("procedure")
    if node.type == "lambda":
        return _free(node.body) - {each.value for each in node.arguments}
    return _free(list(inner.values()))
