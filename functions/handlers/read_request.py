"""What does this input ask for?"""

from dataclasses import dataclass
from typing import Any

from functions.domain import request as requests
from functions.domain.errors import TerminalError
from functions.edge import entrypoint


@dataclass(frozen=True, slots=True)
class Request:
    """`request` is the input of the execution as it came; `known` are the applications."""

    execution: str
    request: Any
    known: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Answer:
    request: requests.Request


@entrypoint(Request, Answer)
def handler(request: Request) -> Answer:
    read = requests.read(request.request, request.known)
    if isinstance(read, str):
        raise TerminalError(read)
    return Answer(read)
