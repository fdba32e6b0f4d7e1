"""When is a scenario over?"""

from collections.abc import Callable, Iterator

from rehearsal.scenario.format.scenario import Scenario
from rehearsal.scenario.stage.steadiness import is_steady
from rehearsal.scenario.times import clock_time
from rehearsal.template import ACCOUNT, REGION
from rehearsal.world import World

DAY = 86_400.0
SETTLED = 60.0
PATIENCE = 1_800.0
"""For so long after the last deployment services may still move; a crash loop moves for ever."""


class Ending:
    """It is over when the timeline is done, every execution has ended and no service moves."""

    def __init__(self, world: World, scenario: Scenario) -> None:
        self.world = world
        self.began = world.clock.seconds
        runs = (at for each in scenario.world.schedules.values() for at in each.at)
        self.last_action = max([*map(_lasts, scenario.timeline), *runs], default=0.0)
        self.most = max(scenario.expect.within or 0.0, DAY) + self.last_action
        self.over_at = 0.0

    @property
    def passed(self) -> float:
        return self.world.clock.seconds - self.began

    def await_(self) -> None:
        """Let time pass until nothing happens any more, or far too much time has passed."""
        self.world.clock.run(until=self.began + self.last_action)
        while self.passed < self.most:
            self._until(lambda: not self._deploys(), self.most - self.passed)
            self._until(lambda: self._deploys() or self._quiet(), PATIENCE)
            if self._deploys():
                continue
            over_at = self.passed
            self._until(self._deploys, SETTLED)
            if not self._deploys():
                self.over_at = over_at
                return
        self.over_at = self.passed

    def _until(self, done: Callable[[], bool], seconds: float) -> None:
        clock = self.world.clock
        if not done():
            clock.run(until=clock.seconds + seconds, done=done)

    def failures(self) -> Iterator[str]:
        for execution in self.world.machines.executions.values():
            if execution.running:
                workflow = execution.machine.name.rpartition("-")[2]
                state = execution.path[-1] if execution.path else "its start"
                yield (
                    f"{workflow} was still running after {clock_time(self.passed)}, in the state "
                    f'"{state}".'
                )

    def _deploys(self) -> bool:
        """Say whether an execution runs that may take long: wakes come and go with every event."""
        executions = self.world.machines.executions.values()
        return any(each.running and each.machine.type == "STANDARD" for each in executions)

    def _quiet(self) -> bool:
        # An event that is late may start another deployment yet.
        services = self.world.scheduler.region(ACCOUNT, REGION).services.values()
        return not self.world.bus.under_way and all(is_steady(each) for each in services)


def _lasts(action: object) -> float:
    """Return when an action is done."""
    at = float(getattr(action, "at", 0.0))
    flaps = getattr(action, "flaps", None)
    return at + (2 * flaps.every * flaps.times if flaps is not None else 0.0)
