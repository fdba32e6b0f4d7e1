"""Are secrets and parameters there? Their values are never read."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from functions.aws.preflight.asking import MOST, asked, too_many
from functions.domain.preflight.secrets import Kind, Reference
from functions.domain.preflight.sight import Seen, Sight, Unread

if TYPE_CHECKING:
    from mypy_boto3_secretsmanager import SecretsManagerClient
    from mypy_boto3_ssm import SSMClient

AT_ONCE = 50
"""A filter of DescribeParameters takes so many names (API: ParameterStringFilter.Values)."""


UNLISTED = Unread("it is one of AWS's own, which Systems Manager does not list")
"""Of public parameters (DescribeParameters shows those of the account)."""


@dataclass(frozen=True, slots=True)
class Here:
    """Our own region and account; what is elsewhere is not asked for."""

    region: str
    account: str

    def has(self, reference: Reference) -> bool:
        return not reference.region or (reference.region, reference.account) == (
            self.region,
            self.account,
        )


def look(
    references: Mapping[str, Reference],
    here: Here,
    secretsmanager: "Callable[[], SecretsManagerClient]",
    ssm: "Callable[[], SSMClient]",
) -> dict[str, Seen]:
    """Return how each reference stands, by how the task definition writes it."""
    public = {text: each for text, each in references.items() if each.public}
    private = {text: each for text, each in references.items() if text not in public}
    ours = {text: each for text, each in private.items() if here.has(each)}
    parameters = {text: each for text, each in ours.items() if each.kind is Kind.PARAMETER}
    secrets = {text: each for text, each in ours.items() if each.kind is Kind.SECRET}
    elsewhere = {text: each for text, each in private.items() if text not in ours}
    return {
        **dict.fromkeys(public, UNLISTED),
        **{text: _elsewhere(each) for text, each in elsewhere.items()},
        **(_parameters(parameters, ssm) if parameters else {}),
        **(_secrets(secrets, secretsmanager) if secrets else {}),
    }


def _elsewhere(reference: Reference) -> Unread:
    return Unread(f"it is in {reference.region} of the account {reference.account}")


def _parameters(wanted: Mapping[str, Reference], ssm: "Callable[[], SSMClient]") -> dict[str, Seen]:
    names = sorted({name for each in wanted.values() for name in each.names})
    there = asked("ssm:DescribeParameters", lambda: _described(ssm(), names))
    return {text: _parameter(each, there) for text, each in wanted.items()}


def _parameter(reference: Reference, there: frozenset[str] | Unread) -> Seen:
    if isinstance(there, Unread):
        return there
    return Sight.THERE if there.intersection(reference.names) else Sight.MISSING


def _described(client: "SSMClient", names: Sequence[str]) -> frozenset[str]:
    found: list[str] = []
    for start in range(0, len(names), AT_ONCE):
        pages = client.get_paginator("describe_parameters").paginate(
            ParameterFilters=[
                {"Key": "Name", "Option": "Equals", "Values": names[start : start + AT_ONCE]}
            ]
        )
        found += [each["Name"] for page in pages for each in page["Parameters"]]
    return frozenset(found)


def _secrets(
    wanted: Mapping[str, Reference], secretsmanager: "Callable[[], SecretsManagerClient]"
) -> dict[str, Seen]:
    ids = sorted({each.names[0] for each in wanted.values()})
    action = "secretsmanager:DescribeSecret"
    found = {each: asked(action, partial(_secret, secretsmanager(), each)) for each in ids[:MOST]}
    return {text: found.get(each.names[0], too_many("secrets")) for text, each in wanted.items()}


def _secret(client: "SecretsManagerClient", secret: str) -> Sight:
    try:
        found = client.describe_secret(SecretId=secret)
    except client.exceptions.ResourceNotFoundException:
        return Sight.MISSING
    return Sight.GOING if found.get("DeletedDate") else Sight.THERE
