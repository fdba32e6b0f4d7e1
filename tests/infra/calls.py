"""Which AWS calls are made: by the states of a workflow, and by each handler?

States are read from the ASL, handlers by `ast`: from a module of functions/handlers through the
functions of functions/aws that it uses to the methods of clients that those call.
"""

import ast
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from botocore import xform_name

from rehearsal.names import Integration, service_model
from tests.workflows.asl import ROOT, Workflow, snake

FUNCTIONS = ROOT / "functions"
HANDLERS = sorted(
    path.stem for path in (FUNCTIONS / "handlers").glob("*.py") if path.stem != "__init__"
)
CLIENT = re.compile(r"Client\b")
"""How annotations of clients end; errors of botocore begin so."""
NO_CALLS = frozenset({"exceptions", "meta", "get_paginator"})
IAM_PREFIXES = {
    "elbv2": "elasticloadbalancing",
    "service-quotas": "servicequotas",
    "stepfunctions": "states",
}
IAM_NAMES = {"lambda:Invoke": "lambda:InvokeFunction", "s3:ListObjectsV2": "s3:ListBucket"}
WRITES = {
    "ConditionCheck": "dynamodb:ConditionCheckItem",
    "Delete": "dynamodb:DeleteItem",
    "Put": "dynamodb:PutItem",
    "Update": "dynamodb:UpdateItem",
}
"""What each kind of item in a TransactWriteItems is authorized as."""


class UnreadableError(Exception):
    """A client is used in a way from which nobody can tell the calls."""


def action(service: str, operation: str) -> str:
    name = f"{IAM_PREFIXES.get(service, service.replace('_', '-'))}:{operation}"
    return IAM_NAMES.get(name, name)


def of_states(workflow: Workflow) -> frozenset[str]:
    """Return the IAM actions of the calls that states make; a transaction is its writes."""
    made = {_of(integration) for _, integration in workflow.tasks}
    if "dynamodb:TransactWriteItems" in made:
        handlers = {snake(state.handler) for state in workflow.states if state.handler}
        made |= {WRITES[kind] for name in handlers for kind in reached(name).writes}
    return frozenset(made - {"dynamodb:TransactWriteItems"})


def _of(integration: Integration) -> str:
    return action(integration.service, integration.operation)


def of_handler(name: str) -> frozenset[str]:
    """Return the IAM actions of the calls that a handler makes."""
    return reached(name).calls


@dataclass(frozen=True)
class Reached:
    calls: frozenset[str]
    writes: frozenset[str]


@dataclass(frozen=True)
class Module:
    """The functions of a module, and what its imports from functions.aws call them."""

    name: str
    functions: dict[str, ast.FunctionDef]
    modules: dict[str, str]
    imported: dict[str, tuple[str, str]]


Function = tuple[str, str]


@cache
def reached(handler: str) -> Reached:
    """Follow everything in the module of a handler, and what it uses of functions.aws."""
    start = f"functions.handlers.{handler}"
    waiting = [(start, name) for name in module(start).functions]
    seen = set[Function]()
    while waiting:
        function = waiting.pop()
        if function not in seen:
            seen.add(function)
            waiting += _uses(*function)
    calls = {call for each in seen for call in _calls(*each)}
    return Reached(frozenset(calls), frozenset(kind for each in seen for kind in _writes(*each)))


@cache
def module(name: str) -> Module:
    tree = ast.parse((ROOT / Path(*name.split("."))).with_suffix(".py").read_text())
    modules, imported = dict[str, str](), dict[str, Function]()
    for node in ast.walk(tree):
        if not isinstance(node, ast.ImportFrom) or not node.module:
            continue
        for alias in node.names:
            if node.module.startswith("functions.aws") and _is_package(node.module):
                modules[alias.asname or alias.name] = f"{node.module}.{alias.name}"
            elif node.module.startswith("functions.aws."):
                imported[alias.asname or alias.name] = (node.module, alias.name)
    functions = {each.name: each for each in tree.body if isinstance(each, ast.FunctionDef)}
    return Module(name, functions, modules, imported)


def _is_package(name: str) -> bool:
    return (ROOT / Path(*name.split("."))).is_dir()


def _uses(name: str, function: str) -> Iterator[Function]:
    """Yield the functions of ours that one mentions, called there or handed on."""
    here = module(name)
    for node in ast.walk(here.functions[function]):
        found: Function | None = None
        if isinstance(node, ast.Name):
            found = here.imported.get(node.id, (name, node.id))
        elif isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            found = (here.modules.get(node.value.id, ""), node.attr)
        # clients.py makes the clients; what is called on them stands where they are used.
        if (
            found
            and found[0] not in ("", "functions.aws.clients")
            and found[1] in module(found[0]).functions
        ):
            yield found


def _calls(name: str, function: str) -> Iterator[str]:
    """Yield the IAM actions of the methods that a function calls on clients."""
    body = module(name).functions[function]
    clients = dict(_clients(body))
    for node in ast.walk(body):
        if isinstance(node, ast.Attribute):
            service = _service(node.value, clients)
            if service and node.attr not in NO_CALLS:
                yield action(service, _operation(service, node.attr))
        if isinstance(node, ast.Call) and _is_paginator(node, clients):
            yield action(*_paginated(node, clients))


def _clients(function: ast.FunctionDef) -> Iterator[tuple[str, str]]:
    """Yield the names that hold a client in a function, and the service of each."""
    for argument in (*function.args.args, *function.args.kwonlyargs):
        annotated = ast.unparse(argument.annotation) if argument.annotation else ""
        if annotated.endswith("Client'"):
            yield argument.arg, _annotations()[annotated]
        # What makes the client, to be called where there is something to ask it for.
        maker = re.fullmatch(r"'Callable\[\[\], (\w+Client)\]'", annotated)
        if maker:
            yield f"{argument.arg}()", _annotations()[f"'{maker[1]}'"]
    for node in ast.walk(function):
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            service = _service(node.value, {})
            if service:
                yield node.targets[0].id, service


@cache
def _annotations() -> dict[str, str]:
    """Return what annotates the client of each service, as clients.py has it."""
    made = module("functions.aws.clients").functions
    return {
        ast.unparse(each.returns): name.replace("_", "-")
        for name, each in made.items()
        if each.returns
    }


def _service(node: ast.expr, clients: dict[str, str]) -> str | None:
    """Return the service of the client that an expression is: a name, or `clients.ecs()`.

    So is `eyes.ecs()`: the fields of Eyes are named like what makes the clients.
    """
    if isinstance(node, ast.Name):
        return clients.get(node.id)
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
        return clients.get(f"{node.func.id}()")
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
        of = node.func.value
        if isinstance(of, ast.Name) and of.id == "clients":
            return node.func.attr.replace("_", "-")
    return None


def _operation(service: str, method: str) -> str:
    operations: Iterable[str] = service_model(service.replace("_", "-")).operation_names
    for operation in operations:
        if xform_name(operation) == method:
            return operation
    raise UnreadableError(f"{method} is no call of {service}")


def _is_paginator(node: ast.Call, clients: dict[str, str]) -> bool:
    called = node.func
    return (
        isinstance(called, ast.Attribute)
        and called.attr == "get_paginator"
        and _service(called.value, clients) is not None
    )


def _paginated(node: ast.Call, clients: dict[str, str]) -> tuple[str, str]:
    assert isinstance(node.func, ast.Attribute)
    service, name = _service(node.func.value, clients), node.args[0]
    if not isinstance(name, ast.Constant) or service is None:
        raise UnreadableError("get_paginator wants the name of the call itself")
    return service, _operation(service, str(name.value))


def _writes(name: str, function: str) -> Iterator[str]:
    """Yield the kinds of transaction items that a function builds."""
    for node in ast.walk(module(name).functions[function]):
        if isinstance(node, ast.Dict):
            for key in node.keys:
                if isinstance(key, ast.Constant) and key.value in WRITES:
                    yield str(key.value)
