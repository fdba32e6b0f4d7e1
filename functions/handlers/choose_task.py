"""Which task does this input ask for, and with what is it run?"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from functions.aws import clients, inventory, ledger, parameters, uses
from functions.domain.catalogue import Application, Command
from functions.domain.errors import TerminalError
from functions.domain.one_off import chosen
from functions.domain.one_off.chosen import Task
from functions.edge import entrypoint, logger

Found = TypeVar("Found")


@dataclass(frozen=True, slots=True)
class Request:
    """`request` is the input of the execution as it came; `known` are the applications."""

    execution: str
    request: Any
    known: tuple[str, ...]
    ledger: str
    parameters: str


@dataclass(frozen=True, slots=True)
class Answer:
    task: Task


@entrypoint(Request, Answer)
def handler(request: Request) -> Answer:
    asked = _right(chosen.read(request.request, request.known))
    application = parameters.application(clients.ssm(), request.parameters, asked.application)
    if application is None:
        raise TerminalError(f"The parameter that says what {asked.application} is does not exist.")
    command = _right(chosen.command(application, asked.run))
    known = ledger.known(clients.dynamodb(), request.ledger, application.application)
    stable = known.stables.get(command.service)
    task = _right(chosen.task(application, command, stable, _borrowed(application, command)))
    logger.info("task chosen", run=asked.run, revision=task.revision)
    return Answer(task)


def _right(found: Found | str) -> Found:
    if isinstance(found, str):
        raise TerminalError(found)
    return found


def _borrowed(application: Application, command: Command) -> Mapping[str, object] | None:
    name = next(each.service for each in application.services if each.key == command.service)
    found = uses.services(clients.ecs(), application.cluster, [name])
    return inventory.borrowed(found[name]) if name in found else None
