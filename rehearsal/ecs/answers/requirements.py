"""Would ECS register this task definition, and where could it run?"""

from rehearsal.ecs.errors import RefusedError, client

CAPABILITY = "com.amazonaws.ecs.capability."


def required(asked: dict[str, object]) -> None:
    """Refuse what ECS refuses; the checks cover what a deployment can get wrong."""
    refusal = _of_task(asked)
    for container in _containers(asked):
        refusal = refusal or _of_container(container, asked)
    if refusal is not None:
        raise refusal


def compatibilities(kept: dict[str, object]) -> list[str]:
    fits_fargate = kept.get("networkMode") == "awsvpc" and "cpu" in kept and "memory" in kept
    return ["EC2", "FARGATE"] if fits_fargate else ["EC2"]


def requires_attributes(kept: dict[str, object]) -> list[dict[str, str]]:
    """Name the capabilities a host needs; the frequent ones only."""
    names = {f"{CAPABILITY}docker-remote-api.1.18"}
    if kept.get("networkMode") == "awsvpc":
        names.add("ecs.capability.task-eni")
    if kept.get("taskRoleArn"):
        names.add(f"{CAPABILITY}task-iam-role")
    for container in _containers(kept):
        names |= _needed_by(container)
    return [{"name": name} for name in sorted(names)]


def _needed_by(container: dict[str, object]) -> set[str]:
    names = set()
    if ".dkr.ecr." in str(container.get("image")):
        names.add(f"{CAPABILITY}ecr-auth")
    logging = container.get("logConfiguration")
    if isinstance(logging, dict):
        names.add(f"{CAPABILITY}logging-driver.{logging.get('logDriver')}")
    if container.get("healthCheck"):
        names.add("ecs.capability.container-health-check")
    return names


def _of_task(asked: dict[str, object]) -> RefusedError | None:
    compatible = asked.get("requiresCompatibilities")
    if not _containers(asked):
        return client("Container list cannot be empty.")
    if not isinstance(compatible, list) or "FARGATE" not in compatible:
        return None
    if asked.get("networkMode") != "awsvpc":
        return client("Fargate only supports network mode ‘awsvpc’.")  # noqa: RUF001
    missing = next((key for key in ("cpu", "memory") if not asked.get(key)), None)
    if missing is not None:
        return client(f"Fargate requires that '{missing}' be defined at the task level.")
    return None


def _of_container(container: dict[str, object], asked: dict[str, object]) -> RefusedError | None:
    missing = next((key for key in ("name", "image") if not container.get(key)), None)
    if missing is not None:
        return client(f"Container.{missing} should not be null or empty.")
    if not (container.get("memory") or container.get("memoryReservation") or asked.get("memory")):
        return client(
            f"Invalid setting for container '{container['name']}'. At least one of 'memory' or "
            "'memoryReservation' must be specified."
        )
    return None


def _containers(asked: dict[str, object]) -> list[dict[str, object]]:
    found = asked.get("containerDefinitions")
    return [each for each in found if isinstance(each, dict)] if isinstance(found, list) else []
