"""What the function answers that ECS asks at a lifecycle hook, and what it makes of the event."""

from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError
from moto import mock_aws

from functions.aws import clients
from functions.domain.hook import ASKS, MOST_ASKS
from functions.domain.task_definition import Origin, tags_of
from functions.handlers.answer_hook import handler
from tests.factories import a_revision
from tests.fakes import client
from tests.lambdas import invoke
from tests.ledger_table import TABLE, LedgerTable

SERVICE = "arn:aws:ecs:eu-west-1:123456789012:service/production/orders-web"
REVISION = "arn:aws:ecs:eu-west-1:123456789012:service-revision/production/orders-web/7"
TOLD = {"serviceArn": SERVICE, "targetServiceRevisionArn": REVISION}
EVENT = {
    "executionId": "e-1",
    "lifecycleStage": "POST_SCALE_UP",
    "resourceArn": "arn:aws:ecs:eu-west-1:123456789012:service-deployment/production/orders-web/7",
    "executionDetails": {**TOLD, "testTrafficWeights": {}, "productionTrafficWeights": {}},
}
ORIGIN = Origin("orders", 12, 12, a_revision("web", 7))


class FakeEcs:
    """ECS while it deploys a task definition with these tags, or takes it back."""

    def __init__(self, tags: dict[str, str]) -> None:
        self.tags = tags
        self.going_back = False
        self.refuses: Exception | None = None
        self.asked: list[str] = []

    def describe_service_revisions(self, serviceRevisionArns: list[str]) -> dict[str, Any]:  # noqa: N803
        if self.refuses:
            raise self.refuses
        self.asked += serviceRevisionArns
        known = [{"taskDefinition": a_revision("web", 20)}] if serviceRevisionArns[0] else []
        return {"serviceRevisions": known}

    def describe_task_definition(self, **_: object) -> dict[str, Any]:
        return {"tags": [{"key": key, "value": value} for key, value in self.tags.items()]}

    def list_service_deployments(self, cluster: str, service: str, status: list[str]) -> Any:
        assert (cluster, service) == ("production", SERVICE)
        assert all(each.startswith("ROLLBACK_") for each in status)
        return {"serviceDeployments": [{"status": status[-1]}] if self.going_back else []}


@pytest.fixture
def ledger(monkeypatch: pytest.MonkeyPatch) -> Iterator[LedgerTable]:
    with mock_aws():
        monkeypatch.setattr(clients, "dynamodb", lambda: client("dynamodb"))
        monkeypatch.setenv("LEDGER", TABLE)
        yield LedgerTable()


@pytest.fixture
def ecs(monkeypatch: pytest.MonkeyPatch) -> FakeEcs:
    fake = FakeEcs(tags_of(ORIGIN))
    monkeypatch.setattr(clients, "ecs", lambda: fake)
    return fake


def put(sort_key: str, **item: Any) -> None:
    given = {"pk": "app#orders", "sk": sort_key, **item}
    typed = {key: _typed(value) for key, value in given.items()}
    client("dynamodb").put_item(TableName=TABLE, Item=typed)


def _typed(value: Any) -> dict[str, Any]:
    if isinstance(value, dict):
        return {"M": {key: _typed(each) for key, each in value.items()}}
    return {"N": str(value)} if isinstance(value, int) else {"S": value}


@pytest.mark.usefixtures("ledger")
@pytest.mark.parametrize("event", [EVENT, TOLD, {**EVENT, "unheard": [1]}])
def test_the_revision_is_found_wherever_the_event_names_it(
    ecs: FakeEcs, event: dict[str, Any]
) -> None:
    put("deployment#000012", outcome="Failed")
    assert invoke(handler, event) == {"hookStatus": "FAILED"}
    assert ecs.asked == [REVISION]


@pytest.mark.usefixtures("ledger")
def test_what_ecs_takes_back_is_not_kept(ecs: FakeEcs) -> None:
    put("deployment#000012", outcome="Failed")
    ecs.going_back = True
    assert invoke(handler, EVENT) == {"hookStatus": "SUCCEEDED"}


def test_what_is_not_ours_goes_on(ecs: FakeEcs) -> None:
    ecs.tags = {"team": "orders"}
    assert invoke(handler, EVENT) == {"hookStatus": "SUCCEEDED"}


@pytest.mark.usefixtures("ledger")
@pytest.mark.parametrize(
    ("mark", "more", "status"),
    [
        ("bad#sha256:a", {}, "FAILED"),
        ("bad#sha256:a#000009", {"bases": {"web": ORIGIN.base}}, "FAILED"),
        ("bad#sha256:a#000009", {"bases": {"web": a_revision("web", 6)}}, "SUCCEEDED"),
        ("bad#sha256:b", {}, "SUCCEEDED"),
    ],
)
def test_a_bad_image_is_kept_on_the_bases_on_which_it_is_bad(
    ecs: FakeEcs, mark: str, more: dict[str, Any], status: str
) -> None:
    put("release#000012", digest="sha256:a")
    put(mark, why="It crashed.", **more)
    assert invoke(handler, EVENT) == {"hookStatus": status}


@pytest.mark.usefixtures("ledger")
@pytest.mark.parametrize(
    ("sort_key", "item"),
    [
        ("stable#web", {"part": {"revision": a_revision("web", 20)}}),
        ("release#000012", {"verified_at": "2026-11-21T12:00:00.000Z"}),
    ],
)
def test_what_services_go_back_to_goes_on(
    ecs: FakeEcs, sort_key: str, item: dict[str, Any]
) -> None:
    put("deployment#000012", outcome="RolledBack")
    put(sort_key, **item)
    assert invoke(handler, EVENT) == {"hookStatus": "SUCCEEDED"}


@pytest.mark.usefixtures("ledger")
def test_the_deployment_that_holds_the_claim_is_believed(ecs: FakeEcs) -> None:
    put("claim", owner="e-1", deployment=12)
    put("deployment#000012", release=12, kind="forward", phase="Progressing")
    assert invoke(handler, EVENT) == {"hookStatus": "SUCCEEDED"}
    put("claim", owner="e-1", deployment=12, failing="worker")
    assert invoke(handler, EVENT) == {"hookStatus": "FAILED"}
    put("claim", fence=3)
    assert invoke(handler, EVENT) == {"hookStatus": "SUCCEEDED"}


@pytest.mark.parametrize("code", ["ThrottlingException", "AccessDeniedException"])
def test_what_cannot_be_found_out_is_asked_again_and_in_the_end_goes_on(
    ecs: FakeEcs, code: str
) -> None:
    ecs.refuses = ClientError({"Error": {"Code": code}}, "DescribeServiceRevisions")
    event: dict[str, Any] = {**EVENT, "hookDetails": {"mine": "kept"}}
    for asks in range(1, MOST_ASKS):
        answer = invoke(handler, event)
        details = {"mine": "kept", ASKS: asks}
        assert answer == {
            "hookStatus": "IN_PROGRESS",
            "callBackDelay": 30,
            "hookDetails": details,
        }
        event["hookDetails"] = details
    assert invoke(handler, event) == {"hookStatus": "SUCCEEDED"}


def test_an_event_that_names_nothing_is_no_failure_of_the_deployment(ecs: FakeEcs) -> None:
    assert invoke(handler, {})["hookStatus"] == "IN_PROGRESS"
