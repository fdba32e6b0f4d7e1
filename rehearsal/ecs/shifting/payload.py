"""What is a function told that ECS calls at a stage? (as AWS documents it, stage by stage)"""

from collections.abc import Callable

from rehearsal.ecs.rollout.deployments import Deployment, ServiceDeployment
from rehearsal.ecs.shifting.shift import Run, Shift
from rehearsal.ecs.shifting.strategy import Stage
from rehearsal.ecs.world import Document

PRODUCTION_STAGES = (Stage.PRE_PRODUCTION_TRAFFIC_SHIFT, Stage.PRODUCTION_TRAFFIC_SHIFT)


def payload(record: ServiceDeployment, shift: Shift, run: Run) -> Document:
    """Return the event. The target stays the new revision also on the way back."""
    tests = run.stage is Stage.TEST_TRAFFIC_SHIFT
    moves = run.stage in PRODUCTION_STAGES
    told = {
        "executionId": run.execution,
        "lifecycleStage": run.stage.value,
        "resourceArn": record.arn,
        "executionDetails": {
            "serviceArn": record.service_arn,
            "targetServiceRevisionArn": shift.green.revision_arn,
            "testTrafficWeights": _weights(shift, lambda each: each.test) if tests else {},
            "productionTrafficWeights": (
                _weights(shift, lambda each: each.production) if moves else {}
            ),
        },
    }
    return told | ({"hookDetails": dict(run.details)} if run.details else {})


def _weights(shift: Shift, share: Callable[[Deployment], float | None]) -> dict[str, float]:
    revisions = [each for each in (shift.green, shift.blue) if each is not None]
    found = {each.revision_arn: share(each) for each in revisions}
    return {arn: _number(each) for arn, each in found.items() if each is not None}


def _number(share: float) -> float:
    """Write whole percents as ECS does, without a point."""
    return int(share) if share == int(share) else share
