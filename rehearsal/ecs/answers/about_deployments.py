"""What does ECS answer about service deployments and service revisions?"""

from rehearsal.ecs.answers import pages
from rehearsal.ecs.answers.service_documents import brief, revision, service_deployment
from rehearsal.ecs.errors import RefusedError, invalid, no_service_deployment
from rehearsal.ecs.region import Region
from rehearsal.ecs.rollout import verdicts
from rehearsal.ecs.rollout.deployments import Progress, ServiceDeployment
from rehearsal.ecs.world import Document


def list_service_deployments(region: Region, asked: Document) -> Document:
    """List the newest first."""
    service = region.service(asked.get("cluster"), asked["service"])
    kept = (each for each in reversed(service.history) if each.is_kept(region.now()))
    found = [each for each in kept if _wanted(each, asked)]
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


def stop_service_deployment(region: Region, asked: Document) -> Document:
    """Ask for a way back; what stops or goes back already does so anyway (R11.2)."""
    arn = asked["serviceDeploymentArn"]
    kind = asked.get("stopType") or "ROLLBACK"
    refused = kind != "ABORT" or region.world.settings.abort_is_refused
    if kind != "ROLLBACK" and refused:
        raise invalid(f"The stop type {kind} is not supported.")
    record = region.service_deployment(arn)
    if record is None:
        raise no_service_deployment()
    if record.over:
        message = f"The service deployment is {record.progress.value} and cannot be stopped."
        raise RefusedError("ConflictException", message, resourceIds=[arn])
    if record.progress in (Progress.PENDING, Progress.IN_PROGRESS):
        service = region.service_of(record.service_arn)
        record.drop_hooks()
        if kind == "ABORT":
            verdicts.abort(region.world, service)
        else:
            record.move(Progress.ROLLBACK_REQUESTED, region.now())
        region.scheduler.wake_now(service)
    return {"serviceDeploymentArn": arn}


def _wanted(one: ServiceDeployment, asked: Document) -> bool:
    created, between = one.created_at.timestamp(), asked.get("createdAt") or {}
    return (
        one.progress.value in (asked.get("status") or [one.progress.value])
        and created >= between.get("after", created)
        and created <= between.get("before", created)
    )
