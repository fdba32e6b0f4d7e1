"""How does the API show a task?"""

from rehearsal.ecs.tasks.images import architecture
from rehearsal.ecs.tasks.task import Container, Status, Task
from rehearsal.ecs.world import Document


def present(**members: object) -> Document:
    """Leave out what is not there, as ECS does."""
    return {key: value for key, value in members.items() if value is not None}


def described(task: Task, *, with_tags: bool = False) -> Document:
    """Return the task as DescribeTasks shows it, times as `datetime`."""
    placement = task.placement
    document = shared(task) | present(
        attachments=attachments(task, "ElasticNetworkInterface"),
        containers=[container(task, each) for each in task.containers],
        capacityProviderName=placement.capacity_provider,
        enableExecuteCommand=placement.purpose.exec_enabled,
        healthStatus=task.health.value,
        tags=task.tags if with_tags else None,
        **_of_fargate(task),
    )
    document["overrides"] = {"inferenceAcceleratorOverrides": [], **document["overrides"]}
    del document["updatedAt"]
    return document


def _of_fargate(task: Task) -> Document:
    document = task.definition.document
    if task.placement.launch_type != "FARGATE":
        return {}
    cpu = "arm64" if architecture(document) == "arm64" else "x86_64"
    storage = document.get("ephemeralStorage") or {"sizeInGiB": 20}
    return {
        "attributes": [{"name": "ecs.cpu-architecture", "value": cpu}],
        "platformFamily": "Linux",
        "ephemeralStorage": storage,
        "fargateEphemeralStorage": storage,
    }


def shared(task: Task) -> Document:
    """Return the members that the API and the events have in common."""
    definition, placement = task.definition.document, task.placement
    overrides = placement.overrides
    return _times(task) | present(
        availabilityZone=placement.zone or None,
        clusterArn=placement.cluster_arn,
        containerInstanceArn=task.instance.arn if task.instance is not None else None,
        connectivity="CONNECTED" if task.connectivity_at else None,
        cpu=overrides.get("cpu") or definition.get("cpu"),
        desiredStatus=task.desired,
        group=placement.purpose.group,
        lastStatus=task.last.value,
        launchType=placement.launch_type,
        memory=overrides.get("memory") or definition.get("memory"),
        overrides=_overrides(task),
        platformVersion=placement.platform_version,
        startedBy=placement.purpose.started_by or None,
        stopCode=task.stop.code if task.stop else None,
        stoppedReason=task.stop.reason if task.stop else None,
        taskArn=task.arn,
        taskDefinitionArn=task.definition.arn,
        version=task.version,
    )


def _times(task: Task) -> Document:
    return present(
        connectivityAt=task.connectivity_at,
        createdAt=task.created_at,
        executionStoppedAt=task.execution_stopped_at,
        pullStartedAt=task.pull_started_at,
        pullStoppedAt=task.pull_stopped_at,
        startedAt=task.started_at,
        stoppedAt=task.stopped_at,
        stoppingAt=task.stopping_at,
        updatedAt=task.updated_at,
    )


def container(task: Task, one: Container) -> Document:
    return event_container(task, one) | {
        "healthStatus": one.health.value,
        "networkBindings": _bindings(task, one),
        "networkInterfaces": _interfaces(task),
    }


def event_container(task: Task, one: Container) -> Document:
    spec = one.spec
    return present(
        containerArn=one.arn,
        cpu=str(spec.get("cpu", 0)),
        exitCode=one.exit_code,
        image=spec["image"],
        imageDigest=one.digest,
        lastStatus=one.status,
        memory=_text(spec.get("memory")),
        memoryReservation=_text(spec.get("memoryReservation")),
        name=one.name,
        networkBindings=_bindings(task, one) or None,
        networkInterfaces=_interfaces(task) or None,
        reason=one.reason,
        runtimeId=one.runtime_id if task.started_at else None,
        taskArn=task.arn,
    )


def _bindings(task: Task, one: Container) -> list[Document]:
    """Show the ports that a container has on its instance, once it runs there."""
    place = task.placement.place
    if place is None or task.started_at is None:
        return []
    return [
        {
            "bindIP": "0.0.0.0",  # noqa: S104 - what Docker reports
            "containerPort": port.inside,
            "hostPort": port.host,
            "protocol": port.protocol,
        }
        for port in place.ports
        if port.container == one.name
    ]


def attachments(task: Task, kind: str) -> list[Document]:
    network = (task.placement.network or {}).get("awsvpcConfiguration")
    if network is None:
        return []
    number, region = task.attachment.replace("-", ""), task.arn.split(":")[3]
    details = {"subnetId": network["subnets"][0]}
    if task.last is not Status.PROVISIONING:
        pairs = [number[index : index + 2] for index in range(0, 10, 2)]
        details |= {
            "networkInterfaceId": f"eni-{number[-17:]}",
            "macAddress": ":".join(["06", *pairs]),
            "privateDnsName": f"ip-{task.address.replace('.', '-')}.{region}.compute.internal",
            "privateIPv4Address": task.address,
        }
    return [
        {
            "id": task.attachment,
            "type": kind,
            "status": _attached(task),
            "details": [{"name": name, "value": value} for name, value in details.items()],
        }
    ]


def _attached(task: Task) -> str:
    if task.last is Status.PROVISIONING:
        return "PRECREATED"
    return "DELETED" if task.last is Status.STOPPED else "ATTACHED"


def _interfaces(task: Task) -> list[Document]:
    if task.placement.network is None or task.last is Status.PROVISIONING:
        return []
    return [{"attachmentId": task.attachment, "privateIpv4Address": task.address}]


def _overrides(task: Task) -> Document:
    """Show every container, as ECS does, also those that nothing was overridden for."""
    given = task.placement.overrides
    asked = {each["name"]: each for each in given.get("containerOverrides") or []}
    every = [asked.get(each.name, {"name": each.name}) for each in task.containers]
    return {**given, "containerOverrides": every}


def _text(number: object) -> str | None:
    return None if number is None else str(number)
