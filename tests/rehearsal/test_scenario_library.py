"""Does the library of scenarios leave nothing out that a scenario can say?"""

from dataclasses import fields
from pathlib import Path
from typing import Annotated, get_args

import pytest
import yaml

from functions.domain.ending.end import Outcome
from rehearsal.faults import KINDS
from rehearsal.scenario.format.actions import Action
from rehearsal.scenario.format.before import Image

LIBRARY = Path(__file__).parent / "scenarios"
DOCUMENTS = [yaml.safe_load(path.read_text()) for path in sorted(LIBRARY.glob("*.yaml"))]


SHAPES = (
    "Crash loop",
    "Flapping",
    "Limping",
    "Placement starvation",
    "Stuck draining",
    "Percentages that can never move",
    "Another deployment replaced ours",
)
"""What a person reads of a rollout that does not come to its end."""


def ends():
    for document in DOCUMENTS:
        expected = document["expect"].get("deployments", [])
        for some in expected.values() if isinstance(expected, dict) else [expected]:
            yield from some


def behaviours():
    for document in DOCUMENTS:
        for images in document["world"]["images"].values():
            for image in images.values():
                yield from image


def tags(union):
    """Return the keys that tell the members of a tagged union apart."""
    members, *_ = get_args(union)
    return [get_args(each)[1].tag for each in get_args(members) if get_args(each)]


def test_there_are_many_scenarios_and_each_has_a_name_of_its_own():
    names = [document["name"] for document in DOCUMENTS]
    assert len(names) >= 40
    assert len(set(names)) == len(names)


@pytest.mark.parametrize("behaviour", [each.name for each in fields(Image)])
def test_every_behaviour_of_an_image_is_rehearsed(behaviour):
    assert behaviour in set(behaviours())


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_fault_is_rehearsed(kind):
    assert any(kind in fault for each in DOCUMENTS for fault in each.get("faults", ()))


@pytest.mark.parametrize("outcome", Outcome)
def test_every_outcome_is_rehearsed(outcome):
    assert outcome.value in {each.get("outcome") for each in ends()}


@pytest.mark.parametrize("shape", SHAPES)
def test_every_shape_of_a_rollout_without_end_is_rehearsed(shape):
    assert any(shape in each.get("message", "") for each in ends())


@pytest.mark.parametrize("verb", tags(Action))
def test_every_action_is_rehearsed(verb):
    assert any(verb in action for each in DOCUMENTS for action in each["timeline"])


def test_a_tag_is_read_from_a_union():
    assert "push" in tags(Action)
    assert tags(Annotated[int | str, "x"]) == []
