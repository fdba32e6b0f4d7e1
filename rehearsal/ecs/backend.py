"""Where does this scheduler sit in moto?

Made for one version of moto, whose private parts it touches: the class that moto makes its ECS
backends of, and the methods of its ECS responses. What it needs of moto's ECR is in `registry`.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from random import Random
from typing import Any

import moto
from moto.core.base_backend import AccountSpecificBackend
from moto.ecs.exceptions import ECSException
from moto.ecs.models import EC2ContainerServiceBackend, ecs_backends
from moto.ecs.responses import EC2ContainerServiceResponse

from rehearsal.ecs import registry, watching, wire
from rehearsal.ecs.answers.actions import ACTIONS, Action
from rehearsal.ecs.capacity.plans import provider_of
from rehearsal.ecs.clock import Clock
from rehearsal.ecs.errors import RefusedError, no_cluster
from rehearsal.ecs.installation import Installation
from rehearsal.ecs.log_streams import write
from rehearsal.ecs.region import Cluster, Region
from rehearsal.ecs.settings import Settings
from rehearsal.ecs.tasks.behaviour import Behaviours, Lookup
from rehearsal.ecs.world import Document, Invoke, LogLine, Sink, World

MOTO = "5.2.5"


class ScheduledBackend(EC2ContainerServiceBackend):
    """moto's backend keeps clusters, instances, providers and settings; the rest is a `Region`."""

    # moto finds the urls of a service by the module of its backend's class.
    __module__ = "moto.ecs.models"

    def __init__(self, region_name: str, account_id: str, world: World) -> None:
        super().__init__(region_name, account_id)
        self.world = world
        # A copy, so that one region can be closed: its timers outlive moto's reset otherwise.
        self.scheduled = Region(
            replace(world), account_id, region_name, self.find_cluster, self.find_provider
        )

    def reset(self) -> None:
        self.scheduled.world.open = False
        self.__init__(self.region_name, self.account_id, self.world)  # type: ignore[misc]

    def describe_services(self, cluster_str: str, service_names: list[str]) -> tuple[Any, Any]:
        """Answer moto's Application Auto Scaling, which asks whether a service is there."""
        found = {name: self.scheduled.find_service(cluster_str, name) for name in service_names}
        missing = [{"arn": name, "reason": "MISSING"} for name in found if found[name] is None]
        return [each for each in found.values() if each is not None], missing

    def find_cluster(self, name: str) -> Cluster:
        found = self.clusters.get(name.rpartition("/")[2])
        if found is None or found.status != "ACTIVE":
            raise no_cluster()
        strategy = found.default_capacity_provider_strategy or ()
        return Cluster(found.name, found.arn, tuple(strategy))

    def find_provider(self, name: str) -> Document | None:
        found = self._get_provider(name)
        return found.auto_scaling_group_provider if found is not None else None

    def _get_provider(self, name_or_arn: str) -> Any:  # noqa: ANN401 - moto's own
        """Find a capacity provider, also one that a cluster has by plan."""
        for cluster in self.clusters.values():
            name, details = provider_of(cluster.arn, self.world.capacity.plan(cluster.arn))
            if details is not None and name not in self.capacity_providers:
                self.create_capacity_provider(name, details, [])
        return super()._get_provider(name_or_arn)

    def create_cluster(self, *given: Any, **named: Any) -> Any:  # noqa: ANN401 - moto's own
        """Make a cluster, with the instances that somebody has planned for it."""
        made = super().create_cluster(*given, **named)
        self.scheduled.rooms.of(made.arn)
        return made

    def describe_clusters(self, cluster_names: list[str]) -> tuple[list[Any], list[Any]]:
        for cluster in self.clusters.values():
            tasks = list(self.scheduled.tasks.all(cluster.arn))
            services = [
                each for (name, _), each in self.scheduled.services.items() if name == cluster.name
            ]
            cluster.running_tasks_count = sum(task.running for task in tasks)
            cluster.pending_tasks_count = sum(task.pending for task in tasks)
            cluster.registered_container_instances_count = self.scheduled.rooms.count(cluster.arn)
            cluster.active_services_count = sum(each.status == "ACTIVE" for each in services)
        found: tuple[list[Any], list[Any]] = super().describe_clusters(cluster_names)
        return found

    def _get_resource(self, resource_arn: str, parsed_arn: dict[str, str]) -> object:
        """Find what tags are read from and written to."""
        ours: dict[str, Callable[[str], object]] = {
            "service": self.scheduled.service_of,
            "task": lambda arn: self.scheduled.task(arn.split("/")[-2], arn),
            "task-definition": self.scheduled.definitions.described,
        }
        find = ours.get(parsed_arn["service"])
        if find is None:
            return super()._get_resource(resource_arn, parsed_arn)
        try:
            return find(resource_arn)
        except RefusedError as refused:
            raise _as_moto(refused) from refused


def install(
    clock: Clock,
    random: Random,
    sink: Sink,
    behaviours: Lookup | None = None,
    settings: Settings | None = None,
    logs: Callable[[LogLine], object] | None = None,
    invoke: Invoke | None = None,
) -> Installation:
    """Put the scheduler in the place of moto's ECS, for every account and region."""
    _check_version()
    lookup, images = behaviours or Behaviours(), registry.EcrRegistry()
    world = World(clock, random, sink, lookup, images, settings or Settings(), logs or write)
    world.alarms, world.scalable = watching.CloudWatch(), watching.AutoScaling()
    world.invoke = invoke or world.invoke
    registry.take_place()
    ecs_backends.clear()
    # moto calls what stands here with a region and an account; a function will do.
    ecs_backends.backend = partial(ScheduledBackend, world=world)  # type: ignore[assignment]
    taken = _take_methods()
    deafen = watching.listen(_alarm_changed)
    return Installation(world, _region, _regions, lambda: _uninstall(taken, deafen))


def _check_version() -> None:
    if moto.__version__ != MOTO:
        raise RuntimeError(
            f"The scheduler is made for moto {MOTO}, this is {moto.__version__}: go through "
            "rehearsal/ecs/backend.py and change the number there."
        )


def _region(account: str, region: str) -> Region:
    return _scheduled(ecs_backends[account][region])


def _alarm_changed(account: str, region: str, name: str) -> None:
    _region(account, region).alarm_changed(name)


def _regions() -> list[Region]:
    backends = (each for regions in ecs_backends.values() for each in regions.values())
    return [_scheduled(each) for each in backends]


def _scheduled(backend: object) -> Region:
    if not isinstance(backend, ScheduledBackend):
        raise TypeError("This backend was made before the scheduler was installed.")
    return backend.scheduled


def _take_methods() -> dict[str, Any]:
    """Answer our actions in the class of moto's responses, and return what stood there."""
    before = {name: vars(EC2ContainerServiceResponse).get(name) for name in ACTIONS}
    for name, action in ACTIONS.items():
        setattr(EC2ContainerServiceResponse, name, _answering(action))
    return before


def _uninstall(taken: Mapping[str, Any], deafen: Callable[[], None]) -> None:
    deafen()
    for regions in ecs_backends.values():
        for backend in regions.values():
            _scheduled(backend).world.open = False
    ecs_backends.clear()
    ecs_backends.backend = EC2ContainerServiceBackend
    registry.give_back()
    # It remembers the regions of each account by the backends there, and keeps a world by them.
    AccountSpecificBackend._generate_regions.cache_clear()
    for name, method in taken.items():
        if method is None:
            delattr(EC2ContainerServiceResponse, name)
        else:
            setattr(EC2ContainerServiceResponse, name, method)


def _answering(action: Action) -> Callable[[EC2ContainerServiceResponse], str]:
    """Make a response method. It reads and writes JSON itself: moto's shapes drop members."""

    def answer(response: EC2ContainerServiceResponse) -> str:
        region = _scheduled(response.ecs_backend)
        try:
            return wire.text(action(region, json.loads(response.body or "{}")))
        except RefusedError as refused:
            raise _as_moto(refused) from refused

    return answer


def _as_moto(refused: RefusedError) -> ECSException:
    """Return moto's own error: it finds the shape by the module of its class."""
    error = ECSException(refused.code, refused.message)
    vars(error).update(refused.details)
    return error
