"""How fast do the functions start?"""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

from rehearsal.bench.lines import line

ROOT = Path(__file__).parents[2]
IMPORTS = 7
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


def cold_imports() -> None:
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
    line("slowest import", f"{worst:4.2f} x", f"best of {IMPORTS} each", GOAL_IMPORT, worst)


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
