"""What is ECS deploying when it asks at a lifecycle hook, and what does the ledger say of it?"""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from functions.aws import ledger
from functions.domain.errors import RetryableError
from functions.domain.hook import Acting, Known
from functions.domain.task_definition import Origin, by_key, origin_of
from functions.domain.writes import claim_key, record_key, release_key

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_ecs import ECSClient

Item = Mapping[str, Any]


def target(client: "ECSClient", revision: str) -> tuple[str, Origin | None]:
    """Return the task definition of a service revision, both as ARNs, and its origin if ours.

    Raises as botocore does, and where ECS does not show the service revision.
    """
    found = client.describe_service_revisions(serviceRevisionArns=[revision])["serviceRevisions"]
    if not found:
        raise RetryableError(f"ECS does not show the service revision {revision}.")
    arn = found[0]["taskDefinition"]
    answer = client.describe_task_definition(taskDefinition=arn, include=["TAGS"])
    # boto3-stubs want every member of a tag; ECS leaves out the value of one that has none.
    tags: list[Any] = list(answer.get("tags", []))
    return arn, origin_of(by_key(tags))


def goes_back(client: "ECSClient", service: str) -> bool:
    """Say whether ECS is taking a service back, given its ARN: its hooks are asked then too."""
    listed = client.list_service_deployments(
        cluster=service.split("/")[1],
        service=service,
        status=["ROLLBACK_REQUESTED", "ROLLBACK_IN_PROGRESS"],
    )
    return bool(listed["serviceDeployments"])


def known(client: "DynamoDBClient", table: str, revision: str, origin: Origin) -> Known:
    """Read what the ledger says of a task definition of ours."""
    name = origin.application
    record = ledger.read(client, table, record_key(name, origin.deployment)) or {}
    release = ledger.read(client, table, release_key(name, origin.release)) or {}
    stables = ledger.under(client, table, name, "stable#")
    return Known(
        acting=_acting(client, table, name),
        stable=any(each["part"]["revision"] == revision for each in stables),
        verified=release.get("verified_at") is not None,
        bad=next(_marks(client, table, origin, release), None),
        outcome=record.get("outcome"),
    )


def _acting(client: "DynamoDBClient", table: str, application: str) -> Acting | None:
    claim = ledger.read(client, table, claim_key(application)) or {}
    if not {"owner", "deployment"} <= claim.keys():
        return None
    number = claim["deployment"]
    record = ledger.read(client, table, record_key(application, number)) or {}
    return Acting(
        number,
        record.get("release"),
        record.get("kind"),
        record.get("phase"),
        record.get("outcome"),
        claim.get("failing"),
    )


def _marks(client: "DynamoDBClient", table: str, origin: Origin, release: Item) -> Iterator[str]:
    """Yield why the image of a release is bad, everywhere or on the base of the revision."""
    if release.get("digest") is None:
        return
    for mark in ledger.under(client, table, origin.application, f"bad#{release['digest']}"):
        if "bases" not in mark or origin.base in mark["bases"].values():
            yield str(mark["why"])
