"""Is everything where its name says, called the same everywhere, and small enough to read?"""

import ast
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.workflows.asl import ROOT, pascal, title, workflows

PACKAGES = ("functions", "infra", "rehearsal")
MODULES = sorted(path for each in PACKAGES for path in (ROOT / each).rglob("*.py"))
HANDLERS = sorted((ROOT / "functions/handlers").glob("[!_]*.py"))
MOST_LINES = 300
MOST_LINES_OF_A_FUNCTION = 30

# What no state asks, but ECS at its lifecycle hooks.
ASKED_BY_ECS = {"answer_hook"}

# Names that say nothing: whatever stands in such a module has a better one.
EMPTY_NAMES = re.compile(r"(util|common|helper|constant|service|manager)s?")
# Where somebody's machine or registry shows through; written so that they do not find themselves.
TRACES = (
    re.compile(r"(?<![\w.$/}])/(work|home|root|tmp|Users|mnt)/\w"),
    re.compile(
        r"https?://[\w.-]*(pypi|pythonhosted|npmjs|artifactory|nexus|jfrog|registry|mirror)[\w.-]*/"
    ),
    re.compile(r"^\s*-{1,2}(extra-)?index-url", re.MULTILINE),
)


def parts(path: Path) -> str:
    return str(path.relative_to(ROOT))


def functions(tree: ast.AST) -> Iterator[ast.FunctionDef]:
    return (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef))


def tracked() -> list[Path]:
    """Return the files that are in the repository, or about to be."""
    git = shutil.which("git")
    assert git
    listed = subprocess.run(  # noqa: S603
        [git, "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=ROOT,
        capture_output=True,
        check=True,
        text=True,
    )
    paths = (ROOT / name for name in listed.stdout.split("\0") if name)
    return [path for path in paths if path.is_file()]


@pytest.mark.parametrize("handler", [each.stem for each in HANDLERS])
def test_a_handler_has_one_name_in_every_medium(template: dict[str, Any], handler: str) -> None:
    lambdas = {
        resource["Properties"]["Handler"]: logical_id
        for logical_id, resource in template["Resources"].items()
        if resource["Type"] == "AWS::Lambda::Function"
    }
    logical_id = lambdas[f"functions.handlers.{handler}.handler"]
    assert re.fullmatch(rf"Functions{pascal(handler)}[0-9A-F]{{8}}", logical_id)
    states = {state.name: state for each in workflows() for state in each.states}
    asking = states.get(title(handler))
    assert (asking.handler if asking else None) == (
        None if handler in ASKED_BY_ECS else pascal(handler)
    )


def test_a_function_is_invoked_by_states_of_its_name_only() -> None:
    for workflow in workflows():
        for state in workflow.states:
            assert state.handler in (None, pascal(state.name)), state.path


def test_a_workflow_has_one_name_in_every_medium(template: dict[str, Any]) -> None:
    machines = {
        resource["Properties"]["StateMachineName"].rpartition("-")[2]: logical_id
        for logical_id, resource in template["Resources"].items()
        if resource["Type"] == "AWS::StepFunctions::StateMachine"
    }
    assert machines.keys() == {each.name for each in workflows()}
    for name, logical_id in machines.items():
        assert logical_id.startswith(f"Workflows{pascal(name)}StateMachine")


@pytest.mark.parametrize("document", ["README.md", "DESIGN.md"])
def test_what_is_written_for_people_names_every_workflow(document: str) -> None:
    text = (ROOT / document).read_text()
    assert [each.name for each in workflows() if not re.search(rf"\b{each.name}\b", text)] == []


@pytest.mark.parametrize("path", HANDLERS, ids=lambda path: path.stem)
def test_a_handler_shows_its_request_its_answer_and_nothing_else(path: Path) -> None:
    body = ast.parse(path.read_text()).body
    defined = [each for each in body if isinstance(each, ast.FunctionDef | ast.ClassDef)]
    shown = [each.name for each in defined if not each.name.startswith("_")]
    assert shown == ["Request", "Answer", "handler"]


@pytest.mark.parametrize("path", MODULES, ids=parts)
def test_a_module_can_be_read_at_once(path: Path) -> None:
    text = path.read_text()
    assert len(text.splitlines()) <= MOST_LINES
    long = {
        each.name: each.end_lineno - each.lineno + 1
        for each in functions(ast.parse(text))
        if each.end_lineno and each.end_lineno - each.lineno >= MOST_LINES_OF_A_FUNCTION
    }
    assert not long


@pytest.mark.parametrize("path", MODULES, ids=parts)
def test_a_module_says_what_question_it_answers(path: Path) -> None:
    tree = ast.parse(path.read_text())
    assert not tree.body or ast.get_docstring(tree)


def test_names_say_something() -> None:
    names = {part for path in MODULES for part in path.relative_to(ROOT).with_suffix("").parts}
    assert [name for name in sorted(names) if EMPTY_NAMES.fullmatch(name)] == []


# What other people's tasks said: their machines and registries may show in it.
SAID_ELSEWHERE = "tests/unit/stop_reasons.jsonl"


def test_no_file_tells_where_it_was_made() -> None:
    found = [
        f"{parts(path)}: {match[0].strip()}"
        for path in tracked()
        if parts(path) != SAID_ELSEWHERE
        for trace in TRACES
        for match in trace.finditer(path.read_text(errors="ignore"))
    ]
    assert found == []


@pytest.mark.parametrize("place", ["work/main", "home/me", "tmp/x"])
def test_a_place_is_recognised(place: str) -> None:
    assert TRACES[0].search(f"see /{place}")
    assert not TRACES[0].search(f"arn:aws:s3:::bucket/{place}")
