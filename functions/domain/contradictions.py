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
    yield from _undoing(application)
    yield from _ahead(application)
    yield from _added(application)
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
    order = application.order
    named += [(("order", "first"), order.first), (("order", "probe"), order.probe)]
    known = [service.key for service in application.services]
    for path, key in named:
        if key and known and key not in known:
            yield Problem(path, f'"{key}" is not among the services', hint(key, known))


def _undoing(application: "Application") -> Iterator[Problem]:
    expand, contract = application.migrations.expand, application.migrations.contract
    if contract and (contract.undo or contract.on_rollback == "run"):
        path: Path = ("migrations", "contract", "on_rollback")
        yield Problem(path, "cannot be run", "a contract is not undone: leave it out")
    if expand and (expand.on_rollback == "run") != bool(expand.undo):
        path = ("migrations", "expand", "undo")
        what = "is not what on_rollback says" if expand.undo else "is missing"
        yield Problem(path, what, "write on_rollback: run and undo: [command], or neither")


def _ahead(application: "Application") -> Iterator[Problem]:
    first = next(
        (each for each in application.services if each.key == application.order.first), None
    )
    if first is not None and first.after:
        what = f'"{first.key}" comes after {", ".join(first.after)}'
        yield Problem(("order", "first"), what, "name a service without after, or leave it out")


def _added(application: "Application") -> Iterator[Problem]:
    headroom = application.headroom
    if headroom and bool(headroom.group) == bool(headroom.capacity_provider):
        what = "names both" if headroom.group else "names neither"
        instead = "name either group or capacity_provider"
        yield Problem(("headroom",), f"{what} of group and capacity_provider", instead)
    if headroom and headroom.capacity_provider and not application.scaling_groups:
        what = "is missing, and headroom has a capacity_provider"
        instead = "write the Auto Scaling group behind it, for example [ecs-production]"
        yield Problem(("scaling_groups",), what, instead)


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
