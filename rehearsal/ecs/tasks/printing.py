"""Where does a container print, and what stands there? The awslogs driver only."""

from rehearsal.ecs.tasks.task import Container, Task
from rehearsal.ecs.world import LogLine, World


def write(world: World, task: Task, container: Container) -> None:
    """Write what the container prints, all of it now."""
    text = container.behaviour.log
    place = destination(task, container)
    if world.logs is None or not text or place is None:
        return
    region, account = task.arn.split(":")[3:5]
    options = container.spec["logConfiguration"]["options"]
    group, stream = place
    region = options.get("awslogs-region", region)
    world.logs(LogLine(group, stream, text, world.now(), account, region))


def destination(task: Task, container: Container) -> tuple[str, str] | None:
    """Return the log group and stream of a container, if its lines go to CloudWatch."""
    configuration = container.spec.get("logConfiguration") or {}
    options = configuration.get("options") or {}
    if configuration.get("logDriver", "awslogs") != "awslogs" or "awslogs-group" not in options:
        return None
    prefix = options.get("awslogs-stream-prefix")
    # Without a prefix, only possible on EC2, the stream has the name of the Docker container.
    stream = f"{prefix}/{container.name}/{task.id}" if prefix else container.runtime_id
    return options["awslogs-group"], stream
