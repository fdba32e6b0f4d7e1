"""What is left on the container instances of a cluster, and does it get more by itself?"""

from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import TYPE_CHECKING, Any

from functions.aws.preflight.asking import asked
from functions.domain.preflight.fitting import Instance, Port
from functions.domain.preflight.instances import Instances
from functions.domain.preflight.sight import Unread

if TYPE_CHECKING:
    from mypy_boto3_ecs import ECSClient

AT_ONCE = 100
"""Both calls take so many instances (API: ListContainerInstances, DescribeContainerInstances)."""
PAGES = 2
"""So many pages are read: where those have no room, nothing is said of a larger cluster."""
LAUNCH_TYPES = ("EC2", "EXTERNAL", "MANAGED_INSTANCES")


def read(client: "ECSClient", cluster: str, providers: AbstractSet[str]) -> Instances | Unread:
    """Return the instances; `providers` are those of the services that run on them."""
    found = asked("ecs:DescribeContainerInstances", lambda: _instances(client, cluster))
    if isinstance(found, Unread):
        return found
    documents, complete = found
    named = sorted(providers - {*LAUNCH_TYPES})
    growing = asked("ecs:DescribeCapacityProviders", lambda: _growing(client, cluster, named))
    if isinstance(growing, Unread):
        return growing
    return Instances(tuple(map(_instance, documents)), growing, complete)


def _instances(client: "ECSClient", cluster: str) -> tuple[list[Mapping[str, Any]], bool]:
    """Return the instances that are there, and whether these are all."""
    found: list[Mapping[str, Any]] = []
    token = ""
    for _ in range(PAGES):
        more = {"nextToken": token} if token else {}
        page = client.list_container_instances(cluster=cluster, maxResults=AT_ONCE, **more)  # type: ignore[arg-type]
        arns = page["containerInstanceArns"]
        if arns:
            answer = client.describe_container_instances(cluster=cluster, containerInstances=arns)
            found += answer["containerInstances"]
        token = page.get("nextToken", "")
        if not token:
            return found, True
    return found, False


def _growing(client: "ECSClient", cluster: str, providers: Sequence[str]) -> dict[str, bool]:
    """Return whether they grow; one that is not there, or of another kind, is left out."""
    if not providers:
        return {}
    # Those of Managed Instances are only told of with their cluster.
    answer = client.describe_capacity_providers(cluster=cluster, capacityProviders=providers)
    found = {each["name"]: _grows({**each}) for each in answer["capacityProviders"]}
    return {name: grows for name, grows in found.items() if grows is not None}


def _grows(provider: Mapping[str, Any]) -> bool | None:
    """Say whether instances are added for tasks that wait; Managed Instances always are."""
    if provider.get("managedInstancesProvider"):
        return True
    group = provider.get("autoScalingGroupProvider")
    return None if group is None else (group.get("managedScaling") or {}).get("status") == "ENABLED"


def _instance(found: Mapping[str, Any]) -> Instance:
    left, whole = _resources(found["remainingResources"]), _resources(found["registeredResources"])
    return Instance(
        cpu=left["CPU"].get("integerValue", 0),
        memory=left["MEMORY"].get("integerValue", 0),
        whole=(whole["CPU"].get("integerValue", 0), whole["MEMORY"].get("integerValue", 0)),
        attributes={each["name"]: each.get("value", "") for each in found.get("attributes", ())},
        ports=frozenset(_ports(left)),
        provider=found.get("capacityProviderName", ""),
        usable=found["status"] == "ACTIVE" and bool(found.get("agentConnected")),
    )


def _resources(resources: Sequence[Mapping[str, Any]]) -> dict[str, Mapping[str, Any]]:
    return {each["name"]: each for each in resources}


def _ports(left: Mapping[str, Mapping[str, Any]]) -> Iterator[Port]:
    """Yield the ports in use, which is what ECS lists here."""
    for protocol, name in (("tcp", "PORTS"), ("udp", "PORTS_UDP")):
        for port in left.get(name, {}).get("stringSetValue", ()):
            yield protocol, int(port)
