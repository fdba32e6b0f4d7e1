"""What room is there for a release: read in a few calls for all services together?"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from functions.aws.preflight import container_instances, network, quotas
from functions.domain.catalogue import Application
from functions.domain.known import Facts
from functions.domain.preflight.addresses import subnets
from functions.domain.preflight.durations import target_groups
from functions.domain.preflight.fargate import Quota
from functions.domain.preflight.instances import Instances
from functions.domain.preflight.needs import FARGATE, Need, needs
from functions.domain.preflight.room import Room
from functions.domain.preflight.sight import Unread

if TYPE_CHECKING:
    from mypy_boto3_application_autoscaling import ApplicationAutoScalingClient
    from mypy_boto3_cloudwatch import CloudWatchClient
    from mypy_boto3_ec2 import EC2Client
    from mypy_boto3_ecs import ECSClient
    from mypy_boto3_elbv2 import ElasticLoadBalancingv2Client
    from mypy_boto3_service_quotas import ServiceQuotasClient


@dataclass(frozen=True, slots=True)
class Eyes:
    """What makes the clients, each only where it is asked; and when that is."""

    application_autoscaling: "Callable[[], ApplicationAutoScalingClient]"
    cloudwatch: "Callable[[], CloudWatchClient]"
    ec2: "Callable[[], EC2Client]"
    ecs: "Callable[[], ECSClient]"
    elbv2: "Callable[[], ElasticLoadBalancingv2Client]"
    service_quotas: "Callable[[], ServiceQuotasClient]"
    at: datetime


def look(eyes: Eyes, application: Application, facts: Mapping[str, Facts]) -> Room:
    """Read what the services of a release need; what cannot be read is said to be so."""
    needed = needs(application, facts)
    cluster, services = application.cluster, [each.service.service for each in needed]
    named = [each for need in needed for each in subnets(need.found)]
    groups = [each for need in needed for each in target_groups(need.found)]
    return Room(
        instances=_instances(eyes, cluster, needed),
        quotas=_quotas(eyes, needed),
        addresses=network.free_addresses(eyes.ec2(), named) if named else {},
        scaled=network.limits(eyes.application_autoscaling(), cluster, services),
        groups=network.groups(eyes.elbv2(), groups) if groups else {},
    )


def _instances(eyes: Eyes, cluster: str, needed: tuple[Need, ...]) -> Instances | Unread:
    providers = {each for need in needed if need.on_instances for each in need.providers}
    if not providers:
        return Instances((), {})
    return container_instances.read(eyes.ecs(), cluster, providers)


def _quotas(eyes: Eyes, needed: tuple[Need, ...]) -> Mapping[str, Quota | Unread]:
    kinds = [each for each in FARGATE if any(each in need.providers for need in needed)]
    return quotas.read(eyes.service_quotas(), eyes.cloudwatch(), kinds, eyes.at) if kinds else {}
