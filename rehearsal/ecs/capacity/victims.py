"""Which of several tasks go first when some have to? (R4.9)

By the placement strategy of the service, else from the zone that has most of its tasks, in it from
the instance that has most; what is equal, by chance.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from random import Random
from typing import Any

from rehearsal.ecs.capacity.choosing import BALANCE, spread_key
from rehearsal.ecs.tasks.task import Task

Document = dict[str, Any]


def order_victims(
    candidates: Sequence[Task],
    tasks: Sequence[Task],
    strategies: Sequence[Document],
    random: Random,
    most: int,
) -> list[Task]:
    """Return so many candidates, who goes first at first.

    `tasks` are all live ones that the service has.
    """
    if most <= 0:
        return []
    ahead = random.sample(list(candidates), len(candidates))
    staying = list(tasks)
    ordered: list[Task] = []
    while ahead and len(ordered) < most:
        best = ahead
        for strategy in strategies or BALANCE:
            rank = _rank(strategy, staying)
            highest = max(map(rank, best))
            best = [task for task in best if rank(task) == highest]
        ordered.append(best[0])
        ahead = [task for task in ahead if task is not best[0]]
        staying = [task for task in staying if task is not best[0]]
    return ordered


def _rank(strategy: Document, staying: Sequence[Task]) -> Callable[[Task], int]:
    """Return by what tasks are compared; the most goes."""
    kind, field = strategy["type"], str(strategy.get("field", ""))
    if kind == "random":
        return lambda _: 0
    if kind == "binpack":
        return lambda task: _left(task, field)
    counts = Counter(_key(task, field) for task in staying)
    return lambda task: counts[_key(task, field)]


def _left(task: Task, field: str) -> int:
    """Return what would be free on the instance without the task."""
    instance = task.instance
    if instance is None or task.id not in instance.held:
        return 0
    needs = instance.held[task.id].needs
    cpu, memory = instance.left(counting_stopping=False)
    return memory + needs.memory if field.lower() == "memory" else cpu + needs.cpu


def _key(task: Task, field: str) -> str:
    if task.instance is not None:
        return spread_key(task.instance, field)
    return task.placement.zone if "availability-zone" in field else ""
