"""How does a world come to be as a scenario says it is at 0s?"""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from botocore.exceptions import ClientError

from functions.domain import catalogue, moment
from rehearsal.ecs.balancing.groups import TargetGroup
from rehearsal.ecs.rollout.deployments import Rollout
from rehearsal.named import Missing, secret
from rehearsal.prepare import Running, target_group
from rehearsal.scenario.format.before import Before, Image, Service
from rehearsal.scenario.stage import capacity, scheduling
from rehearsal.scenario.stage.alarming import Alarms
from rehearsal.scenario.stage.behaving import behaviour
from rehearsal.scenario.stage.called import protect
from rehearsal.scenario.stage.native import advanced, configuration, functions, plain
from rehearsal.scenario.stage.steadiness import unsteady
from rehearsal.template import ACCOUNT, REGION
from rehearsal.world import World

MOST_MINUTES = 2_880
FIRST = "v1"
"""The tag that services run where a scenario describes no image."""
PATIENCE = 3_600.0
SETTLED = 60.0


WAY_OUT = "Change the world, or write unsteady: true in it to begin all the same."


class UnmadeError(Exception):
    """There cannot be such a world; the text says why."""


class Prepared:
    """A world with what a scenario has in it; its images are pushed by the timeline."""

    def __init__(self, world: World, before: Before) -> None:
        self.world = world
        self.before = before
        self.alarms = Alarms(world)
        self.bases: dict[str, str] = {}
        """The tag that the newest base of a service names."""
        try:
            self._make()
        except ClientError as error:
            raise UnmadeError(f"AWS would not have such a world: {error}") from error
        found = [] if before.unsteady else list(unsteady(world))
        if found:
            raise UnmadeError(f"{' '.join(found)} {WAY_OUT}")

    def image(self, application: str, tag: str) -> Image:
        return self.before.images.get(application, {}).get(tag, Image())

    def service(self, application: catalogue.Application, key: str) -> Service:
        return self.before.services.get(f"{application.application}/{key}", Service())

    def runs(self, application: str, service: Service) -> str:
        """Return the tag that a service runs at 0s."""
        return service.runs or next(iter(self.before.images.get(application, {})), FIRST)

    def running(self, application: catalogue.Application, service: catalogue.Service) -> Running:
        """Return how the users' tooling has made a service."""
        about = self.service(application, service.key)
        tag = self.runs(application.application, about)
        grace = {"healthCheckGracePeriodSeconds": round(about.grace_period)}
        return Running(
            image=tag,
            desired=about.desired,
            load_balancer=about.load_balancer is not None,
            advanced=advanced(service) if about.strategy != "ROLLING" else None,
            minimum_healthy_percent=about.minimum_healthy_percent,
            maximum_percent=about.maximum_percent,
            circuit_breaker=_breaker(about),
            configuration=plain(configuration(about, service, self.world.template)),
            definition=self.definition(application, service.key, tag),
            container=self.container(about, about.environment),
            service=grace if about.grace_period else {},
            launch=capacity.launch(self.before, application.cluster),
        )

    def definition(self, application: catalogue.Application, key: str, tag: str) -> dict[str, Any]:
        """Return what the task definition of a service with an image asks for."""
        about = self.service(application, key)
        asked = size(self.image(application.application, tag))
        if not capacity.is_ec2(self.before, application.cluster):
            return asked
        made = {**asked, "requiresCompatibilities": ["EC2"]}
        # Only without a network interface of its own does a task need a port of its instance.
        return {**made, "networkMode": "bridge"} if about.host_port else made

    def container(self, about: Service, environment: Mapping[str, str]) -> dict[str, Any]:
        """Return what the container of a service is registered with, its secrets with it."""
        variables = {"STAGE": "production", **environment}
        with self.world.clock.travel():
            secrets = {
                name: secret(self.world.client, of, self.world.missing)
                for name, of in about.secrets.items()
            }
        return {
            **container(about),
            "environment": [{"name": name, "value": each} for name, each in variables.items()],
            "secrets": [{"name": name, "valueFrom": each} for name, each in secrets.items()],
        }

    def _make(self) -> None:
        gone = self.before.missing
        self.world.missing = Missing(*map(tuple, (gone.roles, gone.log_groups, gone.secrets)))
        capacity.configure(self.world, self.before)
        capacity.limit(self.world, self.before)
        for name, application in self.world.applications.items():
            services = {each.key: self.running(application, each) for each in application.services}
            for tag in sorted({each.image for each in services.values()}):
                image = self.image(name, tag)
                self.world.store(name, tag, behaviour(image), platforms=image.index)
            self._expire(application)
            self._balance(application)
            self.world.create(name, services, schedules=False)
            scheduling.make(self.world, self.before, application)
            for service in application.services:
                self._finish(application, service)
            self.bases |= {f"{name}/{key}": each.image for key, each in services.items()}
        self.alarms.make(self._alarmed(), self.before.alarms)
        self._mark_bad()
        self._settle()

    def _expire(self, application: catalogue.Application) -> None:
        """Give the repository its lifecycle policy; nobody carries it out here."""
        rules = self.before.lifecycle.get(application.application)
        if rules is not None:
            with self.world.clock.travel():
                self.world.client("ecr").put_lifecycle_policy(
                    repositoryName=application.repository.name,
                    lifecyclePolicyText=json.dumps({"rules": rules}),
                )

    def _balance(self, application: catalogue.Application) -> None:
        for service in application.services:
            balancer = self.service(application, service.key).load_balancer
            if balancer is not None:
                group = TargetGroup(
                    deregistration_delay_seconds=balancer.deregistration_delay,
                    interval=balancer.interval,
                    timeout=balancer.timeout,
                    healthy_threshold=balancer.healthy_threshold,
                    unhealthy_threshold=balancer.unhealthy_threshold,
                )
                for kind in ("", "-green"):
                    self.world.scheduler.target_groups.configure(target_group(service, kind), group)

    def _finish(self, application: catalogue.Application, service: catalogue.Service) -> None:
        """Make what belongs to a service besides: its hooks' functions and its scaling."""
        about = self.service(application, service.key)
        self.world.functions.update(functions(about, service))
        if about.requests is not None:
            name = application.application
            self.world.requests(name, service.key, about.requests.per_minute)
        if about.autoscaling is not None:
            with self.world.clock.travel():
                self.world.client("application-autoscaling").register_scalable_target(
                    ServiceNamespace="ecs",
                    ResourceId=f"service/{application.cluster}/{service.service}",
                    ScalableDimension="ecs:service:DesiredCount",
                    MinCapacity=about.autoscaling.min,
                    MaxCapacity=about.autoscaling.max,
                )

    def _alarmed(self) -> Iterator[str]:
        for application in self.world.applications.values():
            for service in application.services:
                yield from service.bake.alarms

    def _mark_bad(self) -> None:
        for name in self.before.bad:
            application, _, tag = name.partition(":")
            digest = self.world.store(application, tag, behaviour(self.image(application, tag)))
            why = "It had to be turned back before this scenario began."
            item = {"why": why, "at": moment.text(self.world.clock.now()), "deployment": 0}
            self.world.write(application, f"bad#{digest}", item)

    def _settle(self) -> None:
        """Let time pass until every service is steady, or plainly will not be."""
        services = list(self.world.scheduler.region(ACCOUNT, REGION).services.values())
        clock = self.world.clock
        clock.at(PATIENCE, lambda: None)
        clock.run(
            until=clock.seconds + PATIENCE,
            done=lambda: all(each.primary.rollout is Rollout.COMPLETED for each in services),
        )
        self._hook()
        clock.run(until=clock.seconds + SETTLED)
        self._protect()
        scheduling.start(self.world, self.before)
        capacity.narrow(self.world, self.before, self.world.scheduler.region(ACCOUNT, REGION))

    def _hook(self) -> None:
        """Give the services their hooks and bakes; a first deployment does not wait for them."""
        for application in self.world.applications.values():
            for service in application.services:
                about = self.service(application, service.key)
                whole = configuration(about, service, self.world.template)
                if whole != plain(whole):
                    with self.world.clock.travel():
                        self.world.client("ecs").update_service(
                            cluster=application.cluster,
                            service=service.service,
                            deploymentConfiguration=whole,
                        )

    def _protect(self) -> None:
        for name, service in self.before.services.items():
            if service.protected:
                with self.world.clock.travel():
                    protect(self.world, name, service.protected, minutes=MOST_MINUTES)


def size(image: Image) -> dict[str, str]:
    """Return what a task definition with this image asks for."""
    asked = {"cpu": image.cpu, "memory": image.memory}
    return {name: str(value) for name, value in asked.items() if value is not None}


def _breaker(service: Service) -> Mapping[str, Any]:
    breaker = service.circuit_breaker
    if breaker is None:
        return {"enable": False, "rollback": False}
    asked: dict[str, Any] = {
        "enable": breaker.enable,
        "rollback": breaker.rollback,
        "resetOnHealthyTask": breaker.reset_on_healthy_task,
    }
    if breaker.threshold is not None:
        asked["thresholdConfiguration"] = {"type": "COUNT", "value": breaker.threshold}
    return asked


def container(service: Service) -> dict[str, Any]:
    made: dict[str, Any] = {"stopTimeout": round(service.stop_timeout)}
    if service.host_port is not None:
        port = {"containerPort": 8080, "hostPort": service.host_port, "protocol": "tcp"}
        made["portMappings"] = [port]
    check = service.health_check
    if check is not None:
        made["healthCheck"] = {
            "command": ["CMD-SHELL", "curl -f http://localhost:8080/health"],
            "interval": round(check.interval),
            "timeout": round(check.timeout),
            "retries": check.retries,
            "startPeriod": round(check.start_period),
        }
    return made
