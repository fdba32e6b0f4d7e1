"""How is a deployment held at a lifecycle hook, and let go on or back? (c7, R11.5)

Besides the hooks of its configuration a deployment can be held by hand, also a rolling one: an aid
for tests and scenarios, whose hook nothing ends but whoever continues it.
"""

import re
from datetime import timedelta

from rehearsal.ecs.errors import invalid
from rehearsal.ecs.region import Region
from rehearsal.ecs.rollout.deployments import Progress, ServiceDeployment
from rehearsal.ecs.rollout.ecs_service import Service
from rehearsal.ecs.shifting import causes
from rehearsal.ecs.shifting.hooks import PAUSE_ID, settle, tell
from rehearsal.ecs.shifting.refusals import ACTIONS, DAY_MINUTES, PAUSE
from rehearsal.ecs.shifting.strategy import Stage
from rehearsal.ecs.world import Document

STAGE: str = Stage.POST_SCALE_UP
MINUTES = DAY_MINUTES

HOOK_ID = re.compile(r"ecs-[a-z]+-[\w-]+")
ROLLBACK, CONTINUE = ACTIONS

NO_SUCH_HOOK = (
    "Provided hookId is either completed, unavailable, or not associated with the given Resource "
    "ARN"
)


def hold(region: Region, service: Service, *, stage: str, minutes: int) -> str:
    """Stop all progress of the newest service deployment until somebody continues it."""
    record, now = service.current, region.now()
    if record.over:
        raise ValueError(f"The last deployment of {service.name} is over, nothing can be held.")
    hook: Document = {
        "hookId": f"{PAUSE_ID}-{region.world.code(43)}",
        "targetType": PAUSE,
        "status": "AWAITING_ACTION",
        "expiresAt": now + timedelta(minutes=minutes),
        "timeoutAction": ROLLBACK,
    }
    record.stage = stage
    record.hooks.append(hook)
    tell(region.world, record, hook, stage)
    return str(hook["hookId"])


def let_go(region: Region, service: Service) -> None:
    """Continue whatever the newest service deployment is held at."""
    for hook in service.current.hooks:
        if hook["status"] == "AWAITING_ACTION":
            _settle(region, service.current, hook, "SUCCEEDED")


def answer(region: Region, record: ServiceDeployment, hook_id: str, action: str) -> None:
    """Do what ContinueServiceDeployment asks for; its texts are documented, not its codes."""
    if record.over:
        raise invalid(
            "Continuing a service deployment is not allowed for service deployment in terminal "
            "states."
        )
    if not HOOK_ID.fullmatch(hook_id):
        raise invalid("Invalid hookId: hookId must follow the format: ecs-{hookType}-{id}")
    if action not in ACTIONS:
        raise invalid(f"Invalid action. Valid values are: {', '.join(ACTIONS)}")
    awaiting = (each for each in record.hooks if each["status"] == "AWAITING_ACTION")
    hook = next((each for each in awaiting if each["hookId"] == hook_id), None)
    if hook is None:
        raise invalid(NO_SUCH_HOOK)
    if action == CONTINUE:
        _settle(region, record, hook, "SUCCEEDED")
    else:
        _refuse(region, record, hook)


def _refuse(region: Region, record: ServiceDeployment, hook: Document) -> None:
    if record.shift is None:
        # It is rolled, and held by hand: it goes back as if it were stopped.
        record.move(Progress.ROLLBACK_REQUESTED, region.now())
    else:
        cause = causes.of_refused_pause(Stage(record.stage or STAGE))
        record.shift.trouble = record.shift.trouble or cause
    _settle(region, record, hook, "FAILED")


def _settle(region: Region, record: ServiceDeployment, hook: Document, status: str) -> None:
    settle(region.world, record, hook, status, record.stage or STAGE)
    if not record.held:
        record.stage = record.shift.stage if record.shift is not None else None
    region.scheduler.wake_now(region.service_of(record.service_arn))
