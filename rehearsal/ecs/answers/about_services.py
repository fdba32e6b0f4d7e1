"""What does ECS answer about services?"""

from rehearsal.ecs.answers import pages, unfit
from rehearsal.ecs.answers.about_definitions import runnable
from rehearsal.ecs.answers.service_documents import described
from rehearsal.ecs.capacity.places import launched_by
from rehearsal.ecs.errors import RefusedError, invalid, no_service
from rehearsal.ecs.region import Region
from rehearsal.ecs.rollout import messages, scaling, verdicts
from rehearsal.ecs.rollout.deployments import NEW_DEPLOYMENT
from rehearsal.ecs.rollout.ecs_service import CONFIGURATION, DAEMON_CONFIGURATION, Pulse, Service
from rehearsal.ecs.rollout.rolling import scaled_in
from rehearsal.ecs.world import Document

MOST_DESCRIBED = 10
DEFAULTS: Document = {
    "schedulingStrategy": "REPLICA",
    "deploymentController": {"type": "ECS"},
    "loadBalancers": [],
    "serviceRegistries": [],
    "placementConstraints": [],
    "placementStrategy": [],
    "enableECSManagedTags": False,
    "enableExecuteCommand": False,
    "propagateTags": "NONE",
    "availabilityZoneRebalancing": "ENABLED",
}
NOT_KEPT = ("cluster", "service", "serviceName", "tags", "clientToken", "forceNewDeployment")


def create_service(region: Region, asked: Document) -> Document:
    cluster = region.cluster(asked.get("cluster"))
    name = asked["serviceName"]
    unfit.refuse_second(region.services.get((cluster.name, name)))
    if not asked.get("taskDefinition"):
        raise invalid("TaskDefinition can not be blank.")
    definition = runnable(region, asked["taskDefinition"])
    spec = _first_spec(region.understood(cluster, asked))
    unfit.refuse_unfit(spec, definition, region.world.settings)
    arn = f"arn:aws:ecs:{region.region}:{region.account}:service/{cluster.name}/{name}"
    now = region.now()
    made = Service(name, arn, cluster.name, cluster.arn, spec, now, Pulse(now))
    made.tags = list(asked.get("tags") or [])
    verdicts.deploy(region.world, made, definition)
    region.services[cluster.name, name] = made
    region.scheduler.wake_now(made)
    return {"service": described(made, with_tags=True)}


def update_service(region: Region, asked: Document) -> Document:
    """Change a service. Nothing of it is changed where the call is refused."""
    service = region.service(asked.get("cluster"), asked["service"])
    if service.status != "ACTIVE":
        raise RefusedError("ServiceNotActiveException", "Service was not ACTIVE.")
    name = asked.get("taskDefinition")
    definition = runnable(region, name) if name else service.primary.definition
    before = service.spec
    spec = {**before, **_kept(asked), "taskDefinition": definition.arn}
    spec["deploymentConfiguration"] = _configuration(before["deploymentConfiguration"], asked)
    unfit.refuse_unfit(spec, definition, region.world.settings)
    changed = definition.arn != before["taskDefinition"] or any(
        spec.get(member) != before.get(member) for member in NEW_DEPLOYMENT
    )
    added = int(spec["desiredCount"]) - service.desired
    scaling.reach_sources(region.world, service, added, by="user")
    if not region.world.settings.grace_change_reaches_running_tasks:
        service.keep_grace()
    service.spec = spec
    if changed or asked.get("forceNewDeployment"):
        verdicts.deploy(region.world, service, definition)
    region.scheduler.wake_now(service)
    return {"service": described(service)}


def describe_services(region: Region, asked: Document) -> Document:
    cluster = region.cluster(asked.get("cluster"))
    names = asked.get("services") or []
    if not 1 <= len(names) <= MOST_DESCRIBED:
        raise invalid(f"Between 1 and {MOST_DESCRIBED} services can be described.")
    found = {name: region.find_service(asked.get("cluster"), name) for name in names}
    for each in found.values():
        if each is not None:
            messages.repeat(region.world, each)
    with_tags = "TAGS" in asked.get("include", [])
    base = f"arn:aws:ecs:{region.region}:{region.account}:service/{cluster.name}"
    return {
        "services": [described(each, with_tags=with_tags) for each in found.values() if each],
        "failures": [
            {"arn": f"{base}/{name.rpartition('/')[2]}", "reason": "MISSING"}
            for name, each in found.items()
            if each is None
        ],
    }


def list_services(region: Region, asked: Document) -> Document:
    cluster = region.cluster(asked.get("cluster"))
    wanted = {name: asked[name] for name in ("launchType", "schedulingStrategy") if name in asked}
    arns = [
        service.arn
        for (name, _), service in sorted(region.services.items())
        if name == cluster.name
        and service.status == "ACTIVE"
        and all(service.spec.get(key) == value for key, value in wanted.items())
    ]
    shown, token = pages.page(list(enumerate(arns)), {"maxResults": 10, **asked})
    return pages.answer("serviceArns", shown, token)


def delete_service(region: Region, asked: Document) -> Document:
    service = region.service(asked.get("cluster"), asked["service"])
    if service.status == "INACTIVE":
        raise no_service()
    # A daemon has no count that somebody could have set to 0.
    if not service.is_daemon and not asked.get("force"):
        _refuse_busy(service)
    service.spec = {**service.spec, "desiredCount": 0}
    service.status = "DRAINING"
    verdicts.abandon(region.world, service)
    for task in [each for each in service.tasks() if each.live]:
        region.lifecycle.stop(task, scaled_in(task))
    if not any(service.tasks()):
        service.status = "INACTIVE"
    return {"service": described(service)}


def _refuse_busy(service: Service) -> None:
    if service.desired > 0:
        raise invalid("The service cannot be stopped while it is scaled above 0.")
    if service.primary.live():
        raise invalid(
            "The service cannot be stopped while the primary deployment is scaled above 0."
        )
    if any(task.live for task in service.tasks()):
        raise invalid("The service cannot be stopped while deployments are scaled above 0.")


def _first_spec(asked: Document) -> Document:
    spec = {**DEFAULTS, **_kept(asked)}
    daemon = spec["schedulingStrategy"] == "DAEMON"
    usual = DAEMON_CONFIGURATION if daemon else CONFIGURATION
    spec["deploymentConfiguration"] = _configuration(usual, asked)
    if daemon:
        spec["availabilityZoneRebalancing"] = "DISABLED"
    spec.setdefault("desiredCount", 0)
    if not spec.get("capacityProviderStrategy"):
        spec.setdefault("launchType", "EC2")
    if launched_by(spec)[0] == "FARGATE":
        spec.setdefault("platformVersion", "LATEST")
    return spec


def _kept(asked: Document) -> Document:
    return {
        name: value for name, value in asked.items() if name not in NOT_KEPT and value is not None
    }


def _configuration(before: Document, asked: Document) -> Document:
    return {**before, **(asked.get("deploymentConfiguration") or {})}
