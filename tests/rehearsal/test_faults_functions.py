"""A Lambda is killed before, in the middle and after its work: who notices?"""

import json

import pytest

from rehearsal.faults import KillLambda
from tests.rehearsal.faulty import faulty


@pytest.mark.parametrize(
    ("at", "error"),
    [("before", "Lambda.ServiceException"), ("after", "Lambda.SdkClientException")],
)
@pytest.mark.parametrize(
    ("function", "state", "workflow"),
    [
        ("ReadRequest", "Read Request", "deploy"),
        ("PlanRelease", "Plan Release", "deploy"),
        ("JudgeRollout", "Judge Rollout", "roll"),
        ("ConcludeDeployment", "Conclude Deployment", "conclude"),
    ],
)
def test_a_function_that_dies_is_asked_again(at, error, function, state, workflow):
    with faulty(KillLambda(function, at=at)) as orders:
        assert orders.push() == "Promoted"
        assert orders.failures(state, workflow) == [error]
        assert orders.called("ecs:UpdateService") == 1
        assert [each.times for each in orders.strikes] == [1]


def calls_of(*faults):
    with faulty(*faults) as orders:
        orders.push()
        return orders.called("ecs:DescribeServices")


def test_before_its_work_nothing_is_read_and_after_it_everything():
    alone = calls_of()
    assert calls_of(KillLambda("PlanRelease", at="before")) == alone
    assert calls_of(KillLambda("PlanRelease", at="after")) == alone + 1


def test_in_the_middle_it_is_killed_at_a_call_and_nothing_is_made_of_it():
    with faulty(KillLambda("JudgeRollout", at="middle")) as orders:
        orders.push()
        failed = next(each for each in orders.execution("roll").trace if each.what == "TaskFailed")
        assert failed.data["Error"] == "Runtime.ExitError"
        assert json.loads(failed.data["Cause"])["errorType"] == "Runtime.ExitError"
        assert "signal: killed" in failed.data["Cause"]
        assert orders.notes == [
            "fault kill_lambda: JudgeRollout was killed in the middle of its work."
        ]


@pytest.mark.parametrize("error", ["Sandbox.Timedout", "Lambda.Unknown"])
def test_a_function_that_is_too_slow_takes_its_whole_timeout(error):
    with faulty(KillLambda("JudgeRollout", error=error)) as orders:
        assert orders.push() == "Promoted"
        trace = [each for each in orders.execution("roll").trace if each.state == "Judge Rollout"]
        assert trace[3].what == "TaskFailed"
        assert trace[3].at - trace[0].at == 60
        assert orders.failures("Judge Rollout", "roll") == [error]
        assert "Task timed out after 60.00 seconds" in trace[3].data["Cause"]


def test_other_functions_live():
    with faulty(KillLambda("JudgeBake", times=2, at="before")) as orders:
        assert orders.push() == "Promoted"
        assert orders.failures("Judge Rollout", "roll") == []
        assert orders.strikes[0].times == len(orders.failures("Judge Bake", "bake"))
