"""Which resources in AWS does the catalogue name?"""

from collections.abc import Callable, Iterable, Sequence
from functools import cached_property

from functions.domain.catalogue import Application, Service
from infra.parameters import prefix

Arns = tuple[str, ...]
PARTITION, REGION, ACCOUNT = "${AWS::Partition}", "${AWS::Region}", "${AWS::AccountId}"


def arn(service: str, rest: str, *, region: str = REGION, account: str = ACCOUNT) -> str:
    """Return an ARN as a text for Fn::Sub, which knows the account and region it stands in."""
    return f"arn:{PARTITION}:{service}:{region}:{account}:{rest}"


class Reach:
    """The ARNs of the catalogue: one prefix per application, and singly what it does not cover."""

    def __init__(
        self,
        applications: Sequence[Application],
        *,
        environment: str,
        ledger: str,
        evidence: str,
        topic: str,
        topic_key: str,
    ) -> None:
        self.ledger = (ledger,)
        self.evidence = (evidence,)
        self.evidence_objects = (f"{evidence}/*",)
        self.topic = (topic,)
        self.topic_key = (topic_key,)
        self._applications = applications
        self._running = [each for each in applications if _run_of(each)]
        self._environment = environment

    def _named(self, kind: str, name: Callable[[Service], str]) -> Arns:
        return _ecs(
            kind.format(cluster=application.cluster, name=each)
            for application in self._applications
            for each in _prefixed(application, map(name, application.services))
        )

    @cached_property
    def clusters(self) -> Arns:
        return _ecs(f"cluster/{each.cluster}" for each in self._applications)

    @cached_property
    def services(self) -> Arns:
        return self._named("service/{cluster}/{name}", lambda service: service.service)

    @cached_property
    def read_services(self) -> Arns:
        """Return all services of the clusters: to read of them, a role need not know each."""
        return _ecs(f"service/{each.cluster}/*" for each in self._applications)

    @cached_property
    def read_service_deployments(self) -> Arns:
        return _ecs(f"service-deployment/{each.cluster}/*" for each in self._applications)

    @cached_property
    def read_service_revisions(self) -> Arns:
        return _ecs(f"service-revision/{each.cluster}/*" for each in self._applications)

    @cached_property
    def service_deployments(self) -> Arns:
        kind = "service-deployment/{cluster}/{name}/*"
        return self._named(kind, lambda service: service.service)

    @cached_property
    def container_instances(self) -> Arns:
        return _ecs(f"container-instance/{each.cluster}/*" for each in self._applications)

    @cached_property
    def log_streams(self) -> Arns:
        """The streams of the log groups that the catalogue names, by pattern."""
        groups = dict.fromkeys(group for each in self._applications for group in each.log_groups)
        return tuple(arn("logs", f"log-group:{group}:log-stream:*") for group in groups)

    @cached_property
    def families(self) -> Arns:
        return self._named("task-definition/{name}:*", lambda service: service.family)

    @cached_property
    def scaling_groups(self) -> Arns:
        """The Auto Scaling groups that may be raised; between the colons is an id of AWS."""
        names = (each.headroom.group for each in self._raised if each.headroom)
        patterns = (
            pattern
            for each in self._raised
            if each.headroom and each.headroom.capacity_provider
            for pattern in each.scaling_groups
        )
        return tuple(
            arn("autoscaling", f"autoScalingGroup:*:autoScalingGroupName/{name}")
            for name in dict.fromkeys((*names, *patterns))
            if name
        )

    @cached_property
    def raised_instances(self) -> Arns:
        return _ecs(f"container-instance/{each.cluster}/*" for each in self._raised)

    @property
    def _raised(self) -> list[Application]:
        return [each for each in self._applications if each.headroom]

    @cached_property
    def tasks(self) -> Arns:
        return _ecs(f"task/{each.cluster}/*" for each in self._applications)

    @cached_property
    def roles(self) -> Arns:
        return _roles(self._applications)

    @cached_property
    def schedules(self) -> Arns:
        """The schedules that follow an image: of EventBridge Scheduler, in their groups."""
        names = (each if "/" in each else f"default/{each}" for each in self._scheduled)
        return tuple(arn("scheduler", f"schedule/{each}") for each in names)

    @cached_property
    def scheduled_rules(self) -> Arns:
        """The rules of the default bus that a listed schedule may be instead."""
        return tuple(arn("events", f"rule/{each}") for each in self._scheduled if "/" not in each)

    @cached_property
    def schedule_roles(self) -> Arns:
        """The roles among which are those that EventBridge runs the tasks of schedules with."""
        return _roles(each for each in self._applications if each.schedules)

    @property
    def _scheduled(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(name for each in self._applications for name in each.schedules))

    @cached_property
    def migration_families(self) -> Arns:
        """The families of migrations, probes and commands, without prefix.

        A RunTask is not to start others.
        """
        return _ecs(
            f"task-definition/{service.family}:*"
            for application in self._running
            for service in application.services
            if service.key in _run_of(application)
        )

    @cached_property
    def migration_tasks(self) -> Arns:
        return _ecs(f"task/{each.cluster}/*" for each in self._running)

    @cached_property
    def migration_roles(self) -> Arns:
        return _roles(self._running)

    @cached_property
    def repositories(self) -> Arns:
        return tuple(
            arn(
                "ecr",
                f"repository/{each.repository.name}",
                region=each.repository.region or REGION,
                account=each.repository.account or ACCOUNT,
            )
            for each in self._applications
        )

    @cached_property
    def parameters(self) -> Arns:
        return (arn("ssm", f"parameter{prefix(self._environment)}*"),)

    @cached_property
    def image_parameters(self) -> Arns:
        """Return those that say which image runs: a level below what the catalogue says."""
        return (arn("ssm", f"parameter{prefix(self._environment)}*/image"),)

    @cached_property
    def deployments(self) -> Arns:
        """Return the executions of `deploy`, and of those who finish what others left."""
        words = ("deploy", "conclude", "headroom")
        names = (f"pilothouse-{self._environment}-{word}" for word in words)
        return tuple(arn("states", f"execution:{name}:*") for name in names)

    @cached_property
    def bus(self) -> Arns:
        return (arn("events", "event-bus/default"),)


def _ecs(rest: Iterable[str]) -> Arns:
    return tuple(arn("ecs", each) for each in dict.fromkeys(rest))


def _roles(applications: Iterable[Application]) -> Arns:
    names = dict.fromkeys(role for each in applications for role in each.roles)
    return tuple(arn("iam", f"role/{name}", region="") for name in names)


def _run_of(application: Application) -> set[str]:
    """Return the keys of the services whose families are run by themselves."""
    both = application.migrations.expand, application.migrations.contract
    run = {each.service for each in (*both, *application.commands) if each}
    return run | ({application.order.probe} if application.order.probe else set())


def _prefixed(application: Application, names: Iterable[str]) -> Iterable[str]:
    start = f"{application.application}-"
    return dict.fromkeys(f"{start}*" if name.startswith(start) else name for name in names)
