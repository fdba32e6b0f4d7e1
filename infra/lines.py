"""What does a YAML file hold, and on which line does each of its mistakes stand?"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import yaml

from functions.domain.fields import Problem
from infra.loading import UnreadableError, loaded


@dataclass(frozen=True, slots=True)
class Lines:
    """One file under the name that people know it by; `unreadable` says why it has no content."""

    name: str
    root: yaml.Node | None
    content: object
    unreadable: str | None = None

    def mistakes(self, problems: Iterator[Problem] | tuple[Problem, ...]) -> tuple[str, ...]:
        """Return a line for each problem and for each key that stands twice, from the top down."""
        if self.unreadable is not None:
            return (self.unreadable,)
        found = [(_line(self.root, problem.path), problem) for problem in problems]
        found += [(line, problem) for line, problem in _repeated(self.root, (), set())]
        return tuple(_told(self.name, *each) for each in sorted(found, key=lambda each: each[0]))

    def mistake(self, problem: Problem) -> str:
        return _told(self.name, _line(self.root, problem.path), problem)


def opened(path: Path, name: str, instead: str) -> Lines:
    """Return what a file holds; `instead` says what to do where there is none."""
    try:
        return parsed(name, path.read_bytes())
    except (OSError, ValueError) as error:
        return Lines(name, None, None, f"{name}: {_absent(error)}; {instead}")


def parsed(name: str, text: bytes) -> Lines:
    try:
        return Lines(name, *loaded(text))
    except UnreadableError as error:
        problem = Problem((), error.what, error.instead)
        return Lines(name, None, None, _told(name, error.line, problem))


def _absent(error: Exception) -> str:
    if isinstance(error, FileNotFoundError | NotADirectoryError):
        return "there is no such file"
    if isinstance(error, IsADirectoryError):
        return "is a folder, not a file"
    if isinstance(error, PermissionError):
        return "may not be read by you"
    return f"cannot be opened: {getattr(error, 'strerror', None) or error}"


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
