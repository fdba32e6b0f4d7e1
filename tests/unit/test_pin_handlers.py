import json
from collections.abc import Iterator
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest
from botocore.awsrequest import AWSResponse
from moto import mock_aws

from functions.aws import clients
from functions.aws.task_definitions import describe_raw, document, find, newest_base
from functions.domain.errors import TerminalError
from functions.domain.task_definition import Origin, by_key, tags_of
from functions.handlers import compare_task_definition, pin_task_definition

if TYPE_CHECKING:
    from mypy_boto3_ecs import ECSClient

CONTEXT = SimpleNamespace(
    function_name="pin",
    memory_limit_in_mb=128,
    invoked_function_arn="arn:aws:lambda:eu-west-1:123456789012:function:pin",
    aws_request_id="1",
)
FAMILY = "orders-web"
IMAGE = "123456789012.dkr.ecr.eu-west-1.amazonaws.com/orders@sha256:" + "a" * 64
CONTAINERS: list[dict[str, Any]] = [
    {
        "name": "app",
        "image": "orders:v1",
        "memory": 512,
        "environment": [{"name": "RAILS_ENV", "value": "production"}],
        "dockerLabels": {"com.acme.team": "checkout"},
    },
    {"name": "proxy", "image": "nginx:1", "memory": 64},
]


@pytest.fixture
def ecs(monkeypatch: pytest.MonkeyPatch) -> Iterator["ECSClient"]:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")
    with mock_aws():
        clients.ecs.cache_clear()
        yield clients.ecs()
    clients.ecs.cache_clear()


def a_base(ecs: "ECSClient", family: str = FAMILY, **members: Any) -> str:
    registered = ecs.register_task_definition(
        family=family,
        containerDefinitions=CONTAINERS,
        tags=[{"key": "team", "value": "checkout"}],
        **members,
    )
    return registered["taskDefinition"]["taskDefinitionArn"]


def one_of_ours(ecs: "ECSClient", base: str, deployment: int, release: int | None = None) -> str:
    origin = Origin("orders", deployment if release is None else release, deployment, base)
    registered = ecs.register_task_definition(
        family=FAMILY,
        containerDefinitions=CONTAINERS,
        tags=[{"key": key, "value": value} for key, value in tags_of(origin).items()],
    )
    return registered["taskDefinition"]["taskDefinitionArn"]


def pin(base: str, **members: Any) -> dict[str, Any]:
    request = {
        "execution": "e-1",
        "now": "2026-01-01T00:00:00.000Z",
        "application": "orders",
        "deployment": 42,
        "release": 42,
        "key": "web",
        "base": base,
        "images": {"app": IMAGE},
        "image_tag": "v42",
    }
    answer: dict[str, Any] = pin_task_definition.handler(request | members, CONTEXT)
    return answer


def register(ecs: "ECSClient", answer: dict[str, Any]) -> str:
    registered = ecs.register_task_definition(**document(ecs, answer["register"]))
    return registered["taskDefinition"]["taskDefinitionArn"]


def compare(asked: dict[str, Any], revision: str) -> dict[str, Any]:
    request = {"execution": "e-1", "asked": asked, "revision": revision}
    answer: dict[str, Any] = compare_task_definition.handler(request, CONTEXT)
    return answer


def as_told(ecs: "ECSClient", described: dict[str, Any]) -> None:
    """Let ECS answer the next description with this body, as a newer AWS might."""
    left = [json.dumps(described).encode()]

    def answer(request: Any, **_: object) -> AWSResponse | None:
        if not left:
            return None
        body = left.pop()
        return AWSResponse(request.url, 200, {}, SimpleNamespace(stream=lambda: iter([body])))

    ecs.meta.events.register_first("before-send.ecs.DescribeTaskDefinition", answer)


def test_the_base_is_registered_again_with_the_image_swapped_and_our_tags(
    ecs: "ECSClient",
) -> None:
    base = a_base(ecs)
    answer = pin(base)
    assert answer["problem"] is None
    assert answer["revision"] is None
    assert [each["Image"] for each in answer["register"]["ContainerDefinitions"]] == [
        IMAGE,
        "nginx:1",
    ]
    assert answer["register"]["ContainerDefinitions"][0]["DockerLabels"] == {
        "com.acme.team": "checkout"
    }
    assert by_key(describe_raw(ecs, register(ecs, answer)).document["tags"]) == {
        "team": "checkout",
        "pilothouse:application": "orders",
        "pilothouse:release": "42",
        "pilothouse:image-tag": "v42",
        "pilothouse:deployment": "42",
        "pilothouse:base": base,
    }


def test_a_repeated_state_finds_what_it_registered(ecs: "ECSClient") -> None:
    base = a_base(ecs)
    first = pin(base)
    revision = register(ecs, first)
    again = pin(base)
    assert again["revision"] == revision
    assert again["register"]["Family"] == FAMILY
    assert compare(again["register"], again["revision"])["problem"] is None


@pytest.mark.parametrize(
    "members",
    [{"deployment": 43}, {"images": {"app": IMAGE.replace("a" * 64, "b" * 64)}}, {"release": 7}],
)
def test_another_pin_is_registered_anew(ecs: "ECSClient", members: dict[str, Any]) -> None:
    base = a_base(ecs)
    register(ecs, pin(base))
    assert pin(base, **members)["revision"] is None


def test_a_base_that_is_the_last_of_its_family_and_inactive_can_still_be_pinned(
    ecs: "ECSClient",
) -> None:
    base = a_base(ecs)
    described = ecs.describe_task_definition(taskDefinition=base)["taskDefinition"]
    ecs.deregister_task_definition(taskDefinition=base)
    as_told(ecs, {"taskDefinition": {**plain(described), "family": "gone"}})
    answer = pin(base)
    assert answer["problem"] is None
    assert answer["revision"] is None


def plain(described: Any) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads(json.dumps(described, default=lambda moment: 1.5))
    return loaded


def test_a_container_that_is_not_there_is_a_sentence(ecs: "ECSClient") -> None:
    assert pin(a_base(ecs), images={"web": IMAGE}) == {
        "register": None,
        "revision": None,
        "problem": (
            "orders/web cannot be pinned. The task definition orders-web has no container "
            '"web": it has app, proxy. Nothing was changed.'
        ),
    }


@pytest.mark.parametrize(
    ("unknown", "told"),
    [
        ({"runtimeFoo": {"x": 1}}, "The member runtimeFoo of the base orders-web:1 is not known"),
        (
            {"runtimeFoo": 1, "containerDefinitions": [{**CONTAINERS[0], "gpuShare": 2}]},
            "The members containerDefinitions[0].gpuShare, runtimeFoo of the base orders-web:1 are",
        ),
    ],
)
def test_a_member_that_our_model_does_not_know_stops_the_deployment(
    ecs: "ECSClient", unknown: dict[str, Any], told: str
) -> None:
    base = a_base(ecs)
    described = plain(ecs.describe_task_definition(taskDefinition=base)["taskDefinition"])
    as_told(ecs, {"taskDefinition": {**described, **unknown}})
    answer = pin(base)
    assert answer["register"] is None
    assert told in answer["problem"]
    assert answer["problem"].endswith("update Pilothouse. Nothing was changed.")


def test_what_aws_stored_as_asked_passes(ecs: "ECSClient") -> None:
    answer = pin(a_base(ecs))
    revision = register(ecs, answer)
    assert compare(answer["register"], revision) == {"revision": revision, "problem": None}


def test_what_aws_stored_otherwise_is_named(ecs: "ECSClient") -> None:
    answer = pin(a_base(ecs))
    revision = register(ecs, answer)
    stored = plain(ecs.describe_task_definition(taskDefinition=revision)["taskDefinition"])
    stored["containerDefinitions"][0]["memory"] = 256
    tags = [{"key": key, "value": value} for key, value in describe_raw(ecs, revision).tags.items()]
    as_told(ecs, {"taskDefinition": stored, "tags": tags})
    assert compare(answer["register"], revision)["problem"] == (
        "AWS stored orders-web:2 otherwise than asked, in containerDefinitions[app].memory. No "
        "service was touched: compare the revision with its base in the ECS console."
    )


def test_many_differences_stay_one_readable_sentence(ecs: "ECSClient") -> None:
    answer = pin(a_base(ecs))
    revision = register(ecs, answer)
    as_told(ecs, {"taskDefinition": {"family": "other"}})
    assert compare(answer["register"], revision)["problem"].startswith(
        "AWS stored orders-web:2 otherwise than asked, in containerDefinitions, family, "
        "networkMode, tags[team], tags[pilothouse:application] and 4 more. No service was touched"
    )


def test_a_revision_that_does_not_exist_is_a_sentence(ecs: "ECSClient") -> None:
    with pytest.raises(TerminalError, match="ECS answered DescribeTaskDefinition with"):
        pin("arn:aws:ecs:eu-west-1:123456789012:task-definition/orders-web:9")
    assert find(ecs, FAMILY) is None


def arn_of_base(ecs: "ECSClient") -> str | None:
    found = newest_base(ecs, FAMILY)
    return found.document["taskDefinitionArn"] if found else None


def test_the_newest_revision_that_is_not_ours_is_the_base(ecs: "ECSClient") -> None:
    a_base(ecs)
    base = a_base(ecs)
    one_of_ours(ecs, base, 1)
    assert arn_of_base(ecs) == base
    newer = a_base(ecs)
    assert arn_of_base(ecs) == newer


def test_a_base_that_is_no_longer_active_is_passed_by(ecs: "ECSClient") -> None:
    older, newer = a_base(ecs), a_base(ecs)
    ecs.deregister_task_definition(taskDefinition=newer)
    assert arn_of_base(ecs) == older


def test_families_that_begin_alike_are_not_mixed_up(ecs: "ECSClient") -> None:
    assert arn_of_base(ecs) is None
    a_base(ecs, f"{FAMILY}-admin")
    assert arn_of_base(ecs) is None
    base = a_base(ecs)
    a_base(ecs, f"{FAMILY}-admin")
    assert arn_of_base(ecs) == base


def test_only_revisions_of_ours_leave_no_base(ecs: "ECSClient") -> None:
    base = a_base(ecs)
    for deployment in range(1, 4):
        one_of_ours(ecs, base, deployment)
    ecs.deregister_task_definition(taskDefinition=base)
    assert arn_of_base(ecs) is None


def descriptions(ecs: "ECSClient") -> list[str]:
    asked: list[str] = []
    ecs.meta.events.register(
        "provide-client-params.ecs.DescribeTaskDefinition",
        lambda params, **_: asked.append(params["taskDefinition"]),
    )
    return asked


def test_a_year_of_our_revisions_is_not_walked(ecs: "ECSClient") -> None:
    base = a_base(ecs)
    for deployment in range(1, 30):
        one_of_ours(ecs, base, deployment)
    asked = descriptions(ecs)
    assert arn_of_base(ecs) == base
    assert len(asked) == 3


def test_below_a_settled_base_that_is_gone_the_search_goes_on(ecs: "ECSClient") -> None:
    older, gone = a_base(ecs), a_base(ecs)
    for deployment in range(1, 30):
        one_of_ours(ecs, gone, deployment)
    ecs.deregister_task_definition(taskDefinition=gone)
    asked = descriptions(ecs)
    assert arn_of_base(ecs) == older
    assert len(asked) == 4


def test_a_base_registered_while_a_deployment_ran_is_found_after_its_rollback(
    ecs: "ECSClient",
) -> None:
    old = a_base(ecs)
    new = a_base(ecs)
    one_of_ours(ecs, old, deployment=1)
    one_of_ours(ecs, old, deployment=1, release=0)
    one_of_ours(ecs, old, deployment=2, release=0)
    assert arn_of_base(ecs) == new
