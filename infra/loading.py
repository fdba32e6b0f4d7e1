"""How is a YAML file that people write read, and in which words is one refused?"""

import re

import yaml

LARGEST = 1_000_000
"""In bytes, many times what a person writes."""
DEEPEST = 50
MOST = 50_000
"""So many values, those that an alias repeats counted again."""

READ = "cannot be read as YAML"
LESS = "nobody writes as much: leave some of it out"
MIND = "mind indentation, quotes and colons"
COLUMNS = "begin the fields of one mapping, and the - of one list, in the same column"
COLON = "begin fields in the same column, and put a text that holds a colon in quotes"
WORDS: tuple[tuple[str, str, str], ...] = (
    (r"but found '<scalar>'", "text stands behind a closed quote", "quote the whole text"),
    (r"expected <block end>", "this line is indented unlike those it belongs to", COLUMNS),
    (r"mapping values are not allowed here", "a colon stands where none can", COLON),
    (r"could not find expected ':'", "a key stands without its colon", "write key: value"),
    (r"'\\t' that cannot start", "a tab cannot stand here", "indent with spaces"),
    (r"cannot start any token", "a text cannot begin with …", "put it in quotes"),
    (r"expected ',' or '[\]}]'", "a [ or a { is not closed", "mind commas and brackets"),
    (r"found unexpected end of stream", "a quote is not closed", "end the text with its \" or '"),
    (r"but found another document", "there are two documents", "leave out the line ---"),
    (r"for the tag", "there is no such type of value", "leave out what begins with !"),
    (
        r"undefined alias",
        "the alias … has no anchor",
        "write an anchor & before it, or quote a text with a *",
    ),
)
"""What PyYAML says, what people understand by it, and what helps."""


class UnreadableError(Exception):
    """A text cannot be read; says where it begins to be so, what is wrong, and what helps."""

    def __init__(self, line: int, what: str, instead: str) -> None:
        super().__init__(f"{what}; {instead}")
        self.line, self.what, self.instead = line, what, instead


def loaded(text: bytes) -> tuple[yaml.Node | None, object]:
    """Return the tree of a text, with its lines, and its content."""
    if len(text) > LARGEST:
        what = f"is larger than {LARGEST:,} bytes"
        raise UnreadableError(1, what, "nobody writes as much: name another file")
    try:
        loader = _Loader(_decoded(text))
        root = loader.get_single_node()
        return root, loader.construct_document(root) if root else None
    except yaml.reader.ReaderError as error:
        what = f"is no text: it holds the character #x{int(error.character):02x}"
        raise UnreadableError(1, what, "name a YAML file") from error
    # PyYAML lets through whatever its constructors meet in a value that belies its tag.
    except (yaml.YAMLError, ValueError, TypeError, RecursionError) as error:
        raise _unreadable(error) from error


class _Loader(yaml.SafeLoader):
    """YAML as people mean it: a tag that looks like a date is a text, and so is 1:30."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.depth = 0
        self.count = 0
        self.counts: dict[str, int] = {}

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        """Refuse what would take for ever before it is there: depth, and aliases of aliases."""
        event = self.peek_event()  # type: ignore[no-untyped-call]
        anchor, mark = getattr(event, "anchor", None) or "", event.start_mark
        before = self.count
        if isinstance(event, yaml.AliasEvent):
            if anchor in self.anchors and anchor not in self.counts:
                raise _too(mark, f"*{anchor} stands within &{anchor} itself", "write it out")
            self.count += self.counts.get(anchor, 0)
        self.depth, self.count = self.depth + 1, self.count + 1
        if self.depth > DEEPEST:
            raise _too(mark, f"it is nested more than {DEEPEST} times", LESS)
        if self.count > MOST:
            raise _too(mark, f"it holds more than {MOST:,} values", LESS)
        node = super().compose_node(parent, index)
        self.depth -= 1
        if anchor:
            self.counts[anchor] = self.count - before
        return node


def _whole(loader: yaml.SafeLoader, node: yaml.ScalarNode) -> int | str:
    """Leave 1:30 the text it is: to YAML it is ninety, which nobody means."""
    return str(node.value) if ":" in node.value else loader.construct_yaml_int(node)


def _fraction(loader: yaml.SafeLoader, node: yaml.ScalarNode) -> float | str:
    return str(node.value) if ":" in node.value else loader.construct_yaml_float(node)


_Loader.add_constructor("tag:yaml.org,2002:timestamp", lambda _, node: str(node.value))
_Loader.add_constructor("tag:yaml.org,2002:int", _whole)
_Loader.add_constructor("tag:yaml.org,2002:float", _fraction)


def _decoded(text: bytes) -> str:
    if text.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise UnreadableError(1, "is written in UTF-16", "save it in UTF-8")
    try:
        return text.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = text.count(b"\n", 0, error.start) + 1
        raise UnreadableError(line, "is no text in UTF-8", "save it in UTF-8") from error


def _too(mark: yaml.Mark, what: str, instead: str) -> UnreadableError:
    return UnreadableError(mark.line + 1, f"{READ}: {what}", instead)


def _unreadable(error: Exception) -> UnreadableError:
    mark = getattr(error, "problem_mark", None)
    problem = str(getattr(error, "problem", None) or error)
    what, instead = problem, MIND
    for pattern, words, help_ in WORDS:
        if re.search(pattern, problem):
            what, instead = words.replace("…", _found(problem)), help_
            break
    return UnreadableError(mark.line + 1 if mark else 1, f"{READ}: {what}", instead)


def _found(problem: str) -> str:
    """Return the character or the name that PyYAML quotes."""
    match = re.search(r"(?:character|alias) (\S+)", problem)
    return match[1] if match else "this"
