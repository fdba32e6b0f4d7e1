"""What does a scenario say that AWS could not do, although everything it names is there?"""

from collections.abc import Iterator, Mapping

from functions.domain.catalogue import Application
from functions.domain.fields import Path, Problem
from rehearsal.scenario.format import actions
from rehearsal.scenario.format.before import Before, Cluster, Service
from rehearsal.scenario.format.scenario import Scenario
from rehearsal.scenario.format.schedules import Schedule

FARGATE: Mapping[str, int] = {"cpu": 16_384, "memory": 122_880}
"""The most that a task on Fargate has, in CPU units and MiB."""
STEPS = {"canary": "CANARY", "linear": "LINEAR"}
ZONES = "abcdef"


def conflicts(scenario: Scenario, applications: tuple[Application, ...]) -> Iterator[Problem]:
    """Yield what contradicts itself in a scenario that is right field by field."""
    world = scenario.world
    clusters = {each.application: each.cluster for each in applications}
    for name, service in world.services.items():
        cluster = clusters[name.partition("/")[0]]
        yield from _service(("world", "services", name), service, _capacity(world, cluster))
    listed = {name for each in applications for name in each.schedules}
    for name, schedule in world.schedules.items():
        yield from _schedule(("world", "schedules", name), name, schedule, listed)
    for application in applications:
        yield from _sizes(world, application)
    for place, action in enumerate(scenario.timeline):
        yield from _action(("timeline", place), action, world, clusters)


def _capacity(world: Before, cluster: str) -> Cluster:
    return world.clusters.get(cluster, Cluster())


def _service(path: Path, service: Service, cluster: Cluster) -> Iterator[Problem]:
    for field, strategy in STEPS.items():
        if getattr(service, field) is not None and service.strategy != strategy:
            what = f"belongs to strategy: {strategy}, and this one is {service.strategy}"
            yield Problem((*path, field), what, f"leave it out, or write strategy: {strategy}")
    if service.requests is not None and service.load_balancer is None:
        what = "nobody counts the requests of a service without load balancer"
        yield Problem((*path, "requests"), what, "leave it out, or write load_balancer: true")
    if service.host_port is not None and cluster.capacity != "ec2":
        what = "no task on Fargate takes a port of an instance"
        yield Problem((*path, "host_port"), what, "leave it out, or give the cluster capacity: ec2")


def _schedule(path: Path, name: str, schedule: Schedule, listed: set[str]) -> Iterator[Problem]:
    if schedule.runs is None and not schedule.missing and name not in listed:
        what = "is in no catalogue, so it has to say what it runs"
        yield Problem((*path, "runs"), what, "write for example runs: orders/web")
    if schedule.kind == "rule" and "/" in name:
        yield Problem((*path, "kind"), "a rule has no group", "leave it out, or the group")


def _sizes(world: Before, application: Application) -> Iterator[Problem]:
    """Yield the images that ask for more than any task has, or than any instance has at 0s."""
    images, cluster = world.images.get(application.application, {}), application.cluster
    capacity = _capacity(world, cluster)
    path: Path = ("world", "images", application.application)
    if capacity.capacity != "ec2":
        for tag, image in images.items():
            yield from _larger((*path, tag), image, FARGATE, "a task on Fargate")
    elif not world.unsteady:
        most = {"cpu": capacity.cpu, "memory": capacity.memory}
        first = next(iter(images), "")
        services = (f"{application.application}/{each.key}" for each in application.services)
        begun = [world.services.get(each, Service()).runs or first for each in services]
        for tag in dict.fromkeys(each for each in begun if each in images):
            yield from _larger((*path, tag), images[tag], most, f"an instance of {cluster}")


def _larger(path: Path, asks: object, most: Mapping[str, int], whose: str) -> Iterator[Problem]:
    for field, limit in most.items():
        asked = getattr(asks, field)
        if asked is not None and asked > limit:
            what = f"{asked} is more than the {limit} that {whose} has"
            yield Problem((*path, field), what, f"write {limit} or less")


def _action(
    path: Path, action: actions.Action, world: Before, clusters: Mapping[str, str]
) -> Iterator[Problem]:
    match action:
        case actions.Lose():
            yield from _lost((*path, "lose"), action.lose, _capacity(world, action.lose.cluster))
        case actions.AddInstances():
            name = action.add_instances.cluster
            yield from _without_instances((*path, "add_instances"), name, _capacity(world, name))
        case actions.Asking():
            if world.services.get(action.requests, Service()).load_balancer is None:
                what = f"nobody counts the requests of {action.requests}"
                instead = "write load_balancer: true for it under world.services"
                yield Problem((*path, "requests"), what, instead)
        case actions.Capacity() if action.capacity.restore == (action.capacity.refuse is not None):
            what = "has to say one of refuse and restore"
            instead = 'write refuse: "RESOURCE:FARGATE", or restore: true'
            yield Problem((*path, "capacity"), what, instead)
        case actions.Foreign(foreign=actions.CloudFormationDeploy() as deployed):
            service = deployed.cloudformation_deploy
            capacity = _capacity(world, clusters[service.partition("/")[0]])
            if capacity.capacity != "ec2":
                yield from _larger((*path, "foreign"), deployed, FARGATE, "a task on Fargate")


def _lost(path: Path, loss: actions.Loss, cluster: Cluster) -> Iterator[Problem]:
    named = [loss.instance is not None, loss.zone is not None, loss.spot]
    if sum(named) > 1:
        yield Problem(path, "names more than one loss", "write one per entry of the timeline")
    elif loss.spot and cluster.capacity != "fargate_spot":
        instead = f"write clusters: {{{loss.cluster}: {{capacity: fargate_spot}}}} under world"
        yield Problem((*path, "spot"), f"nothing of {loss.cluster} runs on Spot", instead)
    elif loss.zone is not None and ZONES.index(loss.zone) >= cluster.zones:
        what = f'{loss.cluster} has no zone "{loss.zone}"'
        yield Problem((*path, "zone"), what, f"write one of {', '.join(ZONES[: cluster.zones])}")
    elif loss.zone is None and not loss.spot:
        yield from _without_instances(path, loss.cluster, cluster)


def _without_instances(path: Path, name: str, cluster: Cluster) -> Iterator[Problem]:
    if cluster.capacity != "ec2":
        what = f"{name} has no container instances: it runs on Fargate"
        instead = f"write clusters: {{{name}: {{capacity: ec2}}}} under world"
        yield Problem(path, what, instead)
