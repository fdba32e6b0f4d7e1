"""What does a deployment cost in transitions, calls and time, and how fast do Lambdas start?"""

import json
import os
import re
import statistics
import subprocess
import sys
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from functions.domain.catalogue import Application
from infra.catalogue import load
from rehearsal.ecs import Behaviour
from rehearsal.lambdas import log_to
from rehearsal.world import Running, World

ROOT = Path(__file__).parents[1]
RUNS = 20
IMPORTS = 7
GOAL_SECONDS = 0.5
GOAL_IMPORT = 1.6

MEASURE = """
import json, re, time
started = time.perf_counter()
{statement}
seconds = time.perf_counter() - started
peak = re.search(r"VmHWM:\\s+(\\d+) kB", open("/proc/self/status").read())[1]
print(json.dumps([seconds, int(peak) / 1024]))
"""
BARE = "import boto3; boto3.client('ecs', region_name='eu-west-1')"
NOTHING = "pass"


@dataclass(frozen=True, slots=True)
class Cost:
    """What one deployment took; `seconds` is wall time."""

    transitions: Counter[str]
    sdk_calls: Counter[tuple[str, str]]
    lambda_calls: Counter[str]
    seconds: float
    virtual_seconds: float


def main() -> None:
    (ROOT / "build").mkdir(exist_ok=True)
    with (ROOT / "build" / "bench.log").open("w") as log:
        log_to(log)
        _deployments(load(ROOT / "catalogue"))
        log_to(sys.stdout)
    _cold_imports()


def _deployments(applications: tuple[Application, ...]) -> None:
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
    _line("wall time", f"{median:5.2f} s", f"median of {RUNS}, warm", GOAL_SECONDS, median)


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
        if [each["outcome"] for each in world.news] != ["Promoted"]:
            raise SystemExit(f"The deployment was not promoted: {world.news}")
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


def _cold_imports() -> None:
    print(
        "Cold import of a handler in a fresh process, against boto3 with one client; and until it"
    )
    print("is ready to answer, with all the clients that it builds at its first call.")
    nothing = _measured(NOTHING)
    bare = _above(nothing, _measured(BARE))
    print(f"  {'boto3 and a client':24} {_figures(bare, bare)}")
    worst = 0.0
    for path in sorted((ROOT / "functions" / "handlers").glob("[a-z]*.py")):
        imported = _above(nothing, _measured(f"import functions.handlers.{path.stem}"))
        ready = _above(nothing, _measured(_start(path)))
        worst = max(worst, imported[0] / bare[0])
        print(f"  {path.stem:24} {_figures(imported, bare)}   ready {_figures(ready, bare)}")
    _line("slowest import", f"{worst:4.2f} x", f"best of {IMPORTS} each", GOAL_IMPORT, worst)


def _figures(measured: tuple[float, float], bare: tuple[float, float]) -> str:
    """Return seconds and megabytes, each with its ratio to the bare ones."""
    (seconds, megabytes), (bare_seconds, bare_megabytes) = measured, bare
    time_ratio, memory_ratio = seconds / bare_seconds, megabytes / bare_megabytes
    return f"{seconds:4.2f} s {time_ratio:3.1f}x, {megabytes:2.0f} MB {memory_ratio:3.1f}x"


def _start(handler: Path) -> str:
    """Return what a cold start does: the import, and the clients that the handler uses."""
    used = sorted(set(re.findall(r"clients\.(\w+)\(\)", handler.read_text())))
    clients = [f"clients.{each}()" for each in used]
    return "; ".join(
        [f"import functions.handlers.{handler.stem}", "from functions.aws import clients", *clients]
    )


def _measured(statement: str) -> tuple[float, float]:
    """Return the best of several runs: what disturbs a run only makes it slower."""
    runs = [_once(MEASURE.format(statement=statement)) for _ in range(IMPORTS)]
    return min(seconds for seconds, _ in runs), min(megabytes for _, megabytes in runs)


def _once(code: str) -> tuple[float, float]:
    answer = subprocess.run(  # noqa: S603 - our own code in our own interpreter
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=True,
        cwd=ROOT,
        env={**os.environ, "AWS_DEFAULT_REGION": "eu-west-1"},
    )
    seconds, megabytes = json.loads(answer.stdout)
    return float(seconds), float(megabytes)


def _above(base: tuple[float, float], measured: tuple[float, float]) -> tuple[float, float]:
    return measured[0] - base[0], measured[1] - base[1]


def _line(what: str, figure: str, how: str, goal: float, reached: float) -> None:
    word = "reached" if reached <= goal else "missed"
    print(f"  {what:18} {figure}   {how}; goal {goal}: {word}")


if __name__ == "__main__":
    main()
