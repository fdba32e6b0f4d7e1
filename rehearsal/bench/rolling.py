"""How fast is the rehearsal of one rolling deployment, and of a hundred at once?"""

import gc
import statistics
import time

from functions.domain.catalogue import Application
from functions.domain.parsing import parse
from rehearsal.bench.cost import RUNS, require_promoted
from rehearsal.bench.lines import line
from rehearsal.ecs import Behaviour
from rehearsal.world import Running, World

GOAL_ONE = 0.4
GOAL_MANY = 60.0
MANY = 100
TASKS = 20


def one() -> None:
    print("One rolling deployment of 4 tasks behind a load balancer, 10 min bake.")
    (application,) = applications(1)
    roll((application,), 4)
    seconds = [roll((application,), 4) for _ in range(RUNS)]
    median = statistics.median(seconds)
    line("wall time", f"{median:5.2f} s", f"median of {RUNS}, warm", GOAL_ONE, median)


def many() -> None:
    print(f"{MANY} services of {TASKS} tasks each, each its own application, all pushed at once.")
    # What is loaded by now stays for good; the collector would go through it again and again.
    gc.collect()
    gc.freeze()
    seconds = roll(applications(MANY), TASKS)
    line("wall time", f"{seconds:5.1f} s", "once", GOAL_MANY, seconds)


def applications(number: int) -> tuple[Application, ...]:
    return tuple(_application(f"shop{index}") for index in range(number))


def roll(fleet: tuple[Application, ...], tasks: int) -> float:
    """Return the wall seconds from the push to the end of the bakes."""
    with World(fleet) as world:
        for application in fleet:
            world.store(application.application, "v1", Behaviour())
            world.create(
                application.application, {"web": Running(desired=tasks, load_balancer=True)}
            )
        world.clock.run(until=300)
        started = time.perf_counter()
        for application in fleet:
            world.push(application.application, "v2")
        world.clock.run()
        seconds = time.perf_counter() - started
        require_promoted(world, len(fleet))
    return seconds


def _application(name: str) -> Application:
    document = {
        "application": name,
        "repository": name,
        "cluster": "production",
        "services": {"web": {}},
    }
    application = parse(document)
    assert isinstance(application, Application)
    return application
