"""roll, migrate and bake look, wait and look again in one way: a change of it reaches all three."""

import json
from pathlib import Path
from typing import Any

import pytest

FOLDER = Path(__file__).parents[2] / "statemachines"
CHILDREN = ("roll", "migrate", "bake")
LOOKS = {"Judge Rollout", "Judge Migration", "Task Known", "Judge Bake"}


def states(workflow: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((FOLDER / f"{workflow}.asl.json").read_text())["States"]
    return found


def ring(workflow: str) -> dict[str, Any]:
    """Return the states of a workflow as if a roll renewed its claim where the others do.

    It does so after the wait, since it reads there who of its wave has failed meanwhile, and
    between a look and its verdict it tells what ECS is at.
    """
    found = states(workflow)
    if workflow == "roll":
        found["Let It Settle"]["Next"] = found["Renew Claim"]["Next"]
        found["Verdict"]["Choices"][1]["Next"] = "Renew Claim"
        renew = found["Renew Claim"]
        before = states("bake")["Renew Claim"]
        renew |= {key: before[key] for key in ("Comment", "Output", "Next")}
        del renew["Assign"], renew["Arguments"]["ReturnValues"]
    told: dict[str, Any] = json.loads(json.dumps(found).replace('"Stage Reached"', '"Verdict"'))
    return told


def same(workflow: str, name: str) -> dict[str, Any]:
    """Return a state without what tells the three apart: whose wait, which look, where it ends."""
    state = json.loads(json.dumps(ring(workflow)[name]))
    for judge in LOOKS:
        state = json.loads(json.dumps(state).replace(f'"{judge}"', '"Look"'))
    if name == "Wait For News":
        state["Arguments"]["Key"]["sk"] = "whose"
    if name == "Verdict":
        state["Default"] = "the end"
    if name == "Pause":
        for differs in ("what", "began_at", "seconds", "unsure"):
            state["Arguments"]["Input"][differs] = "whose"
    return state


@pytest.mark.parametrize(
    "name",
    [
        "Pause",
        "Evidence Found",
        "Note Resumed",
        "Keep Evidence",
        "Verdict",
        "Renew Claim",
        "Wait For News",
        "Let It Settle",
        "Claim Lost",
    ],
)
def test_the_loop_is_one(name: str) -> None:
    first, *others = (same(workflow, name) for workflow in CHILDREN)
    assert all(each == first for each in others)


def test_the_claim_is_checked_in_one_way() -> None:
    checks = [
        (states("roll")["Check Claim"], "$order.claim"),
        (states("roll")["Claim Still Held"], "$order.claim"),
        (states("migrate")["Check Claim"], "$order.claim"),
        (states("migrate")["Claim Still Held"], "$order.claim"),
        (states("deploy")["Pin Services"]["ItemProcessor"]["States"]["Check Claim"], "$claim"),
    ]
    texts = {
        json.dumps({**check, "Next": "the write"}).replace(f"{claim}.", "claim.")
        for check, claim in checks
    }
    assert len(texts) == 1
