"""The clients that handlers hand to `functions.aws`: each built on first use, then kept."""

from functools import cache, partial
from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    from mypy_boto3_cloudwatch import CloudWatchClient
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_ecr import ECRClient
    from mypy_boto3_ecs import ECSClient

SERVICE = "Service"
"""Where an answer's metadata says which service gave it; botocore's errors do not tell."""


@cache
def cloudwatch() -> "CloudWatchClient":
    return cast("CloudWatchClient", _client("cloudwatch", "CloudWatch"))


@cache
def dynamodb() -> "DynamoDBClient":
    return cast("DynamoDBClient", _client("dynamodb", "DynamoDB"))


@cache
def ecr() -> "ECRClient":
    return cast("ECRClient", _client("ecr", "ECR"))


@cache
def ecs() -> "ECSClient":
    return cast("ECSClient", _client("ecs", "ECS"))


def _client(name: str, called: str) -> object:
    # Imported here: most handlers decide without AWS, and boto3 is most of a cold start.
    import boto3
    from botocore.config import Config

    config = Config(
        retries={"mode": "standard", "max_attempts": 3}, connect_timeout=2, read_timeout=5
    )
    client = boto3.client(name, config=config)  # type: ignore[call-overload]
    client.meta.events.register("after-call", partial(_sign, called), unique_id="pilothouse-sign")
    return client


def _sign(called: str, parsed: dict[str, Any], **_: object) -> None:
    parsed.setdefault("ResponseMetadata", {})[SERVICE] = called
