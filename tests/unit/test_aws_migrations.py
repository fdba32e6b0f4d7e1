"""What is read of the tasks of migrations."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import pytest
from moto import mock_aws

from functions.aws import migrations
from functions.domain.errors import RetryableError
from functions.domain.migration.begin import Started
from functions.domain.migration.ran import Ran, State
from functions.domain.rollout.look import Health
from tests.factories import a_revision
from tests.fakes import FakeEcs, a_described_definition, a_described_task, client

RAN = Ran(12, "expand", State.STARTED, 1, 13, "2026-11-21T12:00:00.000Z", cluster="production")


@pytest.fixture(autouse=True)
def _aws() -> Iterator[None]:
    with mock_aws():
        yield


class Listing(FakeEcs):
    """ECS that lists tasks by who started them, of the cluster production."""

    def paginate(self, **asked: Any) -> Iterator[dict[str, Any]]:
        if asked["cluster"] != "production":
            raise client("ecs").exceptions.ClusterNotFoundException({"Error": {}}, "ListTasks")
        fits = [
            each["taskArn"]
            for each in self._tasks
            if (each["startedBy"], each["desiredStatus"])
            == (asked["startedBy"], asked["desiredStatus"])
        ]
        yield {"taskArns": fits}


def a_migration(number: int = 1, release: int = 12, **override: Any) -> dict[str, Any]:
    starter = f"pilothouse/orders/{release}/expand/13"
    return a_described_task(number, **{"startedBy": starter, **override})


def started(*ran: Ran, tasks: Sequence[Mapping[str, Any]]) -> tuple[Started, ...]:
    ecs: Any = Listing(tasks=[dict(each) for each in tasks])
    return migrations.started(ecs, "orders", ran)


def test_the_task_of_the_last_attempt_is_found() -> None:
    task = a_migration()
    other = a_migration(2, startedBy="pilothouse/orders/12/expand/12")
    assert started(RAN, tasks=[task, other]) == (Started(12, "expand", task["taskArn"], False),)


def test_one_that_is_to_stop_is_at_work_until_it_has_stopped() -> None:
    stopping = a_migration(desiredStatus="STOPPED", lastStatus="DEPROVISIONING")
    stopped = a_migration(desiredStatus="STOPPED", lastStatus="STOPPED")
    assert [each.ended for each in started(RAN, tasks=[stopping])] == [False]
    assert [each.ended for each in started(RAN, tasks=[stopped])] == [True]


def test_what_passed_is_not_looked_for() -> None:
    passed = Ran(12, "expand", State.PASSED, 1, 13, RAN.started_at, cluster="production")
    assert started(passed, tasks=[a_migration()]) == ()


def test_in_a_cluster_that_is_gone_nothing_runs() -> None:
    gone = Ran(12, "expand", State.STARTED, 1, 13, RAN.started_at, cluster="gone")
    assert started(gone, RAN, tasks=[]) == ()


CHECKED = {"name": "app", "healthCheck": {"command": ["true"]}}


def looked(*tasks: dict[str, Any], may_be_gone: bool = False, **definition: Any) -> migrations.Seen:
    ecs: Any = Listing(tasks=list(tasks), definitions=[a_described_definition(8, **definition)])
    arn = a_migration()["taskArn"]
    return migrations.look(ecs, "production", arn, a_revision(), may_be_gone=may_be_gone)


def test_its_health_is_told_where_something_checks_it() -> None:
    healthy = a_migration(healthStatus="HEALTHY")
    seen = looked(healthy, containerDefinitions=[CHECKED])
    assert seen.task is not None
    assert seen.task.health is Health.HEALTHY
    unchecked = looked(healthy)
    assert unchecked.task is not None
    assert unchecked.task.health is Health.NONE


def test_a_task_that_must_be_there_is_asked_for_again() -> None:
    with pytest.raises(RetryableError):
        looked()
    assert looked(may_be_gone=True) == migrations.Seen()


def test_where_no_task_was_started_nothing_is_read() -> None:
    ecs: Any = Listing()
    assert migrations.look(ecs, "-", None, "-", may_be_gone=False) == migrations.Seen()
