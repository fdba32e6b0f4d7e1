"""What does ECS answer about task definitions?"""

from rehearsal.ecs.answers import pages
from rehearsal.ecs.errors import RefusedError, client, invalid
from rehearsal.ecs.region import Region
from rehearsal.ecs.tasks.definitions import Definition
from rehearsal.ecs.world import Document

MOST_DELETED = 10


def register_task_definition(region: Region, asked: Document) -> Document:
    made = region.definitions.register(asked)
    return {"taskDefinition": made.document, "tags": made.tags}


def describe_task_definition(region: Region, asked: Document) -> Document:
    found = region.definitions.described(asked["taskDefinition"])
    tags = {"tags": found.tags} if "TAGS" in asked.get("include", []) else {}
    return {"taskDefinition": found.document, **tags}


def deregister_task_definition(region: Region, asked: Document) -> Document:
    return {"taskDefinition": region.definitions.deregister(asked["taskDefinition"]).document}


def delete_task_definitions(region: Region, asked: Document) -> Document:
    names = asked["taskDefinitions"]
    if not 1 <= len(names) <= MOST_DELETED:
        raise invalid(f"Between 1 and {MOST_DELETED} task definitions can be deleted at once.")
    deleted, failures = [], []
    for name in names:
        try:
            deleted.append(region.definitions.delete(name).document)
        except RefusedError as refused:
            failures.append({"arn": name, "reason": refused.message})
    return {"taskDefinitions": deleted, "failures": failures}


def list_task_definitions(region: Region, asked: Document) -> Document:
    family, status = asked.get("familyPrefix"), asked.get("status", "ACTIVE")
    found = [
        each
        for each in region.definitions.all()
        if family in (None, each.family) and each.document["status"] == status
    ]
    if asked.get("sort") == "DESC":
        found.reverse()
    shown, token = pages.page(list(enumerate(each.arn for each in found)), asked)
    return pages.answer("taskDefinitionArns", shown, token)


def list_task_definition_families(region: Region, asked: Document) -> Document:
    prefix, status = asked.get("familyPrefix", ""), asked.get("status", "ALL")
    families: dict[str, bool] = {}
    for each in region.definitions.all():
        if each.family.startswith(prefix):
            families[each.family] = families.get(each.family, False) or each.active
    wanted = {"ALL": (True, False), "ACTIVE": (True,), "INACTIVE": (False,)}[status]
    names = [name for name, active in families.items() if active in wanted]
    shown, token = pages.page(list(enumerate(names)), asked)
    return pages.answer("families", shown, token)


def runnable(region: Region, name: str) -> Definition:
    """Return what a service may be moved to (R3.11)."""
    found = region.definitions.usable(name)
    if not found.active:
        raise client("TaskDefinition is inactive")
    return found
