"""What is there of all that the task definitions of a release name?"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from functions.aws import alarms
from functions.aws.preflight import images, log_groups, revisions, roles, secrets
from functions.aws.preflight.asking import asked
from functions.domain.bake.armed import MISSING, Alarm
from functions.domain.catalogue import Application
from functions.domain.known import Facts, Known
from functions.domain.preflight.alarms import names
from functions.domain.preflight.definitions import Definitions
from functions.domain.preflight.lifecycle import Policy
from functions.domain.preflight.log_groups import places
from functions.domain.preflight.manifest import Manifest
from functions.domain.preflight.roles import to_ask
from functions.domain.preflight.secrets import references
from functions.domain.preflight.sight import Unread
from functions.domain.release import Image

if TYPE_CHECKING:
    from mypy_boto3_cloudwatch import CloudWatchClient
    from mypy_boto3_ecr import ECRClient
    from mypy_boto3_ecs import ECSClient
    from mypy_boto3_iam import IAMClient
    from mypy_boto3_logs import CloudWatchLogsClient
    from mypy_boto3_secretsmanager import SecretsManagerClient
    from mypy_boto3_ssm import SSMClient


@dataclass(frozen=True, slots=True)
class Eyes:
    """What makes the clients: each is made only where there is something to ask it for."""

    cloudwatch: "Callable[[], CloudWatchClient]"
    ecr: "Callable[[], ECRClient]"
    ecs: "Callable[[], ECSClient]"
    iam: "Callable[[], IAMClient]"
    logs: "Callable[[], CloudWatchLogsClient]"
    secretsmanager: "Callable[[], SecretsManagerClient]"
    ssm: "Callable[[], SSMClient]"


def look(
    eyes: Eyes,
    application: Application,
    facts: Mapping[str, Facts],
    known: Known,
    image: Image | None,
    at: datetime,
) -> Definitions:
    """Look at everything; what AWS does not tell is `Unread`, and no error.

    Ten services that share their roles, secrets and log groups take about ten calls, and one more
    for each service whose base has changed since what runs was made.
    """
    ecs = eyes.ecs()
    here = secrets.Here(ecs.meta.region_name, _account(facts))
    repository = images.place(application.repository, here.region, here.account)
    found = _manifests(eyes, repository, known, image)
    return Definitions(
        at=at,
        manifest=_of(image, found),
        secrets=secrets.look(references(facts), here, eyes.secretsmanager, eyes.ssm),
        log_groups=log_groups.look(places(facts), here.region, eyes.logs),
        roles=roles.look(to_ask(application, facts), eyes.iam),
        alarms=_alarms(eyes, names(application)),
        stables=revisions.stables(ecs, facts, known, found),
        policy=_policy(eyes, repository),
        runs=revisions.running(ecs, facts, known),
    )


def _account(facts: Mapping[str, Facts]) -> str:
    arns = (each.base or each.runs for each in facts.values())
    return next((arn.split(":")[4] for arn in arns if arn), "")


def _manifests(
    eyes: Eyes, repository: images.Place, known: Known, image: Image | None
) -> dict[str, Manifest] | Unread:
    """Return what ECR has of the image and of what is stable, as far as it is of the repository."""
    pinned = [each for one in known.stables.values() for each in one.part.images.values()]
    wanted = [image.digest] if image else []
    wanted += [each.partition("@")[2] for each in pinned if repository.holds(each)]
    digests = tuple(dict.fromkeys(wanted))
    if not digests:
        return {}
    return asked("ecr:BatchGetImage", lambda: images.manifests(eyes.ecr(), repository, digests))


def _of(image: Image | None, found: Mapping[str, Manifest] | Unread) -> Manifest | Unread | None:
    if image is None or isinstance(found, Unread):
        return found if isinstance(found, Unread) else None
    return found[image.digest]


def _policy(eyes: Eyes, repository: images.Place) -> Policy | Unread:
    action = "ecr:GetLifecyclePolicy"
    return asked(action, lambda: images.policy(eyes.ecr(), repository))


def _alarms(eyes: Eyes, wanted: tuple[str, ...]) -> dict[str, Alarm] | Unread:
    if not wanted:
        return {}
    action = "cloudwatch:DescribeAlarms"
    found = asked(action, lambda: alarms.described(eyes.cloudwatch(), wanted))
    if isinstance(found, Unread):
        return found
    return {name: found.get(name, Alarm(name, MISSING)) for name in wanted}
