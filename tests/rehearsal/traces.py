"""What happens to a service pass by pass, in the words of the worked examples?"""

from collections import Counter
from dataclasses import dataclass, field

from rehearsal.ecs.rollout import alarms, breaker
from rehearsal.ecs.rollout.deployments import Progress, Rollout
from rehearsal.ecs.tasks.task import Status
from rehearsal.ecs.tasks.task import Task as EcsTask

STEP = 10


@dataclass
class Seen:
    """What the trace remembers of a task between two passes."""

    task: EcsTask
    revision: str
    born: bool
    live: bool = True
    stopped: bool = False
    sick: bool = False
    """Stopped for its health as a task of the PRIMARY; of a source it is no failure."""


@dataclass
class Trace:
    """Looks at a service after each pass; `first` is the number of its first revision."""

    service: object
    tasks: object
    world: object
    first: int = 1
    lines: list = field(default_factory=list)
    states: list = field(default_factory=list)
    seen: dict = field(default_factory=dict)
    failed: Counter = field(default_factory=Counter)
    started: Counter = field(default_factory=Counter)
    completed: str = "none"
    tripped: str = "no trip"
    known: dict = field(default_factory=dict)

    def begin(self):
        """Take what is there as given."""
        self._look()
        self.lines.clear()
        self.states.clear()
        self.failed.clear()
        self.started.clear()
        self.completed = "none"

    def at(self, seconds):
        actions = self._look(seconds)
        self.states.append(self._state())
        if actions:
            self.lines.append(
                f"t={seconds:<5}{'; '.join(actions)} | {self._revisions()} | {self._totals()}"
            )

    def _name(self, number):
        numbers = [each.target.number for each in self.service.history]
        return f"R{numbers.index(number) + self.first}"

    def _look(self, seconds=None):
        self._learn()
        return [
            *self._deployments(),
            *self._desired(),
            *self._failures(),
            *self._verdicts(seconds),
            *self._moves(),
            *self._ends(seconds),
        ]

    def _learn(self):
        for task in self.tasks():
            if task.service is self.service and task.id not in self.seen:
                revision = self._name(task.deployment.number)
                self.seen[task.id] = Seen(task, revision, born=False)

    def _changed(self, key, value, default=None):
        before, self.known[key] = self.known.get(key, default), value
        return before if before != value else None

    def _deployments(self):
        new = len(self.service.history) - self.known.get("history", 0)
        self.known["history"] = len(self.service.history)
        if new:
            yield f"{self._name(self.service.history[-1].target.number)} PRIMARY"

    def _desired(self):
        now, before = self.service.desired, self.known.get("desired")
        self.known["desired"] = now
        if before not in (None, now):
            yield f"desiredCount {before} -> {now}"

    def _failures(self):
        ended = Counter()
        for each in self.seen.values():
            if each.task.last is Status.STOPPED and not each.stopped:
                each.stopped = True
                kind = self._failure(each)
                if kind is not None:
                    ended[each.revision, kind] += 1
        for (revision, kind), number in ended.items():
            self.failed[revision] += number
            yield from self._told(revision, kind, number)
        for deployment in self.service.deployments:
            before = self.known.get(("failures", deployment.number), 0)
            self.known["failures", deployment.number] = deployment.failure_count
            if before and not deployment.failure_count:
                yield f"{self._name(deployment.number)} task healthy -> failureCount 0"

    def _failure(self, each):
        """Return how a task failed; what the scheduler stops of a source did not."""
        stop = each.task.stop
        if stop.code == "TaskFailedToStart":
            return "start"
        if each.sick:
            return "health"
        return "exit" if stop.code == "EssentialContainerExited" else None

    def _told(self, revision, kind, number):
        mine = [each.task for each in self.seen.values() if each.revision == revision]
        ended = [task for task in mine if task.last is Status.STOPPED]
        if kind == "exit" and breaker.kind_of(ended[-1], self.world.settings) is None:
            yield from [f"{revision} task exits (not counted)"] * number
        elif self.service.breaker.get("enable"):
            count = mine[0].deployment.failure_count
            yield f"{revision}: {number} {kind} failure(s), failureCount {count}"
        else:
            yield f"{revision}: {number} {kind} failure(s), not counted by a breaker"

    def _verdicts(self, seconds):
        service, record = self.service, self.service.current
        failed = record.target.rollout is Rollout.FAILED
        if self._changed(("failed", record.arn), failed, False) is not None:
            revision = self._name(record.target.number)
            self.tripped = f"tripped@{seconds}"
            yield f"BREAKER: {revision} FAILED (threshold {breaker.threshold(service)})"
            if service.breaker.get("rollback") and record.progress is Progress.STOPPED:
                yield "no COMPLETED deployment: stalled"
        back = record.rollback is not None
        if self._changed(("back", record.arn), back, False) is not None:
            why = "circuit breaker" if failed else "StopServiceDeployment"
            yield f"rolling back to {self._name(service.primary.number)} ({why})"

    def _moves(self):
        primary = self._name(self.service.primary.number)
        moves = Counter()
        for each in self.seen.values():
            if not each.born:
                each.born = True
                self.started[each.revision] += 1
                moves[self._start(each.revision, primary)] += 1
            if each.live and not each.task.live:
                each.live = False
                moves[self._stop(each, primary)] += 1
        moves.pop(None, None)
        return [text.format(moves[place, text]) for place, text in sorted(moves)]

    def _stop(self, each, primary):
        """Return how a stop is told, after its place among the actions of a pass."""
        stop = each.task.stop
        if stop.code != "ServiceSchedulerInitiated":
            return None
        of_primary = each.revision == primary
        each.sick = stop.unhealthy and of_primary
        if stop.unhealthy:
            told = f"stop {{}} {each.revision} (unhealthy)"
            return (5, told) if of_primary else (1, "stop {} unhealthy source task")
        if of_primary:
            return 6, f"stop {{}} {each.revision} (surplus)"
        if each.task.started_at is None:
            return 0, f"stopped {{}} pending {each.revision}"
        return 2, f"stop {{}} {each.revision}"

    def _start(self, revision, primary):
        if revision != primary:
            return 3, f"start {{}} {revision} (same revision)"
        mine = [each.task for each in self.seen.values() if each.revision == revision]
        sick = any(task.fails_checks for task in mine)
        return 4, f"start {{}} {revision}" + (" (replacing unhealthy)" if sick else "")

    def _ends(self, seconds):
        primary = self.service.primary
        over = primary.rollout is Rollout.COMPLETED
        long = alarms.bake_seconds(self.world, self.service) > 0
        baking = long and primary.baking_since is not None
        if self._changed(("baking", primary.number), baking, False) is not None and not over:
            yield "bake starts"
        if self._changed(("over", primary.number, primary.updated_at), over, False) is not None:
            name = self._name(primary.number)
            self.completed = f"{name}@{seconds}"
            yield f"{name} COMPLETED"

    def _present(self):
        return [each for each in self.seen.values() if not each.stopped]

    def _revisions(self):
        parts = []
        for name in sorted({each.revision for each in self._present()}):
            tasks = [each.task for each in self._present() if each.revision == name]
            pending, running = (
                sum(task.pending for task in tasks),
                sum(task.running for task in tasks),
            )
            words = [f"{pending}P"] * (pending > 0)
            words += [f"{running}R/{sum(task.healthy for task in tasks)}H"] * (running > 0)
            parts += [" ".join([name, *words])] * bool(words)
        stopping = sum(not each.task.live for each in self._present())
        return ", ".join(parts + [f"stopping {stopping}"] * (stopping > 0)) or "no tasks"

    def _state(self):
        tasks = [each.task for each in self._present()]
        return {
            "healthy": sum(task.healthy for task in tasks),
            "live": sum(task.live for task in tasks),
            "running": sum(task.last is Status.RUNNING for task in tasks),
            "all": len(tasks),
        }

    def _totals(self):
        state = self._state()
        return f"healthy {state['healthy']}, live {state['live']}"

    def rollout(self, name):
        """Say what became of a revision, as the examples do."""
        record = self.service.history[int(name[1:]) - self.first]
        target = record.target
        if target.rollout is Rollout.FAILED:
            return "FAILED"
        if record.status_reason == "Replaced by a new service deployment.":
            return "superseded"
        if record.rollback is not None:
            return "rolled back"
        listed = target in self.service.deployments
        return target.rollout.value if listed else "INACTIVE"
