"""What does one pass do to a service that shifts its traffic? (R11.5, R11.6)"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from rehearsal.ecs.rollout import alarms, breaker, verdicts
from rehearsal.ecs.rollout.deployments import Deployment, Monitoring, Progress, ServiceDeployment
from rehearsal.ecs.rollout.ecs_service import Service
from rehearsal.ecs.rollout.rolling import Pass
from rehearsal.ecs.rollout.verdicts import Cause
from rehearsal.ecs.shifting import causes
from rehearsal.ecs.shifting.course import TEST_RULE, Course
from rehearsal.ecs.shifting.hooks import Hooks
from rehearsal.ecs.shifting.refusals import PAUSE, kind
from rehearsal.ecs.shifting.shift import Shift
from rehearsal.ecs.shifting.sides import blue_of, listens
from rehearsal.ecs.shifting.strategy import SHIFTING, WHOLE
from rehearsal.ecs.tasks.task import Task
from rehearsal.ecs.world import World


def is_shifting(world: World, service: Service) -> bool:
    """Say whether the deployment that goes on is one for this room."""
    record = service.current
    if record.over or (record.shift is not None and record.shift.done):
        return False
    return record.configuration["strategy"] in SHIFTING or _pauses_first(world, record)


def dues(world: World, service: Service) -> Iterator[datetime | None]:
    """Return when time alone lets something happen."""
    record = service.current
    if record.shift is None or not is_shifting(world, service):
        return
    yield record.shift.due
    yield record.shift.limit
    yield _ends_at(world, record)
    for each in record.shift.kept:
        yield each.next_start_at


@dataclass(slots=True)
class ShiftingPass(Pass):
    """Each revision is looked after by itself: there is room for two of them (R11.6)."""

    wake: Callable[[], object] = lambda: None

    def run(self) -> bool:
        record = self.service.current
        shift = record.shift or self._begin(record)
        Hooks(self.world, record, shift, self.wake).check_time()
        shift.trouble = shift.trouble or self._trouble(record)
        self._go_on(record, shift)
        shift.trouble = shift.trouble or self._overtime(record, shift)
        if shift.trouble is not None and not shift.goes_back:
            self._go_on(record, shift)
        if not record.over:
            self._look_after(shift)
        self._tidy()
        return self.acted

    def _begin(self, record: ServiceDeployment) -> Shift:
        service = self.service
        shift = record.shift = Shift(service.primary, blue_of(service.sources))
        course = self._course(record, shift)
        shift.kept = [shift.blue] if shift.blue is not None else []
        if record.configuration["strategy"] not in SHIFTING:
            shift.waits = course.before_rolling()
            return shift
        shift.waits = course.forth()
        if not self.world.settings.breaker_guards_shifting:
            record.breaker = Monitoring.DISABLED
        _share_out(service.sources, shift)
        return shift

    def _course(self, record: ServiceDeployment, shift: Shift) -> Course:
        hooks = Hooks(self.world, record, shift, self.wake)
        return Course(self.world, self.service, record, shift, hooks)

    def _trouble(self, record: ServiceDeployment) -> Cause | None:
        """Return why the deployment has to go back, as far as its hooks have no part in it."""
        world, service = self.world, self.service
        if record.progress is Progress.ROLLBACK_REQUESTED:
            return verdicts.STOPPED
        guarded = world.settings.breaker_guards_shifting
        if guarded and breaker.trips(service, world.now(), world.settings):
            return verdicts.BREAKER
        if ringing := alarms.fired(world, service):
            record.triggered = ringing
            return verdicts.ALARM
        return None

    def _overtime(self, record: ServiceDeployment, shift: Shift) -> Cause | None:
        now = self.world.now()
        if shift.limit is not None and now >= shift.limit and shift.stage is not None:
            return causes.of_long_stage(shift.stage)
        return causes.of_long_deployment() if now >= _ends_at(self.world, record) else None

    def _go_on(self, record: ServiceDeployment, shift: Shift) -> None:
        if shift.trouble is not None and not shift.goes_back:
            self._turn(record, shift)
        if record.over or shift.done:
            return
        if record.held:
            # A person may think it over for longer than a stage may last.
            shift.limit, shift.due = None, _expires_at(shift)
            return
        if shift.limit is None and not shift.baking:
            stage = timedelta(seconds=self.world.settings.stage_seconds)
            shift.limit = self.world.now() + stage
        try:
            shift.due = next(shift.waits)
        except StopIteration:
            self._end(record, shift)
        if record.held:
            shift.limit = None

    def _end(self, record: ServiceDeployment, shift: Shift) -> None:
        self.acted = shift.done = True
        if record.configuration["strategy"] in SHIFTING:
            verdicts.complete(self.world, self.service)

    def _turn(self, record: ServiceDeployment, shift: Shift) -> None:
        """Give the deployment up, and go back where there is something to go back to."""
        shift.goes_back, self.acted = True, True
        record.drop_hooks()
        shift.runs, shift.kept = [], []
        if shift.trouble is verdicts.STOPPED:
            verdicts.stop(self.world, self.service)
        elif shift.trouble is not None:
            verdicts.fail(self.world, self.service, shift.trouble)
        if record.over and self._wanted_back(shift):
            record.status_reason = verdicts.NO_CANDIDATE
        if record.configuration["strategy"] not in SHIFTING:
            shift.done, record.stage = True, None
        elif not record.over:
            shift.waits = self._course(record, shift).back(self.service.primary)

    def _wanted_back(self, shift: Shift) -> bool:
        return shift.trouble is not verdicts.ALARM or bool(self.service.alarms.get("rollback"))

    def _look_after(self, shift: Shift) -> None:
        for each in shift.leaving:
            self._stop(self._free(each.live()))
        if shift.goes_back:
            self._stop(self._free(shift.green.pending()))
        for each in shift.kept:
            self._keep(each)

    def _keep(self, revision: Deployment) -> None:
        """Do steps 4 to 6 of B2 within one revision."""
        room = self._room_of(revision)
        started = self.starting.fill(self.service, room, revision)
        self.acted = self.acted or started > 0
        self._replace_unhealthy(revision, room)
        self._trim_surplus(revision)

    def _room_of(self, revision: Deployment) -> int:
        counting = self.world.settings.ceiling_counts_stopping
        occupied = sum(1 for task in revision.tasks.values() if task.live or counting)
        return max(0, max(self.service.ceiling, self.service.desired) - occupied)

    def _make_room(self, sick: Sequence[Task]) -> None:
        """Stop one that is sick, one after the other; the other revision has nothing to give."""
        going = [task for task in self.service.tasks() if task.stop is not None]
        if not any(task.stop.unhealthy for task in going if task.stop is not None):
            self._stop(self._any(sick)[:1], unhealthy=True)


def _share_out(sources: Sequence[Deployment], shift: Shift) -> None:
    """Write down who has the traffic before anything is shifted."""
    if shift.blue is not None and not any(each.production for each in sources):
        shift.blue.production = WHOLE
    nothing = 0.0 if listens(shift.green, TEST_RULE) else None
    for each in (shift.green, *sources):
        each.production, each.test = each.production or 0.0, nothing


def _pauses_first(world: World, record: ServiceDeployment) -> bool:
    if not world.settings.pause_hooks_when_rolling:
        return False
    return any(kind(each) == PAUSE for each in record.configuration.get("lifecycleHooks") or ())


def _expires_at(shift: Shift) -> datetime | None:
    return min((run.shown["expiresAt"] for run in shift.runs if run.pending), default=None)


def _ends_at(world: World, record: ServiceDeployment) -> datetime:
    return record.created_at + timedelta(seconds=world.settings.deployment_seconds)
