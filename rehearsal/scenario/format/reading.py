"""What does a scenario file say, or line by line what is wrong with it?"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from functions.domain.catalogue import Application
from functions.domain.fields import Problem, shown
from functions.domain.parsing import parse
from infra import catalogue
from infra.catalogue import CatalogueError
from infra.lines import Lines, opened
from rehearsal.scenario.format.conflicts import conflicts
from rehearsal.scenario.format.cross import contradictions
from rehearsal.scenario.format.mistakes import problems
from rehearsal.scenario.format.references import Known
from rehearsal.scenario.format.scenario import Scenario

SCENARIOS = TypeAdapter(Scenario)
WORKFLOWS = tuple(
    path.name.partition(".")[0]
    for path in sorted((Path(__file__).parents[3] / "statemachines").glob("*.asl.json"))
)


class ScenarioError(Exception):
    """The file cannot be rehearsed; the text says why, one line per mistake."""


@dataclass(frozen=True, slots=True)
class Loaded:
    """A scenario together with the applications of its catalogue."""

    source: str
    scenario: Scenario
    applications: tuple[Application, ...]


def read(path: Path) -> Loaded:
    """Return what a file describes, or raise with every mistake in it."""
    instead = "name a scenario file or a folder of them"
    return understood(opened(path, str(path), instead), path.parent)


def application(path: Path) -> Application:
    """Return what a file of the catalogue describes, or raise with every mistake in it."""
    lines = opened(path, str(path), "name a file of the catalogue")
    if lines.unreadable is not None:
        raise ScenarioError(lines.unreadable)
    if _is_scenario(lines.content):
        instead = "name it without --catalogue"
        raise ScenarioError(f"{path}: is a scenario, not a file of the catalogue; {instead}")
    return catalogue.read(path)


def understood(lines: Lines, folder: Path) -> Loaded:
    """Return the scenario of a file whose relative paths begin in a folder."""
    try:
        return _understood(lines, _document(lines), folder)
    except ScenarioError:
        raise
    except Exception as error:  # Whatever a file holds, people are told in words.
        said = f"cannot be understood: {type(error).__name__}: {error}"
        instead = "write it as rehearsal/scenario/README.md shows"
        raise ScenarioError(lines.mistake(Problem((), said, instead))) from error


def _document(lines: Lines) -> Mapping[str, object]:
    """Return the mapping that a file holds, or say what it is instead."""
    content = lines.content
    if lines.unreadable is not None:
        raise ScenarioError(lines.unreadable)
    if content is None or content == {}:
        wrong = Problem((), "is empty", "a scenario needs a name and a catalogue")
        raise ScenarioError(lines.mistake(wrong))
    if not isinstance(content, Mapping):
        wrong = Problem((), f"{shown(content)} is not a mapping", "begin with name: what is tried")
        raise ScenarioError(lines.mistake(wrong))
    if "application" in content and "catalogue" not in content:
        instead = f"rehearse it with --catalogue {lines.name}"
        raise ScenarioError(f"{lines.name}: is a file of the catalogue, no scenario; {instead}")
    return content


def _is_scenario(content: object) -> bool:
    return (
        isinstance(content, Mapping)
        and "application" not in content
        and bool(content.keys() & {"catalogue", "world", "timeline", "expect"})
    )


def _understood(lines: Lines, document: Mapping[str, object], folder: Path) -> Loaded:
    catalogued = _Catalogue.of(document.get("catalogue"), folder)
    known = _known(document, catalogued)
    found = list(catalogued.problems)
    scenario: Scenario | None = None
    try:
        # As JSON, because only there a strict reader takes texts for what they stand for.
        text = json.dumps(document, default=str)
        scenario = SCENARIOS.validate_json(text, strict=True, context=known)
    except ValidationError as error:
        found += problems(error, Scenario, document)
    if not catalogued.elsewhere:
        found += contradictions(document, known)
    if scenario is not None and not found and not catalogued.elsewhere:
        found += conflicts(scenario, catalogued.applications)
    told = (*lines.mistakes(tuple(dict.fromkeys(found))), *catalogued.elsewhere)
    if told or scenario is None:
        raise ScenarioError("\n".join(told))
    return Loaded(lines.name, scenario, catalogued.applications)


@dataclass(frozen=True, slots=True)
class _Catalogue:
    """The applications of a scenario, and the mistakes in their documents, here and elsewhere."""

    applications: tuple[Application, ...] = ()
    problems: tuple[Problem, ...] = ()
    elsewhere: tuple[str, ...] = ()

    @classmethod
    def of(cls, entries: object, folder: Path) -> "_Catalogue":
        made = cls()
        if entries == []:
            empty = Problem(("catalogue",), "is empty", "describe an application, or name its file")
            return cls(problems=(empty,))
        for place, entry in enumerate(entries if isinstance(entries, list) else ()):
            made = made._with(place, entry, folder)
        return made

    def _with(self, place: int, entry: object, folder: Path) -> "_Catalogue":
        path = ("catalogue", place)
        if isinstance(entry, str):
            wrong = _unfit(path, entry, folder)
            if wrong is not None:
                return replace(self, problems=(*self.problems, wrong))
            try:
                found: Application | tuple[Problem, ...] = catalogue.read(folder / entry)
            except CatalogueError as error:
                return replace(self, elsewhere=(*self.elsewhere, str(error)))
        else:
            found = parse(entry)
        if isinstance(found, Application):
            twin = found.application in {each.application for each in self.applications}
            clash = Problem(path, f'"{found.application}" is there already', "keep one of them")
            more = (clash,) if twin else ()
            return replace(
                self,
                applications=(*self.applications, found),
                problems=(*self.problems, *more),
            )
        inner = (replace(each, path=(*path, *each.path)) for each in found)
        return replace(self, problems=(*self.problems, *inner))


def _unfit(path: tuple[str | int, ...], entry: str, folder: Path) -> Problem | None:
    """Say what keeps a file from being one of the catalogue, before its fields are looked at."""
    file = folder / entry
    if not file.is_file():
        what = (
            f"{shown(entry)} is a folder" if file.is_dir() else f"there is no file {shown(entry)}"
        )
        return Problem(path, what, "name a file of the catalogue, from where this scenario is")
    if _is_scenario(opened(file, entry, "").content):
        return Problem(path, f"{shown(entry)} is a scenario", "name a file of the catalogue")
    return None


def _known(document: Mapping[str, object], found: _Catalogue) -> Known | None:
    """Return the names of a file; None where its own catalogue leaves them open."""
    if found.problems or found.elsewhere or not found.applications:
        return None
    world = _mapping(document.get("world"))
    images = _mapping(world.get("images"))
    catalogued = [
        alarm
        for application in found.applications
        for service in application.services
        for alarm in service.bake.alarms
    ]
    return Known(
        services=tuple(_services(found.applications)),
        images={
            each.application: tuple(map(str, _mapping(images.get(each.application))))
            for each in found.applications
        },
        clusters=tuple(dict.fromkeys(each.cluster for each in found.applications)),
        alarms=tuple(dict.fromkeys([*catalogued, *map(str, _mapping(world.get("alarms")))])),
        workflows=WORKFLOWS,
    )


def _services(applications: tuple[Application, ...]) -> Iterator[str]:
    for application in applications:
        for service in application.services:
            yield f"{application.application}/{service.key}"


def _mapping(value: object) -> Mapping[str, object]:
    return value if isinstance(value, Mapping) else {}
