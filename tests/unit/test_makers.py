"""Who made a revision that we did not ask for."""

from typing import Any

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError

from functions.aws import makers
from functions.domain.task_definition import BASE, DEPLOYMENT
from tests.factories import a_revision
from tests.fakes import FakeEcs, a_described_definition

JO = "arn:aws:iam::123456789012:user/jo"
STACK = {"key": "aws:cloudformation:stack-name", "value": "orders"}
BY_STACK = "arn:aws:sts::123456789012:assumed-role/cdk-hnb659fds-cfn-exec-role-1/AWSCloudFormation"


@pytest.mark.parametrize(
    ("made", "sentence"),
    [
        pytest.param(
            {"tags": [{"key": DEPLOYMENT, "value": "12"}, {"key": BASE, "value": "x"}]},
            "Its revision is one of Pilothouse's own.",
            id="ours",
        ),
        pytest.param(
            {"tags": [STACK], "registeredBy": JO},
            "CloudFormation made its revision (stack orders).",
            id="a stack, by its tag",
        ),
        pytest.param(
            {"registeredBy": BY_STACK}, "CloudFormation made its revision.", id="a stack, by role"
        ),
        pytest.param(
            {"registeredBy": JO}, "Its revision was registered by user/jo.", id="a person"
        ),
        pytest.param({}, "", id="nobody knows"),
    ],
)
def test_it_was_made_by(made: dict[str, Any], sentence: str) -> None:
    fake: Any = FakeEcs(definitions=[a_described_definition(**made)])
    assert makers.whose(fake, a_revision()) == sentence


@pytest.mark.parametrize(
    "error",
    [
        ClientError({"Error": {"Code": "AccessDeniedException"}}, "DescribeTaskDefinition"),
        EndpointConnectionError(endpoint_url="https://ecs"),
    ],
    ids=["denied", "not reached"],
)
def test_what_cannot_be_read_is_left_out(error: Exception) -> None:
    class Deaf(FakeEcs):
        def describe_task_definition(self, **_: Any) -> Any:
            raise error

    fake: Any = Deaf()
    assert makers.whose(fake, a_revision()) == ""
