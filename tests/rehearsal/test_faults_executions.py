"""A person stops an execution: what stays, and can one deploy again?"""

import pytest

from rehearsal.faults import StopExecution
from tests.rehearsal.faulty import faulty


@pytest.mark.parametrize("state", ["Admit Request", "Plan Release", "Roll Services", "Conclude"])
def test_a_deployment_that_is_stopped_does_nothing_more_and_the_next_one_goes_on(state):
    with faulty(StopExecution("deploy", state)) as orders:
        orders.push("v2")
        stopped = orders.execution()
        assert (stopped.status, stopped.path[-1]) == ("ABORTED", state)
        assert orders.notes == [
            f'fault stop_execution: A person stopped deploy at its state "{state}".'
        ]
        assert orders.push("v3") == "Promoted"


def test_children_are_stopped_with_it():
    with faulty(StopExecution("deploy", "Roll Service"), StopExecution("roll", "Judged")) as orders:
        orders.push()
        assert orders.execution().status == "ABORTED"
        assert orders.world.executions("roll") == []
        assert [each.times for each in orders.strikes] == [1, 0]


def test_a_child_that_is_stopped_is_a_fault_that_is_recorded():
    with faulty(StopExecution("roll", "Wait For News")) as orders:
        assert orders.push() == "Failed"
        assert orders.execution("roll").status == "ABORTED"
        assert orders.reason.startswith("Fault: ")
        claim = orders.world.item("orders", "claim")
        assert "owner" not in claim


def test_the_second_time_is_the_second_time():
    with faulty(StopExecution("roll", "Wait For News", first=2)) as orders:
        orders.push()
        assert orders.execution("roll").path.count("Wait For News") == 2
