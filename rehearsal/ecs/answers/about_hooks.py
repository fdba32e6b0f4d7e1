"""What does ECS answer about the lifecycle hooks of a deployment?"""

from rehearsal.ecs.errors import no_service_deployment
from rehearsal.ecs.region import Region
from rehearsal.ecs.shifting import holding
from rehearsal.ecs.world import Document


def continue_service_deployment(region: Region, asked: Document) -> Document:
    """Let a paused deployment go on, or back."""
    arn = asked["serviceDeploymentArn"]
    record = region.service_deployment(arn)
    if record is None:
        raise no_service_deployment()
    holding.answer(region, record, asked["hookId"], asked.get("action") or holding.CONTINUE)
    return {"serviceDeploymentArn": arn}
