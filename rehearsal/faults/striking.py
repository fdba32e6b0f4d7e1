"""How do faults come into a world?"""

from collections.abc import Sequence

from rehearsal.faults import calls, events, executions
from rehearsal.faults.functions import Killing
from rehearsal.faults.kinds import AnyFault, Fail, KillLambda, OfEvents, StaleReads, StopExecution
from rehearsal.faults.stale import Lagging
from rehearsal.faults.strikes import Strike
from rehearsal.world import World


def strike(world: World, faults: Sequence[AnyFault], seed: object = 0) -> list[Strike]:
    """Put the faults into a world that is prepared; they stay until it ends.

    What is returned counts how often each has struck, in the order of the faults.
    """
    strikes = [
        Strike(world.clock, fault, f"{seed}/faults/{index}", world.note)
        for index, fault in enumerate(faults)
    ]
    for each in strikes:
        _install(world, each.fault, each)
    return strikes


def _install(world: World, fault: AnyFault, struck: Strike) -> None:
    match fault:
        case OfEvents():
            events.install(world.bus, fault, struck)
        case Fail():
            calls.install(world.sdk, world.clock, fault, struck)
        case StaleReads():
            lagging = Lagging(world.sdk, world.clock, fault, struck)
            lagging.install(world.applications.values())
        case KillLambda():
            killing = Killing(world.template, world.clock, fault, struck)
            killing.install(world.lambdas, world.sdk)
        case StopExecution():
            executions.install(world.machines, fault, struck)
