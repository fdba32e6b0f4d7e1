"""What the files of the catalogue describe, or file by file and line by line what is wrong."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from functions.domain.catalogue import Application, document
from functions.domain.fields import Problem
from functions.domain.parsing import parse
from infra.lines import Lines, opened


class CatalogueError(Exception):
    """The catalogue cannot be deployed as it stands; the text says why, one line per mistake."""


@dataclass(frozen=True, slots=True)
class _File:
    """One file after a look: its applications, at most one, and the lines about its mistakes."""

    lines: Lines
    applications: tuple[Application, ...]
    mistakes: tuple[str, ...]

    @property
    def name(self) -> str:
        return self.lines.name


def load(folder: Path) -> tuple[Application, ...]:
    """Return the applications of all files, or raise with every mistake of every file."""
    files = (path for path in folder.glob("*") if path.is_file())
    paths = sorted(path for path in files if path.suffix in {".yaml", ".yml"})
    if not paths:
        raise CatalogueError(
            f"{folder.name}: describes no application; add a file, for example "
            f"{folder.name}/orders.yaml"
        )
    looks = [_look(path) for path in paths]
    mistakes = [mistake for look in looks for mistake in look.mistakes]
    mistakes += _clashes(looks)
    if mistakes:
        raise CatalogueError("\n".join(mistakes))
    return tuple(application for look in looks for application in look.applications)


def read(path: Path) -> Application:
    """Return the application of one file, or raise with every mistake in it."""
    file = _look(path)
    if file.mistakes:
        raise CatalogueError("\n".join(file.mistakes))
    return file.applications[0]


def minified(application: Application) -> str:
    """Return the document as its parameter holds it."""
    return json.dumps(document(application), separators=(",", ":"), ensure_ascii=False)


def _look(path: Path) -> _File:
    name = f"{path.absolute().parent.name}/{path.name}"
    lines = opened(path, name, "name a file of the catalogue")
    found = parse(lines.content)
    problems = found if isinstance(found, tuple) else ()
    applications = () if isinstance(found, tuple) else (found,)
    return _File(lines, applications, lines.mistakes(problems))


def _clashes(files: list[_File]) -> Iterator[str]:
    """Yield what two files both claim."""
    owners: dict[tuple[str, ...], str] = {}
    for file in files:
        for application in file.applications:
            for path, claim, what in _claims(application):
                owner = owners.setdefault(claim, file.name)
                if owner != file.name:
                    instead = "leave it to one of them"
                    yield file.lines.mistake(
                        Problem(path, f"{what} is already in {owner}", instead)
                    )


def _claims(
    application: Application,
) -> Iterator[tuple[tuple[str | int, ...], tuple[str, ...], str]]:
    name, cluster = application.application, application.cluster
    yield ("application",), (name,), f'"{name}"'
    for service in application.services:
        what = f'the service "{service.service}" of cluster "{cluster}"'
        yield ("services", service.key), (cluster, service.service), what
