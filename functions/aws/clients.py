"""The clients that handlers hand to `functions.aws`: each built on first use, then kept."""

from functools import cache, partial
from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    from mypy_boto3_application_autoscaling import ApplicationAutoScalingClient
    from mypy_boto3_autoscaling import AutoScalingClient
    from mypy_boto3_cloudwatch import CloudWatchClient
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_ec2 import EC2Client
    from mypy_boto3_ecr import ECRClient
    from mypy_boto3_ecs import ECSClient
    from mypy_boto3_elbv2 import ElasticLoadBalancingv2Client
    from mypy_boto3_events import EventBridgeClient
    from mypy_boto3_iam import IAMClient
    from mypy_boto3_logs import CloudWatchLogsClient
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_scheduler import EventBridgeSchedulerClient
    from mypy_boto3_secretsmanager import SecretsManagerClient
    from mypy_boto3_service_quotas import ServiceQuotasClient
    from mypy_boto3_ssm import SSMClient
    from mypy_boto3_stepfunctions import SFNClient

SERVICE = "Service"
"""Where an answer's metadata says which service gave it; botocore's errors do not tell."""


@cache
def application_autoscaling() -> "ApplicationAutoScalingClient":
    client = _client("application-autoscaling", "Application Auto Scaling")
    return cast("ApplicationAutoScalingClient", client)


@cache
def autoscaling() -> "AutoScalingClient":
    return cast("AutoScalingClient", _client("autoscaling", "EC2 Auto Scaling"))


@cache
def cloudwatch() -> "CloudWatchClient":
    return cast("CloudWatchClient", _client("cloudwatch", "CloudWatch"))


@cache
def dynamodb() -> "DynamoDBClient":
    return cast("DynamoDBClient", _client("dynamodb", "DynamoDB"))


@cache
def ec2() -> "EC2Client":
    return cast("EC2Client", _client("ec2", "EC2"))


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
def events() -> "EventBridgeClient":
    return cast("EventBridgeClient", _client("events", "EventBridge"))


@cache
def iam() -> "IAMClient":
    return cast("IAMClient", _client("iam", "IAM"))


@cache
def logs(region: str = "") -> "CloudWatchLogsClient":
    """Return the client of a region; of our own for an empty name."""
    return cast("CloudWatchLogsClient", _client("logs", "CloudWatch Logs", region))


@cache
def s3() -> "S3Client":
    return cast("S3Client", _client("s3", "S3"))


@cache
def scheduler() -> "EventBridgeSchedulerClient":
    return cast("EventBridgeSchedulerClient", _client("scheduler", "EventBridge Scheduler"))


@cache
def secretsmanager() -> "SecretsManagerClient":
    return cast("SecretsManagerClient", _client("secretsmanager", "Secrets Manager"))


@cache
def service_quotas() -> "ServiceQuotasClient":
    return cast("ServiceQuotasClient", _client("service-quotas", "Service Quotas"))


@cache
def ssm() -> "SSMClient":
    return cast("SSMClient", _client("ssm", "Systems Manager"))


def forget() -> None:
    """Have all of them built anew: where a process outlives what answered them."""
    for each in (
        application_autoscaling,
        autoscaling,
        cloudwatch,
        dynamodb,
        ec2,
        ecr,
        ecs,
        elbv2,
        events,
        iam,
        logs,
        s3,
        scheduler,
        secretsmanager,
        service_quotas,
        ssm,
        stepfunctions,
    ):
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
