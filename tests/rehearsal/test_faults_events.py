"""Events are lost, come twice, late and out of order: what does Pilothouse make of it?"""

from datetime import datetime
from itertools import pairwise

from rehearsal.faults import DelayEvents, DuplicateEvents, LoseEvents, ReorderEvents, UpTo
from tests.rehearsal.faulty import CRASH, faulty


def test_lost_events_of_ecs_are_made_good_by_the_tick():
    with faulty(LoseEvents(1)) as orders:
        assert orders.push(behaviour=CRASH) == "RolledBack"
        assert orders.woken() == []
        assert "Wait For News" in orders.execution("roll").path
        assert set(orders.failures("Wait For News", "roll")) == {"States.Timeout"}
        assert orders.runs() == {"orders-web:1"}
        stopped = [note for note in orders.notes if "is STOPPED never arrived" in note]
        assert stopped[0].startswith("fault lose_events: The event that task ")
        assert " of orders-web is STOPPED never arrived." in stopped[0]


def test_a_push_whose_event_is_lost_deploys_nothing():
    with faulty(LoseEvents(1, of=("aws.ecr",))) as orders:
        assert orders.push() is None
        assert orders.world.executions("deploy") == []
        assert orders.notes == [
            "fault lose_events: The event that orders:v2 was pushed never arrived."
        ]
        assert [each.times for each in orders.strikes] == [1]


def test_a_lost_event_reaches_none_of_its_targets_and_others_arrive():
    kind = "Step Functions Execution Status Change"
    with faulty(LoseEvents(1, of=("aws.states",), detail_type=kind)) as orders:
        assert orders.push(behaviour=CRASH) == "RolledBack"
        assert len(orders.woken()) > 0
        assert all("execution" in note for note in orders.notes)


def test_events_that_come_twice_change_nothing():
    with faulty(DuplicateEvents(1)) as orders:
        assert orders.push(behaviour=CRASH) == "RolledBack"
        assert len(orders.world.executions("deploy")) == 2
        assert [each["phase"] for each in orders.world.items("orders", "deployment#")] == ["Failed"]
        assert orders.called("ecs:UpdateService") == 1
        assert orders.called("ecs:StopServiceDeployment") == 1
        assert len({each["announcement"] for each in orders.world.news}) == 1
        assert orders.runs() == {"orders-web:1"}
        assert "orders:v2 was pushed reaches deploy twice, the second time " in orders.notes[0]


def test_events_that_are_held_back_are_overtaken():
    with faulty(ReorderEvents(0.5), seed=1) as orders:
        assert orders.push(behaviour=CRASH) == "RolledBack"
        put = [event["id"] for event in orders.world.bus.events]
        came = [put.index(event) for event in orders.woken()]
        assert any(first > second for first, second in pairwise(came))
        assert orders.runs() == {"orders-web:1"}


def test_late_events_are_late_by_as_much_as_they_say():
    with faulty(DelayEvents(UpTo(30))) as orders:
        assert orders.push(behaviour=CRASH) == "RolledBack"
        assert orders.strikes[0].times == len(orders.world.bus.log) > 3
        at = {each["id"]: datetime.fromisoformat(each["time"]) for each in orders.world.bus.events}
        start = orders.clock.start
        late = [each.at - (at[each.event] - start).total_seconds() for each in orders.world.bus.log]
        assert 10 < max(late) <= 32
