"""What does a YAML file hold, and on which line does each of its mistakes stand?"""

from collections.abc import Iterator
from dataclasses import dataclass

import yaml

from functions.domain.catalogue import Problem


class _Loader(yaml.SafeLoader):
    """YAML as people mean it: a tag that looks like a date is a text."""


_Loader.add_constructor("tag:yaml.org,2002:timestamp", lambda _, node: str(node.value))


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


def parsed(name: str, text: bytes) -> Lines:
    try:
        loader = _Loader(text)
        root = loader.get_single_node()
        content = loader.construct_document(root) if root else None
    # PyYAML lets through whatever its constructors meet in a value that belies its tag.
    except (yaml.YAMLError, ValueError, TypeError) as error:
        return unreadable(name, error)
    return Lines(name, root, content)


def unreadable(name: str, error: Exception) -> Lines:
    """Return a file that cannot be read, with the mistake that keeps it from being read."""
    mark = getattr(error, "problem_mark", None)
    what = getattr(error, "problem", None) or getattr(error, "reason", None) or error
    problem = Problem((), f"cannot be read as YAML: {what}", "mind indentation, quotes and colons")
    return Lines(name, None, None, _told(name, mark.line + 1 if mark else 1, problem))


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
