"""Which schedules are there at 0s, when do they run, and which images?"""

from collections.abc import Iterator
from functools import partial
from typing import Any

from functions.domain import catalogue
from functions.domain.scheduled import reference
from rehearsal.ecs.tasks.images import parse
from rehearsal.prepare import Document, nightly, scheduled
from rehearsal.scenario.format.before import Before
from rehearsal.scenario.format.schedules import Schedule
from rehearsal.scenario.stage import capacity
from rehearsal.template import ACCOUNT, REGION
from rehearsal.world import World


def make(world: World, before: Before, application: catalogue.Application) -> None:
    """Have the users' tooling make what is scheduled of an application, its services being there.

    What the catalogue lists and the scenario does not is a schedule that names no revision.
    """
    name = application.application
    ours = {
        each: about
        for each, about in before.schedules.items()
        if each in application.schedules or (about.runs or "").startswith(f"{name}/")
    }
    launch = capacity.launch(before, application.cluster)
    with world.clock.travel():
        for each, about in {**dict.fromkeys(application.schedules, Schedule()), **ours}.items():
            if not about.missing:
                _create(world, application, each, about, launch)


def start(world: World, before: Before) -> None:
    """Have them run at their times from now on."""
    for name, about in before.schedules.items():
        for at in about.at:
            world.clock.spawn(partial(world.schedules.fire, name), delay=at)


def outcome(world: World) -> dict[str, dict[str, Any]]:
    """Return by name the tags of the images that a schedule would run, and of those it has run."""
    names = [each.name for each in world.schedules.fired]
    names += [each for application in world.applications.values() for each in application.schedules]
    return {
        name: {
            "runs": sorted(set(_would_run(world, name))),
            "ran": [_tag(world, each.image) for each in world.schedules.fired if each.name == name],
        }
        for name in dict.fromkeys([*names, *world.schedules.names()])
    }


def _create(
    world: World, application: catalogue.Application, name: str, about: Schedule, launch: Document
) -> None:
    key = (about.runs or "").rpartition("/")[2] or application.services[0].key
    service = next(each for each in application.services if each.key == key)
    revision = _revision(world, service) if about.revision == "fixed" else None
    target = scheduled(application, service, revision, launch or None)
    if about.kind == "rule":
        events = world.client("events")
        events.put_rule(Name=name, ScheduleExpression="cron(0 3 * * ? *)")
        second = {"Id": "second", **scheduled(application, service, None, launch or None)}
        targets = [{"Id": "first", **target}, second if revision is None else {**second, **target}]
        events.put_targets(Rule=name, Targets=targets)
    else:
        asked = {**nightly(application, name), "Target": target}
        world.client("scheduler").create_schedule(**asked)


def _revision(world: World, service: catalogue.Service) -> str:
    found = world.scheduler.region(ACCOUNT, REGION).definitions.find(service.family)
    if found is None:
        raise LookupError(f"{service.family} is not registered yet")
    return found.arn


def _would_run(world: World, name: str) -> Iterator[str]:
    definitions = world.scheduler.region(ACCOUNT, REGION).definitions
    for _, target in world.schedules.targets(name):
        named = reference(target)
        found = definitions.find(named) if named is not None else None
        if found is not None:
            yield _tag(world, str(found.containers[0]["image"]))


def _tag(world: World, text: str) -> str:
    """Return the tag that an image has, or what it is asked for by."""
    image = parse(text)
    if image.digest is None or image.account is None or image.region is None:
        return image.name
    registry = world.scheduler.world.registry
    found = registry.find(image.account, image.region, image.repository, image.digest)
    return found.tags[0] if found is not None and found.tags else image.name
