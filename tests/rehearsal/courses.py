"""How is a scenario played in parts, so that one can look at it in between?"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from rehearsal import faults
from rehearsal.invariants import Invariants
from rehearsal.scenario.acts.acting import Acting
from rehearsal.scenario.ending import Ending
from rehearsal.scenario.outcome import outcome
from rehearsal.scenario.stage.preparing import Prepared
from rehearsal.world import World


class Course:
    """A scenario in its world; nothing of its timeline has happened yet."""

    def __init__(self, world, scenario, seed):
        self.world = world
        self.scenario = scenario
        self.prepared = Prepared(world, scenario.world)
        self.began = world.clock.seconds
        self.invariants = Invariants(world)
        self.left = []
        """What was never over."""
        faults.strike(world, scenario.faults, seed)

    def play(self, timeline):
        """Have a timeline happen from now on, until all is over; return how things stand."""
        part = replace(self.scenario, timeline=list(timeline))
        acting, ending = Acting(self.prepared), Ending(self.world, part)
        acting.schedule(part.timeline)
        ending.await_()
        self.left += ending.failures()
        return outcome(self.world, self.began)


@contextmanager
def course(applications, scenario, seed=0, instead=None) -> Iterator[Course]:
    """Make the world of some applications; what is in it is as `instead` configures it."""
    with World(applications, seed) as world:
        if instead is not None:
            instead(world)
        yield Course(world, scenario, seed)
