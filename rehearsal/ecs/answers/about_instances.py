"""What does ECS answer about container instances, and about tasks started on one?"""

from collections.abc import Sequence

from rehearsal.ecs.answers import pages
from rehearsal.ecs.answers.instance_documents import described
from rehearsal.ecs.answers.task_documents import described as described_task
from rehearsal.ecs.capacity import expressions, losing
from rehearsal.ecs.capacity.instances import Instance, Standing
from rehearsal.ecs.errors import client, invalid
from rehearsal.ecs.region import Region
from rehearsal.ecs.world import Document

MOST_AT_ONCE = 10


def list_container_instances(region: Region, asked: Document) -> Document:
    """List those that are there, or those of one status; the filter is a memberOf expression."""
    room = region.rooms.of(region.cluster(asked.get("cluster")).arn)
    status = asked.get("status")
    fits = expressions.parse(asked["filter"]) if asked.get("filter") else None
    found = [
        (place, each.arn)
        for place, each in enumerate(room.instances.values())
        if (each.standing is not Standing.INACTIVE if status is None else each.standing == status)
        and (fits is None or fits({**each.attributes, "ec2InstanceId": each.ec2_id}))
    ]
    shown, token = pages.page(found, asked)
    return pages.answer("containerInstanceArns", shown, token)


def describe_container_instances(region: Region, asked: Document) -> Document:
    names = asked.get("containerInstances") or []
    if not names:
        raise client("Container Instances cannot be empty.")
    found, failures = _found(region, asked, names)
    return {"containerInstances": [described(each) for each in found], "failures": failures}


def update_container_instances_state(region: Region, asked: Document) -> Document:
    """Drain instances, or have them take tasks again (R12.2)."""
    names, status = asked.get("containerInstances") or [], asked.get("status")
    if status not in (Standing.ACTIVE, Standing.DRAINING):
        raise invalid("Container instance status should be one of [ACTIVE, DRAINING]")
    if not 1 <= len(names) <= MOST_AT_ONCE:
        raise invalid(f"Between 1 and {MOST_AT_ONCE} container instances can be named.")
    room = region.rooms.of(region.cluster(asked.get("cluster")).arn)
    found, failures = _found(region, asked, names)
    for each in found:
        if each.standing is Standing.INACTIVE:
            failures.append({"arn": each.arn, "reason": "INACTIVE"})
        else:
            losing.set_standing(room, each, Standing(status))
    changed = [described(each) for each in found if each.standing is not Standing.INACTIVE]
    return {"containerInstances": changed, "failures": failures}


def deregister_container_instance(region: Region, asked: Document) -> Document:
    found, _ = _found(region, asked, [asked["containerInstance"]])
    if not found or found[0].standing is Standing.INACTIVE:
        raise invalid("Referenced container instance not found.")
    room = region.rooms.of(region.cluster(asked.get("cluster")).arn)
    losing.deregister(room, found[0], force=bool(asked.get("force")))
    return {"containerInstance": described(found[0])}


def start_task(region: Region, asked: Document) -> Document:
    """Start a task on each of the instances that are named, wherever it fits."""
    names = asked.get("containerInstances") or []
    if not 1 <= len(names) <= MOST_AT_ONCE:
        raise invalid(f"Between 1 and {MOST_AT_ONCE} container instances can be named.")
    cluster = region.cluster(asked.get("cluster"))
    definition = region.definitions.usable(asked["taskDefinition"])
    if not definition.active:
        raise invalid("TaskDefinition is inactive")
    found, failures = _found(region, asked, names)
    tasks, refused = region.runs.start(cluster.arn, definition, asked, found)
    failures += [{"arn": each.arn, "reason": each.reason} for each in refused]
    return {"tasks": [described_task(each, with_tags=True) for each in tasks], "failures": failures}


def _found(
    region: Region, asked: Document, names: Sequence[str]
) -> tuple[list[Instance], list[Document]]:
    cluster = region.cluster(asked.get("cluster"))
    room = region.rooms.of(cluster.arn)
    prefix = cluster.arn.replace(":cluster/", ":container-instance/")
    found, failures = [], []
    for name in dict.fromkeys(names):
        instance = room.find(name)
        if instance is None:
            arn = name if name.startswith("arn:") else f"{prefix}/{name}"
            failures.append({"arn": arn, "reason": "MISSING"})
        else:
            found.append(instance)
    return found, failures
