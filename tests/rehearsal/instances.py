"""A house whose service runs on container instances."""

from contextlib import contextmanager

from rehearsal.ecs import Behaviour
from rehearsal.ecs.capacity import ClusterCapacity
from tests.rehearsal.house import house

PORT = {"containerPort": 80, "hostPort": 8080}


def on_bridge(made, tag, port=PORT, family="orders", container=None, **members):
    """Register an image for container instances; with a static host port, if not without."""
    asked = {
        "networkMode": "bridge",
        "requiresCompatibilities": ["EC2"],
        "container": {"portMappings": [port] if port else [], **(container or {})},
        **members,
    }
    return made.register(tag, family=family, **asked)


def create(made, definition, desired=2, configuration=None, **members):
    asked = {"launchType": "EC2", **members}
    if "capacityProviderStrategy" in asked:
        del asked["launchType"]
    return made.ecs.create_service(
        cluster="house",
        serviceName="web",
        taskDefinition=definition,
        desiredCount=desired,
        deploymentConfiguration=configuration or {},
        **asked,
    )["service"]


@contextmanager
def fleet(instances=3, settings=None, **capacity):
    """A cluster of container instances, and the image v1."""
    with house(**(settings or {})) as made:
        plan = ClusterCapacity("ec2", instances=instances, **capacity)
        made.installation.configure_cluster("house", plan)
        made.push("v1", Behaviour(healthy_after=40))
        yield made


@contextmanager
def serving(
    desired=2, configuration=None, instances=3, port=PORT, members=None, settings=None, **capacity
):
    """The same with a service that is steady; `until` counts from here on."""
    with fleet(instances, settings, **capacity) as made:
        create(made, on_bridge(made, "v1", port), desired, configuration, **(members or {}))
        made.until(1000)
        made.start = 1000
        made.events.clear()
        yield made


def room(made):
    return made.installation.room("house")


def instances(made, **filters):
    """Return the container instances as the API describes them."""
    arns = made.ecs.list_container_instances(cluster="house", **filters)["containerInstanceArns"]
    if not arns:
        return []
    asked = {"cluster": "house", "containerInstances": arns}
    return made.ecs.describe_container_instances(**asked)["containerInstances"]


def failures(made):
    """Return the reasons of the placement failures that were told on the bus."""
    return [
        detail["reason"]
        for detail in made.told("ECS Service Action")
        if detail["eventName"] == "SERVICE_TASK_PLACEMENT_FAILURE"
    ]
