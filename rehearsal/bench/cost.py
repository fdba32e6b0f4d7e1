"""What does a deployment cost in transitions, calls and time?"""

import statistics
import time
from collections import Counter
from dataclasses import dataclass

from functions.domain.catalogue import Application
from rehearsal.bench.lines import line
from rehearsal.ecs import Behaviour
from rehearsal.world import Running, World

RUNS = 20
GOAL_SECONDS = 0.5


@dataclass(frozen=True, slots=True)
class Cost:
    """What one deployment took; `seconds` is wall time."""

    transitions: Counter[str]
    sdk_calls: Counter[tuple[str, str]]
    lambda_calls: Counter[str]
    seconds: float
    virtual_seconds: float


def deployments(applications: tuple[Application, ...]) -> None:
    print("One deployment of orders: two services of two tasks, an expand migration, 10 min bake.")
    _deploy(applications)  # The first one imports, and fills the caches of boto3 and JSONata.
    costs = [_deploy(applications) for _ in range(RUNS)]
    cost = costs[0]
    by_workflow = ", ".join(f"{name} {n}" for name, n in sorted(cost.transitions.items()))
    print(f"  state transitions   {cost.transitions.total():5}   {by_workflow}")
    print(f"  SDK calls           {cost.sdk_calls.total():5}   {_by_service(cost.sdk_calls)}")
    functions = len(cost.lambda_calls)
    print(f"  Lambda invocations  {cost.lambda_calls.total():5}   of {functions} functions")
    print(f"  virtual time        {cost.virtual_seconds / 60:5.1f} min")
    median = statistics.median(each.seconds for each in costs)
    line("wall time", f"{median:5.2f} s", f"median of {RUNS}, warm", GOAL_SECONDS, median)


def _deploy(applications: tuple[Application, ...]) -> Cost:
    with World(applications) as world:
        world.store("orders", "v1", Behaviour())
        world.prepare("orders", {"web": Running(load_balancer=True), "worker": Running()})
        world.sdk.calls.clear()
        world.lambdas.calls.clear()
        virtual, started = world.clock.seconds, time.perf_counter()
        world.push("orders", "v2")
        world.clock.run()
        seconds = time.perf_counter() - started
        require_promoted(world, 1)
        transitions: Counter[str] = Counter()
        for execution in world.machines.executions.values():
            transitions[execution.machine.name.rpartition("-")[2]] += len(execution.path)
        calls = Counter(world.sdk.calls)
        del calls["lambda", "Invoke"]
        return Cost(
            transitions,
            calls,
            Counter(world.lambdas.calls),
            seconds,
            world.clock.seconds - virtual,
        )


def _by_service(calls: Counter[tuple[str, str]]) -> str:
    services: Counter[str] = Counter()
    for (service, _), count in calls.items():
        services[service] += count
    return ", ".join(f"{name} {count}" for name, count in services.most_common())


def require_promoted(world: World, times: int) -> None:
    outcomes = [each["outcome"] for each in world.news]
    if outcomes != ["Promoted"] * times:
        raise SystemExit(f"Not everything was promoted: {Counter(outcomes)}")
