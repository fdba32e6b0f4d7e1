"""How tasks and rollouts are read of ECS."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from functions.aws import rollouts, tasks
from functions.domain.errors import RetryableError, TerminalError
from functions.domain.rollout.look import (
    Deployment,
    Event,
    Health,
    Look,
    Percents,
    ServiceDeployment,
    Target,
    Task,
    Waiting,
)
from functions.domain.stop_reason.cause import ContainerStop, Stop
from tests.factories import DIGEST, NOW, OURS, THEIRS, a_revision, later
from tests.fakes import (
    FakeEcs,
    a_described_definition,
    a_described_rollout,
    a_described_service,
    a_described_task,
)


def test_a_task_tells_what_its_containers_run() -> None:
    assert tasks.fact(a_described_task()) == Task("t1", "RUNNING", "RUNNING", {"app": DIGEST})


def test_a_task_tells_since_when_it_runs_and_in_which_containers() -> None:
    containers = [{"name": "app", "runtimeId": "r1"}, {"name": "proxy"}]
    task = tasks.fact(a_described_task(startedAt=NOW, stoppedAt=later(), containers=containers))
    assert (task.started_at, task.stopped_at, task.runtime_ids) == (NOW, NOW, {"app": "r1"})


def test_a_task_that_stopped_tells_how_healthy_it_was_and_whether_it_ever_ran() -> None:
    never = tasks.fact(a_described_task(desiredStatus="STOPPED")).stop
    ill = a_described_task(desiredStatus="STOPPED", healthStatus="UNHEALTHY", startedAt=NOW)
    stop = tasks.fact(ill).stop
    assert never is not None
    assert (never.health, never.started) == (None, False)
    assert stop is not None
    assert (stop.health, stop.started) == ("UNHEALTHY", True)


def test_a_task_that_has_to_stop_tells_why() -> None:
    stopping = a_described_task(
        desiredStatus="STOPPED",
        startedAt=NOW,
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


SUBJECT = rollouts.Subject("production", "orders-web", a_revision(), OURS, NOW)
CHOSEN = replace(SUBJECT, deployment=None)


def test_what_stopped_before_the_update_is_no_news() -> None:
    stopped = {"desiredStatus": "STOPPED"}
    fake: Any = FakeEcs(
        tasks=[
            a_described_task(1, **stopped, stoppedAt=later(minutes=-1)),
            a_described_task(2, **stopped, stoppedAt=later(minutes=1)),
            a_described_task(3, **stopped),
        ]
    )
    found = tasks.of_deployment(fake, "production", "orders-web", OURS, NOW)
    assert [task["taskArn"][-2:] for task in found] == ["t2", "t3"]


def test_the_tasks_of_a_deployment_are_those_it_started_running_and_stopped() -> None:
    fake: Any = FakeEcs(
        tasks=[
            a_described_task(3),
            a_described_task(1, desiredStatus="STOPPED"),
            a_described_task(2, startedBy=THEIRS),
        ]
    )
    found = tasks.of_deployment(fake, "production", "orders-web", OURS, NOW)
    assert [(task["taskArn"][-2:], task["desiredStatus"]) for task in found] == [
        ("t1", "STOPPED"),
        ("t3", "RUNNING"),
    ]


def test_a_task_that_stops_between_two_reads_counts_as_stopped() -> None:
    class Moving(FakeEcs):
        def describe_tasks(self, cluster: str, tasks: Sequence[str]) -> dict[str, Any]:
            answer = super().describe_tasks(cluster, tasks)
            self._tasks = [{**each, "desiredStatus": "STOPPED"} for each in self._tasks]
            return answer

    fake: Any = Moving(tasks=[a_described_task()])
    found = tasks.of_deployment(fake, "production", "web", OURS, NOW)
    assert [task["desiredStatus"] for task in found] == ["STOPPED"]


def test_many_tasks_are_described_in_batches_of_a_hundred() -> None:
    fake: Any = FakeEcs(tasks=[a_described_task(number) for number in range(205)])
    assert len(tasks.of_service(fake, "production", "orders-web", "RUNNING")) == 205
    assert fake.asked == [100, 100, 5]


def test_a_task_we_have_started_is_read_alone() -> None:
    fake: Any = FakeEcs(tasks=[a_described_task(1), a_described_task(2)])
    assert tasks.one(fake, "production", a_described_task(2)["taskArn"]).id == "t2"


def test_a_task_that_ecs_does_not_show_yet_is_asked_for_again() -> None:
    fake: Any = FakeEcs()
    with pytest.raises(RetryableError, match=r"ECS does not know the task arn-1 yet\."):
        tasks.one(fake, "production", "arn-1")


# A look


class FakeElb:
    """Target groups in which each of these addresses is healthy."""

    def __init__(self, *addresses: str) -> None:
        self._addresses = addresses

    def describe_target_health(self, **_: str) -> Any:
        return {
            "TargetHealthDescriptions": [
                {"Target": {"Id": each, "Port": 80}, "TargetHealth": {"State": "healthy"}}
                for each in self._addresses
            ]
        }


def looked(
    *services: dict[str, Any],
    subject: rollouts.Subject = SUBJECT,
    elb: FakeElb | None = None,
    definitions: tuple[dict[str, Any], ...] = (),
    **lists: list[dict[str, Any]],
) -> Look:
    known = [*definitions, a_described_definition()]
    fake: Any = FakeEcs(*(services or (a_described_service(),)), definitions=known, **lists)
    balancer: Any = elb or FakeElb()
    return rollouts.look(rollouts.Eyes(fake, balancer), subject, NOW)


def listed(id: str = OURS, number: int = 8, **override: Any) -> dict[str, Any]:
    revision = a_revision("web", number)
    return {"id": id, "status": "PRIMARY", "taskDefinition": revision, **override}


def attached(address: str) -> dict[str, Any]:
    """Return what of a task tells its address."""
    details = [{"name": "privateIPv4Address", "value": address}]
    return {"attachments": [{"type": "ElasticNetworkInterface", "details": details}]}


def test_a_look_holds_the_deployments_of_the_service() -> None:
    ours = listed(
        rolloutState="IN_PROGRESS",
        rolloutStateReason="in progress.",
        desiredCount=2,
        runningCount=1,
        pendingCount=1,
        createdAt=NOW,
    )
    theirs = listed(THEIRS, 7, status="ACTIVE")
    look = looked(a_described_service(deployments=[ours, theirs]))
    assert look.deployments == (
        Deployment(
            OURS, "PRIMARY", a_revision("web", 8), "IN_PROGRESS", "in progress.", 2, 1, 1, NOW
        ),
        Deployment(THEIRS, "ACTIVE", a_revision("web", 7), ""),
    )


def test_a_look_holds_what_the_service_is_and_how_it_may_roll() -> None:
    service = a_described_service(
        desiredCount=4,
        schedulingStrategy="DAEMON",
        healthCheckGracePeriodSeconds=90,
        deploymentConfiguration={"minimumHealthyPercent": 50, "bakeTimeInMinutes": 5},
    )
    look = looked(service)
    assert (look.at, look.desired, look.daemon, look.grace_seconds) == (NOW, 4, True, 90)
    assert look.percents == Percents(minimum=50, maximum=200, own_seconds=300)
    assert not look.deleted
    assert look.definition["taskDefinitionArn"] == a_revision()


def test_a_service_that_somebody_deletes_is_said_to_be() -> None:
    assert looked(a_described_service(status="DRAINING")).deleted


def test_a_service_that_is_gone_ends_the_rollout() -> None:
    with pytest.raises(TerminalError, match="The service orders-web is gone from the cluster"):
        looked(a_described_service("worker"))


def test_only_the_newest_events_are_looked_at() -> None:
    events = [{"createdAt": NOW, "message": f"event {number}"} for number in range(99)]
    look = looked(a_described_service(events=events))
    assert look.events[0] == Event(NOW, "event 0")
    assert len(look.events) == rollouts.MOST_EVENTS


# Its tasks


def test_a_look_holds_the_tasks_of_the_deployment_watched() -> None:
    look = looked(tasks=[a_described_task(1), a_described_task(2, startedBy=THEIRS)])
    assert [(task.id, task.health) for task in look.tasks] == [("t1", Health.NONE)]


def test_where_ecs_chooses_there_are_no_tasks_until_it_has() -> None:
    service = a_described_service(deployments=[listed(number=7)])
    assert looked(service, subject=CHOSEN, tasks=[a_described_task()]).tasks == ()
    chosen = a_described_service(deployments=[listed()])
    assert len(looked(chosen, subject=CHOSEN, tasks=[a_described_task()]).tasks) == 1
    nothing = a_described_service(deployments=[])
    assert looked(nothing, subject=CHOSEN, tasks=[a_described_task()]).tasks == ()


@pytest.mark.parametrize(
    ("container", "health"),
    [
        pytest.param({}, Health.NONE, id="no check is defined"),
        pytest.param({"healthCheck": {"command": ["true"]}}, Health.UNKNOWN, id="one is"),
        pytest.param(
            {"healthCheck": {"command": ["true"]}, "essential": False},
            Health.NONE,
            id="one that does not count",
        ),
    ],
)
def test_unknown_health_is_news_only_where_something_checks(
    container: dict[str, Any], health: Health
) -> None:
    definition = a_described_definition(containerDefinitions=[{"name": "app"} | container])
    task = a_described_task(healthStatus="UNKNOWN")
    (found,) = looked(tasks=[task], definitions=(definition,)).tasks
    assert found.health is health


def test_a_look_holds_how_the_target_groups_see_the_running_tasks() -> None:
    balancer = {"targetGroupArn": "group", "containerName": "app", "containerPort": 80}
    tasks = [
        a_described_task(1, **attached("10.0.0.1")),
        a_described_task(2, **attached("10.0.0.2")),
        a_described_task(3, **attached("10.0.0.1"), desiredStatus="STOPPED"),
    ]
    service = a_described_service(loadBalancers=[balancer])
    look = looked(service, elb=FakeElb("10.0.0.1"), tasks=tasks)
    assert look.groups == 1
    assert [task.targets for task in look.tasks] == [(Target("group", "healthy"),), (), ()]
    assert [look.healthy(task) for task in look.tasks] == [True, False, False]


# Its service deployment


def rollout(**override: Any) -> ServiceDeployment | None:
    others = [
        {"serviceDeploymentArn": "d0", "targetServiceRevisionArn": "x/1", "status": "SUCCESSFUL"},
        {"serviceDeploymentArn": "d2", "status": "PENDING"},
    ]
    return looked(service_deployments=[*others, a_described_rollout(**override)]).service_deployment


def test_the_service_deployment_of_ours_is_found_by_its_revision() -> None:
    assert rollout() == ServiceDeployment("service-deployment/1", "IN_PROGRESS")


def test_a_service_deployment_says_that_and_why_ecs_goes_back_and_to_what() -> None:
    found = rollout(
        status="ROLLBACK_IN_PROGRESS",
        statusReason="It failed.",
        rollback={"reason": "The breaker.", "serviceRevisionArn": "service-revision/c/s/1"},
        alarms={"triggeredAlarmNames": ["errors"]},
        lifecycleStage="BAKE_TIME",
    )
    assert found == ServiceDeployment(
        arn="service-deployment/1",
        status="ROLLBACK_IN_PROGRESS",
        status_reason="It failed.",
        rollback_reason="The breaker.",
        goes_back_to="ecs-svc/1",
        alarms=("errors",),
        stage="BAKE_TIME",
    )


@pytest.mark.parametrize(("status", "awaited"), [("AWAITING_ACTION", True), ("SUCCEEDED", False)])
def test_a_look_says_whether_a_hook_is_awaited(status: str, awaited: bool) -> None:
    found = rollout(lifecycleHookDetails=[{"status": "FAILED"}, {"status": status}])
    assert found is not None
    assert found.hook is awaited


def test_a_look_says_which_hooks_a_person_has_to_answer_and_how_far_the_traffic_is() -> None:
    waiting = {"hookId": "ecs-pause-2", "targetType": "PAUSE", "status": "AWAITING_ACTION"}
    found = rollout(
        lifecycleHookDetails=[
            {**waiting, "hookId": "ecs-pause-1", "status": "SUCCEEDED"},
            {**waiting, "expiresAt": NOW, "timeoutAction": "CONTINUE"},
            {**waiting, "hookId": "ecs-lambda-3", "targetType": "AWS_LAMBDA"},
            {**waiting, "hookId": "ecs-pause-4"},
        ],
        targetServiceRevision={"requestedProductionTrafficWeight": 12.5},
    )
    assert found is not None
    assert found.waits == (Waiting("ecs-pause-2", NOW, "CONTINUE"), Waiting("ecs-pause-4"))
    assert found.traffic == 12.5


@pytest.mark.parametrize(
    "found",
    [
        pytest.param([], id="none is listed"),
        pytest.param([a_described_rollout(targetServiceRevisionArn="x/1")], id="only others are"),
        pytest.param(
            [{"serviceDeploymentArn": "d", "targetServiceRevisionArn": OURS}], id="it is gone"
        ),
    ],
)
def test_a_look_goes_without_a_service_deployment_where(found: list[dict[str, Any]]) -> None:
    look = looked(service_deployments=found)
    assert (look.service_deployment, look.awaits_hook) == (None, False)


def test_where_ecs_chooses_nothing_is_known_of_it_until_it_has() -> None:
    service = a_described_service(deployments=[listed(number=7)])
    look = looked(service, subject=CHOSEN, service_deployments=[a_described_rollout()])
    assert look.service_deployment is None


def test_the_one_that_goes_back_is_read_by_its_name() -> None:
    subject = replace(CHOSEN, service_deployment="service-deployment/1")
    look = looked(subject=subject, service_deployments=[a_described_rollout("ROLLBACK_REQUESTED")])
    assert look.service_deployment is not None
    assert look.service_deployment.status == "ROLLBACK_REQUESTED"


# Whose the primary deployment is


@pytest.mark.parametrize(
    ("primary", "subject", "source"),
    [
        pytest.param(
            listed(THEIRS, 9, createdAt=later(minutes=1)),
            SUBJECT,
            "Its revision was registered by user/jo.",
            id="somebody else's",
        ),
        pytest.param(
            listed(THEIRS, 9), SUBJECT, "Its revision was registered by user/jo.", id="of no age"
        ),
        pytest.param(listed(THEIRS, 9, createdAt=NOW), SUBJECT, "", id="an older one"),
        pytest.param(listed(OURS, 9, createdAt=later(minutes=1)), SUBJECT, "", id="ours"),
        pytest.param(listed(THEIRS, 9), CHOSEN, "", id="one of which nobody knows yet"),
        pytest.param(listed(status="ACTIVE"), SUBJECT, "", id="none"),
    ],
)
def test_it_is_said_who_made_what_replaced_ours(
    primary: dict[str, Any], subject: rollouts.Subject, source: str
) -> None:
    jo = a_described_definition(9, registeredBy="arn:aws:iam::123456789012:user/jo")
    look = looked(a_described_service(deployments=[primary]), subject=subject, definitions=(jo,))
    assert look.source == source
