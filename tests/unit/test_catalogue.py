import json
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter

from functions.domain.catalogue import (
    Application,
    Bake,
    Command,
    Deadlines,
    Dump,
    Headroom,
    HoldUntil,
    Migration,
    Migrations,
    Mode,
    OnFailure,
    OnRollback,
    Quarantine,
    RollOrder,
    Strategy,
    Unarmed,
    Unsure,
    document,
)
from functions.domain.fields import Problem, duration
from functions.domain.image import Images, Order, Repository
from functions.domain.parsing import parse

LEAST: dict[str, Any] = {
    "application": "orders",
    "repository": "orders",
    "cluster": "production",
    "services": {"web": {}},
}
MOST: dict[str, Any] = {
    "application": "orders",
    "repository": "123456789012.dkr.ecr.eu-west-1.amazonaws.com/team/orders",
    "images": {"tags": ["v*", "!*-rc"], "order": "semver"},
    "cluster": "production",
    "roles": ["path/orders-task"],
    "services": {
        "web": {
            "service": "shop",
            "family": "shop-web",
            "container": "app",
            "strategy": "recreate",
            "bake": {
                "minutes": 0,
                "alarms": ["orders 5xx"],
                "min_requests": 100,
                "extend": "1h",
                "unarmed": "block",
                "no_data": "promote",
                "error": "rollback",
            },
            "deadlines": {
                "task_healthy": "90s",
                "progress": "2h",
                "capacity": "3h",
                "overall": "1d",
            },
            "quarantine": {"mode": False, "max": 2, "ttl": "30m", "dump": "jvm"},
        },
        "worker": {"after": ["web"], "strategy": "native"},
    },
    "migrations": {
        "expand": {
            "service": "web",
            "command": ["rake", "db:migrate"],
            "timeout": "20m",
            "cpu": 512,
            "memory": 2048,
            "environment": {"RAILS_ENV": "production"},
            "breaking": True,
            "on_rollback": "run",
            "undo": ["rake", "db:rollback"],
        },
        "contract": {"service": "worker", "command": ["rake"]},
    },
    "order": {"first": "web", "probe": "worker", "max_parallel": 2},
    "headroom": {"capacity_provider": "hosts", "scale_out": 2, "back_after": "5m"},
    "schedules": ["orders-nightly", "jobs/orders-weekly"],
    "on_failure": "hold",
    "hold_after_rollback": "until_person",
    "log_lines": 0,
    "settle": "30s",
    "log_groups": ["/ecs/orders*"],
    "target_groups": ["orders-*"],
    "scaling_groups": ["orders-*"],
    "commands": {"stats": {"service": "web", "command": ["rake", "stats"]}},
    "dump_readers": ["orders-oncall"],
}
RAKE: dict[str, Any] = {"service": "web", "command": ["rake"]}


def parsed(**changes: object) -> Application:
    application = parse({**LEAST, **changes})
    assert isinstance(application, Application)
    return application


def problems(**changes: object) -> list[str]:
    found = parse({**LEAST, **changes})
    assert isinstance(found, tuple), "the document was accepted"
    return [told(problem) for problem in found]


def told(problem: Problem) -> str:
    return f"{'.'.join(map(str, problem.path))}: {problem.what}; {problem.instead}"


def test_the_least_document_has_every_default() -> None:
    application = parsed()
    (web,) = application.services
    assert application.repository == Repository("orders", None, None)
    assert application.images == Images(("*",), Order.NEWEST)
    assert application.roles == ("orders-task", "orders-execution")
    assert application.migrations == Migrations(None, None)
    assert (application.order, application.headroom) == (RollOrder("", "", 5), None)
    assert application.on_failure is OnFailure.ROLLBACK
    assert application.settle_seconds == 0
    assert (web.key, web.service, web.family) == ("web", "orders-web", "orders-web")
    assert (web.container, web.strategy, web.after) == (None, Strategy.ROLLING, ())
    assert application.hold_after_rollback is HoldUntil.UNTIL_NEWER
    assert (application.log_lines, application.log_groups) == (10, ("/ecs/orders-*",))
    assert web.bake == Bake(10, (), 0, 1_800, Unarmed.PROCEED, Unsure.HOLD, Unsure.HOLD)
    assert web.deadlines == Deadlines(300, 600, 1_200, 2_700)
    assert web.quarantine == Quarantine(Mode.CAPTURE, 1, 14_400, Dump.LOGS)


def test_every_field_can_be_said() -> None:
    application = parse(MOST)
    assert isinstance(application, Application)
    web, worker = application.services
    assert application.repository == Repository("team/orders", "123456789012", "eu-west-1")
    assert application.images == Images(("v*", "!*-rc"), Order.SEMVER)
    assert (web.service, web.family, web.container) == ("shop", "shop-web", "app")
    assert (web.strategy, worker.strategy) == (Strategy.RECREATE, Strategy.NATIVE)
    assert worker.after == ("web",)
    assert web.bake == Bake(
        0, ("orders 5xx",), 100, 3_600, Unarmed.BLOCK, Unsure.PROMOTE, Unsure.ROLLBACK
    )
    assert web.deadlines == Deadlines(90, 7_200, 10_800, 86_400)
    assert application.hold_after_rollback is HoldUntil.UNTIL_PERSON
    assert application.log_lines == 0
    assert web.quarantine == Quarantine(Mode.OFF, 2, 1_800, Dump.JVM)
    assert application.migrations == Migrations(
        Migration(
            "web",
            ("rake", "db:migrate"),
            1_200,
            cpu=512,
            memory=2048,
            environment={"RAILS_ENV": "production"},
            breaking=True,
            on_rollback=OnRollback.RUN,
            undo=("rake", "db:rollback"),
        ),
        Migration("worker", ("rake",), 900),
    )
    assert application.order == RollOrder("web", "worker", 2)
    assert application.headroom == Headroom("", "hosts", 2, 300)
    assert application.commands == (Command("stats", "web", ("rake", "stats"), 900),)
    assert (application.on_failure, application.settle_seconds) == (OnFailure.HOLD, 30)


def test_logs_are_read_where_the_console_of_ecs_has_tasks_log() -> None:
    services = {"web": {"family": "shop"}, "worker": {}, "mail": {}}
    assert parsed(services=services).log_groups == ("/ecs/shop", "/ecs/orders-*")


@pytest.mark.parametrize("written", [LEAST, MOST])
def test_the_document_reads_back_into_the_same_application(written: dict[str, Any]) -> None:
    application = parse(written)
    assert isinstance(application, Application)
    text = json.dumps(document(application))
    assert TypeAdapter(Application).validate_json(text, strict=True) == application


def test_a_field_left_empty_has_its_default() -> None:
    assert parsed(services={"web": None}, images=None, schedules=None) == parsed()


def test_all_problems_are_told_at_once() -> None:
    assert problems(
        repostory="orders",
        cluster=None,
        services={"web": {"bake": {"minutes": "ten", "alrams": []}, "after": ["wroker"]}},
        settle="soon",
    ) == [
        "cluster: is missing; write for example production",
        'services.web.bake.minutes: "ten" is not a whole number from 0 to 1,440; '
        "write for example 10",
        "services.web.bake.alrams: is not a known field; did you mean alarms?",
        'settle: "soon" is not a duration from 0s to 365d; write for example 90s, 15m, 2h or 1d',
        "repostory: is not a known field; did you mean repository?",
        'services.web.after.0: "wroker" is not among the services; known are web',
    ]


@pytest.mark.parametrize(
    ("field", "value", "what"),
    [
        ("application", "Orders", "is not a name of at most 32 lower-case letters"),
        ("application", "o" * 33, "is not a name of at most 32 lower-case letters"),
        ("application", "orders-", "is not a name of at most 32 lower-case letters"),
        ("application", 5, "5 is not text; put it in quotes"),
        ("application", ["orders"], "a list is not text; write for example orders"),
        ("application", {"name": "orders"}, "a mapping is not text; write for example orders"),
        ("repository", "Orders", "is not the name of an ECR repository"),
        ("repository", "orders:v1", "is not the name of an ECR repository"),
        ("repository", "1.dkr.ecr.eu-west-1.amazonaws.com/orders", "is not the name of an ECR"),
        ("cluster", "arn:aws:ecs:eu-west-1:123456789012:cluster/x", "is not the name of a cluster"),
        ("images", ["v*"], "images: a list is not a mapping"),
        ("images", {"tags": "v*"}, 'images.tags: "v*" is not a list; write for example ["v*"]'),
        ("images", {"tags": ["v[0-9]"]}, "is not a tag filter"),
        ("images", {"tags": [1.0]}, "images.tags.0: 1.0 is not text; put it in quotes"),
        ("images", {"tags": ["!v1"]}, "images.tags: takes no tag at all"),
        ("images", {"tags": ["v1", "!**"]}, "images.tags: takes no tag at all"),
        ("images", {"tags": []}, "images.tags: takes no tag at all"),
        ("images", {"order": "sember"}, "is not one of semver, lexical, newest; write for example"),
        ("images", {"order": 3}, "3 is not one of semver, lexical, newest"),
        ("roles", ["arn:aws:iam::123456789012:role/x"], "is not the name of an IAM role"),
        ("roles", [None], "roles.0: nothing is not text"),
        ("services", {}, "services: names nothing; write for example {web: {}}"),
        ("services", None, "services: names nothing"),
        ("services", ["web"], "services: a list is not a mapping"),
        ("services", {"web": []}, "services.web: a list is not a mapping"),
        ("services", {"s" * 21: {}}, "is not a name of at most 20 lower-case letters"),
        ("services", {True: {}}, "services.True: true is not text; put it in quotes"),
        ("services", {"web": {"bake": {"minutes": True}}}, "true is not a whole number"),
        ("services", {"web": {"bake": {"minutes": 1_441}}}, "1441 is not a whole number"),
        ("services", {"web": {"bake": {"minutes": -1}}}, "-1 is not a whole number"),
        ("services", {"web": {"bake": {"alarms": [""]}}}, "is not the name of an alarm"),
        ("services", {"web": {"deadlines": {"overall": 45}}}, "45 is not a duration"),
        ("services", {"web": {"deadlines": {"overall": "0s"}}}, "is not a duration from 1s"),
        ("services", {"web": {"deadlines": {"overall": "366d"}}}, "is not a duration"),
        ("services", {"web": {"strategy": "blue"}}, "is not one of rolling, recreate, native"),
        ("services", {"web": {"after": ["web"]}}, "goes round in a circle: web after web"),
        ("services", {"web": {"x": "y" * 99}}, "services.web.x: is not a known field"),
        ("services", {"web": {"service": "y" * 300}}, "…"),
        ("migrations", {"expand": {"command": ["x"]}}, "migrations.expand.service: is missing"),
        ("migrations", {"expand": {"service": "web"}}, "migrations.expand.command: is missing"),
        ("migrations", {"expand": {"service": "web", "command": []}}, "command: is empty"),
        ("migrations", {"expand": {"service": "wbe", "command": ["x"]}}, "did you mean web?"),
        (
            "migrations",
            {"expnd": {}},
            "migrations.expnd: is not a known field; did you mean expand",
        ),
        (
            "migrations",
            {"expand": {**RAKE, "breaking": 1}},
            "breaking: 1 is neither true nor false",
        ),
        ("migrations", {"expand": {**RAKE, "environment": {"A B": "1"}}}, "environment variable"),
        ("migrations", {"expand": {**RAKE, "environment": {"A": 1}}}, "1 is not text; put it in"),
        ("migrations", {"expand": {**RAKE, "on_rollback": "run"}}, "expand.undo: is missing"),
        ("migrations", {"expand": {**RAKE, "undo": ["x"]}}, "undo: is not what on_rollback says"),
        (
            "migrations",
            {"contract": {**RAKE, "on_rollback": "run", "undo": ["x"]}},
            "migrations.contract.on_rollback: cannot be run; a contract is not undone",
        ),
        ("order", {"first": "wbe"}, 'order.first: "wbe" is not among the services; did you mean'),
        ("order", {"probe": "db"}, 'order.probe: "db" is not among the services'),
        ("order", {"max_parallel": 0}, "0 is not a whole number from 1 to 40"),
        ("headroom", {"scale_out": 1}, "headroom: names neither of group and capacity_provider"),
        ("headroom", {"group": "a", "capacity_provider": "b"}, "headroom: names both of group"),
        ("headroom", {"capacity_provider": "b"}, "scaling_groups: is missing, and headroom has"),
        ("headroom", {"group": "a*"}, "is not the name of an EC2 Auto Scaling group"),
        ("commands", {"stats": {"service": "db", "command": ["x"]}}, "is not among the services"),
        ("log_groups", ["*"], "but not * alone"),
        ("on_failure", "explode", "is not one of rollback, hold"),
        ("frobnicate", 1, "frobnicate: is not a known field; known are application, repository"),
    ],
)
def test_a_wrong_field_is_told_with_what_would_be_right(
    field: str, value: object, what: str
) -> None:
    assert any(what in problem for problem in problems(**{field: value}))


@pytest.mark.parametrize("written", [None, 5, "orders", [LEAST]])
def test_a_document_that_is_no_mapping_has_one_problem(written: object) -> None:
    (problem,) = parse(written)  # type: ignore[misc]
    assert problem.what.endswith("is not a mapping")


def test_who_goes_first_waits_for_nobody() -> None:
    services = {"web": {"after": ["worker"]}, "worker": {}}
    assert problems(services=services, order={"first": "web"}) == [
        'order.first: "web" comes after worker; name a service without after, or leave it out'
    ]


def test_each_circle_is_told_once() -> None:
    after = {"a": ["b"], "b": ["c"], "c": ["a"], "d": ["e"], "e": ["d"], "f": ["a"], "g": []}
    found = problems(services={key: {"after": keys} for key, keys in after.items()})
    assert len(found) == 2
    assert all("goes round in a circle" in problem for problem in found)


def test_one_service_in_ecs_has_one_key() -> None:
    (problem,) = problems(services={"web": {}, "worker": {"service": "orders-web"}})
    assert problem.startswith('services.worker.service: "orders-web" is already the service of web')


@given(st.integers(0, 999_999_999), st.sampled_from("smhd"))
def test_durations_grow_with_number_and_unit(number: int, unit: str) -> None:
    seconds = duration(f"{number}{unit}")
    assert seconds is not None
    assert seconds == number * {"s": 1, "m": 60, "h": 3_600, "d": 86_400}[unit]


@pytest.mark.parametrize(
    "text", ["", "5", "m", "5 m", "-5m", "1.5h", "5M", "1h30m", "\u0663m", "5m\n"]
)
def test_other_texts_are_no_durations(text: str) -> None:
    assert duration(text) is None


ODD = [None, True, False, 0, -1, 1.5, "", "web", "5m", "*", "\n", [], {}, date(2026, 1, 1)]
ANYTHING = st.recursive(
    st.sampled_from(ODD),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["web", "tags", "bake", "expand", "x", 1]), inner)
    ),
    max_leaves=8,
)


@given(st.dictionaries(st.sampled_from([*MOST, "x"]), ANYTHING))
def test_whatever_is_written_is_read_or_told(changes: dict[str, object]) -> None:
    found = parse({**LEAST, **changes})
    assert isinstance(found, Application) or all(told(problem) for problem in found)
