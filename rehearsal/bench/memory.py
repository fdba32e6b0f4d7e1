"""Does the rehearsal of one deployment leave anything behind in memory?"""

import gc
import re
from pathlib import Path

from rehearsal.bench.cost import require_promoted
from rehearsal.bench.lines import line
from rehearsal.bench.rolling import applications
from rehearsal.ecs import Behaviour
from rehearsal.world import Running, World

DEPLOYMENTS = 1000
IN_ONE_WORLD = 20
WARM = 100
GOAL_GROWTH = 5.0
"""Megabytes from the hundredth deployment to the last: what an allocator may hold on to."""


def flat() -> None:
    print(f"{DEPLOYMENTS} deployments in one process, {IN_ONE_WORLD} in each world.")
    warm = 0.0
    for done in range(0, DEPLOYMENTS, IN_ONE_WORLD):
        _some()
        if done + IN_ONE_WORLD == WARM:
            warm = _megabytes()
    end = _megabytes()
    figure = f"{end - warm:+5.1f} MB"
    how = f"from {warm:.0f} MB after {WARM} to {end:.0f} MB"
    line("resident memory", figure, how, GOAL_GROWTH, end - warm)


def _some() -> None:
    (application,) = applications(1)
    name = application.application
    with World((application,)) as world:
        world.store(name, "v0", Behaviour())
        world.prepare(name, {"web": Running("v0", desired=2)})
        for number in range(IN_ONE_WORLD):
            world.push(name, f"v{number + 1}")
            world.clock.run()
        require_promoted(world, IN_ONE_WORLD)


def _megabytes() -> float:
    gc.collect()
    found = re.search(r"VmRSS:\s+(\d+) kB", Path("/proc/self/status").read_text())
    assert found
    return int(found[1]) / 1024
