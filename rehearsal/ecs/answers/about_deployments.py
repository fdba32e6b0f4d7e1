"""What does ECS answer about service deployments and service revisions?"""

from rehearsal.ecs.answers import pages
from rehearsal.ecs.answers.service_documents import brief, revision, service_deployment
from rehearsal.ecs.region import Region
from rehearsal.ecs.rollout.deployments import ServiceDeployment
from rehearsal.ecs.world import Document


def list_service_deployments(region: Region, asked: Document) -> Document:
    """List the newest first."""
    service = region.service(asked.get("cluster"), asked["service"])
    newest_first = reversed(service.history)
    found = [each for each in newest_first if _wanted(each, asked)]
    shown, token = pages.page(list(enumerate(brief(each) for each in found)), asked)
    return pages.answer("serviceDeployments", shown, token)


def describe_service_deployments(region: Region, asked: Document) -> Document:
    shown, failures = [], []
    for arn in asked["serviceDeploymentArns"]:
        found = region.service_deployment(arn)
        if found is None:
            failures.append({"arn": arn, "reason": "MISSING"})
        else:
            service = region.service_of(found.service_arn)
            shown.append(service_deployment(service, found))
    return {"serviceDeployments": shown, "failures": failures}


def describe_service_revisions(region: Region, asked: Document) -> Document:
    shown, failures = [], []
    for arn in asked["serviceRevisionArns"]:
        found = region.revision(arn)
        if found is None:
            failures.append({"arn": arn, "reason": "MISSING"})
        else:
            shown.append(revision(*found))
    return {"serviceRevisions": shown, "failures": failures}


def _wanted(one: ServiceDeployment, asked: Document) -> bool:
    created, between = one.created_at.timestamp(), asked.get("createdAt") or {}
    return (
        one.progress.value in (asked.get("status") or [one.progress.value])
        and created >= between.get("after", created)
        and created <= between.get("before", created)
    )
