"""What is left behind that nobody needs any more, and which image is running now?"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from itertools import chain
from typing import Any, TypeVar

from functions.aws import clients, ledger, migrations, parameters, uses
from functions.aws.failures import translated
from functions.aws.schedules import Eyes
from functions.aws.spelling import pascal
from functions.aws.task_definitions import registered_by
from functions.domain import tidying
from functions.domain.catalogue import Application
from functions.domain.errors import TerminalError
from functions.domain.known import Known
from functions.domain.tidying import Leftover, Published
from functions.edge import entrypoint, logger

Found = TypeVar("Found")


@dataclass(frozen=True, slots=True)
class Request:
    """`application` is a name, `parameters` the prefix under which the catalogue stands."""

    execution: str
    application: str
    ledger: str
    parameters: str


@dataclass(frozen=True, slots=True)
class Answer:
    """What is to be done, in this order; `publish` is None where the parameter says it already.

    `unread` are sentences: what could not be looked at, and why.
    """

    publish: Published | None
    leftovers: list[Leftover]
    unread: list[str]


@entrypoint(Request, Answer)
def handler(request: Request) -> Answer:
    known = ledger.known(clients.dynamodb(), request.ledger, request.application)
    unread: list[str] = []
    lent = _seen("What services are to be given back", lambda: _restorations(request), unread)
    unneeded = _seen("What nobody needs", lambda: _unneeded(request, known), unread)
    publish = _seen("The image that is published", lambda: _published(request, known), unread)
    found = [*(lent or ()), *(unneeded or ())]
    for each in found:
        logger.info("left behind", what=each.do, why=each.said)
    return Answer(publish, found, unread)


def _seen(what: str, look: Callable[[], Found], unread: list[str]) -> Found | None:
    """Return what a look finds; one that is refused for good is told, and keeps no other back."""
    try:
        return look()
    except Exception as error:
        refused = translated(error)
        if not isinstance(refused, TerminalError):
            raise
        unread.append(f"{what} could not be read: {refused}")
        return None


def _published(request: Request, known: Known) -> Published | None:
    image, ssm = tidying.running_image(known), clients.ssm()
    there = parameters.image(ssm, request.parameters, request.application) if image else None
    if image is None or there == image:
        return None
    return Published(parameters.image_name(request.parameters, request.application), image)


def _restorations(request: Request) -> list[Leftover]:
    items = list(ledger.under(clients.dynamodb(), request.ledger, request.application, "restore#"))
    now: dict[str, Mapping[str, Any]] = {}
    for cluster in sorted({str(each["cluster"]) for each in items}):
        names = [str(each["service"]) for each in items if each["cluster"] == cluster]
        found = uses.services(clients.ecs(), cluster, names)
        now |= {name: pascal(each["deploymentConfiguration"]) for name, each in found.items()}
    return tidying.restorations(items, now)


def _unneeded(request: Request, known: Known) -> list[Leftover]:
    items = list(ledger.under(clients.dynamodb(), request.ledger, request.application, "unused#"))
    if not items:
        return []
    application = parameters.application(clients.ssm(), request.parameters, request.application)
    if application is None:
        return []
    kept = tidying.kept(known)
    return [*_probes(application, items), *_deregistrations(application, items, kept)]


def _probes(application: Application, items: list[dict[str, Any]]) -> Iterable[Leftover]:
    for item in items:
        starter = tidying.prober(application.application, item)
        if starter is not None:
            tasks = migrations.running(clients.ecs(), application.cluster, starter)
            yield from tidying.probes(item, application.cluster, tasks)


def _deregistrations(
    application: Application, items: list[dict[str, Any]], kept: frozenset[str]
) -> Iterable[Leftover]:
    name, families = application.application, _families(application)
    made = [
        [
            revision
            for family in families
            for revision in registered_by(clients.ecs(), family, name, item["deployment"])
        ]
        for item in items
    ]
    used = _used(application, frozenset(chain.from_iterable(made)))
    return chain.from_iterable(
        tidying.deregistrations(item, revisions, kept, used)
        for item, revisions in zip(items, made, strict=True)
    )


def _used(application: Application, revisions: frozenset[str]) -> frozenset[str]:
    """Return those of the revisions that something uses."""
    if not revisions:
        return frozenset()
    eyes = Eyes(clients.scheduler(), clients.events())
    named = uses.scheduled(eyes, application.schedules)
    by_schedules = {each for each in revisions if each.rpartition("/")[2] in named}
    return uses.used(clients.ecs(), application, _families(application)) | by_schedules


def _families(application: Application) -> tuple[str, ...]:
    return tuple(dict.fromkeys(each.family for each in application.services))
