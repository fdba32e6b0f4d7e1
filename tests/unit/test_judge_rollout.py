"""What the function that judges a rollout asks for, and what it hands back to the state machine."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import pytest

from functions.aws import clients, rollouts
from functions.domain.pause import About
from functions.domain.rollout.look import Look
from functions.handlers.judge_rollout import handler
from tests.factories import (
    DIGEST,
    NOW,
    OTHER_DIGEST,
    OURS,
    OWNER,
    THEIRS,
    a_plan,
    a_revision,
    later,
)
from tests.fakes import (
    FakeEcs,
    FakeLogs,
    a_described_definition,
    a_described_rollout,
    a_described_service,
    a_described_task,
    a_logged_container,
    client,
)
from tests.lambdas import as_json, invoke

ROLL = a_plan().steps[1].rolls[0]
BACK = "arn:aws:ecs:eu-west-1:123456789012:service-deployment/production/orders-web/2"
DEFINITIONS = [
    a_described_definition(number, containerDefinitions=[a_logged_container()]) for number in (8, 9)
]


@dataclass
class World:
    """ECS and the logs as the handler finds them, and what it has looked at."""

    monkeypatch: pytest.MonkeyPatch
    logs: FakeLogs
    looked_at: list[rollouts.Subject]

    def has(
        self,
        *tasks: dict[str, Any],
        deployments: list[dict[str, Any]] | None = None,
        rollout: dict[str, Any] | None = None,
        **more: Any,
    ) -> None:
        """Have the service orders-web run these tasks from now on."""
        service = a_described_service(deployments=deployments or [listed()], **more)
        ecs = FakeEcs(
            service,
            tasks=list(tasks),
            definitions=DEFINITIONS,
            service_deployments=[
                rollout or a_described_rollout(),
                {"serviceDeploymentArn": BACK, "status": "ROLLBACK_IN_PROGRESS"},
            ],
        )
        self.monkeypatch.setattr(clients, "ecs", lambda: ecs)


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> World:
    found, look = World(monkeypatch, FakeLogs(), []), rollouts.look

    def looking(eyes: rollouts.Eyes, subject: rollouts.Subject, at: datetime) -> Look:
        found.looked_at.append(subject)
        return look(eyes, subject, at)

    monkeypatch.setattr(rollouts, "look", looking)
    monkeypatch.setattr(clients, "elbv2", lambda: client("elbv2"))
    monkeypatch.setattr(clients, "logs", found.logs)
    found.has()
    return found


def listed(id: str = OURS, number: int = 8, **override: Any) -> dict[str, Any]:
    """Return the primary deployment, which is under way."""
    return {
        "id": id,
        "status": "PRIMARY",
        "taskDefinition": a_revision("web", number),
        "rolloutState": "IN_PROGRESS",
        "desiredCount": 2,
        "createdAt": NOW,
        **override,
    }


def a_crash(number: int, **override: Any) -> dict[str, Any]:
    """Return a task whose application has exited with code 1."""
    return a_described_task(
        number,
        lastStatus="STOPPED",
        desiredStatus="STOPPED",
        startedAt=NOW,
        stoppedAt=later(seconds=number),
        stopCode="EssentialContainerExited",
        stoppedReason="Essential container in task exited",
        containers=[{"name": "app", "exitCode": 1}],
        **override,
    )


def memory(**override: Any) -> dict[str, Any]:
    """Return what the state remembers that has asked for the deployment at noon."""
    noon = "2026-11-21T12:00:00.000Z"
    clocks = dict.fromkeys(("since", "started_at", "progressed_at", "looked_at"), noon)
    return {**clocks, "deployment": OURS, "created_at": noon, "failed": {}, **override}


CHOSEN = memory(deployment=None, created_at=None)
"""What the state remembers that leaves it to ECS which deployment it is."""


def judged(before: Any = None, seconds: int = 1, failing: str | None = None, **roll: Any) -> Any:
    event = {
        "execution": "e-1",
        "now": as_json(later(seconds=seconds)),
        "about": as_json(About("orders", 12, "v42 (release #12)", OWNER)),
        "roll": as_json(replace(ROLL, **{"log_lines": 10, **roll})),
        "revision": a_revision(),
        "memory": before or memory(),
        "failing": failing,
    }
    return invoke(handler, event)


# What is looked at


def test_the_deployment_that_was_made_is_looked_at_since_it_was_asked_for(world: World) -> None:
    judged()
    assert world.looked_at == [
        rollouts.Subject("production", "orders-web", a_revision(), OURS, NOW)
    ]


@pytest.mark.parametrize(
    ("before", "service_deployment"),
    [
        pytest.param(CHOSEN, BACK, id="ECS goes back"),
        pytest.param(memory(), None, id="ECS could not be stopped, and the service was updated"),
    ],
)
def test_the_service_deployment_to_stop_is_looked_at_while_ecs_chooses(
    world: World, before: dict[str, Any], service_deployment: str | None
) -> None:
    judged(before, service_deployment=BACK)
    (subject,) = world.looked_at
    assert (subject.deployment, subject.service_deployment) == (
        before["deployment"],
        service_deployment,
    )


def test_a_way_back_that_ecs_makes_is_waited_for(world: World) -> None:
    world.has(deployments=[listed(number=9, createdAt=later(minutes=-9))])
    answer = judged(CHOSEN, service_deployment=BACK, turned_back=OURS)
    assert answer["verdict"] == "Wait"
    assert answer["memory"]["deployment"] is None


def test_what_it_goes_back_from_is_waited_out_however_new_it_is(world: World) -> None:
    world.has(deployments=[listed(number=9, createdAt=later(seconds=1))])
    assert judged(CHOSEN, turned_back=OURS)["verdict"] == "Wait"
    assert judged(CHOSEN)["reason"]["code"] == "ReplacedByOther"


def test_the_digests_of_the_release_are_what_it_has_to_run(world: World) -> None:
    won = listed(rolloutState="COMPLETED")
    world.has(a_described_task(1), a_described_task(2), deployments=[won])
    assert judged()["verdict"] == "Pass"
    answer = judged(digests={"app": (OTHER_DIGEST,)})
    assert answer["verdict"] == "Fail"
    assert answer["reason"]["evidence"] == [f"task t1 reports app {DIGEST}"]


@pytest.mark.parametrize(
    ("clock", "message"),
    [
        ({"overall_seconds": 60}, "Not done after 1 min in all"),
        ({"progress_seconds": 60}, "No further task came up for 1 min"),
    ],
)
@pytest.mark.usefixtures("world")
def test_the_clocks_are_those_of_the_roll(clock: dict[str, Any], message: str) -> None:
    assert judged(seconds=61)["verdict"] == "Wait"
    assert judged(seconds=61, **clock)["message"].startswith(message)


# What comes back


def test_an_answer_says_what_is_known_and_when_to_look_again(world: World) -> None:
    world.has(a_described_task(1))
    answer = judged()
    assert {key: answer[key] for key in answer if key not in ("memory", "evidence")} == {
        "verdict": "Wait",
        "message": "1 of 2 tasks of orders-web:8 is healthy.",
        "reason": None,
        "looked_at": "2026-11-21T12:00:01.000Z",
        "not_before": "2026-11-21T12:00:11.000Z",
        "wait_seconds": 60,
        "stage": None,
        "ask": None,
    }


def test_what_one_look_leaves_the_next_one_reads(world: World) -> None:
    world.has(a_described_task(1), a_crash(2))
    first = judged()["memory"]
    assert (first["healthy"], first["failed"]) == (["t1"], {"t2": "AppExit"})
    assert first["progressed_at"] == "2026-11-21T12:00:01Z"
    # ECS has forgotten it.
    world.has(a_described_task(1))
    second = judged(first, seconds=9)["memory"]
    assert {**second, "looked_at": None, "kept": None} == {**first, "looked_at": None, "kept": None}
    world.has(a_described_task(1), a_crash(3))
    third = judged(second, seconds=20)
    assert third["memory"]["failed"] == {"t2": "AppExit", "t3": "AppExit"}
    assert third["verdict"] == "Fail"
    assert "2 tasks of orders-web:8 failed" in third["message"]


def test_the_deployment_that_ecs_has_chosen_is_remembered_once_it_has_won(world: World) -> None:
    back = listed(THEIRS, rolloutState="COMPLETED", desiredCount=0)
    world.has(deployments=[back])
    answer = judged(CHOSEN)
    assert (answer["verdict"], answer["memory"]["deployment"]) == ("Pass", THEIRS)


def test_it_is_stopped_where_another_of_its_wave_has_failed(world: World) -> None:
    world.has(a_described_task(1))
    answer = judged(failing="worker", siblings=True)
    assert answer["verdict"] == "Stopped"
    assert answer["memory"]["deployment"] == OURS
    assert judged(failing="worker")["verdict"] == "Wait"


def test_a_stage_and_a_hook_that_waits_for_a_person_are_told(world: World) -> None:
    waiting = {
        **a_described_rollout(),
        "lifecycleStage": "POST_TEST_TRAFFIC_SHIFT",
        "lifecycleHookDetails": [
            {"hookId": "ecs-pause-1", "targetType": "PAUSE", "status": "AWAITING_ACTION"}
        ],
    }
    world.has(rollout=waiting)
    first = judged()
    assert first["stage"] == "web is at POST_TEST_TRAFFIC_SHIFT, and waits for a person."
    assert first["ask"]["subject"].startswith("Approval wanted: orders v42")
    assert first["wait_seconds"] == 900
    second = judged(first["memory"], seconds=20)
    assert (second["stage"], second["ask"]) == (None, None)
    # Who has lost asks nobody to go on.
    lost = judged(seconds=61, overall_seconds=60)
    assert (lost["verdict"], lost["ask"]) == ("Fail", None)


# What is kept of it


def test_what_is_found_is_kept_once(world: World) -> None:
    world.has(a_described_task(1))
    first = judged()
    assert first["evidence"]["of"] == "web"
    assert first["evidence"]["counts"]["web"]["healthy"] == 1
    second = judged(first["memory"], seconds=60)
    assert second["evidence"] is None
    world.has(a_described_task(1), a_described_task(2))
    third = judged(second["memory"], seconds=120)
    assert third["evidence"]["counts"]["web"]["healthy"] == 2


def test_what_was_said_before_the_roll_is_not_kept(world: World) -> None:
    events = [
        {"createdAt": later(seconds=1), "message": "(service orders-web) has started 1 tasks."},
        {"createdAt": later(days=-1), "message": "(service orders-web) is unable to place a task."},
    ]
    world.has(events=events)
    (event,) = judged()["evidence"]["events"]
    assert event["text"] == events[0]["message"]


def test_what_a_task_printed_is_read_as_it_fails_and_quoted_in_the_end(world: World) -> None:
    world.has(a_crash(1))
    first = judged()
    assert (first["verdict"], world.logs.read) == ("Wait", ["ecs/app/t1"])
    world.has(a_crash(1), a_crash(2))
    second = judged(first["memory"], seconds=20)
    # With the verdict all are read: the one that it quotes may have died a while ago.
    assert world.logs.read == ["ecs/app/t1", "ecs/app/t1", "ecs/app/t2"]
    assert second["verdict"] == "Fail"
    assert second["reason"]["log_lines"] == ["ecs/app/t1 says so"]
    assert [each["task"] for each in second["evidence"]["log_lines"]] == ["t1", "t2"]


def test_without_leave_nothing_that_was_printed_is_read(world: World) -> None:
    world.has(a_crash(1), a_crash(2))
    answer = judged(log_lines=0)
    assert (answer["verdict"], answer["reason"]["log_lines"]) == ("Fail", [])
    assert world.logs.read == []


def test_what_speaks_of_nothing_but_a_person_is_not_read(world: World) -> None:
    world.has({**a_crash(1), "stopCode": "UserInitiated"})
    assert judged()["memory"]["failed"] == {}
    assert world.logs.read == []
