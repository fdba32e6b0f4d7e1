"""What the files of the catalogue describe, or file by file and line by line what is wrong."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import yaml

from functions.domain.catalogue import Application, Problem, document, parse


class CatalogueError(Exception):
    """The catalogue cannot be deployed as it stands; the text says why, one line per mistake."""


class _Loader(yaml.SafeLoader):
    """YAML as people mean it: a tag that looks like a date is a text."""


_Loader.add_constructor("tag:yaml.org,2002:timestamp", lambda _, node: str(node.value))


@dataclass(frozen=True, slots=True)
class _File:
    """One file after a look: its applications, at most one, and the lines about its mistakes."""

    name: str
    root: yaml.Node | None
    applications: tuple[Application, ...]
    mistakes: tuple[str, ...]

    def mistake(self, problem: Problem) -> str:
        return _told(self.name, _line(self.root, problem.path), problem)


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
    try:
        loader = _Loader(path.read_bytes())
        root = loader.get_single_node()
        content = loader.construct_document(root) if root else None
    # PyYAML lets through whatever its constructors meet in a value that belies its tag.
    except (OSError, yaml.YAMLError, ValueError, TypeError) as error:
        return _File(name, None, (), (_unreadable(name, error),))
    parsed = parse(content)
    problems = parsed if isinstance(parsed, tuple) else ()
    lines = [(_line(root, problem.path), problem) for problem in problems]
    lines += [(line, problem) for line, problem in _repeated(root, (), set())]
    told = tuple(_told(name, *each) for each in sorted(lines, key=lambda each: each[0]))
    return _File(name, root, () if isinstance(parsed, tuple) else (parsed,), told)


def _unreadable(name: str, error: Exception) -> str:
    mark = getattr(error, "problem_mark", None)
    what = getattr(error, "problem", None) or getattr(error, "reason", None) or error
    problem = Problem((), f"cannot be read as YAML: {what}", "mind indentation, quotes and colons")
    return _told(name, mark.line + 1 if mark else 1, problem)


def _told(name: str, line: int, problem: Problem) -> str:
    field = "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in problem.path)
    where = f"{field[1:]}: " if field else ""
    return f"{name}:{line}: {where}{problem.what}; {problem.instead}"


def _line(root: yaml.Node | None, path: tuple[str | int, ...]) -> int:
    """Return the line of a field, or of the last thing on the way to it that exists."""
    node, line = root, root.start_mark.line if root else 0
    for step in path:
        found = dict(_steps(node)).get(step)
        if found is None:
            break
        line, node = found
    return line + 1


def _steps(node: yaml.Node | None) -> Iterator[tuple[str | int, tuple[int, yaml.Node]]]:
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            yield str(key.value), (key.start_mark.line, value)
    if isinstance(node, yaml.SequenceNode):
        for place, value in enumerate(node.value):
            yield place, (value.start_mark.line, value)


def _repeated(
    node: yaml.Node | None, path: tuple[str | int, ...], seen: set[int]
) -> Iterator[tuple[int, Problem]]:
    """Yield the keys that stand twice in one mapping, of which YAML would keep the last."""
    if id(node) in seen:  # An alias leads to a node again, perhaps to one above itself.
        return
    seen.add(id(node))
    first: dict[str | int, int] = {}
    for step, (line, value) in _steps(node):
        if step in first:
            what = f"is already on line {first[step] + 1}"
            yield line + 1, Problem((*path, step), what, "keep one of them")
        first.setdefault(step, line)
        yield from _repeated(value, (*path, step), seen)


def _clashes(files: list[_File]) -> Iterator[str]:
    """Yield what two files both claim."""
    owners: dict[tuple[str, ...], str] = {}
    for file in files:
        for application in file.applications:
            for path, claim, what in _claims(application):
                owner = owners.setdefault(claim, file.name)
                if owner != file.name:
                    instead = "leave it to one of them"
                    yield file.mistake(Problem(path, f"{what} is already in {owner}", instead))


def _claims(
    application: Application,
) -> Iterator[tuple[tuple[str | int, ...], tuple[str, ...], str]]:
    name, cluster = application.application, application.cluster
    yield ("application",), (name,), f'"{name}"'
    for service in application.services:
        what = f'the service "{service.service}" of cluster "{cluster}"'
        yield ("services", service.key), (cluster, service.service), what
