"""What a program prints as it dies reaches people without its passwords, wherever they look."""

import json
from collections.abc import Iterator
from dataclasses import replace

from rehearsal.ecs import Behaviour
from tests.workflows.conftest import Rehearse
from tests.workflows.orders import CRASH, Orders
from tests.workflows.ways import takes

PASSWORD = "correct-horse-battery"  # noqa: S105  what must not be found
SAID = f"""starting
could not connect to postgres://app:{PASSWORD}@db.internal/orders?sslmode=require
DATABASE_PASSWORD={PASSWORD}
ValueError: no column total
"""
TALKATIVE = replace(CRASH, log=SAID)


def places(orders: Orders) -> Iterator[tuple[str, str]]:
    """Yield every place where a person may look, and what stands there."""
    yield "mails", "\n".join(orders.world.mail)
    yield "news", json.dumps(orders.world.news, default=str)
    for item in orders.world.items("orders", ""):
        yield str(item["sk"]), json.dumps(item, default=str)
    for execution in orders.world.machines.executions.values():
        yield execution.arn, json.dumps([execution.input, execution.output], default=str)
        yield f"{execution.arn}: {execution.cause}", str(execution.cause)
    for call in orders.calls.made:
        yield call.name, json.dumps(call.arguments, default=str)
    with orders.clock.travel():
        s3 = orders.world.client("s3")
        (bucket,) = [each["Name"] for each in s3.list_buckets()["Buckets"]]
        for each in s3.list_objects_v2(Bucket=bucket)["Contents"]:
            body = s3.get_object(Bucket=bucket, Key=each["Key"])["Body"].read()
            yield each["Key"], body.decode()


def test_a_password_that_a_crash_printed_is_nowhere(orders: Orders) -> None:
    deployed = orders.push("v2", TALKATIVE)
    assert deployed.outcome == "RolledBack"
    found = dict(places(orders))
    assert [place for place, text in found.items() if PASSWORD in text] == []
    # What helps is there: where it wanted to go, and what it said then.
    for place in ("mails", "news", "deployment#000001", "orders/000001.json"):
        assert "postgres://app:***@db.internal/orders" in found[place], place
        assert "ValueError: no column total" in found[place], place


@takes("migrate: Evidence Found -> Keep Evidence")
def test_nor_is_one_that_a_migration_printed(rehearse: Rehearse) -> None:
    orders = rehearse(expand=True)
    fails = Behaviour(task_exit_code=1, log=SAID)
    deployed = orders.push("v2", Behaviour(commands={"db:migrate": fails}))
    assert deployed.code == "MigrationFailed"
    found = dict(places(orders))
    assert [place for place, text in found.items() if PASSWORD in text] == []
    assert "ValueError: no column total" in found["mails"]
    assert "ValueError: no column total" in found["orders/000001.json"]


def test_who_wants_no_log_lines_gets_none(rehearse: Rehearse) -> None:
    orders = rehearse(log_lines=0)
    orders.push("v2", TALKATIVE)
    assert [place for place, text in places(orders) if "ValueError" in text] == []
    assert orders.calls.named("logs:GetLogEvents") == []
