"""Which containers of a task wait for others before they start, and what if they wait in vain?

`dependsOn` with its conditions START, COMPLETE, SUCCESS and HEALTHY. RUNNING is a task only when
all that are to stay have started.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

from rehearsal.ecs.settings import Settings
from rehearsal.ecs.tasks.checks import Phase, verdicts
from rehearsal.ecs.tasks.endings import Ending, ending
from rehearsal.ecs.tasks.health import directly, own_check
from rehearsal.ecs.tasks.task import Container, Task
from rehearsal.ecs.world import Document

ENDS = ("COMPLETE", "SUCCESS")
START_TIMEOUT = 180.0
KILLED_BEFORE = 143
"""The code that the agent makes up for a container that it never started."""


@dataclass(slots=True)
class Order:
    """Seconds since the images are there."""

    starts: dict[str, float] = field(default_factory=dict)
    ends: list[tuple[Container, Ending]] = field(default_factory=list)
    """Of those that the others wait for to end, with `seconds` since the images are there."""
    broken_at: float | None = None
    broken: tuple[Container, Container] | None = None
    """Who waited in vain, and for whom."""

    @property
    def last(self) -> float:
        return max(self.starts.values(), default=0.0)


def order(task: Task, settings: Settings) -> Order | None:
    """Plan the starts; None where nobody waits for anybody."""
    if not any(each.spec.get("dependsOn") for each in task.containers):
        return None
    by_name = {each.name: each for each in task.containers}
    for _, dependency in _dependencies(task, by_name):
        by_name[dependency["containerName"]].awaited |= dependency["condition"] in ENDS
    planned = Order()
    for container in _sorted(task, by_name):
        _plan(task, container, planned, by_name, settings)
    return planned


def _plan(
    task: Task,
    container: Container,
    planned: Order,
    by_name: dict[str, Container],
    settings: Settings,
) -> None:
    start = 0.0
    for each in container.spec.get("dependsOn") or ():
        on = by_name.get(each["containerName"])
        if on is None or on.name not in planned.starts:
            continue
        ready = _ready(task, on, each["condition"], settings)
        if ready is None:
            patience = float(container.spec.get("startTimeout") or START_TIMEOUT)
            _breaks(planned, planned.starts[on.name] + patience, container, on)
        elif ready < 0:
            _breaks(planned, planned.starts[on.name] - ready, container, on)
        else:
            start = max(start, planned.starts[on.name] + ready)
    planned.starts[container.name] = start
    end = ending(task, container, settings) if container.awaited else None
    if end is not None:
        planned.ends.append((container, end._replace(seconds=start + end.seconds)))


def _ready(task: Task, on: Container, condition: str, settings: Settings) -> float | None:
    """Return after how many seconds a condition is met; negative: it never will be, from then."""
    if condition in ENDS:
        end = ending(task, on, settings)
        if end is None:
            return None
        return -end.seconds if condition == "SUCCESS" and end.code else end.seconds
    if condition != "HEALTHY":
        return 0.0
    acts = on.behaviour
    check = own_check(on.spec)
    phases = [Phase(0.0, well=False, seen=False)]
    if acts.healthy_after is not None:
        phases.append(Phase(acts.healthy_after, well=True))
    found = directly(phases) if check is None else verdicts(check, phases)
    return next((each.at for each in found if each.healthy), None)


def _breaks(planned: Order, at: float, container: Container, on: Container) -> None:
    if planned.broken_at is None or at < planned.broken_at:
        planned.broken_at, planned.broken = at, (container, on)


def complaint(container: Container, on: Container) -> str:
    """Return what the agent says of a container whose turn never comes."""
    # An unmet condition is told like a failed one: what runs on has the code of its end by then.
    before = f"{on.name}({on.spec['image']}) (STOPPED->RUNNING) -  Exit: {on.exit_code}"
    return (
        "CannotStartContainerError:  dependency graph: failed to resolve container ordering "
        f"dependency  [{before}] for target "
        f"[{container.name}({container.spec['image']})  (NONE->RUNNING)]"
    )


def _dependencies(
    task: Task, by_name: dict[str, Container]
) -> Iterator[tuple[Container, Document]]:
    for container in task.containers:
        for each in container.spec.get("dependsOn") or ():
            if each["containerName"] in by_name:
                yield container, each


def _sorted(task: Task, by_name: dict[str, Container]) -> list[Container]:
    """Return each container after those that it depends on; a circle ends where it was entered."""
    found: dict[str, Container] = {}
    entered: set[str] = set()

    def visit(container: Container) -> None:
        if container.name in entered:
            return
        entered.add(container.name)
        for each in container.spec.get("dependsOn") or ():
            if each["containerName"] in by_name:
                visit(by_name[each["containerName"]])
        found[container.name] = container

    for container in task.containers:
        visit(container)
    return list(found.values())
