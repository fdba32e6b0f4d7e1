"""Is every workflow sound, as far as that can be told without running it?

`BROKEN` proves for each check that it finds its defect.
"""

import copy
import json
from typing import Any

import pytest

from functions.domain.ending.end import Outcome
from rehearsal.template import Template
from tests.workflows import checks_of_course as of_course
from tests.workflows.asl import Workflow, workflows
from tests.workflows.broken import BROKEN, SOUND, Change, Check
from tests.workflows.checks_of_calls import CALLS, forms
from tests.workflows.checks_of_course import COURSE, outcomes, substitutions

EACH = pytest.mark.parametrize("workflow", workflows(), ids=lambda each: each.name)


def named(check: Check) -> str:
    return check.__name__


@EACH
@pytest.mark.parametrize("check", [*CALLS, *COURSE], ids=named)
def test_a_workflow_is_sound(workflow: Workflow, check: Check) -> None:
    found = list(check(workflow))
    assert not found, "\n".join(found)


@EACH
def test_every_placeholder_is_supplied_and_used(
    workflow: Workflow, template: dict[str, Any]
) -> None:
    machines = Template(template).of("AWS::StepFunctions::StateMachine")
    (machine,) = [
        each.properties
        for each in machines
        if each.properties["StateMachineName"].endswith(f"-{workflow.name}")
    ]
    assert json.loads(machine["DefinitionString"]) == workflow.definition
    assert list(substitutions(workflow, machine["DefinitionSubstitutions"])) == []


def test_the_words_for_outcomes_are_the_same_everywhere() -> None:
    assert set(outcomes()) == {each.value for each in Outcome}


def test_design_agrees_on_three_forms() -> None:
    assert set(forms()) == {"function", "read", "keyed write"}


def sample(definition: dict[str, Any], name: str = "sample") -> Workflow:
    return Workflow(name, json.dumps(definition))


@pytest.mark.parametrize("check", [*CALLS, *COURSE], ids=named)
def test_a_sound_workflow_passes(check: Check) -> None:
    assert list(check(sample(SOUND))) == []


@pytest.mark.parametrize(
    ("check", "state", "change"),
    BROKEN,
    ids=[f"{check.__name__}-{number}" for number, (check, _, _) in enumerate(BROKEN)],
)
def test_a_defect_is_found_and_its_state_named(check: Check, state: str, change: Change) -> None:
    definition = copy.deepcopy(SOUND)
    change(definition)
    found = list(check(sample(definition)))
    assert any(problem.startswith(state) for problem in found), found


def test_every_check_is_proved_to_find_something() -> None:
    assert {check for check, _, _ in BROKEN} == {*CALLS, *COURSE}


@pytest.mark.parametrize(
    ("supplied", "problem"),
    [
        ({"Ledger"}, "Read Request: nobody supplies ${ReadRequest}"),
        ({"Ledger", "ReadRequest", "Bus"}, "sample: Bus is supplied and not used"),
    ],
)
def test_a_wrong_substitution_is_found(supplied: set[str], problem: str) -> None:
    assert list(substitutions(sample(SOUND), supplied)) == [problem]


def test_an_end_of_deploy_that_design_does_not_know_is_found() -> None:
    (deploy,) = [each for each in workflows() if each.name == "deploy"]
    definition = copy.deepcopy(deploy.definition)
    definition["States"]["Promoted"]["Type"] = "Fail"
    definition["States"]["Gave Up"] = {"Type": "Succeed"}
    found = [problem.split(":")[0] for problem in of_course.ends(sample(definition, "deploy"))]
    assert found == ["Gave Up", "Promoted"]


def test_a_defect_inside_of_a_map_is_named_by_its_path() -> None:
    inside = {"ItemProcessor": {"StartAt": "Find Waits", "States": SOUND["States"]}}
    outer = {"StartAt": "Each", "States": {"Each": {"Type": "Map", **inside}}}
    found = list(of_course.guards(sample(outer)))
    assert found == []
    outer["States"]["Each"]["ItemProcessor"]["StartAt"] = "Run Task"
    found = list(of_course.guards(sample(outer)))
    assert found == ["Each > Run Task: writes to ECS without a claim check directly before"]
