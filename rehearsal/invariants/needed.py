"""Who needs a revision at this moment?"""

from collections.abc import Iterator

from functions.domain.task_definition import DEPLOYMENT, by_key
from rehearsal.ecs.region import Region
from rehearsal.world import World


def why_needed(world: World, region: Region, revision: str) -> Iterator[str]:
    """Yield a sentence for each reason not to deregister a revision, given by its ARN."""
    (definition,) = [each for each in region.definitions.all() if each.arn == revision]
    if DEPLOYMENT not in by_key(definition.tags):
        yield "it is not ours"
    for service in region.services.values():
        if any(each.definition is definition for each in service.deployments):
            yield f"{service.name} has it"
    for task in region.tasks.all():
        if task.live and task.definition is definition and task.stop is None:
            yield f"the task {task.id} runs it"
    for application in world.applications:
        stables = (each["part"] for each in world.items(application, "stable#"))
        verified = (
            part
            for each in world.items(application, "release#")
            if each["verified_at"]
            for part in each["parts"].values()
        )
        if revision in {part["revision"] for part in (*stables, *verified)}:
            yield f"{application} may go back to it"
