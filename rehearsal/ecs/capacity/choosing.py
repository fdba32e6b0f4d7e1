"""Which instance takes a task? (constraints, strategies, R4.9, R4.10)"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from random import Random
from typing import TYPE_CHECKING, Any

from rehearsal.ecs.capacity import expressions, refusals
from rehearsal.ecs.capacity.instances import Instance
from rehearsal.ecs.capacity.needs import Needs, Port
from rehearsal.ecs.capacity.refusals import Failure, Refusal
from rehearsal.ecs.errors import invalid

if TYPE_CHECKING:
    from rehearsal.ecs.tasks.task import Task

ZONE = "attribute:ecs.availability-zone"
BALANCE = ({"type": "spread", "field": ZONE}, {"type": "spread", "field": "instanceId"})
"""What a service has that named no strategy (R4.9)."""

ORDER = (
    refusals.AGENT,
    refusals.ATTRIBUTE,
    refusals.MEMBER_OF,
    refusals.DISTINCT,
    refusals.PORTS,
    refusals.ENI,
    refusals.MEMORY,
    refusals.CPU,
)
"""What is looked at first; the closest match is the instance that came the furthest."""

ON_INSTANCES = {
    "placementConstraints": "Placement constraints",
    "placementStrategy": "Placement strategies",
}

Document = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Wish:
    """What is to be placed: for whom, with what, and how."""

    group: str
    needs: Needs
    constraints: Sequence[Document] = ()
    strategies: Sequence[Document] = ()
    provider: str | None = None
    """The capacity provider whose instances are meant; None means all."""


@dataclass(frozen=True, slots=True)
class Found:
    instance: Instance
    ports: tuple[Port, ...]


def choose(
    instances: Sequence[Instance], wish: Wish, random: Random, *, counting_stopping: bool
) -> Found | Refusal:
    """Take one of the instances that fit, by the strategies, else by chance."""
    asked = [each for each in instances if each.can_run and _is_of(each, wish.provider)]
    if not asked:
        return refusals.no_instances()
    obstacles = [obstacle(each, wish, counting_stopping=counting_stopping) for each in asked]
    fitting = [each for each, found in zip(asked, obstacles, strict=True) if found is None]
    if not fitting:
        return _refused(asked, [found for found in obstacles if found is not None])
    for strategy in wish.strategies:
        rank = _rank(strategy, wish, asked, counting_stopping=counting_stopping)
        best = min(map(rank, fitting))
        fitting = [each for each in fitting if rank(each) == best]
    instance = random.choice(fitting)
    return Found(instance, instance.bind(wish.needs.ports) or ())


def _is_of(instance: Instance, provider: str | None) -> bool:
    # An instance that nobody gave a capacity provider is taken for one of any.
    return None in (provider, instance.provider) or instance.provider == provider


def obstacle(instance: Instance, wish: Wish, *, counting_stopping: bool) -> str | None:
    """Return why a task cannot run on an instance; None means it can."""
    return next(_obstacles(instance, wish, counting_stopping=counting_stopping), None)


def fits(instance: Instance, wish: Wish) -> bool:
    """Say whether an instance is of the kind that is wished for, full or not."""
    found = obstacle(instance, wish, counting_stopping=False)
    return _is_of(instance, wish.provider) and found in (None, *refusals.FULL)


def group_tasks(instance: Instance, group: str) -> list["Task"]:
    """Return the tasks of a group on an instance that are to go on."""
    return [
        task for task in instance.tasks() if task.live and task.placement.purpose.group == group
    ]


def refuse_unknown(asked: Document, launch_type: str) -> None:
    """Refuse constraints and strategies that nobody could follow."""
    for member, words in ON_INSTANCES.items():
        if asked.get(member) and launch_type == "FARGATE":
            raise invalid(f"{words} are not supported with FARGATE launch type.")
    for constraint in asked.get("placementConstraints") or []:
        _known_constraint(constraint)
    for strategy in asked.get("placementStrategy") or []:
        kind, field = strategy.get("type"), str(strategy.get("field", "")).lower()
        spreads = kind == "spread" and (field in ("host", "instanceid") or field[:10] == ZONE[:10])
        packs = kind == "binpack" and field in ("cpu", "memory")
        if kind != "random" and not spreads and not packs:
            raise invalid(
                f"Invalid placement strategy: {kind} of {field or 'nothing'}. There is spread of "
                "instanceId or an attribute, binpack of cpu or memory, and random."
            )


def _known_constraint(constraint: Document) -> None:
    kind = constraint.get("type")
    if kind == "memberOf":
        expressions.parse(str(constraint.get("expression", "")))
    elif kind != "distinctInstance":
        raise invalid(f"Invalid placement constraint: {kind}.")


def _obstacles(instance: Instance, wish: Wish, *, counting_stopping: bool) -> Iterator[str]:
    needs, traits = wish.needs, instance.attributes
    if not instance.agent_connected:
        yield refusals.AGENT
    if any(
        name not in traits or value not in (None, traits[name]) for name, value in needs.attributes
    ):
        yield refusals.ATTRIBUTE
    yield from filter(None, (_unmet(each, instance, wish) for each in wish.constraints))
    cpu, memory = instance.left(counting_stopping=counting_stopping)
    if instance.bind(needs.ports) is None:
        yield refusals.PORTS
    if needs.interface and not instance.has_interface():
        yield refusals.ENI
    if memory < needs.memory:
        yield refusals.MEMORY
    if cpu < needs.cpu:
        yield refusals.CPU


def _unmet(constraint: Document, instance: Instance, wish: Wish) -> str | None:
    if constraint["type"] == "distinctInstance":
        return refusals.DISTINCT if group_tasks(instance, wish.group) else None
    traits = {**instance.attributes, "ec2InstanceId": instance.ec2_id}
    fits = expressions.parse(constraint["expression"])(traits)
    return None if fits else refusals.MEMBER_OF


def _refused(asked: Sequence[Instance], obstacles: Sequence[str]) -> Refusal:
    failures = [Failure(reason, each.arn) for each, reason in zip(asked, obstacles, strict=True)]
    closest = max(range(len(asked)), key=lambda index: ORDER.index(obstacles[index]))
    return refusals.by_instances((asked[closest].id, obstacles[closest]), failures)


def _rank(
    strategy: Document, wish: Wish, instances: Sequence[Instance], *, counting_stopping: bool
) -> Callable[[Instance], int]:
    """Return by what the instances are compared; the least wins."""
    kind, field = strategy["type"], str(strategy.get("field", ""))
    if kind == "random":
        return lambda _: 0
    if kind == "binpack":
        index = 1 if field.lower() == "memory" else 0
        return lambda instance: instance.left(counting_stopping=counting_stopping)[index]
    counts: dict[str, int] = {}
    for each in instances:
        key = spread_key(each, field)
        counts[key] = counts.get(key, 0) + len(group_tasks(each, wish.group))
    return lambda instance: counts[spread_key(instance, field)]


def spread_key(instance: Instance, field: str) -> str:
    """Return what an instance is spread by: itself, or the value of an attribute."""
    if field.lower() in ("host", "instanceid"):
        return instance.id
    return instance.attributes.get(field.removeprefix("attribute:")) or ""
