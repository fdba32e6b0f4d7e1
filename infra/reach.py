"""Which resources in AWS does the catalogue name?"""

from collections.abc import Callable, Iterable, Sequence
from functools import cached_property

from functions.domain.catalogue import Application, Migration, Service
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
        self._migrated = [each for each in applications if _migrations(each)]
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
    def tasks(self) -> Arns:
        return _ecs(f"task/{each.cluster}/*" for each in self._applications)

    @cached_property
    def roles(self) -> Arns:
        return _roles(self._applications)

    @cached_property
    def migration_families(self) -> Arns:
        """The families that a migration runs, without prefix: a RunTask is not to start others."""
        return _ecs(
            f"task-definition/{service.family}:*"
            for application in self._migrated
            for service in application.services
            if service.key in {migration.service for migration in _migrations(application)}
        )

    @cached_property
    def migration_tasks(self) -> Arns:
        return _ecs(f"task/{each.cluster}/*" for each in self._migrated)

    @cached_property
    def migration_roles(self) -> Arns:
        return _roles(self._migrated)

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
    def deployments(self) -> Arns:
        """Return the executions of `deploy`, and of `conclude`, which finishes what they left."""
        names = (f"pilothouse-{self._environment}-{word}" for word in ("deploy", "conclude"))
        return tuple(arn("states", f"execution:{name}:*") for name in names)

    @cached_property
    def bus(self) -> Arns:
        return (arn("events", "event-bus/default"),)


def _ecs(rest: Iterable[str]) -> Arns:
    return tuple(arn("ecs", each) for each in dict.fromkeys(rest))


def _roles(applications: Iterable[Application]) -> Arns:
    names = dict.fromkeys(role for each in applications for role in each.roles)
    return tuple(arn("iam", f"role/{name}", region="") for name in names)


def _migrations(application: Application) -> list[Migration]:
    both = application.migrations.expand, application.migrations.contract
    return [migration for migration in both if migration]


def _prefixed(application: Application, names: Iterable[str]) -> Iterable[str]:
    start = f"{application.application}-"
    return dict.fromkeys(f"{start}*" if name.startswith(start) else name for name in names)
