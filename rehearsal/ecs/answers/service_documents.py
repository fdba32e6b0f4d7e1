"""How does the API show services, their deployments and their revisions?"""

from rehearsal.ecs.answers.task_documents import present
from rehearsal.ecs.rollout import breaker
from rehearsal.ecs.rollout.deployments import Counts, Deployment, ServiceDeployment, counts
from rehearsal.ecs.rollout.ecs_service import Service
from rehearsal.ecs.tasks import images
from rehearsal.ecs.world import Document

SHOWN = (
    "loadBalancers",
    "serviceRegistries",
    "desiredCount",
    "launchType",
    "capacityProviderStrategy",
    "platformVersion",
    "taskDefinition",
    "deploymentConfiguration",
    "placementConstraints",
    "placementStrategy",
    "networkConfiguration",
    "healthCheckGracePeriodSeconds",
    "schedulingStrategy",
    "deploymentController",
    "enableECSManagedTags",
    "propagateTags",
    "enableExecuteCommand",
    "availabilityZoneRebalancing",
)
DEPLOYMENT_SHOWN = (
    "capacityProviderStrategy",
    "launchType",
    "platformVersion",
    "networkConfiguration",
    "serviceConnectConfiguration",
    "volumeConfigurations",
    "vpcLatticeConfigurations",
)


def described(service: Service, *, with_tags: bool = False) -> Document:
    """Return the service as DescribeServices shows it."""
    spec = {name: service.spec[name] for name in SHOWN if service.spec.get(name) is not None}
    return spec | present(
        serviceArn=service.arn,
        serviceName=service.name,
        clusterArn=service.cluster_arn,
        status=service.status,
        runningCount=sum(each.running_count for each in service.deployments),
        pendingCount=sum(len(each.pending()) for each in service.deployments),
        platformFamily="Linux",
        deployments=[deployment(service, each) for each in service.deployments],
        roleArn=service.spec.get("role"),
        events=list(service.events),
        createdAt=service.created_at,
        currentServiceDeployment=service.current.arn,
        currentServiceRevisions=[task_counts(counts(each)) for each in service.deployments],
        tags=service.tags if with_tags else None,
    )


def deployment(service: Service, one: Deployment) -> Document:
    settings = {
        name: one.settings[name] for name in DEPLOYMENT_SHOWN if one.settings.get(name) is not None
    }
    return settings | {
        "id": one.id,
        "status": "PRIMARY" if one is service.primary else "ACTIVE",
        "taskDefinition": one.definition.arn,
        "desiredCount": one.desired,
        "pendingCount": len(one.pending()),
        "runningCount": one.running_count,
        "failedTasks": one.failed_tasks,
        "createdAt": one.created_at,
        "updatedAt": one.updated_at,
        "platformFamily": "Linux",
        "rolloutState": one.rollout.value,
        "rolloutStateReason": one.reason,
    }


def service_deployment(service: Service, one: ServiceDeployment) -> Document:
    """Return a service deployment as DescribeServiceDeployments shows it."""
    return _both(one) | present(
        stoppedAt=one.stopped_at,
        updatedAt=one.updated_at,
        sourceServiceRevisions=[summary(one.counts(each)) for each in one.sources],
        targetServiceRevision=summary(one.counts(one.target)),
        lifecycleStage=one.stage,
        lifecycleHookDetails=one.hooks or None,
        deploymentConfiguration=one.configuration,
        rollback=one.rollback,
        deploymentCircuitBreaker=_breaker(service, one),
        alarms=_alarms(one),
    )


def brief(one: ServiceDeployment) -> Document:
    """Return a service deployment as ListServiceDeployments shows it."""
    return _both(one) | {"targetServiceRevisionArn": one.target.revision_arn}


def _both(one: ServiceDeployment) -> Document:
    return present(
        serviceDeploymentArn=one.arn,
        serviceArn=one.service_arn,
        clusterArn=one.cluster_arn,
        createdAt=one.created_at,
        startedAt=one.started_at,
        finishedAt=one.finished_at,
        status=one.progress.value,
        statusReason=one.status_reason,
    )


def revision(service: Service, one: Deployment) -> Document:
    """Return what a deployment really was: definition, settings, digests."""
    return dict(one.settings) | present(
        serviceRevisionArn=one.revision_arn,
        serviceArn=service.arn,
        clusterArn=service.cluster_arn,
        taskDefinition=one.definition.arn,
        platformFamily="Linux",
        containerImages=_images(one),
        guardDutyEnabled=False,
        createdAt=one.created_at,
        resolvedConfiguration=_resolved(one),
    )


def _resolved(one: Deployment) -> Document | None:
    """Tell the target group that a revision is behind, where each may be behind another."""
    found = [each for each in one.load_balancers if each.get("advancedConfiguration")]
    rule = "productionListenerRule"
    shown = [
        present(
            targetGroupArn=each["targetGroupArn"],
            productionListenerRule=each["advancedConfiguration"].get(rule),
        )
        for each in found
    ]
    return {"loadBalancers": shown} if shown else None


def summary(found: Counts) -> Document:
    return task_counts(found) | present(
        requestedTestTrafficWeight=found.test, requestedProductionTrafficWeight=found.production
    )


def task_counts(found: Counts) -> Document:
    return {
        "arn": found.arn,
        "requestedTaskCount": found.requested,
        "runningTaskCount": found.running,
        "pendingTaskCount": found.pending,
    }


def _breaker(service: Service, one: ServiceDeployment) -> Document:
    disabled = one.breaker == "DISABLED"
    return {
        "status": one.breaker,
        "failureCount": 0 if disabled else one.target.failure_count,
        "threshold": 0 if disabled else one.threshold or breaker.threshold(service),
    }


def _alarms(one: ServiceDeployment) -> Document | None:
    names = (one.configuration.get("alarms") or {}).get("alarmNames")
    if not names:
        return None
    return {"status": one.alarms, "alarmNames": names, "triggeredAlarmNames": one.triggered}


def _images(one: Deployment) -> list[Document]:
    digests = one.digests or {}
    return [
        present(
            containerName=each["name"],
            image=each["image"],
            imageDigest=digests.get(each["name"]) or images.parse(each["image"]).digest,
        )
        for each in one.definition.containers
    ]
