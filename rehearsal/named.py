"""What is there that task definitions name: roles, log groups, secrets and parameters?

Whoever registers a task definition has made them before; what is missing was never made, or
somebody has deleted it since, while the tasks that run have what they need of it.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

from rehearsal.template import ACCOUNT, REGION

Document = Mapping[str, Any]
Maker = Callable[[str], Any]
"""Makes the client of a service."""

SECRETS = f"arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:"


@dataclass(frozen=True, slots=True)
class Missing:
    """What is not there, by name."""

    roles: tuple[str, ...] = ()
    log_groups: tuple[str, ...] = ()
    secrets: tuple[str, ...] = ()
    """Parameters among them."""


def provide(client: Maker, asked: Document, missing: Missing) -> None:
    """Have everything that RegisterTaskDefinition is asked to name, but for what is missing."""
    for member in ("taskRoleArn", "executionRoleArn"):
        name = str(asked.get(member) or "").partition(":role/")[2]
        if name and name not in missing.roles:
            _role(client("iam"), name)
    for container in asked["containerDefinitions"]:
        for group in _log_groups(container):
            if group not in missing.log_groups:
                with suppress(client("logs").exceptions.ResourceAlreadyExistsException):
                    client("logs").create_log_group(logGroupName=group)


def secret(client: Maker, name: str, missing: Missing) -> str:
    """Have a secret, or a parameter where the name begins with a slash; return its `valueFrom`."""
    if name.startswith("/"):
        if name not in missing.secrets:
            client("ssm").put_parameter(Name=name, Value="-", Type="SecureString", Overwrite=True)
        return name
    secrets = client("secretsmanager")
    if name in missing.secrets:
        return f"{SECRETS}{name}-000000"
    try:
        return str(secrets.describe_secret(SecretId=name)["ARN"])
    except ClientError:
        return str(secrets.create_secret(Name=name, SecretString="-")["ARN"])


def _role(iam: Any, name: str) -> None:  # noqa: ANN401 - boto3 makes these classes as it runs
    path, _, bare = f"/{name}".rpartition("/")
    with suppress(iam.exceptions.EntityAlreadyExistsException):
        iam.create_role(RoleName=bare, Path=f"{path}/", AssumeRolePolicyDocument="{}")


def _log_groups(container: Document) -> Iterator[str]:
    logging = container.get("logConfiguration") or {}
    options = logging.get("options") or {}
    if logging.get("logDriver") == "awslogs" and options.get("awslogs-region") == REGION:
        yield options["awslogs-group"]
