"""How is a lifecycle hook run, and what comes of it? (R11.5)"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta

from rehearsal.ecs import events
from rehearsal.ecs.errors import UninvokableError
from rehearsal.ecs.rollout.deployments import ServiceDeployment
from rehearsal.ecs.rollout.verdicts import Cause
from rehearsal.ecs.shifting import causes
from rehearsal.ecs.shifting.payload import payload
from rehearsal.ecs.shifting.refusals import DAY_MINUTES, PAUSE, kind
from rehearsal.ecs.shifting.shift import Run, Shift
from rehearsal.ecs.shifting.strategy import Stage
from rehearsal.ecs.world import Document, World

PAUSE_ID, LAMBDA_ID = "ecs-pause", "ecs-lambda"
"""How ids begin; that of a function is unverified."""
ID_LENGTH = 43


@dataclass(slots=True)
class Hooks:
    """The hooks of one service deployment. Those of a stage run in parallel."""

    world: World
    record: ServiceDeployment
    shift: Shift
    wake: Callable[[], object]
    """Have the scheduler look at the service now."""

    def begin(self, stage: Stage) -> None:
        """Start every hook of a stage, each time the stage is entered under a new id."""
        wanted = [
            each
            for each in self.record.configuration.get("lifecycleHooks") or []
            if stage in each["lifecycleStages"]
        ]
        self.shift.runs = [self._start(each, stage) for each in wanted]

    def check_time(self) -> None:
        """End the hooks that nobody answered in time, as each of them is to end then."""
        now = self.world.now()
        for run in self.shift.runs:
            if not run.pending or now < run.shown["expiresAt"]:
                continue
            settle(self.world, self.record, run.shown, "TIMED_OUT", run.stage)
            if run.shown["timeoutAction"] == "ROLLBACK":
                self._blame(_late(run))

    def _start(self, hook: Document, stage: Stage) -> Run:
        now, target = self.world.now(), kind(hook)
        timeout = hook.get("timeoutConfiguration") or {}
        shown: Document = {
            "hookId": f"{PAUSE_ID if target == PAUSE else LAMBDA_ID}-{self.world.code(ID_LENGTH)}",
            "targetType": target,
            "status": "AWAITING_ACTION" if target == PAUSE else "IN_PROGRESS",
            "expiresAt": now + timedelta(minutes=timeout.get("timeoutInMinutes", DAY_MINUTES)),
            "timeoutAction": timeout.get("action", "ROLLBACK"),
        }
        if target != PAUSE:
            shown["targetArn"] = hook["hookTargetArn"]
        run = Run(shown, stage, self.world.uuid(), dict(hook.get("hookDetails") or {}))
        self.record.hooks.append(shown)
        tell(self.world, self.record, shown, stage)
        if target != PAUSE:
            # After the present pass: the function may call ECS itself.
            self.world.after(0, lambda: self._call(run))
        return run

    def _call(self, run: Run) -> None:
        if not run.pending:
            return
        target = run.shown["targetArn"]
        try:
            answer = self.world.invoke(target, payload(self.record, self.shift, run))
        except UninvokableError as error:
            self._end(run, causes.not_invoked(target, str(error)))
            return
        except Exception:
            answer = None
        self._take(run, answer if isinstance(answer, Mapping) else {})

    def _take(self, run: Run, answer: Mapping[str, object]) -> None:
        target, status = run.shown["targetArn"], answer.get("hookStatus")
        if status == "IN_PROGRESS":
            details, delay = answer.get("hookDetails"), answer.get("callBackDelay")
            run.details |= details if isinstance(details, dict) else {}
            default = self.world.settings.call_back_seconds
            seconds = float(delay) if isinstance(delay, int | float) else default
            self.world.after(seconds, lambda: self._call(run))
        elif status == "SUCCEEDED":
            self._end(run, None)
        elif status == "FAILED":
            self._end(run, causes.said_failed(target))
        else:
            self._end(run, causes.not_parsed(target))

    def _end(self, run: Run, problem: str | None) -> None:
        # The function itself may have ended the deployment meanwhile.
        if not run.pending:
            return
        status = "SUCCEEDED" if problem is None else "FAILED"
        settle(self.world, self.record, run.shown, status, run.stage)
        if problem is not None:
            self._blame(causes.of_function(run.stage, problem))
        self.wake()

    def _blame(self, cause: Cause) -> None:
        self.shift.trouble = self.shift.trouble or cause


def _late(run: Run) -> Cause:
    target = run.shown.get("targetArn")
    if target is None:
        return causes.of_late_pause(run.stage)
    return causes.of_function(run.stage, causes.not_in_time(target))


def settle(
    world: World, record: ServiceDeployment, shown: Document, status: str, stage: str
) -> None:
    shown["status"] = status
    tell(world, record, shown, stage)


def tell(world: World, record: ServiceDeployment, shown: Document, stage: str) -> None:
    """Send the `ECS Hook State Change` of a hook as it is now."""
    place = {
        "clusterArn": record.cluster_arn,
        "serviceArn": record.service_arn,
        "serviceDeploymentArn": record.arn,
    }
    detail = events.hook_detail(f"HOOK_{shown['status']}", shown, stage, place, world.now())
    world.emit("ECS Hook State Change", record.arn, detail)
