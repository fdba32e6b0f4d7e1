"""Which services do not have all that they should have running, and why?"""

from collections.abc import Iterator

from rehearsal.ecs.rollout.deployments import Rollout
from rehearsal.ecs.rollout.ecs_service import Service
from rehearsal.scenario.stage.called import known
from rehearsal.world import World

TELLING = ("was unable to", "is unhealthy", "failed to", "(error", "encountered")
"""What ECS says of a service says why it lacks something only in such words."""


def is_steady(service: Service) -> bool:
    if service.primary.rollout is Rollout.IN_PROGRESS:
        return False
    tasks = [task for task in service.tasks() if task.live]
    return len(tasks) == service.desired and all(task.healthy for task in tasks)


def unsteady(world: World) -> Iterator[str]:
    """Yield a sentence or two about each service that is not steady."""
    for name, application in world.applications.items():
        for service in application.services:
            called = f"{name}/{service.key}"
            found = known(world, called)
            if not is_steady(found):
                healthy = sum(task.healthy for task in found.tasks())
                why = " ".join((*_ended(world, found), *_said(found)))
                yield (
                    f"{called} is not steady at 0s: {healthy} of {found.desired} tasks run and "
                    f"are healthy. {why}"
                )


def _said(service: Service) -> Iterator[str]:
    """Yield what ECS said last of why, or last at all where it never did."""
    said = [str(each["message"]) for each in service.events]
    telling = (each for each in said if any(word in each for word in TELLING))
    message = next(telling, said[0] if said else None)
    if message is not None:
        yield f"ECS said last: {message}"


def _ended(world: World, service: Service) -> Iterator[str]:
    """Yield how its last task ended, if any did that ECS still knows."""
    ecs, cluster = world.client("ecs"), service.cluster_name
    with world.clock.travel():
        arns = ecs.list_tasks(
            cluster=cluster, serviceName=service.name, desiredStatus="STOPPED", maxResults=100
        )["taskArns"]
        tasks = ecs.describe_tasks(cluster=cluster, tasks=arns)["tasks"] if arns else []
    ended = [each for each in tasks if each.get("stoppedReason")]
    if ended:
        last = max(ended, key=lambda each: (each["createdAt"], each["taskArn"]))
        codes = [str(each["exitCode"]) for each in last["containers"] if "exitCode" in each]
        code = f" (exit code {', '.join(codes)})" if codes else ""
        yield f"Its last task stopped: {last['stoppedReason'].rstrip('.')}{code}."
