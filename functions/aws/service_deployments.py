"""Which service deployment belongs to a deployment?"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mypy_boto3_ecs import ECSClient


def deployment_of(revision: str) -> str:
    """Return the id of the deployment of a service revision, whose ARN is given: `ecs-svc/<n>`.

    The ARN ends in `<n>` (scheduler-rules R1.9: observed, not documented).
    """
    return f"ecs-svc/{revision.rpartition('/')[2]}"


def find(client: "ECSClient", cluster: str, service: str, deployment: str) -> str | None:
    """Return the ARN of the service deployment that makes a deployment, None where none is listed.

    They are tied by their service revision. Raises as botocore does.
    """
    listed = client.list_service_deployments(cluster=cluster, service=service, maxResults=10)
    for each in listed["serviceDeployments"]:
        if deployment_of(each.get("targetServiceRevisionArn", "")) == deployment:
            return each["serviceDeploymentArn"]
    return None


def read(client: "ECSClient", arn: str) -> dict[str, Any] | None:
    """Read a service deployment as DescribeServiceDeployments gives it, None where it is gone.

    Raises as botocore does.
    """
    found = client.describe_service_deployments(serviceDeploymentArns=[arn])["serviceDeployments"]
    return dict(found[0]) if found else None
