"""What does ECS answer about attributes that somebody gives container instances?"""

from rehearsal.ecs.answers import pages
from rehearsal.ecs.capacity.instances import Instance, Standing
from rehearsal.ecs.errors import RefusedError
from rehearsal.ecs.region import Region
from rehearsal.ecs.world import Document


def put_attributes(region: Region, asked: Document) -> Document:
    for each in asked["attributes"]:
        _target(region, asked, each).attributes[each["name"]] = each.get("value")
    return {"attributes": asked["attributes"]}


def delete_attributes(region: Region, asked: Document) -> Document:
    for each in asked["attributes"]:
        _target(region, asked, each).attributes.pop(each["name"], None)
    return {"attributes": asked["attributes"]}


def list_attributes(region: Region, asked: Document) -> Document:
    room = region.rooms.of(region.cluster(asked.get("cluster")).arn)
    found = [
        {"name": name, "targetId": each.arn} | ({} if value is None else {"value": value})
        for each in room.instances.values()
        if each.standing is not Standing.INACTIVE
        for name, value in each.attributes.items()
        if asked.get("attributeName") in (None, name)
        and asked.get("attributeValue") in (None, value)
    ]
    shown, token = pages.page(list(enumerate(found)), asked)
    return pages.answer("attributes", shown, token)


def _target(region: Region, asked: Document, attribute: Document) -> Instance:
    room = region.rooms.of(region.cluster(asked.get("cluster")).arn)
    found = room.find(str(attribute.get("targetId")))
    if found is None or found.standing is Standing.INACTIVE:
        message = f"Could not find target: {attribute.get('targetId')}"
        raise RefusedError("TargetNotFoundException", message)
    return found
