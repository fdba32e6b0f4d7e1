"""The clients that handlers hand to `functions.aws`: each built on first use, then kept."""

from functools import cache, partial
from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    from mypy_boto3_cloudwatch import CloudWatchClient
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_ecr import ECRClient
    from mypy_boto3_ecs import ECSClient
    from mypy_boto3_elbv2 import ElasticLoadBalancingv2Client
    from mypy_boto3_logs import CloudWatchLogsClient
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_stepfunctions import SFNClient

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


@cache
def stepfunctions() -> "SFNClient":
    return cast("SFNClient", _client("stepfunctions", "Step Functions"))


@cache
def elbv2() -> "ElasticLoadBalancingv2Client":
    return cast("ElasticLoadBalancingv2Client", _client("elbv2", "Elastic Load Balancing"))


@cache
def logs(region: str = "") -> "CloudWatchLogsClient":
    """Return the client of a region; of our own for an empty name."""
    return cast("CloudWatchLogsClient", _client("logs", "CloudWatch Logs", region))


@cache
def s3() -> "S3Client":
    return cast("S3Client", _client("s3", "S3"))


def forget() -> None:
    """Have all of them built anew: where a process outlives what answered them."""
    for each in (cloudwatch, dynamodb, ecr, ecs, elbv2, logs, s3, stepfunctions):
        each.cache_clear()


def _client(name: str, called: str, region: str = "") -> object:
    # Imported here: most handlers decide without AWS, and boto3 is most of a cold start.
    import boto3
    from botocore.config import Config

    config = Config(
        retries={"mode": "standard", "max_attempts": 3}, connect_timeout=2, read_timeout=5
    )
    elsewhere = {"region_name": region} if region else {}
    client = boto3.client(name, config=config, **elsewhere)  # type: ignore[call-overload]
    client.meta.events.register("after-call", partial(_sign, called), unique_id="pilothouse-sign")
    return client


def _sign(called: str, parsed: dict[str, Any], **_: object) -> None:
    parsed.setdefault("ResponseMetadata", {})[SERVICE] = called
