"""Reads lag behind: is nothing concluded from what was so before?"""

import pytest

from rehearsal.faults import StaleReads
from rehearsal.sdk import calling
from tests.rehearsal.faulty import CRASH, faulty

SERVICE = {"cluster": "production", "services": ["orders-web"]}


def desired(orders):
    """Return how many tasks web wants, as a function reads it."""
    with orders.clock.travel(), calling("functions"):
        answer = orders.world.client("ecs").describe_services(**SERVICE)
    return answer["services"][0]["desiredCount"]


def scale(orders, count):
    with orders.clock.travel():
        orders.world.client("ecs").update_service(
            cluster="production", service="orders-web", desiredCount=count
        )


def later(orders, seconds):
    orders.clock.run(until=orders.clock.seconds + seconds)


def test_a_read_answers_what_it_would_have_answered_before():
    with faulty(StaleReads("ecs:DescribeServices", by=5)) as orders:
        later(orders, 10)
        scale(orders, 3)
        seen = []
        for _ in range(7):
            seen.append(desired(orders))
            later(orders, 1)
        assert seen == [2, 2, 2, 2, 2, 3, 3]
        assert orders.strikes[0].times >= 5
        told = "fault stale_reads: ecs:DescribeServices answered as of some 5 s ago."
        assert set(orders.notes) == {told}


def test_people_see_what_is_so():
    with faulty(StaleReads("ecs:DescribeServices", by=60)) as orders:
        later(orders, 10)
        scale(orders, 3)
        assert orders.world.service("orders", "web")["desiredCount"] == 3


def test_an_answer_that_is_right_all_the_same_is_no_strike():
    with faulty(StaleReads("ecs:DescribeServices", by=5)) as orders:
        later(orders, 60)
        assert desired(orders) == 2
        assert (orders.strikes[0].times, orders.notes) == (0, [])


def test_what_was_just_made_is_not_known_yet():
    with faulty(StaleReads("ecs:DescribeTasks", by=5), migrates=True) as orders:
        assert orders.push() == "Promoted"
        assert "RetryableError" in orders.failures("Judge Migration", "migrate")
        assert orders.called("ecs:RunTask") == 1


def test_only_reads_of_dynamodb_that_may_lag_do():
    with faulty(StaleReads("dynamodb:GetItem", by=60)) as orders:
        table = orders.world.template.name(
            orders.world.template.one("AWS::DynamoDB::Table").logical_id
        )
        key = {"pk": {"S": "app#orders"}, "sk": {"S": "counters"}}
        dynamodb = orders.world.client("dynamodb")

        def read(**more):
            with calling("functions"):
                return dynamodb.get_item(TableName=table, Key=key, **more).get("Item")

        assert read() is None
        later(orders, 5)
        dynamodb.put_item(TableName=table, Item=key)
        assert read() is None
        assert read(ConsistentRead=True) == key
        later(orders, 61)
        assert read() == key


@pytest.mark.parametrize(
    ("call", "by"),
    [
        ("ecs:DescribeServices", 30),
        ("ecs:ListServiceDeployments", 30),
        ("ecs:ListTasks", 15),
        ("ecs:DescribeTasks", 15),
        ("ecs:DescribeServiceDeployments", 10),
    ],
)
def test_a_release_ends_as_it_would_without_the_lag(call, by):
    with faulty(StaleReads(call, by=by)) as orders:
        assert orders.push(behaviour=CRASH) == "RolledBack"
        assert orders.reason.startswith("AppExit: ")
        # A service deployment that we do not see cannot be stopped: then v1 is rolled out anew.
        unseen = call == "ecs:ListServiceDeployments"
        assert orders.runs() == {"orders-web:3" if unseen else "orders-web:1"}
        assert orders.strikes[0].times > 0
