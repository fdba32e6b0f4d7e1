"""The revision that pins a release, and whether AWS stored it as asked.

Documents are those of ECS, in its own camelCase, with `tags` as RegisterTaskDefinition takes them.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

Document: TypeAlias = Mapping[str, Any]
Tree: TypeAlias = "Mapping[str, Tree] | Sequence[Tree] | None"
"""What a model knows: a structure by its members, a list by its one entry, None for the rest."""

READ_ONLY = frozenset(
    {
        "taskDefinitionArn",
        "revision",
        "status",
        "requiresAttributes",
        "compatibilities",
        "registeredAt",
        "registeredBy",
        "deregisteredAt",
        "deleteRequestedAt",
    }
)
"""What DescribeTaskDefinition adds and RegisterTaskDefinition refuses."""

APPLICATION = "pilothouse:application"
RELEASE = "pilothouse:release"
IMAGE_TAG = "pilothouse:image-tag"
DEPLOYMENT = "pilothouse:deployment"
BASE = "pilothouse:base"
OURS = (APPLICATION, RELEASE, IMAGE_TAG, DEPLOYMENT, BASE)

_MOST_TAGS = 50
_LONGEST_VALUE = 256
_RESERVED = "aws:"

# What tells the entries of a list apart. Lists that are not named here keep their order: of two
# environment files the first one wins, and a command is a sequence.
_IDENTITY: Mapping[str, tuple[str, ...]] = {
    "containerDefinitions": ("name",),
    "dependsOn": ("containerName",),
    "devices": ("hostPath",),
    "environment": ("name",),
    "extraHosts": ("hostname", "ipAddress"),
    "inferenceAccelerators": ("deviceName",),
    "mountPoints": ("containerPath",),
    "placementConstraints": ("expression",),
    "portMappings": ("containerPort", "containerPortRange", "protocol"),
    "properties": ("name",),
    "resourceRequirements": ("type",),
    "secretOptions": ("name",),
    "secrets": ("name",),
    "systemControls": ("namespace",),
    "tags": ("key",),
    "tmpfs": ("containerPath",),
    "ulimits": ("name",),
    "volumes": ("name",),
    "volumesFrom": ("sourceContainer",),
}
# AWS fills these in where nothing was asked, so they are part of the identity all the same.
_DEFAULTS = {"protocol": "tcp"}
_UNORDERED = frozenset(
    {"add", "drop", "ignoredExitCodes", "permissions", "requiresCompatibilities"}
)


@dataclass(frozen=True, slots=True)
class Origin:
    """What the tags of a revision of ours say: for whom it was made, and from which base (ARN)."""

    application: str
    release: int
    deployment: int
    base: str
    image_tag: str | None = None


def tags_of(origin: Origin) -> dict[str, str]:
    # Numbers go bare: ECS allows no # in a tag.
    ours = {
        APPLICATION: origin.application,
        RELEASE: str(origin.release),
        DEPLOYMENT: str(origin.deployment),
        BASE: origin.base,
    }
    return ours | ({IMAGE_TAG: origin.image_tag} if origin.image_tag else {})


def is_ours(tags: Mapping[str, str]) -> bool:
    return DEPLOYMENT in tags and BASE in tags


def origin_of(tags: Mapping[str, str]) -> Origin | None:
    """Return what `tags_of` was made of, or None where the tags are not ours."""
    numbers = tags.get(RELEASE, ""), tags.get(DEPLOYMENT, "")
    if not is_ours(tags) or APPLICATION not in tags or not all(map(str.isdecimal, numbers)):
        return None
    release, deployment = map(int, numbers)
    return Origin(tags[APPLICATION], release, deployment, tags[BASE], tags.get(IMAGE_TAG))


def settled_base(newer: Mapping[str, str], older: Mapping[str, str]) -> str | None:
    """Return the base that two neighbouring revisions of ours settle, given their tags, if any.

    A deployment that made its own release looked for the newest base, and did so after the one
    before had registered its revision: nothing newer can lie below. A rollback names an old base
    on purpose, and a revision of the same deployment was planned at the same moment.
    """
    planned_later = newer.get(DEPLOYMENT) != older.get(DEPLOYMENT)
    went_forward = newer.get(RELEASE) == newer.get(DEPLOYMENT)
    same = newer.get(BASE) == older.get(BASE)
    return newer.get(BASE) if planned_later and went_forward and same else None


def no_base(family: str) -> str:
    return (
        f"The task definition family {family} has no active revision that Pilothouse did not make: "
        "register one with your own tooling, Pilothouse pins its images."
    )


def pin(base: Document, images: Mapping[str, str], tags: Mapping[str, str]) -> dict[str, Any] | str:
    """Return what to register: the base with the images of the named containers swapped.

    Or the sentence that says why it cannot be.
    """
    kept = {name: value for name, value in base.items() if name not in READ_ONLY}
    there = {each["name"] for each in base["containerDefinitions"]}
    missing = next((name for name in images if name not in there), None)
    if missing is not None:
        return (
            f'The task definition {base["family"]} has no container "{missing}": '
            f"it has {', '.join(sorted(there))}."
        )
    all_tags = _merged(base.get("tags", ()), tags)
    problem = _unfit(all_tags, tags)
    if problem:
        return problem
    containers = [
        {**each, "image": images[each["name"]]} if each["name"] in images else each
        for each in base["containerDefinitions"]
    ]
    return {**kept, "containerDefinitions": containers, "tags": all_tags}


def pinned_before(asked: Document, stored: Document) -> bool:
    """Return whether the stored revision is what an earlier try of the same step registered."""
    wanted, found = by_key(asked["tags"]), by_key(stored.get("tags", ()))
    same_origin = all(wanted.get(key) == found.get(key) for key in OURS)
    return same_origin and _images(asked) == _images(stored)


def by_key(tags: Sequence[Mapping[str, str]]) -> dict[str, str]:
    """Return tags by their key; ECS leaves out the value of a tag that has none."""
    return {tag["key"]: tag.get("value", "") for tag in tags}


def unknown_members(raw: object, known: Tree) -> tuple[str, ...]:
    """Return the paths of what is given and not known.

    What is empty carries nothing, so it is not counted: ECS answers an empty list for each list
    that was never given, also for one that it learnt yesterday.
    """
    return tuple(_unknown("", raw, known))


def differences(asked: object, stored: object) -> tuple[str, ...]:
    """Return the paths of what the stored document lacks or changes; what AWS adds is fine."""
    return tuple(_differences("", asked, stored))


def _merged(base: Sequence[Mapping[str, str]], ours: Mapping[str, str]) -> list[Mapping[str, str]]:
    kept = [
        tag
        for tag in base
        if tag["key"] not in OURS and not tag["key"].lower().startswith(_RESERVED)
    ]
    return [*kept, *({"key": key, "value": value} for key, value in ours.items())]


def _unfit(tags: Sequence[object], ours: Mapping[str, str]) -> str | None:
    if len(tags) > _MOST_TAGS:
        return (
            f"The base has {len(tags) - len(ours)} tags and Pilothouse adds {len(ours)}, but ECS "
            f"takes {_MOST_TAGS}: remove {len(tags) - _MOST_TAGS} from the base."
        )
    long = next((key for key, value in ours.items() if len(value) > _LONGEST_VALUE), None)
    if long is None:
        return None
    return (
        f"The tag {long} would have {len(ours[long])} letters, but ECS takes {_LONGEST_VALUE}: "
        "shorten the name of the task definition family."
    )


def _images(document: Document) -> dict[str, str]:
    return {each["name"]: each["image"] for each in document["containerDefinitions"]}


def _unknown(path: str, raw: object, known: Tree) -> Iterator[str]:
    if isinstance(raw, Mapping) and isinstance(known, Mapping):
        for name, value in raw.items():
            if name in known:
                yield from _unknown(_under(path, name), value, known[name])
            elif not _empty(value):
                yield _under(path, name)
    elif isinstance(raw, list) and isinstance(known, Sequence):
        for index, value in enumerate(raw):
            yield from _unknown(f"{path}[{index}]", value, known[0])


def _differences(path: str, asked: object, stored: object) -> Iterator[str]:
    if _empty(asked):
        return
    if isinstance(asked, Mapping) and isinstance(stored, Mapping):
        for name, value in asked.items():
            yield from _differences(_under(path, name), value, stored.get(name))
    elif isinstance(asked, list) and isinstance(stored, list):
        yield from _entries(path, asked, stored)
    elif isinstance(asked, bool) is not isinstance(stored, bool) or asked != stored:
        # In Python True is 1.
        yield path


def _entries(path: str, asked: list[Any], stored: list[Any]) -> Iterator[str]:
    member = path.rpartition(".")[2]
    if member in _IDENTITY:
        found = dict(_named(_IDENTITY[member], stored))
        for name, entry in _named(_IDENTITY[member], asked):
            yield from _differences(f"{path}[{name}]", entry, found.get(name))
    elif member in _UNORDERED:
        if Counter(asked) != Counter(stored):
            yield path
    elif len(asked) != len(stored):
        yield path
    else:
        for index, (each, other) in enumerate(zip(asked, stored, strict=True)):
            yield from _differences(f"{path}[{index}]", each, other)


def _named(members: tuple[str, ...], entries: list[Any]) -> Iterator[tuple[str, Any]]:
    """Yield entries with what they are called; the second of a name is called `name#2`."""
    seen: Counter[str] = Counter()
    for entry in entries:
        values = (entry.get(member) or _DEFAULTS.get(member) for member in members)
        name = "/".join(str(value) for value in values if value is not None)
        seen[name] += 1
        yield (name if seen[name] == 1 else f"{name}#{seen[name]}"), entry


def _under(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name


def _empty(value: object) -> bool:
    if isinstance(value, Mapping):
        return all(_empty(each) for each in value.values())
    return value is None or value == []
