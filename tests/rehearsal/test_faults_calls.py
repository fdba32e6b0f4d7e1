"""Calls to AWS fail: what do states and handlers see, and is anything done twice?"""

import pytest

from rehearsal.faults import Fail
from tests.rehearsal.faulty import faulty


def test_a_throttled_update_is_asked_for_again_by_the_retry_of_the_state():
    with faulty(Fail("ecs:UpdateService", "ThrottlingException", times=2)) as orders:
        assert orders.push() == "Promoted"
        assert orders.failures("Update Service", "roll") == ["Ecs.EcsException"] * 2
        assert orders.called("ecs:UpdateService") == 3
        assert [each.times for each in orders.strikes] == [2]
        assert (
            orders.notes
            == [
                "fault fail: The call ecs:UpdateService of a state failed with ThrottlingException."
            ]
            * 2
        )


def test_what_no_try_can_change_is_a_fault():
    with faulty(Fail("ecs:UpdateService", "AccessDeniedException")) as orders:
        assert orders.push() == "Failed"
        assert orders.failures("Update Service", "roll") == ["Ecs.AccessDeniedException"]
        assert orders.reason.startswith("Fault: ")
        assert orders.runs() == {"orders-web:1"}


@pytest.mark.parametrize(
    ("call", "state", "workflow", "effects"),
    [
        ("ecs:UpdateService", "Update Service", "roll", lambda orders: deployments(orders)),
        (
            "ecs:RegisterTaskDefinition",
            "Register Task Definition",
            "deploy",
            lambda orders: orders.revisions() - 1,
        ),
        ("ecs:RunTask", "Run Task", "migrate", lambda orders: len(migrations(orders))),
    ],
)
@pytest.mark.parametrize(
    ("lost", "seen"),
    [("ServerException", "Ecs.ServerException"), ("TimeoutAfterEffect", "Ecs.SdkClientException")],
)
def test_what_took_effect_is_not_done_twice(call, state, workflow, effects, lost, seen):
    with faulty(Fail(call, lost, took_effect=True), migrates=True) as orders:
        outcome = orders.push()
        assert orders.failures(state, workflow)[:1] == [seen]
        assert orders.notes == [
            f"fault fail: The call {call} of a state failed with {lost}, after it took effect."
        ]
        assert outcome == "Promoted" or "Fault" in orders.reason
        assert effects(orders) == 1


@pytest.mark.parametrize("place", [1, 2, 3])
def test_a_transaction_that_is_repeated_with_its_token_is_not_refused(place):
    fault = Fail(
        "dynamodb:TransactWriteItems", "InternalServerError", took_effect=True, first=place
    )
    with faulty(fault) as orders:
        assert orders.push() == "Promoted"
        state, workflow = (
            ("Open Record", "deploy"),
            ("Record Plan", "deploy"),
            ("Close Record", "conclude"),
        )[place - 1]
        assert orders.failures(state, workflow) == ["DynamoDb.InternalServerErrorException"]
        assert len(orders.world.items("orders", "deployment#")) == 1


def test_a_call_that_never_arrived_had_no_effect():
    with faulty(Fail("ecs:UpdateService", "Timeout", times=99)) as orders:
        orders.push()
        assert set(orders.failures("Update Service", "roll")) == {"Ecs.SdkClientException"}
        assert deployments(orders) == 0
        assert orders.runs() == {"orders-web:1"}


def test_a_lost_answer_takes_its_time():
    with faulty(Fail("lambda:Invoke", "TimeoutAfterEffect")) as orders:
        assert orders.push() == "Promoted"
        (asked, failed) = (
            next(each.at for each in orders.execution().trace if each.what == what)
            for what in ("TaskScheduled", "TaskFailed")
        )
        assert failed - asked == 30
        assert orders.failures("Read Request") == ["Lambda.SdkClientException"]


def test_a_function_tries_a_throttled_call_again_by_itself_in_virtual_time():
    fault = Fail("ecs:DescribeServices", "ThrottlingException", of="functions", times=3)
    with faulty(fault) as orders:
        assert orders.push() == "Promoted"
        assert orders.strikes[0].times == 3
        assert orders.failures("Plan Release") == []
        assert 0 < spent(orders, "Plan Release") < 1 + 2 + 4


def test_a_function_that_has_tried_four_times_is_tried_again_by_its_state():
    fault = Fail("ecs:DescribeServices", "Timeout", of="functions", times=5)
    with faulty(fault) as orders:
        assert orders.push() == "Promoted"
        assert orders.failures("Plan Release") == ["RetryableError"]
        assert spent(orders, "Plan Release") >= 5 * 2


def test_a_handler_sees_the_error_as_of_its_service():
    with faulty(Fail("ecs:DescribeServices", "AccessDeniedException")) as orders:
        assert orders.push() == "Failed"
        assert orders.failures("Plan Release") == ["TerminalError"]
        assert "ECS answered DescribeServices with AccessDeniedException" in orders.reason


def test_a_fault_of_states_spares_functions_and_people():
    fault = Fail("ecs:DescribeServices", "AccessDeniedException", of="states")
    with faulty(fault) as orders:
        assert orders.push() == "Promoted"
        assert orders.world.service("orders", "web")["status"] == "ACTIVE"
        assert orders.strikes[0].times == 0


def test_people_are_spared():
    with faulty(Fail("ecs:DescribeServices", "AccessDeniedException", probability=1)) as orders:
        assert orders.world.service("orders", "web")["status"] == "ACTIVE"
        assert orders.strikes[0].times == 0


def deployments(orders):
    """Return how many deployments web has had since it was created."""
    with orders.clock.travel():
        answer = orders.world.client("ecs").list_service_deployments(
            cluster="production", service="orders-web"
        )
    return len(answer["serviceDeployments"]) - 1


def migrations(orders):
    """Return the tasks that were started apart from the service."""
    ecs = orders.world.client("ecs")
    with orders.clock.travel():
        arns = [
            arn
            for status in ("RUNNING", "STOPPED")
            for arn in ecs.list_tasks(cluster="production", desiredStatus=status)["taskArns"]
        ]
        tasks = ecs.describe_tasks(cluster="production", tasks=arns)["tasks"]
    return [each for each in tasks if each["group"].startswith("family:")]


def spent(orders, state):
    """Return how long a state took."""
    trace = [each for each in orders.execution().trace if each.state == state]
    return trace[-1].at - trace[0].at
