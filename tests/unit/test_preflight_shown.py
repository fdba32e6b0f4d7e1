"""How a person reads a plan."""

from dataclasses import replace
from typing import Any

import pytest

from functions.domain.admission import Decision
from functions.domain.catalogue import Headroom, Migration
from functions.domain.plan import Bake, Do, Follow, Kind, Migrate, Plan, Step
from functions.domain.preflight.finding import Finding, Grade
from functions.domain.preflight.shown import line, shown
from tests.factories import a_plan, an_application

TOKEN = "orders/image=v42/0123"  # noqa: S105  of a plan, no password
OK = Finding("percentages", Grade.OK, "web", "web starts first.")
WARN = Finding("autoscaling", Grade.WARN, "worker", "worker has 9 tasks.", "Correct the limits.")
STOP = Finding("addresses", Grade.STOP, "web", "0 addresses are free.", "Free some.")
UNKNOWN = Finding("Fargate quota", Grade.UNKNOWN, "", "It is not known.")
DRIFT = Finding("drift", Grade.WARN, "web", "web: app: cpu: 256 → 512.")


def made(plan: Plan | None = None, *findings: Finding) -> dict[str, Any]:
    return shown(an_application(), plan or a_plan(), findings, TOKEN)


def does(*steps: Step, kind: Kind = Kind.FORWARD) -> list[str]:
    told: list[str] = made(a_plan(steps=steps, kind=kind))["does"]
    return told


def test_a_plan_says_what_it_does_step_by_step() -> None:
    expand = Migration("web", ("rake", "db:migrate"), 900)
    document = made(a_plan(expand=expand, notes=("Somebody was here.",)))
    assert document == {
        "plan": "orders v42 (release #12)",
        "verdict": "can be deployed",
        "deploy_it_with": {"plan": TOKEN},
        "finds": [],
        "diff": [],
        "does": [
            "1. use the task definitions of web, worker that are registered already",
            "2. run the expand migration with web for at most 15 min",
            "3. roll web",
            "4. roll worker",
            "5. watch web, worker for 10 min",
        ],
        "notes": ["Somebody was here."],
    }


def test_findings_come_with_the_worst_first_and_drift_by_itself() -> None:
    document = made(None, OK, UNKNOWN, DRIFT, WARN, STOP)
    assert document["finds"] == [
        "stop  web  0 addresses are free. Free some.",
        "warn  worker  worker has 9 tasks. Correct the limits.",
        "unknown  Fargate quota  It is not known.",
        "ok  web  web starts first.",
    ]
    assert document["diff"] == ["web: app: cpu: 256 → 512."]
    assert line(STOP) == document["finds"][0]


@pytest.mark.parametrize(
    ("findings", "said"),
    [((STOP,), "is stopped by 1 finding"), ((STOP, OK, STOP), "is stopped by 2 findings")],
)
def test_a_plan_that_is_stopped_cannot_be_deployed(
    findings: tuple[Finding, ...], said: str
) -> None:
    document = made(a_plan(decision=Decision.STOPPED), *findings)
    assert document["verdict"] == said
    assert "deploy_it_with" not in document


def test_force_overrules_what_stops() -> None:
    document = made(None, STOP)
    assert document["verdict"] == "can be deployed, as force overrules 1 finding"
    assert document["deploy_it_with"] == {"plan": TOKEN}


def test_a_plan_without_anything_to_do_says_why() -> None:
    document = made(Plan(Kind.FORWARD, Decision.NO_OP, "v42 runs already."))
    assert (document["plan"], document["verdict"]) == ("orders", "v42 runs already.")
    assert document["does"] == []


def test_each_kind_of_step_has_its_sentence() -> None:
    pin, web, worker, _ = a_plan().steps
    pins = tuple(
        replace(each, revision=None if each.key == "web" else each.revision) for each in pin.pins
    )
    recreated = tuple(replace(each, recreate=True) for each in worker.rolls)
    probe = Migrate("probe", "web", "production", "app", 90, {})
    families = {"orders-web": "web"}
    assert does(
        Step(Do.HEADROOM, headroom=Headroom("ecs-production", "", 1, 600)),
        Step(Do.HEADROOM, headroom=Headroom("", "ours", 2, 90)),
        Step(Do.FOLLOW, follow=Follow(("nightly",), "production", families, {"web": "web:7"})),
        replace(pin, pins=pins),
        Step(Do.MIGRATE, migrate=probe),
        replace(web, rolls=(*web.rolls, *recreated)),
        Step(Do.FOLLOW, follow=Follow(("nightly", "weekly"), "production", families)),
        Step(Do.BAKE, bake=Bake(0, ())),
        Step(Do.PROMOTE),
    ) == [
        "1. add 1 instance to ecs-production, taken back 10 min after the end",
        "2. add 2 instances to ours, taken back 1 min 30 s after the end",
        "3. have nightly run what runs now, by its revision",
        "4. register task definitions for web",
        "5. use the task definitions of worker that are registered already",
        "6. run one task of web beside its service, without traffic, for at most 1 min 30 s",
        "7. roll web, worker at the same time, with downtime of worker",
        "8. have nightly, weekly run the release",
        "9. look at all services once more",
        "10. make the release the one that is gone back to",
    ]


def test_a_rollback_rolls_back() -> None:
    _, web, *_ = a_plan().steps
    assert does(web, kind=Kind.BY_HAND) == ["1. roll web back"]
