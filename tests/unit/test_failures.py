from collections.abc import Iterator

import pytest
from botocore.exceptions import (
    ClientError,
    ConnectTimeoutError,
    EndpointConnectionError,
    NoCredentialsError,
    ReadTimeoutError,
)
from moto import mock_aws

from functions.aws import clients
from functions.aws.failures import translated
from functions.domain.errors import RetryableError, TerminalError

CALLS = (clients.cloudwatch, clients.dynamodb, clients.ecr, clients.ecs)


@pytest.fixture(autouse=True)
def _aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-west-1")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
    with mock_aws():
        for call in CALLS:
            call.cache_clear()
        yield
    for call in CALLS:
        call.cache_clear()


def answer(code: str, message: str = "No.", status: int = 400) -> ClientError:
    return ClientError(
        {
            "Error": {"Code": code, "Message": message},
            "ResponseMetadata": {"HTTPStatusCode": status, "Service": "ECS"},
        },
        "DescribeServices",
    )


@pytest.mark.parametrize(
    "error",
    [
        answer("ThrottlingException"),
        answer("ProvisionedThroughputExceededException"),
        answer("ServerException", status=500),
        answer("ServiceUnavailable", status=503),
        EndpointConnectionError(endpoint_url="https://ecs"),
        ConnectTimeoutError(endpoint_url="https://ecs"),
        ReadTimeoutError(endpoint_url="https://ecs"),
    ],
)
def test_what_may_pass_is_tried_again(error: Exception) -> None:
    assert isinstance(translated(error), RetryableError)


@pytest.mark.parametrize(
    "error",
    [
        answer("ClusterNotFoundException"),
        answer("AccessDeniedException", status=403),
        answer("ClientException"),
        answer("LimitExceededException"),
        NoCredentialsError(),
    ],
)
def test_what_stays_wrong_stops(error: Exception) -> None:
    assert isinstance(translated(error), TerminalError)


def test_what_is_not_of_aws_is_left_alone() -> None:
    assert translated(ValueError("x")) is None


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (
            answer("AccessDeniedException", "You may not"),
            "ECS answered DescribeServices with AccessDeniedException: You may not. Check that the "
            "role of the function allows this call, and that no boundary denies it.",
        ),
        (
            answer("ClusterNotFoundException", "Cluster not found."),
            "ECS answered DescribeServices with ClusterNotFoundException: Cluster not found. Check "
            "that what the catalogue names exists in this account and region.",
        ),
        (
            answer("ClientException", ""),
            "ECS answered DescribeServices with ClientException. Check the names in the catalogue "
            "and what AWS says above.",
        ),
        (
            answer("ThrottlingException", "Rate exceeded"),
            "ECS answered DescribeServices with ThrottlingException: Rate exceeded. It may pass "
            "by itself.",
        ),
        (
            ClientError({}, "DescribeServices"),
            "AWS answered DescribeServices with Unknown. Check the names in the catalogue and what "
            "AWS says above.",
        ),
        (
            NoCredentialsError(),
            "The call to AWS could not be made: Unable to locate credentials.",
        ),
    ],
)
def test_a_failure_is_told_in_plain_words(error: Exception, sentence: str) -> None:
    assert str(translated(error)) == sentence


def test_our_clients_say_which_service_answered() -> None:
    with pytest.raises(ClientError) as caught:
        clients.ecs().describe_task_definition(taskDefinition="orders-web:1")
    assert str(translated(caught.value)).startswith("ECS answered DescribeTaskDefinition with ")


def test_a_client_is_built_once_and_gives_up_in_time() -> None:
    for call in CALLS:
        assert call() is call()
        config = call().meta.config
        assert config.retries["mode"] == "standard"
        assert config.connect_timeout + config.read_timeout < 10
