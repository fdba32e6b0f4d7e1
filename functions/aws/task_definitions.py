"""What ECS holds of a task definition family, read whole, and the forms its documents take."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import islice
from typing import TYPE_CHECKING, Any, NamedTuple, cast

from functions.domain.task_definition import (
    APPLICATION,
    DEPLOYMENT,
    READ_ONLY,
    Tree,
    by_key,
    is_ours,
    settled_base,
    unknown_members,
)

if TYPE_CHECKING:
    from mypy_boto3_ecs import ECSClient

MOST_WALKED = 50
"""So many of the newest revisions of a family are looked through for those of a deployment."""

_RAW = "Raw"
_Form = Callable[[str], str]


class Described(NamedTuple):
    """A revision; `document` holds its tags too, `unknown` the paths our SDK model has not."""

    document: dict[str, Any]
    tags: dict[str, str]
    unknown: tuple[str, ...]


def describe_raw(client: "ECSClient", revision: str) -> Described:
    """Return a revision, given by its ARN, or the newest active one of a family, given by name."""
    # Registered once however often it is asked for; botocore's parser drops what it does not know.
    client.meta.events.register(
        "after-call.ecs.DescribeTaskDefinition", _keep_raw, unique_id="pilothouse-raw"
    )
    answer = cast(
        "dict[str, Any]", client.describe_task_definition(taskDefinition=revision, include=["TAGS"])
    )
    tags = answer.get("tags", [])
    raw = json.loads(answer[_RAW])["taskDefinition"]
    return Described(
        {**answer["taskDefinition"], "tags": tags},
        by_key(tags),
        unknown_members(raw, _known(client)),
    )


def find(client: "ECSClient", revision: str) -> Described | None:
    """Return what `describe_raw` does, or None where there is no such revision."""
    try:
        return describe_raw(client, revision)
    except client.exceptions.ClientException:
        # The only answer ECS has for a revision or a family that is not there.
        return None


def newest_base(client: "ECSClient", family: str) -> Described | None:
    """Return the newest active revision that is not ours, if there is one.

    Two of ours that settle the base end the search, so a year of deployments is not walked.
    """
    newer: Mapping[str, str] = {}
    below: int | None = None
    for arn in _active(client, family):
        if below is not None and _number(arn) >= below:
            continue
        found = describe_raw(client, arn)
        if not is_ours(found.tags):
            return found
        base = settled_base(newer, found.tags)
        if base is not None:
            settled = find(client, base)
            if settled is not None and is_active(settled):
                return settled
            below = _number(base)
        newer = found.tags
    return None


def registered_by(
    client: "ECSClient", family: str, application: str, deployment: int
) -> tuple[str, ...]:
    """Return the active revisions of a family that a deployment has registered, by their ARNs.

    Deployments register one after the other, so the search ends at one of an earlier deployment.
    """
    found = []
    for arn in islice(_active(client, family), MOST_WALKED):
        tags = describe_raw(client, arn).tags
        if not is_ours(tags) or tags.get(APPLICATION) != application:
            continue
        number = int(tags[DEPLOYMENT])
        if number < deployment:
            break
        if number == deployment:
            found.append(arn)
    return tuple(found)


def is_active(found: Described) -> bool:
    """Say whether a revision can still be deployed."""
    return bool(found.document["status"] == "ACTIVE")


def arguments(client: "ECSClient", document: Mapping[str, Any]) -> dict[str, Any]:
    """Return a document as Step Functions takes it: members in PascalCase, keys of maps as is."""
    return cast("dict[str, Any]", _renamed(_register(client), document, _as_is, _pascal))


def document(client: "ECSClient", arguments: Mapping[str, Any]) -> dict[str, Any]:
    """Return what `arguments` was made of."""
    return cast("dict[str, Any]", _renamed(_register(client), arguments, _pascal, _as_is))


def _keep_raw(http_response: Any, parsed: dict[str, Any], **_: object) -> None:  # noqa: ANN401
    parsed[_RAW] = http_response.content


def _active(client: "ECSClient", family: str) -> Iterator[str]:
    """Yield the active revisions of exactly this family, newest first."""
    pages = client.get_paginator("list_task_definitions").paginate(
        familyPrefix=family, status="ACTIVE", sort="DESC"
    )
    for page in pages:
        # The parameter is documented as the full name, and called a prefix: so look.
        arns = [arn for arn in page["taskDefinitionArns"] if _family(arn) == family]
        yield from sorted(arns, key=_number, reverse=True)


def _family(arn: str) -> str:
    return arn.rpartition("/")[2].rpartition(":")[0]


def _number(arn: str) -> int:
    return int(arn.rpartition(":")[2])


def _known(client: "ECSClient") -> Tree:
    """Return what a base may hold: what can be registered again, and what need not be."""
    return {**_register(client), **dict.fromkeys(READ_ONLY)}


def _register(client: "ECSClient") -> Mapping[str, Tree]:
    operation = client.meta.service_model.operation_model("RegisterTaskDefinition")
    return cast("Mapping[str, Tree]", _tree(operation.input_shape))


def _tree(shape: Any) -> Tree:  # noqa: ANN401
    if shape.type_name == "structure":
        return {name: _tree(member) for name, member in shape.members.items()}
    return [_tree(shape.member)] if shape.type_name == "list" else None


def _renamed(known: Tree, value: object, given: _Form, wanted: _Form) -> object:
    """Return the value with the members of its structures renamed from one form to another."""
    if isinstance(known, Mapping) and isinstance(value, Mapping):
        members = {given(name): name for name in known}
        return {
            wanted(members[name]): _renamed(known[members[name]], each, given, wanted)
            for name, each in value.items()
        }
    if isinstance(known, Sequence) and isinstance(value, list):
        return [_renamed(known[0], each, given, wanted) for each in value]
    return value


def _as_is(name: str) -> str:
    return name


def _pascal(name: str) -> str:
    return name[:1].upper() + name[1:]
