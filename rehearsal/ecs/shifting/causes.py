"""Why does a deployment go back that shifts its traffic, in the words of ECS?

Those about functions and about a pause that timed out are its own; unverified are the others.
"""

from rehearsal.ecs.rollout.verdicts import Cause
from rehearsal.ecs.shifting.strategy import Stage

ROLLED_BACK = "Service deployment rolled back because"


def of_function(stage: Stage, what: str) -> Cause:
    return _cause(f"{stage} lifecycle hook(s) failed. {what}")


def said_failed(target: str) -> str:
    return f"Lifecycle hook target {target} returned FAILED status."


def not_parsed(target: str) -> str:
    return f"ECS was unable to parse the response from {target} due to HookStatus must not be null"


def not_invoked(target: str, why: str) -> str:
    return f"ECS was unable to invoke hook target {target} due to {why}"


def not_in_time(target: str) -> str:
    return f"Lifecycle hook target {target} timed out."


def of_late_pause(stage: Stage) -> Cause:
    return _cause(f"{stage} pause hook timed out.")


def of_refused_pause(stage: Stage) -> Cause:
    return _cause(f"{stage} pause hook was rolled back.")


def of_long_stage(stage: Stage) -> Cause:
    return _cause(f"{stage} lifecycle stage timed out.")


def of_long_deployment() -> Cause:
    return _cause("the deployment timed out.")


def _cause(why: str) -> Cause:
    status = f"{ROLLED_BACK} {why}"
    return Cause(
        reason=f"ECS deployment failed: {why}",
        event=f"ECS deployment failed: {why}",
        message=status,
        status=status,
        back="ECS deployment failed: rolling back to deploymentId",
    )
