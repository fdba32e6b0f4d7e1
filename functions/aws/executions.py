"""Does an execution still run?"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mypy_boto3_stepfunctions import SFNClient


def is_running(client: "SFNClient", arn: str) -> bool:
    """Say whether an execution runs; one that cannot be looked at counts as over."""
    try:
        return client.describe_execution(executionArn=arn)["status"] == "RUNNING"
    except client.exceptions.ClientError:
        return False
