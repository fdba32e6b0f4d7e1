"""Task definitions come back as they were registered."""

import botocore.session
import pytest
from botocore.exceptions import ClientError

from tests.rehearsal.house import house, running

MODEL = botocore.session.get_session().get_service_model("ecs")
ADDED = {
    "taskDefinitionArn",
    "revision",
    "status",
    "requiresAttributes",
    "compatibilities",
    "registeredAt",
    "registeredBy",
}


def sample(shape):
    """Build a value that has every member of a shape."""
    kind = shape.type_name
    if kind == "structure":
        return {name: sample(member) for name, member in shape.members.items()}
    if kind == "list":
        return [sample(shape.member)]
    if kind == "map":
        return {sample(shape.key): sample(shape.value)}
    if kind == "string":
        return (shape.enum or [shape.name])[0]
    return {"boolean": True, "integer": 7, "long": 7, "double": 0.5, "float": 0.5}[kind]


def test_every_member_of_the_shape_comes_back_unchanged():
    asked = sample(MODEL.operation_model("RegisterTaskDefinition").input_shape)
    with house() as made:
        registered = made.ecs.register_task_definition(**asked)
        found = made.ecs.describe_task_definition(
            taskDefinition=registered["taskDefinition"]["taskDefinitionArn"], include=["TAGS"]
        )
        assert found["tags"] == asked.pop("tags")
        described = found["taskDefinition"]
        assert {name: described[name] for name in asked} == asked
        assert set(described) == set(asked) | ADDED


def test_what_is_described_registers_as_the_same():
    with house() as made:
        made.register("v1")
        first = made.ecs.describe_task_definition(taskDefinition="orders")["taskDefinition"]
        asked = {name: value for name, value in first.items() if name not in ADDED}
        second = made.ecs.register_task_definition(**asked)["taskDefinition"]
        assert {name: second[name] for name in asked} == asked
        assert second["revision"] == 2


def test_a_member_that_nobody_knows_is_kept():
    with house() as made:
        region = made.installation.region("123456789012", "eu-central-1")
        container = {"name": "app", "image": "x", "memory": 1, "aura": "blue"}
        kept = region.definitions.register({"family": "f", "containerDefinitions": [container]})
        assert kept.containers[0]["aura"] == "blue"


def test_the_newest_active_revision_stands_for_its_family():
    with house() as made:
        first, second = made.register("v1"), made.register("v2")
        made.ecs.deregister_task_definition(taskDefinition=second)
        found = made.ecs.describe_task_definition(taskDefinition="orders")["taskDefinition"]
        assert found["taskDefinitionArn"] == first
        gone = made.ecs.describe_task_definition(taskDefinition=second)["taskDefinition"]
        assert (gone["status"], "deregisteredAt" in gone) == ("INACTIVE", True)


def test_revisions_are_listed_newest_first_and_in_pages():
    with house() as made:
        arns = [made.register(f"v{number}") for number in range(5)]
        made.register("v1", family="orders-worker")
        made.ecs.deregister_task_definition(taskDefinition=arns[1])
        listed = [
            arn
            for page in made.ecs.get_paginator("list_task_definitions").paginate(
                familyPrefix="orders", sort="DESC", PaginationConfig={"PageSize": 2}
            )
            for arn in page["taskDefinitionArns"]
        ]
        assert listed == [arns[4], arns[3], arns[2], arns[0]]
        inactive = made.ecs.list_task_definitions(familyPrefix="orders", status="INACTIVE")
        assert inactive["taskDefinitionArns"] == [arns[1]]


def test_a_revision_number_is_never_used_twice():
    with house() as made:
        first = made.register("v1")
        made.ecs.deregister_task_definition(taskDefinition=first)
        assert made.ecs.delete_task_definitions(taskDefinitions=[first])["failures"] == []
        assert made.register("v1").endswith("orders:2")
        with pytest.raises(ClientError, match="Unable to describe task definition"):
            made.ecs.describe_task_definition(taskDefinition=first)


@pytest.mark.parametrize(
    ("members", "message"),
    [
        ({"networkMode": "bridge"}, "Fargate only supports network mode"),
        ({"cpu": ""}, "Fargate requires that 'cpu' be defined"),
        ({"containerDefinitions": [{"name": "app"}]}, "Container.image should not be null"),
        ({"tags": [{"key": "aws:x", "value": "y"}]}, "aws: prefixed tag key names"),
        (
            {"tags": [{"key": str(number), "value": ""} for number in range(51)]},
            "at most 50 tags",
        ),
    ],
)
def test_what_ecs_would_refuse_is_refused(members, message):
    with house() as made, pytest.raises(ClientError, match=message):
        made.register("v1", **members)


def test_tags_are_read_and_written_by_arn():
    with running() as made:
        task, service = made.tasks()[0]["taskArn"], made.service()["serviceArn"]
        for arn in (made.register("v1"), service, task):
            made.ecs.tag_resource(resourceArn=arn, tags=[{"key": "a", "value": "b"}])
            tags = made.ecs.list_tags_for_resource(resourceArn=arn)["tags"]
            assert tags == [{"key": "a", "value": "b"}]
