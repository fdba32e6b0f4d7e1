"""What do the services of an application run, before anything is planned?"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from functions.aws import task_definitions, tasks
from functions.domain.catalogue import Application, Service
from functions.domain.image import same_repository
from functions.domain.known import Facts
from functions.domain.task_definition import no_base

if TYPE_CHECKING:
    from mypy_boto3_ecs import ECSClient

AT_ONCE = 10
"""DescribeServices takes so many services."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to be found out beyond the services themselves.

    `base_of`: the repository whose containers a new release changes, or None for a way back.
    `adopt`: the services without a stable revision, whose running digests are to be read.
    """

    base_of: str | None
    adopt: frozenset[str]


def facts(client: "ECSClient", application: Application, wanted: Wanted) -> dict[str, Facts]:
    """Read every service; what stands in the way is its problem, in one sentence."""
    try:
        found = _described(client, application)
    except client.exceptions.ClusterNotFoundException:
        problem = (
            f"The cluster {application.cluster} does not exist in this account and region: "
            "correct the field cluster in the catalogue, or create it."
        )
        first = application.services[0].key
        return {first: Facts(first, problem=problem)}
    return _of_services(client, application, found, wanted)


def _of_services(
    client: "ECSClient",
    application: Application,
    found: Mapping[str, Mapping[str, Any]],
    wanted: Wanted,
) -> dict[str, Facts]:
    problems = {
        each.key: _unusable(application, each, found.get(each.service))
        for each in application.services
    }
    adopted = [
        each.service
        for each in application.services
        if each.key in wanted.adopt and not problems[each.key]
    ]
    running = tasks.of_services(client, application.cluster, adopted, "RUNNING")
    return {
        each.key: Facts(each.key, problem=problems[each.key])
        if problems[each.key]
        else _facts(client, each, found[each.service], wanted, running)
        for each in application.services
    }


def _described(client: "ECSClient", application: Application) -> dict[str, dict[str, Any]]:
    names = [service.service for service in application.services]
    found: dict[str, dict[str, Any]] = {}
    for start in range(0, len(names), AT_ONCE):
        answer = client.describe_services(
            cluster=application.cluster, services=names[start : start + AT_ONCE]
        )
        found |= {each["serviceName"]: dict(each) for each in answer["services"]}
    return found


def _facts(
    client: "ECSClient",
    service: Service,
    found: Mapping[str, Any],
    wanted: Wanted,
    running: Mapping[str, Sequence[Mapping[str, Any]]],
) -> Facts:
    """Return the facts; `running` has the tasks of each service that is to be adopted."""
    base, containers, definition = "", tuple[str, ...](), None
    if wanted.base_of is not None:
        named = _containers(client, service, wanted.base_of)
        if isinstance(named, str):
            return Facts(service.key, problem=named)
        base, containers, definition = named
    runs, adopting = found["taskDefinition"], dict[str, Any]()
    if service.service in running:
        known = definition if runs == base else None
        document = known or task_definitions.describe_raw(client, runs).document
        adopting = _adopting(document, running[service.service])
    return Facts(
        key=service.key,
        runs=runs,
        steady=_steady(found),
        base=base,
        containers=containers,
        run=borrowed(found),
        service=found,
        definition=definition,
        **adopting,
    )


def _unusable(
    application: Application, service: Service, found: Mapping[str, Any] | None
) -> str | None:
    if found is None or found["status"] != "ACTIVE":
        return (
            f"The service {service.service} does not exist in the cluster {application.cluster}: "
            f"correct services.{service.key}.service in the catalogue, or create it."
        )
    controller = found.get("deploymentController", {}).get("type", "ECS")
    if controller != "ECS":
        return (
            f"The service {service.service} has the deployment controller {controller}: "
            "Pilothouse rolls services of the controller ECS only."
        )
    return None


def _containers(
    client: "ECSClient", service: Service, repository: str
) -> tuple[str, tuple[str, ...], Mapping[str, Any]] | str:
    """Return base, containers whose image a release changes, and its document; or a problem."""
    newest = task_definitions.newest_base(client, service.family)
    if newest is None:
        return no_base(service.family)
    document = newest.document
    base: str = document["taskDefinitionArn"]
    images = {each["name"]: each.get("image", "") for each in document["containerDefinitions"]}
    there = ", ".join(sorted(images))
    if service.container is not None and service.container not in images:
        return (
            f'The task definition {base.rpartition("/")[2]} has no container "{service.container}" '
            f"(it has {there}): correct services.{service.key}.container in the catalogue."
        )
    if service.container is not None:
        return base, (service.container,), document
    ours = tuple(
        sorted(name for name, image in images.items() if same_repository(image, repository))
    )
    return (
        (base, ours, document)
        if ours
        else (
            f"No container of the task definition {base.rpartition('/')[2]} has an image of "
            f"{repository} (it has {there}): name one in services.{service.key}.container."
        )
    )


def _steady(found: Mapping[str, Any]) -> bool:
    deployments = found.get("deployments", [])
    return (
        len(deployments) == 1
        and deployments[0].get("rolloutState", "COMPLETED") == "COMPLETED"
        and found["runningCount"] == found["desiredCount"]
        and found["pendingCount"] == 0
    )


def _adopting(runs: Mapping[str, Any], running: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Return the images a service runs; where its tasks differ there is nothing to adopt."""
    images = {each["name"]: each.get("image", "") for each in runs["containerDefinitions"]}
    seen = [tasks.digests(task) for task in running]
    same = bool(seen) and all(each == seen[0] for each in seen)
    return {"images": images, "digests": seen[0] if same else {}}


def borrowed(found: Mapping[str, Any]) -> dict[str, object]:
    """Return what a RunTask borrows from the service, in the case the state wants."""
    run: dict[str, object] = {}
    providers: Iterable[Mapping[str, Any]] = found.get("capacityProviderStrategy") or ()
    if providers:
        run["CapacityProviderStrategy"] = [_pascal(each) for each in providers]
    elif found.get("launchType"):
        run["LaunchType"] = found["launchType"]
    if found.get("platformVersion"):
        run["PlatformVersion"] = found["platformVersion"]
    network = (found.get("networkConfiguration") or {}).get("awsvpcConfiguration")
    if network:
        run["NetworkConfiguration"] = {"AwsvpcConfiguration": _pascal(network)}
    return run


def _pascal(flat: Mapping[str, Any]) -> dict[str, Any]:
    return {key[:1].upper() + key[1:]: value for key, value in flat.items()}
