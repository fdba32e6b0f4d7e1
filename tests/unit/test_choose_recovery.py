"""What the function that chooses a recovery reads, and what it hands back to the state machine."""

import json
from collections.abc import Iterator
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest
from moto import mock_aws
from pydantic import TypeAdapter

from functions.aws import clients
from functions.domain.ledger import opened
from functions.domain.plan import Plan
from functions.domain.verdict import Verdict
from functions.handlers.choose_recovery import handler
from tests.factories import (
    OTHER_DIGEST,
    OURS,
    OWNER,
    a_failure,
    a_plan,
    a_pushed_request,
    a_release,
    a_revision,
    an_admission,
    an_application,
    an_image,
    an_opening,
)
from tests.fakes import FakeEcs, a_described_service, client
from tests.ledger_table import REVISIONS, TABLE, LedgerTable, closing_writes

CONTEXT = SimpleNamespace(
    function_name="choose",
    memory_limit_in_mb=128,
    invoked_function_arn="arn:aws:lambda:eu-west-1:123456789012:function:choose",
    aws_request_id="1",
)
STABLE = a_release(11, image_tag="v41")
ARN = "arn:aws:ecs:eu-west-1:123456789012:service-deployment/production/orders-web/2"


class Executions:
    """Step Functions, where the executions of these ARNs run."""

    def __init__(self, *running: str) -> None:
        self._running = running

    def describe_execution(self, executionArn: str) -> dict[str, str]:  # noqa: N803
        return {"status": "RUNNING" if executionArn in self._running else "ABORTED"}


class Ecr:
    """ECR with every image there is, or none."""

    meta = SimpleNamespace(region_name="eu-west-1")

    def __init__(self, *, empty: bool = False) -> None:
        self._failures = [{"failureCode": "ImageNotFound"}] if empty else []

    def batch_get_image(self, **_: Any) -> dict[str, Any]:
        return {"failures": self._failures}


class Ecs(FakeEcs):
    """Every revision there is, active."""

    def describe_task_definition(self, **asked: Any) -> dict[str, Any]:
        document = {"taskDefinitionArn": asked["taskDefinition"], "status": "ACTIVE"}
        raw = json.dumps({"taskDefinition": document}).encode()
        return {"taskDefinition": document, "tags": [], "Raw": raw}


@pytest.fixture
def table(monkeypatch: pytest.MonkeyPatch) -> Iterator[LedgerTable]:
    with mock_aws():
        made = LedgerTable()
        opening = an_opening(11, a_pushed_request(tag="v41"))
        made.write(closing_writes(plan=a_plan(release=STABLE), opening=opening))
        monkeypatch.setattr(clients, "dynamodb", lambda: client("dynamodb"))
        monkeypatch.setattr(clients, "ecr", Ecr)
        monkeypatch.setattr(clients, "ecs", lambda: Ecs(*services()))
        monkeypatch.setattr(clients, "stepfunctions", lambda: Executions())
        yield made


def services(**web: Any) -> list[dict[str, Any]]:
    return [a_described_service("web", **web), a_described_service("worker")]


def chosen(**override: Any) -> dict[str, Any]:
    plan = a_plan()
    request = {
        "execution": "e-1",
        "now": "2026-11-21T12:00:30.000Z",
        "application": TypeAdapter(Any).dump_python(an_application(), mode="json"),
        "ledger": TABLE,
        "deployment": 12,
        "plan": TypeAdapter(Plan).dump_python(plan, mode="json"),
        "failed_at": len(plan.steps) - 1,
        "failed_since": "2026-11-21T12:00:00.000Z",
        "verdicts": [TypeAdapter(Verdict).dump_python(a_failure(), mode="json")],
        "revisions": {"web": a_revision("web", 12), "worker": a_revision("worker", 12)},
        "rolled": {key: {"verdict": "Pass", "deployment": OURS} for key in ("web", "worker")},
        **override,
    }
    answer: dict[str, Any] = handler(request, CONTEXT)  # type: ignore[arg-type]
    return answer


@pytest.mark.usefixtures("table")
def test_the_services_go_back_to_what_the_ledger_holds() -> None:
    answer = chosen()
    assert answer["message"] == "Rolling back web, worker."
    pins, *rolls, bake = answer["steps"]
    assert {pin["key"]: pin["revision"] for pin in pins["pins"]} == REVISIONS
    assert [[roll["key"] for roll in step["rolls"]] for step in rolls] == [["worker"], ["web"]]
    assert {roll["how"] for step in rolls for roll in step["rolls"]} == {"update"}
    assert bake["do"] == "bake"


@pytest.mark.usefixtures("table")
def test_a_service_that_ecs_takes_back_is_only_watched(monkeypatch: pytest.MonkeyPatch) -> None:
    number = OURS.rpartition("/")[2]
    primary = {"id": "ecs-svc/9", "status": "PRIMARY", "taskDefinition": REVISIONS["web"]}
    back = {
        "serviceDeploymentArn": ARN,
        "targetServiceRevisionArn": f"arn:aws:ecs:service-revision/production/orders-web/{number}",
        "status": "ROLLBACK_SUCCESSFUL",
        "rollback": {"serviceRevisionArn": "arn:aws:ecs:service-revision/production/orders-web/9"},
    }
    ecs = Ecs(*services(deployments=[primary]), service_deployments=[back])
    monkeypatch.setattr(clients, "ecs", lambda: ecs)
    answer = chosen()
    web = answer["steps"][2]["rolls"][0]
    assert (web["how"], web["revision"], web["service_deployment"]) == (
        "watch",
        REVISIONS["web"],
        ARN,
    )


@pytest.mark.parametrize(
    ("running", "message"),
    [
        pytest.param(
            [f"{OWNER}13"],
            "The services were left as they are, since deployment #13 (v43) is next and replaces "
            "them now.",
            id="it runs",
        ),
        pytest.param([], "Rolling back web, worker.", id="it is dead"),
    ],
)
def test_what_waits_replaces_the_release_if_it_runs(
    table: LedgerTable, monkeypatch: pytest.MonkeyPatch, running: list[str], message: str
) -> None:
    push = a_pushed_request(event="event-13", tag="v43", digest=OTHER_DIGEST)
    opening = replace(an_opening(13, push), owner=f"{OWNER}13")
    image = an_image(digest=OTHER_DIGEST, tag="v43")
    table.write(opened(opening, replace(an_admission(), image=image)))
    monkeypatch.setattr(clients, "stepfunctions", lambda: Executions(*running))
    assert chosen()["message"] == message


@pytest.mark.usefixtures("table")
def test_an_image_that_is_gone_is_not_gone_back_to(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clients, "ecr", lambda: Ecr(empty=True))
    answer = chosen()
    assert "web cannot go back to v41 (release #11)" in answer["message"]
    assert answer["steps"] == []


@pytest.mark.usefixtures("table")
def test_without_a_roll_there_is_nothing_to_look_at() -> None:
    assert chosen(failed_at=0) == {
        "message": "No service was touched.",
        "steps": [],
        "left": [],
        "holds": False,
    }
