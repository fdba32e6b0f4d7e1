"""How services are found after a release of them failed."""

from typing import Any

import pytest
from botocore.exceptions import ClientError
from moto import mock_aws

from functions.aws import executions, standing
from functions.aws.standing import Subject
from functions.domain.recovery.standing import Standing
from tests.factories import CHILD_DIGEST, DIGEST, OURS, THEIRS, a_revision
from tests.fakes import FakeEcs, a_described_service, a_described_task

ARN = "arn:aws:ecs:eu-west-1:123456789012:service-deployment/production/orders-web/2"
REVISION = "arn:aws:ecs:eu-west-1:123456789012:service-revision/production/orders-web"
MINE, BEFORE = OURS.rpartition("/")[2], THEIRS.rpartition("/")[2]
GOOD, FAILED = a_revision("web", 11), a_revision("web", 12)


def a_subject(key: str = "web", deployment: str | None = OURS, *, pinned: bool = True) -> Subject:
    return Subject(key, f"orders-{key}", deployment, pinned)


def a_deployment(**override: Any) -> dict[str, Any]:
    return {"id": OURS, "status": "PRIMARY", "taskDefinition": FAILED, **override}


THEIR_DEPLOYMENT = a_deployment(id=THEIRS, status="ACTIVE", taskDefinition=GOOD)


def a_service_deployment(**override: Any) -> dict[str, Any]:
    return {
        "serviceDeploymentArn": ARN,
        "targetServiceRevisionArn": f"{REVISION}/{MINE}",
        "status": "IN_PROGRESS",
        "sourceServiceRevisions": [{"arn": f"{REVISION}/{BEFORE}"}],
        "deploymentConfiguration": {"strategy": "CANARY"},
        **override,
    }


def look(
    *service_deployments: dict[str, Any], subject: Subject | None = None, **service: Any
) -> Standing:
    deployments = {"deployments": [a_deployment(), THEIR_DEPLOYMENT]}
    ecs: Any = FakeEcs(
        a_described_service(**{**deployments, **service}),
        service_deployments=list(service_deployments),
    )
    return standing.look(ecs, "production", [subject or a_subject()])["web"]


def test_a_service_that_ecs_is_still_rolling() -> None:
    assert look(a_service_deployment()) == Standing(
        runs=FAILED,
        deployment=OURS,
        status="IN_PROGRESS",
        service_deployment=ARN,
        returns_to=GOOD,
        lacks=True,
    )


@pytest.mark.parametrize(("running", "lacks"), [(1, True), (2, False)])
def test_tasks_of_what_it_goes_back_to_may_be_missing(running: int, lacks: bool) -> None:
    there = {**THEIR_DEPLOYMENT, "runningCount": running}
    found = look(a_service_deployment(), deployments=[a_deployment(), there], desiredCount=2)
    assert found.lacks is lacks


def test_a_service_that_ecs_takes_back() -> None:
    back = {"serviceRevisionArn": f"{REVISION}/{BEFORE}", "reason": "it crashed"}
    found = look(
        a_service_deployment(
            status="ROLLBACK_IN_PROGRESS",
            rollback=back,
            sourceServiceRevisions=[],
            deploymentConfiguration={"strategy": "ROLLING"},
        ),
        deployments=[{**THEIR_DEPLOYMENT, "status": "PRIMARY", "rolloutState": "FAILED"}],
    )
    assert (found.runs, found.gave_up) == (GOOD, True)
    assert (found.status, found.returns_to) == ("ROLLBACK_IN_PROGRESS", GOOD)


@pytest.mark.parametrize(
    "sources",
    [
        pytest.param([], id="none"),
        pytest.param([BEFORE, "3333333333333333333"], id="two"),
        pytest.param(["3333333333333333333"], id="one that is not listed"),
    ],
)
def test_nobody_can_tell_where_ecs_would_go_with_the_sources(sources: list[str]) -> None:
    arns = [{"arn": f"{REVISION}/{each}"} for each in sources]
    assert look(a_service_deployment(sourceServiceRevisions=arns)).returns_to == ""


def test_a_service_deployment_of_somebody_else_is_not_ours() -> None:
    theirs = a_service_deployment(targetServiceRevisionArn=f"{REVISION}/9")
    found = look(theirs, deploymentConfiguration={"strategy": "BLUE_GREEN"})
    assert (found.status, found.service_deployment) == ("", "")


def test_a_service_deployment_that_is_listed_only_says_nothing() -> None:
    listed = a_service_deployment()
    del listed["status"]
    assert look(listed).status == ""


def test_a_roll_that_never_started_made_no_deployment() -> None:
    found = look(a_service_deployment(), subject=a_subject(deployment=None))
    assert (bool(found.deployment), found.status) == (False, "")


def test_a_service_without_a_primary_deployment_runs_nothing_known() -> None:
    assert look(deployments=[]).runs == ""


def test_what_tasks_report_is_read_where_the_revision_says_nothing() -> None:
    tasks = [
        a_described_task(1, taskDefinitionArn=GOOD),
        a_described_task(
            2, taskDefinitionArn=GOOD, containers=[{"name": "app", "imageDigest": CHILD_DIGEST}]
        ),
        a_described_task(3, taskDefinitionArn=FAILED, containers=[]),
        a_described_task(4, taskDefinitionArn=FAILED, lastStatus="PENDING"),
    ]
    ecs: Any = FakeEcs(a_described_service(), tasks=tasks)
    found = standing.look(ecs, "production", [a_subject(deployment=None, pinned=False)])
    assert found["web"].reported == {
        GOOD: ({"app": DIGEST}, {"app": CHILD_DIGEST}),
        FAILED: ({},),
    }


def test_services_that_are_gone_are_left_out_and_ten_are_asked_for_at_once() -> None:
    keys = [f"s{number}" for number in range(12)]
    services = [a_described_service(key) for key in keys[:-2]]
    ecs: Any = FakeEcs(*services, a_described_service(keys[-2], status="INACTIVE"))
    found = standing.look(ecs, "production", [a_subject(key, None) for key in keys])
    assert list(found) == keys[:-2]
    assert ecs.asked == [10, 2]


@pytest.mark.parametrize(
    ("code", "raises"),
    [
        pytest.param("AccessDeniedException", False, id="denied"),
        pytest.param("ThrottlingException", True, id="throttled"),
    ],
)
def test_service_deployments_that_cannot_be_read_are_asked_for_again_or_done_without(
    code: str, raises: bool
) -> None:
    class Deaf(FakeEcs):
        def list_service_deployments(self, **_: Any) -> dict[str, Any]:
            raise ClientError({"Error": {"Code": code, "Message": "No."}}, "List")

    ecs: Any = Deaf(a_described_service(deployments=[a_deployment()]))
    if raises:
        with pytest.raises(ClientError):
            standing.look(ecs, "production", [a_subject()])
    else:
        found = standing.look(ecs, "production", [a_subject()])["web"]
        assert (found.runs, found.deployment, found.status) == (FAILED, OURS, "")


# Executions


class FakeStepFunctions:
    def __init__(self, status: str | None) -> None:
        self._status = status
        with mock_aws():
            self.exceptions = FakeEcs().exceptions

    def describe_execution(self, **_: Any) -> dict[str, Any]:
        if self._status is None:
            raise ClientError({"Error": {"Code": "ExecutionDoesNotExist"}}, "DescribeExecution")
        return {"status": self._status}


@pytest.mark.parametrize(
    ("status", "runs"),
    [("RUNNING", True), ("FAILED", False), ("PENDING_REDRIVE", False), (None, False)],
)
def test_an_execution_that_cannot_be_looked_at_counts_as_over(
    status: str | None, runs: bool
) -> None:
    client: Any = FakeStepFunctions(status)
    assert executions.is_running(client, "arn") is runs
