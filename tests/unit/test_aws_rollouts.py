"""How tasks and rollouts are read of ECS."""

from collections.abc import Sequence
from typing import Any

import pytest

from functions.aws import rollouts, tasks
from functions.domain.errors import RetryableError, TerminalError
from functions.domain.look import Deployment, Task
from functions.domain.stop_reason import ContainerStop, Stop
from tests.factories import DIGEST, NOW, OURS, THEIRS, a_revision, later
from tests.fakes import FakeEcs, a_described_service, a_described_task


def test_a_task_tells_what_its_containers_run() -> None:
    assert tasks.fact(a_described_task()) == Task("t1", "RUNNING", "RUNNING", {"app": DIGEST})


def test_a_task_that_has_to_stop_tells_why() -> None:
    stopping = a_described_task(
        desiredStatus="STOPPED",
        stopCode="EssentialContainerExited",
        stoppedReason="Essential container in task exited",
        containers=[{"name": "app", "exitCode": 1, "reason": "boom"}, {"name": "proxy"}],
    )
    assert tasks.fact(stopping).stop == Stop(
        "t1",
        "EssentialContainerExited",
        "Essential container in task exited",
        (ContainerStop("app", 1, "boom"), ContainerStop("proxy")),
    )


SUBJECT = rollouts.Subject("production", "orders-web", OURS, NOW)


def test_what_stopped_before_the_update_is_no_news() -> None:
    stopped = {"desiredStatus": "STOPPED"}
    fake = FakeEcs(
        tasks=[
            a_described_task(1, **stopped, stoppedAt=later(minutes=-1)),
            a_described_task(2, **stopped, stoppedAt=later(minutes=1)),
            a_described_task(3, **stopped),
        ]
    )
    found = tasks.of_deployment(fake, "production", "orders-web", OURS, NOW)
    assert [task.id for task in found] == ["t2", "t3"]


def test_the_tasks_of_a_deployment_are_those_it_started_running_and_stopped() -> None:
    fake = FakeEcs(
        tasks=[
            a_described_task(3),
            a_described_task(1, desiredStatus="STOPPED"),
            a_described_task(2, startedBy=THEIRS),
        ]
    )
    found = tasks.of_deployment(fake, "production", "orders-web", OURS, NOW)
    assert [(task.id, task.desired_status) for task in found] == [
        ("t1", "STOPPED"),
        ("t3", "RUNNING"),
    ]


def test_a_task_that_stops_between_two_reads_counts_as_stopped() -> None:
    class Moving(FakeEcs):
        def describe_tasks(self, cluster: str, tasks: Sequence[str]) -> dict[str, Any]:
            answer = super().describe_tasks(cluster, tasks)
            self._tasks = [{**each, "desiredStatus": "STOPPED"} for each in self._tasks]
            return answer

    found = tasks.of_deployment(Moving(tasks=[a_described_task()]), "production", "web", OURS, NOW)
    assert [task.desired_status for task in found] == ["STOPPED"]


def test_many_tasks_are_described_in_batches_of_a_hundred() -> None:
    fake = FakeEcs(tasks=[a_described_task(number) for number in range(205)])
    assert len(tasks.of_service(fake, "production", "orders-web", "RUNNING")) == 205
    assert fake.asked == [100, 100, 5]


def test_a_task_we_have_started_is_read_alone() -> None:
    fake = FakeEcs(tasks=[a_described_task(1), a_described_task(2)])
    assert tasks.one(fake, "production", a_described_task(2)["taskArn"]).id == "t2"


def test_a_task_that_ecs_does_not_show_yet_is_asked_for_again() -> None:
    with pytest.raises(RetryableError, match=r"ECS does not know the task arn-1 yet\."):
        tasks.one(FakeEcs(), "production", "arn-1")


def test_a_look_holds_the_service_its_tasks_and_its_service_deployment() -> None:
    service = a_described_service(
        deployments=[
            {
                "id": OURS,
                "status": "PRIMARY",
                "taskDefinition": a_revision("web", 8),
                "rolloutState": "IN_PROGRESS",
                "rolloutStateReason": "in progress.",
                "desiredCount": 2,
                "runningCount": 1,
            },
            {"id": THEIRS, "status": "ACTIVE", "taskDefinition": a_revision("web", 7)},
        ]
    )
    fake = FakeEcs(service, tasks=[a_described_task()], service_deployments=service_deployments())
    look = rollouts.look(fake, SUBJECT, NOW)
    assert look.at == NOW
    assert look.deployments == (
        Deployment(OURS, "PRIMARY", a_revision("web", 8), "IN_PROGRESS", "in progress.", 2, 1),
        Deployment(THEIRS, "ACTIVE", a_revision("web", 7), ""),
    )
    assert [task.id for task in look.tasks] == ["t1"]
    assert (look.service_deployment, look.awaits_hook) == ("ROLLBACK_IN_PROGRESS", False)


def service_deployments(**override: Any) -> list[dict[str, Any]]:
    number = OURS.rpartition("/")[2]
    return [
        {"serviceDeploymentArn": "d1", "targetServiceRevisionArn": "x/1", "status": "SUCCESSFUL"},
        {"serviceDeploymentArn": "d2", "targetServiceRevisionArn": f"x/{number}"}
        | {"status": "ROLLBACK_IN_PROGRESS"}
        | override,
        {"serviceDeploymentArn": "d3", "status": "PENDING"},
    ]


@pytest.mark.parametrize(("status", "awaited"), [("AWAITING_ACTION", True), ("SUCCEEDED", False)])
def test_a_look_says_whether_a_hook_is_awaited(status: str, awaited: bool) -> None:
    found = service_deployments(lifecycleHookDetails=[{"status": "FAILED"}, {"status": status}])
    fake = FakeEcs(a_described_service(), service_deployments=found)
    assert rollouts.look(fake, SUBJECT, NOW).awaits_hook is awaited


@pytest.mark.parametrize(
    "found",
    [
        pytest.param([], id="none is listed"),
        pytest.param(service_deployments()[:1], id="only others are listed"),
        pytest.param(
            [{"serviceDeploymentArn": "d", "targetServiceRevisionArn": OURS}], id="it is gone"
        ),
    ],
)
def test_a_look_goes_without_a_service_deployment_where(found: list[dict[str, Any]]) -> None:
    fake = FakeEcs(a_described_service(), service_deployments=found)
    look = rollouts.look(fake, SUBJECT, NOW)
    assert (look.service_deployment, look.awaits_hook) == (None, False)


def test_a_service_that_is_gone_ends_the_rollout() -> None:
    with pytest.raises(TerminalError, match="The service orders-web is gone from the cluster"):
        rollouts.look(FakeEcs(), SUBJECT, NOW)
