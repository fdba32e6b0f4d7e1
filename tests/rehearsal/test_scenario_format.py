"""Do the schema, the examples and the types of scenario files say the same?"""

import json
from dataclasses import fields
from pathlib import Path

import pytest
import yaml
from jsonschema import Draft202012Validator

from rehearsal.faults import KINDS
from rehearsal.scenario.format import actions
from rehearsal.scenario.format.before import Behaves, Image, Service
from rehearsal.scenario.format.fields import mebibytes, seconds
from rehearsal.scenario.format.reading import read
from rehearsal.scenario.format.schema import SCHEMA, text

ROOT = Path(__file__).parents[2]
EXAMPLES = sorted((ROOT / "rehearsal/scenario/examples").glob("*.yaml"))
SCENARIOS = sorted((ROOT / "tests/rehearsal/scenarios").glob("*.yaml"))


def keys(value):
    """Return every key of a document, at any depth."""
    if isinstance(value, dict):
        return set(value).union(*map(keys, value.values()))
    return set().union(*map(keys, value)) if isinstance(value, list) else set()


def test_the_schema_is_made_of_the_types_as_they_are():
    assert SCHEMA.read_text() == text(), "run python -m rehearsal.scenario.format.schema"


def test_the_schema_is_one_that_editors_understand():
    Draft202012Validator.check_schema(json.loads(text()))


@pytest.mark.parametrize("path", [*EXAMPLES, *SCENARIOS], ids=lambda path: path.stem)
def test_what_can_be_rehearsed_pleases_an_editor(path):
    Draft202012Validator(json.loads(text())).validate(yaml.safe_load(path.read_text()))
    first = path.read_text().splitlines()[0]
    schema = first.removeprefix("# yaml-language-server: $schema=")
    assert (path.parent / schema).resolve() == SCHEMA


@pytest.mark.parametrize(
    "wrong",
    [
        {"starts_in": "20x"},
        {"start_in": "20s"},
        {"heap": "2GB"},
        {"platform": "riscv"},
        {"fails": {"share": 2}},
    ],
    ids=lambda wrong: next(iter(wrong)),
)
def test_an_editor_marks_what_cannot_be_rehearsed(wrong):
    document = yaml.safe_load(EXAMPLES[0].read_text())
    document["world"]["images"]["orders"]["v2"] = wrong
    assert not Draft202012Validator(json.loads(text())).is_valid(document)


def test_the_examples_show_everything_that_can_be_written():
    shown = set().union(*(keys(yaml.safe_load(path.read_text())) for path in EXAMPLES))
    kinds = [each for each in vars(actions).values() if isinstance(each, type)]
    acts = [each for each in kinds if each.__module__ == actions.__name__]
    verbs = {field.name for kind in acts for field in fields(kind)}
    images = {field.name for kind in (Behaves, Image) for field in fields(kind)}
    services = {field.name for field in fields(Service)}
    assert verbs | images | services | set(KINDS) <= shown


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_an_example_is_explained_in_the_readme(path):
    assert f"examples/{path.name}" in (ROOT / "rehearsal/scenario/README.md").read_text()


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_an_example_can_be_read(path):
    assert read(path).scenario.expect.deployments or "services" in path.read_text()


@pytest.mark.parametrize(
    ("written", "meant"),
    [("20s", 20), ("1.5m", 90), ("2h", 7_200), ("1d", 86_400), ("250ms", 0.25), (7, 7)],
)
def test_a_duration_is_read(written, meant):
    assert seconds(written) == meant


@pytest.mark.parametrize(("written", "meant"), [("512MiB", 512), ("2GiB", 2_048), (64, 64)])
def test_a_size_is_read(written, meant):
    assert mebibytes(written) == meant
