"""How far a strategy of ECS has come, and what people are asked."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.domain.pause import About
from functions.domain.rollout.look import Look, ServiceDeployment, Waiting
from functions.domain.rollout.memory import Memory, Stage
from functions.domain.rollout.stages import MOST_STAGES, Noticed, notice
from tests.factories import NOW, OWNER, a_look, a_memory, a_service_deployment, later

ABOUT = About("orders", 12, "v42 (release #12)", OWNER)
HOOK = Waiting("ecs-pause-1", later(hours=3), "ROLLBACK")
SHIFT = "PRODUCTION_TRAFFIC_SHIFT"


def at(stage: str, *waits: Waiting, traffic: float | None = None, minutes: int = 0) -> Look:
    watched = a_service_deployment(stage=stage, waits=waits, hook=bool(waits), traffic=traffic)
    return a_look(at=later(minutes=minutes), service_deployment=watched)


def noticed(look: Look, memory: Memory | None = None) -> Noticed:
    return notice(look, memory or a_memory(), ABOUT, "web")


# Stages


@pytest.mark.parametrize("watched", [None, a_service_deployment()])
def test_a_service_that_rolls_has_no_stages(watched: ServiceDeployment | None) -> None:
    assert noticed(a_look(service_deployment=watched)) == Noticed(a_memory())


def test_a_stage_is_told_and_remembered_with_when_it_was_seen() -> None:
    found = noticed(at("SCALE_UP", minutes=5))
    assert found.stage == "web is at SCALE_UP."
    assert found.memory.stages == (Stage("SCALE_UP", later(minutes=5)),)
    assert found.ask is None


def test_a_stage_that_lasts_is_told_once() -> None:
    first = noticed(at("SCALE_UP"))
    assert noticed(at("SCALE_UP", minutes=9), first.memory) == Noticed(first.memory)


def test_each_step_of_the_traffic_is_told() -> None:
    first = noticed(at(SHIFT, traffic=12.5))
    assert first.stage == "web is at PRODUCTION_TRAFFIC_SHIFT (12.5 % of the traffic)."
    second = noticed(at(SHIFT, traffic=100.0), first.memory)
    assert second.stage == "web is at PRODUCTION_TRAFFIC_SHIFT (100 % of the traffic)."
    assert [each.traffic for each in second.memory.stages] == [12.5, 100.0]


def test_so_many_stages_are_remembered_the_newest() -> None:
    memory = a_memory(stages=(Stage("SCALE_UP", NOW),) * MOST_STAGES)
    found = noticed(at("CLEAN_UP"), memory).memory.stages
    assert (len(found), found[-1].stage) == (MOST_STAGES, "CLEAN_UP")


# Approvals


def test_people_are_asked_with_all_they_need_to_answer() -> None:
    found = noticed(at("POST_TEST_TRAFFIC_SHIFT", HOOK, traffic=0.0))
    assert found.stage == (
        "web is at POST_TEST_TRAFFIC_SHIFT (0 % of the traffic), and waits for a person."
    )
    assert found.ask is not None
    assert found.ask.subject == "Approval wanted: orders v42 (release #12), web"
    message = (
        "web waits at POST_TEST_TRAFFIC_SHIFT (0 % of the traffic) for a person to say whether it "
        "goes on."
    )
    assert found.ask.text.splitlines() == [
        message,
        "Nobody says so until 2026-11-21T15:00:00.000Z: ECS rolls the service back.",
        "",
        "What to do now: answer it in the ECS console, on the deployments of the service, or by",
        "  aws ecs continue-service-deployment --service-deployment-arn service-deployment/1 "
        "--hook-id ecs-pause-1 --action CONTINUE",
        "ROLLBACK instead of CONTINUE has ECS roll the service back.",
        "",
        f"Execution: {OWNER}",
    ]
    assert found.ask.news == {
        "announcement": "orders#12/Approval/ecs-pause-1",
        "application": "orders",
        "deployment": 12,
        "phase": "Progressing",
        "outcome": None,
        "message": message,
        "execution": OWNER,
    }


@pytest.mark.parametrize(
    ("hook", "said"),
    [
        (replace(HOOK, otherwise="CONTINUE"), "15:00:00.000Z: ECS goes on."),
        (replace(HOOK, otherwise=""), "15:00:00.000Z: ECS ends the wait as it is configured."),
        (replace(HOOK, expires_at=None), "ECS does not say until when."),
    ],
)
def test_it_says_what_becomes_of_it_otherwise(hook: Waiting, said: str) -> None:
    ask = noticed(at("POST_SCALE_UP", hook)).ask
    assert ask is not None
    assert said in ask.text


def test_a_hook_that_begins_to_wait_later_is_noted_with_its_stage() -> None:
    first = noticed(at("POST_SCALE_UP"))
    second = noticed(at("POST_SCALE_UP", HOOK), first.memory)
    assert second.stage == "web is at POST_SCALE_UP, and waits for a person."
    assert second.memory.stages == first.memory.stages


@given(st.lists(st.frozensets(st.sampled_from("abc")), max_size=8))
def test_people_are_told_of_each_hook_once(looks: list[frozenset[str]]) -> None:
    memory, told = a_memory(), list[str]()
    for waiting in looks:
        hooks = (Waiting(each, later(hours=1), "ROLLBACK") for each in sorted(waiting))
        found = noticed(at("POST_SCALE_UP", *hooks), memory)
        text = found.ask.text if found.ask else ""
        told += [each for each in "abc" if f"--hook-id {each} " in text]
        memory = found.memory
    assert sorted(told) == sorted(frozenset[str]().union(*looks))
