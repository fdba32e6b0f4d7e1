"""What the function that judges a bake asks for, and what it hands back to the state machine."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import pytest

from functions.aws import clients, rollouts
from functions.domain.plan import Bake
from functions.domain.rollout.look import Look
from functions.handlers.judge_bake import handler
from tests.bakes import a_baking
from tests.factories import NOW, OURS, THEIRS, a_plan, a_revision, later
from tests.fakes import (
    FakeEcs,
    FakeLogs,
    a_described_definition,
    a_described_service,
    a_described_task,
    a_logged_container,
    client,
)
from tests.lambdas import as_json, invoke

PLAN = a_plan()
ROLLS = {roll.key: roll for step in PLAN.steps for roll in step.rolls}
DEPLOYMENTS = {"web": OURS, "worker": THEIRS}
UPDATED = {"web": later(minutes=-5), "worker": later(minutes=-2)}
"""When each service was asked to run the release; the bake begins at noon."""
PINNED = {key: a_revision(key, 8) for key in ROLLS}


class FakeAlarms:
    """CloudWatch with one alarm, which is in ALARM since long before."""

    def get_paginator(self, _: str) -> "FakeAlarms":
        return self

    def paginate(self, **asked: Any) -> Iterator[dict[str, Any]]:
        found = {"StateValue": "ALARM", "StateTransitionedTimestamp": later(days=-1)}
        yield {"MetricAlarms": [{"AlarmName": name, **found} for name in asked["AlarmNames"]]}


@dataclass
class World:
    """ECS and the logs as the handler finds them, and what it has looked at."""

    monkeypatch: pytest.MonkeyPatch
    logs: FakeLogs
    looked_at: list[rollouts.Subject]

    def has(self, *tasks: dict[str, Any], web: int = 8, **service: Any) -> None:
        """Have both services run their release with all tasks, and web these besides."""
        services = [
            a_described_service(key, deployments=[completed(key, number)], **service)
            for key, number in (("web", web), ("worker", 8))
        ]
        definition = {"containerDefinitions": [a_logged_container()]}
        definitions = [
            a_described_definition(number, **definition, taskDefinitionArn=a_revision(key, number))
            for key, number in (("web", 8), ("web", 7), ("worker", 8))
        ]
        well = [
            a_described_task(number, startedBy=deployment)
            for number, deployment in ((11, OURS), (12, OURS), (21, THEIRS), (22, THEIRS))
        ]
        ecs = FakeEcs(*services, tasks=[*well, *tasks], definitions=definitions)
        self.monkeypatch.setattr(clients, "ecs", lambda: ecs)


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> World:
    found, look = World(monkeypatch, FakeLogs(), []), rollouts.look

    def looking(eyes: rollouts.Eyes, subject: rollouts.Subject, at: datetime) -> Look:
        found.looked_at.append(subject)
        return look(eyes, subject, at)

    monkeypatch.setattr(rollouts, "look", looking)
    monkeypatch.setattr(clients, "cloudwatch", FakeAlarms)
    monkeypatch.setattr(clients, "elbv2", lambda: client("elbv2"))
    monkeypatch.setattr(clients, "logs", found.logs)
    found.has()
    return found


def completed(key: str, number: int) -> dict[str, Any]:
    """Return the deployment that the roll of a service has made."""
    return {
        "id": DEPLOYMENTS[key],
        "status": "PRIMARY",
        "taskDefinition": a_revision(key, number),
        "rolloutState": "COMPLETED",
        "desiredCount": 2,
        "createdAt": UPDATED[key],
    }


def a_crash(number: int) -> dict[str, Any]:
    """Return a task of web whose application has exited with code 1."""
    return a_described_task(
        number,
        lastStatus="STOPPED",
        desiredStatus="STOPPED",
        startedAt=NOW,
        stoppedAt=later(seconds=number),
        stopCode="EssentialContainerExited",
        stoppedReason="Essential container in task exited",
        containers=[{"name": "app", "exitCode": 1}],
    )


def rolled(key: str, **override: Any) -> dict[str, Any]:
    """Return what the roll of a service has handed back."""
    at = as_json(UPDATED[key])
    known = {"deployment": DEPLOYMENTS[key], "created_at": at, "since": at, "failed": {}}
    return {"verdict": "Pass", "message": "", "reason": None, "key": key, **known, **override}


def judged(
    before: Any = None,
    seconds: int = 60,
    *,
    roll: dict[str, Any] | None = None,
    web: dict[str, Any] | None = None,
    rules: dict[str, Any] | None = None,
) -> Any:
    """Return what a look says; `roll` is of both services, `web` of what its roll handed back."""
    given = {"log_lines": 10, **(roll or {})}
    event = {
        "execution": "e-1",
        "now": as_json(later(seconds=seconds)),
        "bake": as_json(Bake(10, (a_baking("web", **(rules or {})), a_baking("worker")))),
        "rolls": [as_json(replace(each, **given)) for each in ROLLS.values()],
        "revisions": PINNED,
        "rolled": {"web": rolled("web", **(web or {})), "worker": rolled("worker")},
        "ends_at": as_json(later(minutes=10)),
        "began_at": as_json(NOW),
        "memory": before,
    }
    return invoke(handler, event)


# What is looked at


def test_each_service_is_looked_at_since_its_own_roll(world: World) -> None:
    judged()
    assert world.looked_at == [
        rollouts.Subject("production", f"orders-{key}", PINNED[key], DEPLOYMENTS[key], UPDATED[key])
        for key in ROLLS
    ]


def test_the_revision_of_a_roll_goes_before_that_of_the_pins(world: World) -> None:
    world.has(web=7)
    chosen = replace(ROLLS["web"], revision=a_revision("web", 7))
    answer = invoke(
        handler,
        {
            "execution": "e-1",
            "now": as_json(NOW),
            "bake": as_json(Bake(0, ())),
            "rolls": [as_json(chosen)],
            "revisions": PINNED,
            "rolled": {"web": rolled("web", created_at=None)},
            "ends_at": as_json(NOW),
            "began_at": as_json(NOW),
            "memory": None,
        },
    )
    assert [each.revision for each in world.looked_at] == [a_revision("web", 7)]
    assert answer["verdict"] == "Pass"


def test_what_runs_has_to_be_what_was_pinned(world: World) -> None:
    world.has(web=7)
    answer = judged()
    assert (answer["verdict"], answer["reason"]["code"]) == ("Fail", "ReplacedByOther")


@pytest.mark.parametrize(
    ("created_at", "verdict"),
    [
        pytest.param(as_json(later(minutes=-4)), "Wait", id="an older one is a stale answer"),
        pytest.param(None, "Fail", id="one that ECS chose is as old as what asked for it"),
    ],
)
def test_another_deployment_has_to_be_newer_than_ours(
    world: World, created_at: str | None, verdict: str
) -> None:
    ours = {"deployment": "ecs-svc/3", "since": as_json(later(days=-1)), "created_at": created_at}
    assert judged(web=ours)["verdict"] == verdict
    assert world.looked_at[0].deployment == "ecs-svc/3"


# What comes back


@pytest.mark.usefixtures("world")
def test_an_answer_says_what_is_known_and_when_to_look_again() -> None:
    answer = judged()
    assert {key: answer[key] for key in answer if key != "evidence"} == {
        "verdict": "Wait",
        "message": "Baking for 9 more min.",
        "reason": None,
        "memory": {
            "failed": {"web": {}, "worker": {}},
            "over_since": None,
            "kept": answer["memory"]["kept"],
        },
        "looked_at": "2026-11-21T12:01:00.000Z",
        "not_before": "2026-11-21T12:01:10.000Z",
        "wait_seconds": 300,
    }


def test_what_one_look_leaves_the_next_one_reads(world: World) -> None:
    world.has(a_crash(1))
    first = judged()
    assert (first["verdict"], first["memory"]["failed"]["web"]) == ("Wait", {"t1": "AppExit"})
    # ECS has forgotten it.
    world.has()
    second = judged(first["memory"], seconds=120)
    assert second["memory"]["failed"] == first["memory"]["failed"]
    world.has(a_crash(2))
    third = judged(second["memory"], seconds=180)
    assert third["memory"]["failed"]["web"] == {"t1": "AppExit", "t2": "AppExit"}
    assert third["verdict"] == "Fail"


def test_what_failed_in_the_roll_counts_once_one_more_fails(world: World) -> None:
    before = {"failed": {"t1": "AppExit"}}
    assert judged(web=before)["verdict"] == "Wait"
    world.has(a_crash(2))
    answer = judged(web=before)
    assert (answer["verdict"], answer["reason"]["code"]) == ("Fail", "AppExit")


def test_when_the_bake_was_first_over_is_remembered(world: World) -> None:
    ecs = FakeEcs(
        *(a_described_service(key, deployments=[completed(key, 8)]) for key in ROLLS),
        tasks=[a_described_task(11, lastStatus="PENDING")],
        definitions=[
            a_described_definition(taskDefinitionArn=revision) for revision in PINNED.values()
        ],
    )
    world.monkeypatch.setattr(clients, "ecs", lambda: ecs)
    first = judged(seconds=600)
    assert (first["verdict"], first["memory"]["over_since"]) == ("Wait", "2026-11-21T12:10:00Z")
    second = judged(first["memory"], seconds=900)
    assert second["memory"]["over_since"] == "2026-11-21T12:10:00Z"
    assert judged(second["memory"], seconds=1_200)["verdict"] == "Fail"


# What is kept of it


def test_what_is_found_is_kept_once(world: World) -> None:
    first = judged()
    assert first["evidence"]["of"] == "bake"
    assert {key: each["healthy"] for key, each in first["evidence"]["counts"].items()} == {
        "web": 2,
        "worker": 2,
    }
    second = judged(first["memory"], seconds=120)
    assert second["evidence"] is None
    world.has(a_described_task(13))
    third = judged(second["memory"], seconds=180)
    assert third["evidence"]["counts"]["web"]["healthy"] == 3


def test_what_was_said_before_each_roll_is_not_kept(world: World) -> None:
    texts = ("(service orders) has started 1 tasks.", "(service orders) has begun draining.")
    events = [
        {"createdAt": later(minutes=minutes), "message": text}
        for minutes, text in zip((-3, -9), texts, strict=True)
    ]
    world.has(events=events)
    # Web was updated before that event, worker after it.
    assert [each["text"] for each in judged()["evidence"]["events"]] == [texts[0]]


@pytest.mark.usefixtures("world")
def test_the_alarms_that_are_watched_are_kept() -> None:
    (alarm,) = judged(rules={"alarms": ("orders-5xx",)})["evidence"]["alarms"]
    assert (alarm["alarm"], alarm["state"]) == ("orders-5xx", "ALARM")


def test_what_a_task_printed_is_read_once_and_quoted(world: World) -> None:
    world.has(a_crash(1))
    first = judged()
    assert (first["verdict"], world.logs.read) == ("Wait", ["ecs/app/t1"])
    world.has(a_crash(1), a_crash(2))
    second = judged(first["memory"], seconds=120)
    assert world.logs.read == ["ecs/app/t1", "ecs/app/t2"]
    assert second["verdict"] == "Fail"
    assert second["reason"]["log_lines"] == ["ecs/app/t2 says so"]


def test_what_its_roll_has_counted_is_not_read_again(world: World) -> None:
    world.has(a_crash(1), a_crash(2))
    answer = judged(web={"failed": {"t1": "AppExit"}})
    assert world.logs.read == ["ecs/app/t2"]
    assert answer["reason"]["log_lines"] == ["ecs/app/t2 says so"]


def test_without_leave_nothing_that_was_printed_is_read(world: World) -> None:
    world.has(a_crash(1), a_crash(2))
    answer = judged(roll={"log_lines": 0})
    assert (answer["verdict"], answer["reason"]["log_lines"]) == ("Fail", [])
    assert world.logs.read == []
