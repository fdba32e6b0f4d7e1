"""How do the API and the events show a container instance?"""

from collections.abc import Sequence

from rehearsal.ecs.capacity.instances import RESERVED, Instance
from rehearsal.ecs.world import Document


def described(instance: Instance) -> Document:
    """Return the instance as DescribeContainerInstances shows it."""
    live = [task for task in instance.tasks() if task.live]
    document = shared(instance) | {
        "pendingTasksCount": sum(task.pending for task in live),
        "registeredAt": instance.registered_at,
        "runningTasksCount": sum(task.running for task in live),
        "attachments": [],
        "tags": [],
    }
    if instance.provider is not None:
        document["capacityProviderName"] = instance.provider
    return document


def event(instance: Instance, updated_at: str) -> Document:
    return shared(instance) | {"clusterArn": instance.cluster_arn, "updatedAt": updated_at}


def shared(instance: Instance) -> Document:
    """Return the members that the API and the events have in common."""
    cpu, memory = instance.left(counting_stopping=False)
    return {
        "agentConnected": instance.agent_connected,
        "attributes": [
            {"name": name} | ({} if value is None else {"value": value})
            for name, value in instance.attributes.items()
        ],
        "containerInstanceArn": instance.arn,
        "ec2InstanceId": instance.ec2_id,
        "registeredResources": _resources(instance.cpu, instance.memory, RESERVED, ()),
        "remainingResources": _resources(
            cpu,
            memory,
            [str(port) for port in instance.used("tcp")],
            [str(port) for port in instance.used("udp")],
        ),
        "status": instance.standing.value,
        "version": instance.version,
        "versionInfo": {
            "agentHash": "0a1b2c3d",
            "agentVersion": "1.99.0",
            "dockerVersion": "DockerVersion: 25.0.8",
        },
    }


def _resources(cpu: int, memory: int, tcp: Sequence[str], udp: Sequence[str]) -> list[Document]:
    return [
        {"name": "CPU", "type": "INTEGER", "integerValue": cpu},
        {"name": "MEMORY", "type": "INTEGER", "integerValue": memory},
        {"name": "PORTS", "type": "STRINGSET", "stringSetValue": list(tcp)},
        {"name": "PORTS_UDP", "type": "STRINGSET", "stringSetValue": list(udp)},
    ]
