"""Through which stages does a deployment shift the traffic, forth and back? (R11.5, R11.6)"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from rehearsal.ecs.rollout.deployments import Deployment, ServiceDeployment
from rehearsal.ecs.rollout.ecs_service import Service
from rehearsal.ecs.shifting.hooks import Hooks
from rehearsal.ecs.shifting.shift import Move, Shift, Waits, production_shares, shares_of_tests
from rehearsal.ecs.shifting.sides import is_network, listens
from rehearsal.ecs.shifting.strategy import WHOLE, Stage, Step, steps
from rehearsal.ecs.world import World

PRODUCTION_RULE, TEST_RULE = "productionListenerRule", "testListenerRule"


@dataclass(slots=True)
class Course:
    """A story told in steps: whoever takes the next one finds out whether it may be taken.

    What it needs done to tasks it writes into `kept` and `leaving` of the shift.
    """

    world: World
    service: Service
    record: ServiceDeployment
    shift: Shift
    hooks: Hooks

    def forth(self) -> Waits:
        shift, others = self.shift, self._others()
        if others:
            yield from self._stage(Stage.RECONCILE_SERVICE, self._reconcile(others))
        yield from self._stage(Stage.PRE_SCALE_UP)
        yield from self._stage(Stage.SCALE_UP, self._scale_up(shift.green))
        yield from self._stage(Stage.POST_SCALE_UP)
        yield from self._stage(Stage.TEST_TRAFFIC_SHIFT, self._shift_tests(WHOLE))
        yield from self._stage(Stage.POST_TEST_TRAFFIC_SHIFT)
        for step in self._steps():
            yield from self._stage(Stage.PRE_PRODUCTION_TRAFFIC_SHIFT)
            shifting = self._shift_production(step.percent)
            yield from self._stage(Stage.PRODUCTION_TRAFFIC_SHIFT, shifting)
            yield from self._bake(step.bake_minutes)
        yield from self._stage(Stage.POST_PRODUCTION_TRAFFIC_SHIFT)
        yield from self._stage(Stage.BAKE_TIME)
        if shift.blue is not None:
            yield from self._bake(self.record.configuration.get("bakeTimeInMinutes") or 0)
        shift.kept = [shift.green]
        yield from self._stage(Stage.CLEAN_UP, self._clear(self.service.sources))

    def back(self, blue: Deployment) -> Waits:
        """Give the old revision its traffic back.

        Functions are called and waited for, but whatever they say it goes on: unverified.
        """
        green, cleaned = self.shift.green, self.shift.stage is Stage.CLEAN_UP
        self.shift.kept, self.shift.leaving = [blue], []
        if cleaned:
            yield from self._stage(Stage.SCALE_UP, self._scale_up(blue))
        if green.production:
            yield from self._stage(Stage.PRODUCTION_TRAFFIC_SHIFT, self._shift_production(0))
        if green.test:
            yield from self._stage(Stage.TEST_TRAFFIC_SHIFT, self._shift_tests(0))
        yield from self._stage(Stage.CLEAN_UP, self._clear(self.service.sources))
        yield from self._wait_for(blue)

    def before_rolling(self) -> Waits:
        """Stop at the one stage of which a rolling deployment may be held."""
        yield from self._stage(Stage.PRE_SCALE_UP)
        self.record.stage = None

    def _steps(self) -> Iterable[Step]:
        """Return the shifts; the first revision of a service has all of it at once: unverified."""
        return steps(self.record.configuration) if self.shift.blue is not None else [Step(WHOLE)]

    def _others(self) -> list[Deployment]:
        return [each for each in self.service.sources if each is not self.shift.blue]

    def _stage(self, stage: Stage, work: Waits | None = None) -> Waits:
        self.shift.stage, self.record.stage = stage, stage.value
        self.shift.entered.append((self.world.now(), stage))
        self._set_limit()
        self.world.changed(self.service)
        yield from work or ()
        self.hooks.begin(stage)
        while pending := [run for run in self.shift.runs if run.pending]:
            yield min(run.shown["expiresAt"] for run in pending)

    def _reconcile(self, others: Sequence[Deployment]) -> Waits:
        """Come back to one revision, the last completed one.

        What happens here is unverified: little more than the name of the stage is documented.
        """
        if self.shift.blue is not None:
            yield from self._wait_for(self.shift.blue)
            self._share(production=0.0)
        yield from self._clear(others)

    def _scale_up(self, revision: Deployment) -> Waits:
        if revision not in self.shift.kept:
            self.shift.kept.append(revision)
        yield from self._wait_for(revision)

    def _wait_for(self, revision: Deployment) -> Waits:
        while not self._is_whole(revision):
            yield None

    def _is_whole(self, revision: Deployment) -> bool:
        return len(revision.live()) == len(revision.healthy()) == self.service.desired

    def _clear(self, revisions: Sequence[Deployment]) -> Waits:
        self.shift.leaving = list(revisions)
        while any(each.tasks for each in revisions):
            yield None
        self.shift.leaving = []

    def _shift_tests(self, percent: float) -> Waits:
        if not listens(self.shift.green, TEST_RULE):
            return
        yield from self._safely(TEST_RULE)
        self._share(test=percent)

    def _shift_production(self, percent: float) -> Waits:
        yield from self._safely(PRODUCTION_RULE)
        self._share(production=percent)

    def _safely(self, rule: str) -> Waits:
        """Wait for a Network Load Balancer, where ECS makes sure that it may shift."""
        if is_network(self.shift.green, rule):
            seconds = self.world.settings.nlb_shift_seconds
            yield from self._until(self.world.now() + timedelta(seconds=seconds))

    def _share(self, *, production: float | None = None, test: float | None = None) -> None:
        """Give the new revision a share in percent, and the rest to the one before it."""
        green, blue = self.shift.green, self.shift.blue
        if production is not None:
            for each in self.service.deployments:
                each.production = 0.0
            green.production = production
            if blue is not None:
                blue.production = round(WHOLE - production, 1)
        if test is not None:
            green.test = test
            if blue is not None:
                blue.test = 0.0
        shares = production_shares(self.service), shares_of_tests(self.service)
        self.shift.moves.append(Move(self.world.now(), *shares))
        self.world.changed(self.service)

    def _bake(self, minutes: float) -> Waits:
        self.shift.baking, self.shift.limit = True, None
        yield from self._until(self.world.now() + timedelta(minutes=minutes))
        self.shift.baking = False
        self._set_limit()

    def _until(self, due: datetime) -> Waits:
        while self.world.now() < due:
            yield due

    def _set_limit(self) -> None:
        seconds = self.world.settings.stage_seconds
        self.shift.limit = self.world.now() + timedelta(seconds=seconds)
