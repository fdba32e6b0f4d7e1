"""A release that fails goes back to what was stable, and people may go back by hand."""

from typing import Any

import pytest

from functions.domain.catalogue import Deadlines
from rehearsal.ecs import Behaviour
from rehearsal.invariants.checks import claim_is_released, one_owner_at_a_time
from rehearsal.sdk import refusal
from rehearsal.world import Running, repository_uri
from tests.workflows.calls import throttled
from tests.workflows.conftest import Rehearse
from tests.workflows.orders import CRASH, Orders
from tests.workflows.ways import takes

LATE = Behaviour(exits_after=130.0, exit_code=1)
"""It crashes when ECS is done with it: the service has to be updated to go back."""


@pytest.fixture
def baking(rehearse: Rehearse) -> Orders:
    return rehearse(minutes=5)


def breaker(*, rollback: bool) -> dict[str, Running]:
    """Return the services with a circuit breaker of ECS that trips at the first failed task."""
    first = {"type": "COUNT", "value": 1}
    guarded = {"enable": True, "rollback": rollback, "thresholdConfiguration": first}
    return {"web": Running(desired=1, load_balancer=True, circuit_breaker=guarded)}


@takes(
    "deploy: Next Step -> Choose Recovery",
    "deploy: Outcome -> RolledBack",
    "deploy: ends in RolledBack",
    "roll: New Or Resumed -> To Be Recreated",
    "roll: To Be Recreated -> Check Claim",
    "roll: Verdict -> Wait For News",
    "roll: Verdict -> Judged",
    "roll: ends in Judged",
    "wake: Waiting -> Send Token",
    "wake: ends in Woken",
    "wake: ends in Done",
)
def test_a_crash_at_start_brings_back_what_was_adopted(orders: Orders) -> None:
    deployed = orders.push("v2", CRASH)
    assert (deployed.outcome, deployed.code) == ("RolledBack", "AppExit")
    assert "container app exited with code 1" in deployed.message
    # ECS turns its own deployment back: what ran before never stopped.
    assert len(orders.calls.named("ecs:StopServiceDeployment")) == 1
    assert len(orders.calls.named("ecs:UpdateService")) == 1
    assert orders.runs("web") == {("orders-web:1", orders.digest("v1"))}
    assert orders.item(f"bad#{orders.digest('v2')}")["deployment"] == 1


def test_a_crash_in_the_bake_brings_back_what_was_adopted_pinned(baking: Orders) -> None:
    deployed = baking.push("v2", LATE)
    assert (deployed.outcome, deployed.code) == ("RolledBack", "AppExit")
    assert baking.runs("web") == {("orders-web:3", baking.digest("v1"))}
    (pinned,) = baking.service("web").primary.definition.containers
    assert pinned["image"].endswith(f"@{baking.digest('v1')}")


@takes("deploy: Registered -> Pinned")
def test_a_second_crash_goes_back_to_the_revision_that_is_pinned_already(baking: Orders) -> None:
    baking.push("v2", LATE)
    again = baking.push("v3", LATE)
    assert again.outcome == "RolledBack"
    assert {revision for revision, _ in baking.runs("web")} == {"orders-web:3"}
    assert baking.revisions("web") == 4


def test_a_stable_revision_that_was_deregistered_is_registered_again(baking: Orders) -> None:
    baking.push("v2")
    baking.call("ecs", "deregister_task_definition", taskDefinition="orders-web:2")
    deployed = baking.push("v3", LATE)
    assert deployed.outcome == "RolledBack"
    assert baking.runs("web") == {("orders-web:4", baking.digest("v2"))}
    assert baking.push("v4", LATE).outcome == "RolledBack"
    assert {revision for revision, _ in baking.runs("web")} == {"orders-web:4"}


def test_a_rollback_by_the_breaker_of_ecs_is_told_from_success(rehearse: Rehearse) -> None:
    orders = rehearse(breaker(rollback=True))
    deployed = orders.push("v2", CRASH)
    assert (deployed.outcome, deployed.code) == ("RolledBack", "AppExit")
    assert "ECS rolled the service back to orders-web:1" in deployed.message
    assert "the circuit breaker threshold was exceeded" in deployed.message
    assert orders.runs("web") == {("orders-web:1", orders.digest("v1"))}
    assert len(orders.calls.named("ecs:UpdateService")) == 1


def test_a_deployment_that_ecs_gives_up_goes_back(rehearse: Rehearse) -> None:
    orders = rehearse(breaker(rollback=False))
    deployed = orders.push("v2", CRASH)
    assert (deployed.outcome, deployed.code) == ("RolledBack", "AppExit")
    assert "ECS deployment circuit breaker: tasks failed to start" in deployed.message


def test_an_image_that_is_gone_from_ecr_fails_at_the_first_task(orders: Orders) -> None:
    gone = [{"imageTag": "v2"}]
    orders.at(
        "roll: Update Service",
        lambda: orders.call("ecr", "batch_delete_image", repositoryName="orders", imageIds=gone),
    )
    deployed = orders.push("v2")
    assert (deployed.outcome, deployed.code) == ("RolledBack", "ImageNotFound")
    assert orders.item(f"bad#{deployed.record['digest']}") is None


def test_somebody_elses_deployment_in_the_middle_is_named_and_left_alone(orders: Orders) -> None:
    orders.begin_push("v2")
    orders.until("roll: Wait For News")
    # Of the same instant it could be a stale answer as well.
    orders.clock.run(until=orders.clock.seconds + 1)
    orders.update("web", taskDefinition=orders.register("web"))
    deployed = orders.finish()
    assert (deployed.outcome, deployed.code) == ("Failed", "ReplacedByOther")
    assert "of orders-web:3 is now the primary one" in deployed.message
    assert "since somebody else is deploying them" in deployed.message
    assert len(orders.calls.named("ecs:UpdateService")) == 1
    assert orders.item(f"bad#{deployed.record['digest']}") is None


@takes("roll: Wait For News fails -> Let It Settle")
def test_tasks_that_never_get_healthy_fail_by_their_own_clock(rehearse: Rehearse) -> None:
    running = {"web": Running(load_balancer=True, service={"healthCheckGracePeriodSeconds": 1800})}
    orders = rehearse(running, services={"web": {"deadlines": Deadlines(120, 300, 300, 900)}})
    deployed = orders.push("v2", Behaviour(healthy_after=None))
    assert (deployed.outcome, deployed.code) == ("RolledBack", "HealthCheckElb")
    assert "No further task came up for 5 min" in deployed.message


@takes("roll: Evidence Found -> Stage Reached")
def test_tasks_that_find_no_room_have_a_clock_of_their_own(orders: Orders) -> None:
    capacity = orders.world.scheduler.capacity
    capacity.refusal = "RESOURCE:FARGATE"
    orders.at("deploy: Choose Recovery", lambda: setattr(capacity, "refusal", None))
    deployed = orders.push("v2")
    assert (deployed.outcome, deployed.code) == ("RolledBack", "CapacityFargate")
    assert "Placement starvation" in deployed.message
    assert "No further task came up for 20 min" in deployed.message


@takes("deploy: Outcome -> Failed", "deploy: ends in Failed")
def test_a_first_release_without_anything_stable_is_left_as_it_is(rehearse: Rehearse) -> None:
    orders = rehearse(v1=Behaviour(exits_after=3.0))
    deployed = orders.push("v2", CRASH)
    assert deployed.outcome == "Failed"
    assert "since web has nothing stable to go back to" in deployed.message
    assert [each.name for each in orders.writes()][-1] == "ecs:UpdateService"
    assert len(orders.calls.named("ecs:UpdateService")) == 1


def test_on_failure_hold_leaves_the_services_as_they_are(rehearse: Rehearse) -> None:
    orders = rehearse(on_failure="hold")
    deployed = orders.push("v2", CRASH)
    assert (deployed.outcome, deployed.code) == ("Failed", "AppExit")
    assert "since on_failure is hold" in deployed.message
    assert len(orders.calls.named("ecs:UpdateService")) == 1


def test_what_the_release_has_not_touched_stays_as_it_was(both: Orders) -> None:
    assert both.push("v2", CRASH).outcome == "RolledBack"
    assert both.runs("web") == {("orders-web:1", both.digest("v1"))}
    assert both.runs("worker") == {("orders-worker:1", both.digest("v1"))}


def test_a_worker_that_fails_takes_the_web_back_with_it_and_goes_first(both: Orders) -> None:
    image = f"{repository_uri(both.application)}:v1"
    container = {"name": "app", "image": image, "command": ["work"]}
    both.register("worker", containerDefinitions=[container])
    deployed = both.push("v2", Behaviour(commands={"work": CRASH}))
    assert deployed.outcome == "RolledBack"
    assert [each.input["roll"]["key"] for each in both.world.executions("roll")] == [
        "web",
        "worker",
        "worker",
        "web",
    ]
    assert {digest for _, digest in both.runs("web") | both.runs("worker")} == {both.digest("v1")}


def test_a_person_goes_back_to_the_release_before(orders: Orders) -> None:
    orders.push("v2")
    orders.push("v3")
    revisions = orders.revisions("web")
    back = orders.roll_back()
    assert back.outcome == "Promoted"
    assert back.message.startswith("orders went back to v2 (release #1).")
    assert orders.runs("web") == {("orders-web:2", orders.digest("v2"))}
    assert orders.revisions("web") == revisions


@pytest.mark.parametrize("to", ["v2", "#1"])
def test_a_person_goes_back_to_a_release_by_its_name(orders: Orders, to: str) -> None:
    orders.push("v2")
    orders.push("v3")
    assert orders.roll_back(to).outcome == "Promoted"
    assert orders.runs("web") == {("orders-web:2", orders.digest("v2"))}


def test_a_person_goes_back_to_what_ran_before_pilothouse(orders: Orders) -> None:
    orders.push("v2")
    back = orders.roll_back("#0")
    assert back.outcome == "Promoted"
    assert orders.runs("web") == {("orders-web:3", orders.digest("v1"))}


def test_a_release_that_was_turned_back_is_gone_back_to_only_by_force(orders: Orders) -> None:
    orders.push("v2")
    orders.push("v3")
    orders.world.images.learn("orders", orders.digest("v2"), CRASH)
    orders.push("v4")
    orders.deploy("v2")
    refused = orders.roll_back("v2")
    assert (refused.outcome, refused.code) == ("Failed", "InvalidRequest")
    assert 'Add "force": true to go back to it anyway.' in refused.message
    orders.world.images.learn("orders", orders.digest("v2"), Behaviour())
    assert orders.roll_back("v2", force=True).outcome == "Promoted"


@takes("deploy: Outcome -> RollbackFailed", "deploy: ends in RollbackFailed")
def test_a_rollback_by_hand_that_fails_is_left_to_a_person(orders: Orders) -> None:
    orders.push("v2")
    orders.push("v3")
    orders.world.images.learn("orders", orders.digest("v2"), CRASH)
    back = orders.roll_back()
    assert (back.outcome, back.code) == ("RollbackFailed", "AppExit")
    assert "since a rollback never starts another one" in back.message


@takes("deploy: Next Step -> Conclude (2)")
def test_a_way_back_that_fails_too_calls_a_person(baking: Orders) -> None:
    baking.push("v2")
    baking.world.images.learn("orders", baking.digest("v2"), CRASH)
    deployed = baking.push("v3", LATE)
    assert deployed.outcome == "RollbackFailed"
    assert "The rollback failed as well" in deployed.message
    assert deployed.execution.path.count("Choose Recovery") == 1


@takes(
    "roll: New Or Resumed -> Claim Still Held",
    "roll: Stop Service Deployment fails -> To Be Recreated",
)
def test_a_deployment_that_ecs_cannot_turn_back_is_replaced(orders: Orders) -> None:
    done = refusal("StopServiceDeployment", "ConflictException", "It has ended already.")
    orders.fail("roll: Stop Service Deployment", done)
    deployed = orders.push("v2", CRASH)
    assert deployed.outcome == "RolledBack"
    assert len(orders.calls.named("ecs:UpdateService")) == 2
    assert orders.runs("web") == {("orders-web:1", orders.digest("v1"))}


def test_a_way_back_that_ecs_had_finished_before_it_was_told_is_won(orders: Orders) -> None:
    def finish() -> None:
        found = orders.call(
            "ecs", "list_service_deployments", cluster="production", service="orders-web"
        )
        arn = found["serviceDeployments"][0]["serviceDeploymentArn"]
        orders.call("ecs", "stop_service_deployment", serviceDeploymentArn=arn, stopType="ROLLBACK")
        orders.clock.sleep(120)

    orders.at("roll: Claim Still Held", finish)
    deployed = orders.push("v2", CRASH)
    assert deployed.outcome == "RolledBack"
    assert orders.runs("web") == {("orders-web:1", orders.digest("v1"))}


def test_a_service_that_somebody_mended_meanwhile_is_left_to_them(orders: Orders) -> None:
    orders.at("deploy: Choose Recovery", lambda: mend(orders))
    deployed = orders.push("v2", CRASH)
    assert (deployed.outcome, deployed.code) == ("Failed", "AppExit")
    assert "since somebody else is deploying them" in deployed.message
    assert orders.calls.named("ecs:StopServiceDeployment") == []


def mend(orders: Orders) -> None:
    orders.update("web", taskDefinition=orders.register("web"))


@takes("roll: Claim Still Held fails -> Claim Lost")
def test_who_has_lost_the_claim_has_ecs_turn_nothing_back(orders: Orders) -> None:
    orders.excuse(claim_is_released, one_owner_at_a_time)
    orders.at("roll: Claim Still Held", lambda: orders.claim("somebody", minutes=60))
    lost = orders.push("v2", CRASH)
    assert (lost.outcome, lost.code) == ("RollbackFailed", "Fault")
    assert orders.calls.named("ecs:StopServiceDeployment") == []


@takes("roll: New Or Resumed -> Judge Rollout")
def test_a_way_back_that_ecs_takes_by_itself_is_only_watched(rehearse: Rehearse) -> None:
    orders = rehearse(breaker(rollback=True))
    assert orders.push("v2", CRASH).outcome == "RolledBack"
    assert orders.calls.named("ecs:StopServiceDeployment") == []


@takes("roll: Update Service fails -> Update Refused", "roll: ends in Update Refused")
def test_a_revision_that_ecs_refuses_is_news_about_the_release(orders: Orders) -> None:
    revision = "orders-web:2"
    orders.at(
        "roll: Update Service",
        lambda: orders.call("ecs", "deregister_task_definition", taskDefinition=revision),
    )
    deployed = orders.push("v2")
    assert (deployed.outcome, deployed.code) == ("Failed", "ConfigInvalid")
    assert "TaskDefinition is inactive" in deployed.message
    assert orders.runs("web") == {("orders-web:1", orders.digest("v1"))}


def test_an_update_that_is_throttled_is_asked_for_again(orders: Orders) -> None:
    orders.fail("roll: Update Service", throttled("UpdateService"), times=3)
    assert orders.push("v2").outcome == "Promoted"


@takes(
    "deploy: Register Task Definition fails -> Register Again",
    "deploy: Register Again -> Let Throttling Pass",
)
def test_a_registration_that_is_throttled_is_made_once(orders: Orders) -> None:
    orders.fail("deploy: Register Task Definition", throttled("RegisterTaskDefinition"), times=3)
    assert orders.push("v2").outcome == "Promoted"
    assert orders.revisions("web") == 2


@takes("deploy: Found -> Compare Task Definition")
def test_a_registration_whose_answer_was_lost_is_found_again(orders: Orders) -> None:
    lost = [refusal("RegisterTaskDefinition", "ServerException", "Service Unavailable", 500)]

    def lose(_: str, operation: str, __: object, ___: object) -> None:
        if operation == "RegisterTaskDefinition" and lost:
            raise lost.pop()

    orders.world.sdk.after.append(lose)
    assert orders.push("v2").outcome == "Promoted"
    assert orders.revisions("web") == 2


@takes("deploy: Register Task Definition fails -> Not Pinned", "deploy: ends in Not Pinned")
def test_a_task_definition_that_ecs_refuses_touches_no_service(orders: Orders) -> None:
    refused = refusal("RegisterTaskDefinition", "ClientException", "Role is not valid.")
    orders.fail("deploy: Register Task Definition", refused)
    deployed = orders.push("v2")
    assert (deployed.outcome, deployed.code) == ("Failed", "ConfigInvalid")
    assert "Role is not valid" in deployed.message
    assert orders.calls.named("ecs:UpdateService") == []


@takes("deploy: Found -> Not Pinned")
def test_a_base_with_a_member_we_do_not_know_is_not_copied(orders: Orders) -> None:
    base = orders.register("web")
    document = orders.definition(base).document
    document["containerDefinitions"][0]["gravity"] = {"mode": "off"}
    deployed = orders.push("v2")
    assert (deployed.outcome, deployed.code) == ("Failed", "ConfigInvalid")
    assert "containerDefinitions[0].gravity" in deployed.message
    assert orders.calls.named("ecs:UpdateService") == []


@takes("deploy: Same -> Not Pinned")
def test_a_revision_that_aws_stored_otherwise_is_not_rolled(orders: Orders) -> None:
    def garble(_: str, operation: str, __: object, answer: dict[str, Any]) -> None:
        if operation == "RegisterTaskDefinition":
            revision = answer["taskDefinition"]["taskDefinitionArn"]
            orders.definition(revision).document["cpu"] = "4096"

    orders.world.sdk.after.append(garble)
    deployed = orders.push("v2")
    assert deployed.outcome == "Failed"
    assert "otherwise than asked, in cpu" in deployed.message
    assert orders.calls.named("ecs:UpdateService") == []


def test_a_service_may_be_scaled_while_it_rolls(orders: Orders) -> None:
    orders.begin_push("v2")
    orders.until("roll: Wait For News")
    orders.update("web", desiredCount=3)
    assert orders.finish().outcome == "Promoted"
    assert len(list(orders.service("web").tasks())) == 3


def test_a_service_that_wants_no_task_is_moved_all_the_same(rehearse: Rehearse) -> None:
    orders = rehearse({"web": Running(desired=0)})
    assert orders.push("v2").outcome == "Promoted"
    assert orders.service("web").primary.definition.arn.endswith("orders-web:2")
