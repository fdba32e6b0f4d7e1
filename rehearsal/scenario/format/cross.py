"""What is wrong in a scenario although every field by itself is right?

Asked of the document and not of the types, so that one look finds these mistakes with the others.
"""

from collections.abc import Iterator, Mapping, Sequence

from functions.domain.fields import Path, Problem, hint
from functions.domain.parsing import parse
from rehearsal.scenario.format.references import Known


def contradictions(document: Mapping[str, object], known: Known | None) -> Iterator[Problem]:
    if known is None:
        return
    world, expect = _mapping(document.get("world")), _mapping(document.get("expect"))
    for service, about in _mapping(world.get("services")).items():
        path = ("world", "services", service, "runs")
        yield from _tags(path, service, _mapping(about).get("runs"), known)
    for service, about in _mapping(expect.get("services")).items():
        path = ("expect", "services", service, "runs")
        yield from _tags(path, service, _mapping(about).get("runs"), known)
    yield from _expected(document, expect.get("deployments"), known)
    yield from _keys(_mapping(world.get("images")), known)
    for place, action in enumerate(_sequence(document.get("timeline"))):
        yield from _action(("timeline", place), _mapping(action), known)


def _action(path: Path, action: Mapping[str, object], known: Known) -> Iterator[Problem]:
    foreign = _mapping(action.get("foreign"))
    for verb in ("update_service", "cloudformation_deploy"):
        service = foreign.get(verb)
        if isinstance(service, str):
            yield from _tags((*path, "foreign", "image"), service, foreign.get("image"), known)
    document = action.get("change_catalogue")
    if isinstance(document, Mapping):
        yield from _document((*path, "change_catalogue"), document, known)


def _document(path: Path, document: object, known: Known) -> Iterator[Problem]:
    found = parse(document)
    if isinstance(found, tuple):
        for each in found:
            yield Problem((*path, *each.path), each.what, each.instead)
    elif found.application not in known.applications:
        what = f'"{found.application}" is not in the catalogue of this scenario'
        instead = hint(found.application, known.applications)
        yield Problem((*path, "application"), what, instead)


def _tags(path: Path, service: str, given: object, known: Known) -> Iterator[Problem]:
    application = service.partition("/")[0]
    tags = known.images.get(application, ())
    for tag in given if isinstance(given, list) else [given]:
        # Without any image described, the services run one that is healthy.
        if isinstance(tag, str) and tags and tag not in tags:
            what = f'world.images.{application} has no "{tag}"'
            yield Problem(path, what, hint(tag, tags))


def _expected(
    document: Mapping[str, object], deployments: object, known: Known
) -> Iterator[Problem]:
    """Yield the images of expected deployments that nobody can have asked for."""
    tags = [tag for each in known.images.values() for tag in each]
    pushes = (_mapping(each).get("tag") for each in _sequence(document.get("timeline")))
    tags += [str(each) for each in pushes if each]
    lists: dict[Path, object] = {("expect", "deployments"): deployments}
    for key in ("exactly", "at_least"):
        lists["expect", "deployments", key] = _mapping(deployments).get(key)
    for path, wanted in lists.items():
        for place, each in enumerate(_sequence(wanted)):
            tag = _mapping(each).get("image")
            if isinstance(tag, str) and any(known.images.values()) and tag not in tags:
                what = f'"{tag}" is neither an image of this scenario nor a tag of a push'
                yield Problem((*path, place, "image"), what, hint(tag, tags))


def _keys(images: Mapping[str, object], known: Known) -> Iterator[Problem]:
    for application, tags in images.items():
        keys = [
            key
            for owner, _, key in (each.partition("/") for each in known.services)
            if owner == application
        ]
        for tag, image in _mapping(tags).items():
            for key in _mapping(_mapping(image).get("by_service")):
                if keys and key not in keys:
                    path = ("world", "images", application, tag, "by_service", key)
                    what = f'"{key}" is not a service of {application}'
                    yield Problem(path, what, hint(key, keys))


def _mapping(value: object) -> Mapping[str, object]:
    return {str(key): each for key, each in value.items()} if isinstance(value, Mapping) else {}


def _sequence(value: object) -> Sequence[object]:
    return value if isinstance(value, list) else []
