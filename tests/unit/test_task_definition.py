import copy
import json
import re
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from botocore.model import Shape
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from functions.aws.task_definitions import arguments, document
from functions.domain import task_definition
from functions.domain.task_definition import (
    READ_ONLY,
    Origin,
    by_key,
    differences,
    is_ours,
    no_base,
    pin,
    pinned_before,
    settled_base,
    tags_of,
    unknown_members,
)

ECS = boto3.client(
    "ecs",
    region_name="eu-west-1",
    aws_access_key_id="x",
    aws_secret_access_key="x",  # noqa: S106
)
MODEL = ECS.meta.service_model
REGISTER: Any = MODEL.operation_model("RegisterTaskDefinition").input_shape
DESCRIBE: Any = MODEL.operation_model("DescribeTaskDefinition").output_shape
BASE_ARN = "arn:aws:ecs:eu-west-1:123456789012:task-definition/orders-web:5"
IMAGE = "123456789012.dkr.ecr.eu-west-1.amazonaws.com/orders@sha256:" + "a" * 64
TAGS = tags_of(Origin("orders", 12, 42, BASE_ARN, "v42"))
SLOW = settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


def a_base(**members: Any) -> dict[str, Any]:
    return {
        "family": "orders-web",
        "containerDefinitions": [
            {"name": "app", "image": "orders:v1", "cpu": 0, "essential": True},
            {"name": "proxy", "image": "nginx:1"},
        ],
        "tags": [{"key": "team", "value": "checkout"}],
    } | members


TEXT = st.text("abcxyz019", min_size=1, max_size=4)


def values(shape: Shape) -> st.SearchStrategy[Any]:
    """Return what the API takes for a shape of the model."""
    described: Any = shape
    match shape.type_name:
        case "structure":
            members = {name: values(member) for name, member in described.members.items()}
            required = {name: members.pop(name) for name in described.required_members}
            return st.fixed_dictionaries(required, optional=members)
        case "list":
            return st.lists(values(described.member), max_size=3)
        case "map":
            return st.dictionaries(values(described.key), values(described.value), max_size=2)
        case "boolean":
            return st.booleans()
        case "integer" | "long":
            bounds = shape.metadata
            return st.integers(bounds.get("min", 0), bounds.get("max", 2**31 - 1))
        case "string":
            return st.sampled_from(described.enum) if described.enum else TEXT
    raise AssertionError(f"no values for a {shape.type_name}")


@st.composite
def documents(draw: st.DrawFn) -> dict[str, Any]:
    """Return a task definition such as AWS holds: containers and tags have names of their own."""
    made: dict[str, Any] = draw(values(REGISTER))
    container = values(REGISTER.members["containerDefinitions"].member)
    made["containerDefinitions"] = [
        draw(container) | {"name": f"c{number}", "image": draw(TEXT)}
        for number in range(draw(st.integers(1, 3)))
    ]
    made["tags"] = [
        {"key": key, "value": draw(TEXT)} for key in draw(st.lists(TEXT, unique=True, max_size=5))
    ]
    return made


def whole(shape: Any, name: str = "x") -> Any:
    """Return a value with every member that the model has."""
    match shape.type_name:
        case "structure":
            return {member: whole(each, member) for member, each in shape.members.items()}
        case "list":
            return [whole(shape.member, name)]
        case "map":
            return {f"Key.of.{name}": whole(shape.value, name)}
        case "boolean":
            return True
        case "string":
            return shape.enum[0] if shape.enum else name
    return 7


Step = str | int
Leaf = tuple[Step, ...]


def leaves(value: Any, at: Leaf = ()) -> Iterator[Leaf]:
    if isinstance(value, dict):
        for name, each in value.items():
            yield from leaves(each, (*at, name))
    elif isinstance(value, list):
        for index, each in enumerate(value):
            yield from leaves(each, (*at, index))
    else:
        yield at


def parent_of(value: Any, leaf: Leaf) -> Any:
    for step in leaf[:-1]:
        value = value[step]
    return value


def other(value: Any) -> Any:
    if isinstance(value, bool):
        return not value
    return value + 1 if isinstance(value, int) else f"{value}x"


def covers(path: str, leaf: Leaf) -> bool:
    """Return whether a path is that of the leaf, or of what holds it."""
    plain = re.sub(r"\[[^\]]*\]", "", path)
    members = ".".join(step for step in leaf if isinstance(step, str))
    return members == plain or members.startswith(f"{plain}.")


@SLOW
@given(base=documents(), data=st.data())
def test_a_pinned_document_keeps_every_member_of_the_base(
    base: dict[str, Any], data: st.DataObject
) -> None:
    names = [each["name"] for each in base["containerDefinitions"]]
    pinned = data.draw(st.lists(st.sampled_from(names), unique=True))
    described = base | dict.fromkeys(READ_ONLY, "added by AWS")
    before = copy.deepcopy(described)

    result = pin(described, dict.fromkeys(pinned, IMAGE), TAGS)

    assert described == before
    assert isinstance(result, dict)
    expected = copy.deepcopy(base)
    for container in expected["containerDefinitions"]:
        if container["name"] in pinned:
            container["image"] = IMAGE
    expected["tags"] += [{"key": key, "value": value} for key, value in TAGS.items()]
    assert result == expected


@SLOW
@given(base=documents())
def test_nothing_is_lost_on_the_way_to_step_functions_and_back(base: dict[str, Any]) -> None:
    sent = json.loads(json.dumps(arguments(ECS, base)))
    assert document(ECS, sent) == base
    assert len(list(leaves(sent))) == len(list(leaves(base)))


def test_no_member_of_the_model_is_missed() -> None:
    base = whole(REGISTER)
    assert len(list(leaves(base))) > 100
    pinned = pin(base, {"name": IMAGE}, TAGS)
    assert isinstance(pinned, dict)
    assert document(ECS, arguments(ECS, pinned)) == pinned
    assert pinned | {"containerDefinitions": 0, "tags": 0} == base | {
        "containerDefinitions": 0,
        "tags": 0,
    }
    assert pinned["containerDefinitions"] == [base["containerDefinitions"][0] | {"image": IMAGE}]
    assert base["tags"][0] in pinned["tags"]


def test_members_go_out_in_pascal_case_and_keys_of_maps_as_they_are() -> None:
    container = {
        "name": "app",
        "dockerLabels": {"com.acme.team": "checkout", "lower": "x"},
        "logConfiguration": {"logDriver": "awslogs", "options": {"awslogs-group": "orders"}},
    }
    sent = arguments(ECS, {"containerDefinitions": [container], "volumes": [{"host": {}}]})
    assert sent == {
        "ContainerDefinitions": [
            {
                "Name": "app",
                "DockerLabels": {"com.acme.team": "checkout", "lower": "x"},
                "LogConfiguration": {
                    "LogDriver": "awslogs",
                    "Options": {"awslogs-group": "orders"},
                },
            }
        ],
        "Volumes": [{"Host": {}}],
    }


@SLOW
@given(asked=documents())
def test_a_document_does_not_differ_from_itself(asked: dict[str, Any]) -> None:
    assert differences(asked, copy.deepcopy(asked)) == ()


@SLOW
@given(asked=documents(), data=st.data())
def test_a_single_changed_leaf_is_named(asked: dict[str, Any], data: st.DataObject) -> None:
    leaf = data.draw(st.sampled_from(list(leaves(asked))))
    stored = copy.deepcopy(asked)
    holder = parent_of(stored, leaf)
    if data.draw(st.booleans()) and isinstance(holder, dict):
        del holder[leaf[-1]]
    else:
        holder[leaf[-1]] = other(holder[leaf[-1]])
    found = differences(asked, stored)
    assert any(covers(path, leaf) for path in found), (leaf, found)


def test_the_model_adds_to_a_description_just_what_pin_leaves_out() -> None:
    described = set(DESCRIBE.members["taskDefinition"].members)
    assert described - set(REGISTER.members) == READ_ONLY


def shapes(shape: Any, at: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    yield at, shape
    if shape.type_name == "structure":
        for name, member in shape.members.items():
            yield from shapes(member, (*at, name))
    elif shape.type_name == "list":
        yield from shapes(shape.member, at)


def test_maps_hold_texts_only_so_no_unknown_member_hides_in_one() -> None:
    maps = [shape for _, shape in shapes(REGISTER) if shape.type_name == "map"]
    assert maps
    assert {shape.value.type_name for shape in maps} == {"string"}


LISTS = sorted(
    {
        at[-1]
        for at, shape in shapes(REGISTER)
        if shape.type_name == "list" and shape.member.type_name == "structure"
    }
)


def test_every_list_of_structures_is_known_to_have_an_order_or_none() -> None:
    assert set(LISTS) == {*task_definition._IDENTITY, "environmentFiles"}


@pytest.mark.parametrize("member", sorted(task_definition._IDENTITY))
def test_the_order_of_what_has_a_name_does_not_matter(member: str) -> None:
    identity = task_definition._IDENTITY[member]
    asked = {member: [dict.fromkeys(identity, f"{number}") for number in range(3)]}
    assert differences(asked, {member: asked[member][::-1]}) == ()
    assert differences(asked, {member: asked[member][1:]}) == (
        f"{member}[{'/'.join('0' for _ in identity)}]",
    )


@pytest.mark.parametrize(
    ("asked", "stored"),
    [
        ({}, {"cpu": 0}),
        ({"volumes": []}, {}),
        ({"volumes": None}, {}),
        ({"host": {}}, {}),
        ({"linuxParameters": {"capabilities": {"add": []}}}, {}),
        ({"volumes": []}, {"volumes": [{"name": "data"}]}),
        ({"environment": [{"name": "A"}]}, {"environment": [{"name": "A", "value": ""}]}),
        ({"environment": [{"name": "A"}]}, {"environment": [{"name": "B"}, {"name": "A"}]}),
        (
            {"portMappings": [{"containerPort": 53}, {"containerPort": 53, "protocol": "udp"}]},
            {
                "portMappings": [
                    {"containerPort": 53, "protocol": "udp"},
                    {"containerPort": 53, "protocol": "tcp", "hostPort": 0},
                ]
            },
        ),
        (
            {"requiresCompatibilities": ["EC2", "FARGATE"]},
            {"requiresCompatibilities": ["FARGATE", "EC2"]},
        ),
        ({"command": ["rake", "db:migrate"]}, {"command": ["rake", "db:migrate"]}),
    ],
)
def test_what_aws_fills_in_is_no_difference(asked: object, stored: object) -> None:
    assert differences(asked, stored) == ()


@pytest.mark.parametrize(
    ("asked", "stored", "paths"),
    [
        ({"cpu": "256"}, {}, ("cpu",)),
        ({"cpu": "256"}, {"cpu": 256}, ("cpu",)),
        ({"essential": True}, {"essential": 1}, ("essential",)),
        ({"essential": False}, {"essential": True}, ("essential",)),
        ({"memory": 512}, {"memory": 1024}, ("memory",)),
        ({"command": ["a", "b"]}, {"command": ["b", "a"]}, ("command[0]", "command[1]")),
        ({"command": ["a"]}, {"command": ["a", "b"]}, ("command",)),
        ({"command": ["a"]}, {}, ("command",)),
        ({"add": ["A", "A"]}, {"add": ["A", "B"]}, ("add",)),
        ({"ephemeralStorage": {"sizeInGiB": 30}}, {}, ("ephemeralStorage",)),
        (
            {
                "containerDefinitions": [
                    {"name": "app", "environment": [{"name": "A", "value": "1"}]}
                ]
            },
            {
                "containerDefinitions": [
                    {"name": "app", "environment": [{"name": "A", "value": "2"}]}
                ]
            },
            ("containerDefinitions[app].environment[A].value",),
        ),
        (
            {"environment": [{"name": "A", "value": "1"}, {"name": "A", "value": "2"}]},
            {"environment": [{"name": "A", "value": "1"}]},
            ("environment[A#2]",),
        ),
        (
            {"environmentFiles": [{"value": "a"}, {"value": "b"}]},
            {"environmentFiles": [{"value": "b"}, {"value": "a"}]},
            ("environmentFiles[0].value", "environmentFiles[1].value"),
        ),
    ],
)
def test_what_is_lost_or_changed_is_named(
    asked: object, stored: object, paths: tuple[str, ...]
) -> None:
    assert differences(asked, stored) == paths


def test_only_the_named_containers_get_the_image() -> None:
    pinned = pin(a_base(), {"app": IMAGE}, TAGS)
    assert isinstance(pinned, dict)
    assert [each["image"] for each in pinned["containerDefinitions"]] == [IMAGE, "nginx:1"]


def test_a_container_that_is_not_there_is_told_with_those_that_are() -> None:
    assert pin(a_base(), {"web": IMAGE}, TAGS) == (
        'The task definition orders-web has no container "web": it has app, proxy.'
    )


def test_tags_of_the_base_are_kept_ours_win_and_those_of_aws_stay_away() -> None:
    base = a_base(
        tags=[
            {"key": "team", "value": "checkout"},
            {"key": "empty"},
            {"key": "aws:cloudformation:stack-name", "value": "orders"},
            {"key": "AWS:x", "value": "y"},
            {"key": "pilothouse:release", "value": "3"},
            {"key": "pilothouse:image-tag", "value": "v3"},
        ]
    )
    untagged = tags_of(Origin("orders", 12, 42, BASE_ARN))
    pinned = pin(base, {"app": IMAGE}, untagged)
    assert isinstance(pinned, dict)
    assert by_key(pinned["tags"]) == {
        "team": "checkout",
        "empty": "",
        "pilothouse:application": "orders",
        "pilothouse:release": "12",
        "pilothouse:deployment": "42",
        "pilothouse:base": BASE_ARN,
    }


def test_a_base_may_come_without_tags() -> None:
    base = a_base()
    del base["tags"]
    pinned = pin(base, {}, TAGS)
    assert isinstance(pinned, dict)
    assert by_key(pinned["tags"]) == TAGS


def test_fifty_tags_fit_and_one_more_is_a_problem() -> None:
    def base(count: int) -> dict[str, Any]:
        return a_base(tags=[{"key": f"k{number}", "value": ""} for number in range(count)])

    assert isinstance(pin(base(45), {}, TAGS), dict)
    assert pin(base(47), {}, TAGS) == (
        "The base has 47 tags and Pilothouse adds 5, but ECS takes 50: remove 2 from the base."
    )


def test_a_value_too_long_for_a_tag_is_a_problem() -> None:
    assert pin(a_base(), {}, TAGS | {"pilothouse:base": "a" * 257}) == (
        "The tag pilothouse:base would have 257 letters, but ECS takes 256: shorten the name of "
        "the task definition family."
    )


def test_our_tags_hold_what_ecs_allows() -> None:
    # The pattern of the model, whose classes of letters Python spells otherwise.
    allowed = re.compile(r"[\w .:/=+\-@]*")
    assert all(allowed.fullmatch(text) for pair in TAGS.items() for text in pair)


def test_a_revision_is_ours_by_its_tags() -> None:
    assert is_ours(TAGS)
    assert not is_ours({})
    assert not is_ours({"pilothouse:application": "orders"})


def test_a_repeated_step_knows_its_own_revision() -> None:
    asked = pin(a_base(), {"app": IMAGE}, TAGS)
    assert isinstance(asked, dict)
    assert pinned_before(asked, asked | {"revision": 6})
    assert not pinned_before(asked, a_base())
    assert not pinned_before(asked, a_base(tags=asked["tags"]))
    later = pin(a_base(), {"app": IMAGE}, TAGS | {"pilothouse:deployment": "43"})
    assert isinstance(later, dict)
    assert not pinned_before(asked, later)


def made(deployment: int, release: int, base: str) -> dict[str, str]:
    return tags_of(Origin("orders", release, deployment, base))


@pytest.mark.parametrize(
    ("newer", "older", "settled"),
    [
        (made(2, 2, "b:5"), made(1, 1, "b:5"), "b:5"),
        (made(2, 2, "b:5"), made(1, 1, "b:4"), None),
        (made(2, 2, "b:5"), made(2, 2, "b:5"), None),
        (made(2, 0, "b:5"), made(1, 1, "b:5"), None),
        ({}, made(1, 1, "b:5"), None),
    ],
)
def test_two_neighbours_of_ours_settle_the_base(
    newer: dict[str, str], older: dict[str, str], settled: str | None
) -> None:
    assert settled_base(newer, older) == settled


def test_a_family_without_a_base_is_told_what_to_do() -> None:
    assert no_base("orders-web").startswith("The task definition family orders-web has no active")


KNOWN = {"family": None, "containers": [{"name": None, "labels": None}], "revision": None}


@pytest.mark.parametrize(
    ("raw", "paths"),
    [
        ({"family": "f", "revision": {"any": "thing"}}, ()),
        ({"runtimeFoo": 1}, ("runtimeFoo",)),
        ({"runtimeFoo": False}, ("runtimeFoo",)),
        ({"runtimeFoo": None, "a": [], "b": {}, "c": {"d": []}}, ()),
        (
            {"containers": [{"name": "a"}, {"name": "b", "gpu": {"x": 1}, "labels": {"y": "z"}}]},
            ("containers[1].gpu",),
        ),
        ({"containers": [{"x": 1}], "y": 2}, ("containers[0].x", "y")),
    ],
)
def test_what_the_model_does_not_know_is_named(raw: object, paths: tuple[str, ...]) -> None:
    assert unknown_members(raw, KNOWN) == paths
