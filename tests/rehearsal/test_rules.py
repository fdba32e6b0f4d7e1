"""Is every rule and example held by a test, and does every unverified choice say that it is one?"""

import ast
import re
from itertools import pairwise
from pathlib import Path

import pytest

from tests.rehearsal.rules import RULES, TESTS, WORKED, held, holds

# What no test of a simulator can hold.
ELSEWHERE = {
    "R4.8": "an estimate for planning, not a rule",
    "R8.14": "durations that were seen; they follow from other rules",
    "R14.3": "ecs:runTask.sync, which no machine here uses: it is refused at registration",
    "R14.5": "the same",
}

# U18 is about ecs:runTask.sync as well.
UNVERIFIED = tuple(f"U{number}" for number in range(1, 23) if number != 18)
SETTINGS = TESTS.parent / "rehearsal" / "ecs" / "settings.py"
UNKNOWN = re.compile(r"unverified: (U\d+(?:, U\d+)*)")


def switches() -> dict[str, str]:
    """Return by name what the settings say of a switch."""
    body = ast.parse(SETTINGS.read_text()).body
    (settings,) = [each for each in body if isinstance(each, ast.ClassDef)]
    return {
        field.target.id: said.value.value
        for field, said in pairwise(settings.body)
        if isinstance(field, ast.AnnAssign) and isinstance(said, ast.Expr)
    }


def admitted() -> set[str]:
    texts = (" ".join(text.split()) for text in switches().values())
    return {name for text in texts for found in UNKNOWN.findall(text) for name in found.split(", ")}


def missing() -> list[str]:
    found = held()
    return [each for each in (*RULES, *WORKED) if each not in found and each not in ELSEWHERE]


def test_every_rule_and_every_worked_example_names_a_test_that_holds_it():
    assert missing() == []


def test_only_rules_that_no_test_holds_are_excused():
    assert [rule for rule in ELSEWHERE if rule in held()] == []


def test_every_unverified_choice_is_a_switch_that_says_so():
    assert [name for name in UNVERIFIED if name not in admitted()] == []


def test_every_switch_of_an_unverified_choice_is_turned_by_a_test():
    tests = "".join(path.read_text() for path in Path(__file__).parent.glob("test_*.py"))
    unverified = [name for name, text in switches().items() if "unverified" in text]
    assert [name for name in unverified if name not in tests] == []


def test_a_rule_that_does_not_exist_is_refused():
    with pytest.raises(ValueError, match=r"R15\.1"):
        holds("R15.1")


if __name__ == "__main__":
    print("not held:", *missing())
    print("not said to be unverified:", *(each for each in UNVERIFIED if each not in admitted()))
