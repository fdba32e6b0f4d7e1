"""What is wrong with an application although every field by itself is right?"""

from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from typing import TYPE_CHECKING

from functions.domain.fields import Path, Problem, hint

if TYPE_CHECKING:
    from functions.domain.catalogue import Application, Service


def contradictions(application: "Application") -> Iterator[Problem]:
    """Yield what is wrong although every field by itself is right."""
    tags = application.images.tags
    nothing_left = any(tag.rstrip("*") == "!" for tag in tags)
    if nothing_left or all(tag.startswith("!") for tag in tags):
        yield Problem(("images", "tags"), "takes no tag at all", 'add what to take, as in "*"')
    yield from _strangers(application)
    yield from _twins(application.services)
    yield from _circles({service.key: set(service.after) for service in application.services})


def _strangers(application: "Application") -> Iterator[Problem]:
    phases = (
        ("expand", application.migrations.expand),
        ("contract", application.migrations.contract),
    )
    named: list[tuple[Path, str]] = [
        (("services", service.key, "after", place), key)
        for service in application.services
        for place, key in enumerate(service.after)
    ]
    named += [(("migrations", phase, "service"), task.service) for phase, task in phases if task]
    named += [(("commands", task.key, "service"), task.service) for task in application.commands]
    known = [service.key for service in application.services]
    for path, key in named:
        if key and known and key not in known:
            yield Problem(path, f'"{key}" is not among the services', hint(key, known))


def _twins(services: "tuple[Service, ...]") -> Iterator[Problem]:
    first: dict[str, str] = {}
    for service in services:
        other = first.setdefault(service.service, service.key)
        if other != service.key:
            what = f'"{service.service}" is already the service of {other}'
            yield Problem(("services", service.key, "service"), what, "name each service once")


def _circles(after: dict[str, set[str]]) -> Iterator[Problem]:
    while True:
        try:
            TopologicalSorter(after).prepare()
        except CycleError as error:
            circle = error.args[1][::-1]
            what = f"goes round in a circle: {' after '.join(circle)}"
            yield Problem(("services", circle[0], "after"), what, "take one of them out")
            after = {key: before for key, before in after.items() if key not in circle}
        else:
            return
