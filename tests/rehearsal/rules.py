"""Which rules and worked examples of the scheduler are there, and which tests hold them?"""

import ast
from collections.abc import Iterator
from pathlib import Path

import yaml

TESTS = Path(__file__).parents[1]
EXAMPLES = Path(__file__).with_name("worked_examples.yaml")

# How many rules each section of scheduler-rules has: R1.1 to R1.13, and so on.
SECTIONS = {1: 13, 2: 11, 3: 12, 4: 12, 5: 11, 6: 3, 7: 5, 8: 15, 9: 2, 10: 8, 11: 6, 12: 5, 13: 7}
SECTIONS[14] = 8
RULES = tuple(
    f"R{section}.{number}" for section, most in SECTIONS.items() for number in range(1, most + 1)
)
GIVEN = "1 2 3 4 5 7 8 10 11 12 13a 14 15 17 18 19 21 22 23 25 26 28 29 31 32 33 34 36 37 38 40 41"
GIVEN += " 42a 42c 43a 43b 44 45 46a 46b 48 49 50 51 52 53 54 55 56 57 58 59 60"
WORKED = tuple(f"W{number}" for number in GIVEN.split())
"""The examples of Part C; the others are held back there."""


def holds(*rules):
    """Say which rules and examples a test holds: `@holds("R8.4", "R8.5", "W29")`."""
    unknown = [rule for rule in rules if rule not in (*RULES, *WORKED)]
    if unknown:
        raise ValueError(f"There is no rule {', '.join(unknown)}.")
    return lambda test: test


def held() -> dict[str, list[str]]:
    """Return by rule the tests that say they hold it, and the worked examples."""
    found: dict[str, list[str]] = {}
    for rule, place in [*_of_tests(), *_of_examples()]:
        found.setdefault(rule, []).append(place)
    return found


def _of_tests() -> Iterator[tuple[str, str]]:
    for path in sorted(TESTS.rglob("test_*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
                for rule in _marked(node):
                    yield rule, f"{path.relative_to(TESTS)}::{node.name}"


def _marked(test: ast.FunctionDef) -> Iterator[str]:
    calls = (each for each in test.decorator_list if isinstance(each, ast.Call))
    for call in calls:
        if isinstance(call.func, ast.Name) and call.func.id == holds.__name__:
            yield from (ast.literal_eval(rule) for rule in call.args)


def _of_examples() -> Iterator[tuple[str, str]]:
    if EXAMPLES.exists():
        for example in yaml.safe_load(EXAMPLES.read_text()):
            for rule in (example["id"], *example.get("holds", ())):
                yield rule, example["id"]
