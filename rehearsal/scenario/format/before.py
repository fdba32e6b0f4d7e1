"""What is there before a scenario begins: clusters, images, services, alarms?"""

from dataclasses import dataclass, field
from typing import Annotated, Any, Literal

from pydantic import Field

from rehearsal.scenario.format.fields import SWITCH, Duration, DurationOrNever, Short, Size
from rehearsal.scenario.format.groups import Group
from rehearsal.scenario.format.references import (
    AlarmName,
    ApplicationName,
    ClusterName,
    ImageName,
    ServiceName,
)
from rehearsal.scenario.format.schedules import Schedule

EVERY = 5_000
IN_STATE = Short(
    lambda value: {"state": value} if isinstance(value, str) else value,
    {"enum": ["OK", "ALARM", "INSUFFICIENT_DATA", "missing"]},
)
PROTECTED = Short(
    lambda value: {True: EVERY, False: 0}[value] if isinstance(value, bool) else value,
    {"type": "boolean"},
)

Percent = Annotated[int, Field(ge=0, le=100)]
Share = Annotated[float, Field(ge=0, le=1)]
PerMinute = Annotated[int, Field(ge=0, le=1_000_000_000)]
Count = Annotated[int, Field(ge=0, le=5_000)]


@dataclass(frozen=True, slots=True)
class Cluster:
    """Where tasks find room."""

    capacity: Literal["fargate", "fargate_spot", "ec2"] = "fargate"
    instances: Count = 3
    """Of capacity ec2: so many container instances."""
    cpu: Annotated[int, Field(ge=128)] = 2_048
    """CPU units of each instance; 1024 are one vCPU."""
    memory: Size = 4_096
    """Memory of each instance."""
    zones: Annotated[int, Field(ge=1, le=6)] = 3
    """Availability zones, over which tasks and instances are spread."""
    managed_scaling: bool = False
    """Of capacity ec2: a capacity provider that adds instances where tasks find no room."""
    group: Group | None = None
    """Of capacity ec2: the Auto Scaling group that headroom raises."""


@dataclass(frozen=True, slots=True)
class Failing:
    """Which tasks of an image behave as it says; the others are healthy."""

    share: Share


@dataclass(frozen=True, slots=True)
class Alone:
    """How a task of RunTask ends, such as a migration."""

    exit_code: int = 0
    takes: DurationOrNever = 15.0


@dataclass(frozen=True, slots=True)
class Behaves:
    """What a container does. Times count from RUNNING, but for starts_in; nothing is required."""

    starts_in: Duration | None = None
    """From the creation of a task to RUNNING; 20s if not given."""
    healthy_after: DurationOrNever = None
    """The first health check that passes, or never; 10s if not given."""
    unhealthy_after: Duration | None = None
    """From when on its health checks fail."""
    exits_after: Duration | None = None
    """When it ends by itself."""
    exit_code: int | None = None
    """The code with which it ends by itself; 1 if not given."""
    exit_reason: str | None = None
    """What ECS says of the container that ended, beside the code."""
    log: str | None = None
    """The last lines of its log."""
    pull_error: str | None = None
    """Why its image cannot be pulled: a whole ResourceInitializationError, or what follows
    CannotPullContainerError."""
    start_error: str | None = None
    """The stoppedReason of its tasks, word by word, none of which can start."""
    oom_after: Duration | None = None
    """When the kernel kills it for its memory."""
    heap: Size | None = None
    """The memory it takes; more than its task has ends it soon after RUNNING."""
    ignores_sigterm: bool | None = None
    """Whether it goes on after SIGTERM, until it is killed."""
    fails: Failing | None = None
    """Let only a share of its tasks behave so; the others are healthy."""
    task: Alone | None = None
    """How a task of RunTask ends, such as a migration."""


@dataclass(frozen=True, slots=True)
class Image(Behaves):
    """What an image does, in every service that runs it."""

    platform: Literal["amd64", "arm64"] | None = None
    """What it is built for; one for arm64 cannot be pulled by a service on amd64."""
    index: list[Literal["amd64", "arm64"]] = field(default_factory=list)
    """The platforms that its index names; without one it does not say what it is built for."""
    cpu: Annotated[int, Field(ge=128)] | None = None
    """CPU units that the task definition with this image asks for; 256 if not given."""
    memory: Size | None = None
    """Memory that the task definition with this image asks for; 512MiB if not given."""
    by_service: dict[str, Behaves] = field(default_factory=dict)
    """What is different in a service, by its key in the catalogue such as worker."""
    commands: dict[str, Behaves] = field(default_factory=dict)
    """What is different where this word is in the container's command, such as db:migrate."""


@dataclass(frozen=True, slots=True)
class LoadBalancer:
    """A target group. Each time is that of its health checks, but for the last."""

    interval: Duration = 5.0
    timeout: Duration = 5.0
    healthy_threshold: Annotated[int, Field(ge=2, le=10)] = 2
    unhealthy_threshold: Annotated[int, Field(ge=2, le=10)] = 2
    deregistration_delay: Duration = 30.0
    """For so long a target is drained; 300s if nobody configures a real one."""


@dataclass(frozen=True, slots=True)
class Requests:
    """What the load balancer of a service is asked."""

    per_minute: PerMinute = 60


@dataclass(frozen=True, slots=True)
class HealthCheck:
    """The health check of the container."""

    interval: Duration = 30.0
    timeout: Duration = 5.0
    retries: Annotated[int, Field(ge=1, le=10)] = 3
    start_period: Duration = 0.0


@dataclass(frozen=True, slots=True)
class CircuitBreaker:
    enable: bool = True
    rollback: bool = True
    reset_on_healthy_task: bool = True
    threshold: Annotated[int, Field(ge=1)] | None = None
    """So many failed tasks; if not given half of the desired count, from 3 to 200."""


@dataclass(frozen=True, slots=True)
class DeploymentAlarms:
    """The alarms that ECS itself watches while it deploys."""

    names: list[AlarmName]
    rollback: bool = True


Stage = Literal[
    "RECONCILE_SERVICE",
    "PRE_SCALE_UP",
    "POST_SCALE_UP",
    "TEST_TRAFFIC_SHIFT",
    "POST_TEST_TRAFFIC_SHIFT",
    "PRE_PRODUCTION_TRAFFIC_SHIFT",
    "PRODUCTION_TRAFFIC_SHIFT",
    "POST_PRODUCTION_TRAFFIC_SHIFT",
]


@dataclass(frozen=True, slots=True)
class Hook:
    """A lifecycle hook of a native deployment: it pauses, or asks a Lambda."""

    stage: Stage
    pilothouse: bool = False
    """Ask the Lambda that Pilothouse offers."""
    pause: Duration | None = None
    """Wait for a person so long; then the hook times out."""
    on_timeout: Literal["ROLLBACK", "CONTINUE"] = "ROLLBACK"
    answers: list[Literal["SUCCEEDED", "FAILED", "IN_PROGRESS"]] = field(default_factory=list)
    """What the Lambda answers, call by call; the last one for ever."""


@dataclass(frozen=True, slots=True)
class Canary:
    percent: Annotated[float, Field(ge=0.1, le=100)] = 5.0
    bake: Duration = 600.0


@dataclass(frozen=True, slots=True)
class Linear:
    percent: Annotated[float, Field(ge=3, le=100)] = 10.0
    bake: Duration = 360.0


@dataclass(frozen=True, slots=True)
class Scaling:
    """Within which counts autoscaling may set the desired one."""

    min: Count
    max: Count


@dataclass(frozen=True, slots=True)
class Service:
    """A service of the catalogue as its users' own tooling has made it."""

    runs: str | None = None
    """The tag of the image it runs; the first one under world.images if not given."""
    desired: Count = 2
    load_balancer: Annotated[LoadBalancer | None, SWITCH] = None
    requests: Requests | None = None
    """What its load balancer is asked; nothing if not given."""
    minimum_healthy_percent: Percent = 100
    maximum_percent: Annotated[int, Field(ge=100, le=400)] = 200
    circuit_breaker: Annotated[CircuitBreaker | None, SWITCH] = None
    deployment_alarms: DeploymentAlarms | None = None
    grace_period: Duration = 0.0
    """After its start failing health checks of a task are ignored for so long."""
    health_check: Annotated[HealthCheck | None, SWITCH] = None
    stop_timeout: Duration = 30.0
    """From SIGTERM to SIGKILL."""
    strategy: Literal["ROLLING", "BLUE_GREEN", "LINEAR", "CANARY"] = "ROLLING"
    bake: Duration = 0.0
    """Of a native deployment, and of a rolling one with deployment alarms."""
    canary: Canary | None = None
    linear: Linear | None = None
    hooks: list[Hook] = field(default_factory=list)
    autoscaling: Scaling | None = None
    protected: Annotated[int, Field(ge=0), PROTECTED] = 0
    """So many of its tasks are under scale-in protection, or true for all of them."""
    environment: dict[str, str] = field(default_factory=dict)
    """Variables of its container, beside those that all have."""
    secrets: dict[str, str] = field(default_factory=dict)
    """Variables of its container by their secret, as in orders/db; /orders/db is a parameter."""
    host_port: Annotated[int, Field(ge=1, le=65_535)] | None = None
    """Of capacity ec2: the one port of an instance that each task needs for itself."""


@dataclass(frozen=True, slots=True)
class Alarm:
    state: Literal["OK", "ALARM", "INSUFFICIENT_DATA", "missing"] = "OK"
    period: Duration = 60.0


@dataclass(frozen=True, slots=True)
class Gone:
    """What task definitions name and is not there any more; tasks that run do without it."""

    roles: list[str] = field(default_factory=list)
    log_groups: list[str] = field(default_factory=list)
    secrets: list[str] = field(default_factory=list)
    """As a service names them under secrets."""


@dataclass(frozen=True, slots=True)
class Before:
    """What is there at 0s. What is not given has a default: every service runs, and is healthy."""

    clusters: dict[ClusterName, Cluster] = field(default_factory=dict)
    """By the names of the catalogue; Fargate if not given."""
    images: dict[ApplicationName, dict[str, Image]] = field(default_factory=dict)
    """What the images do, by application and tag."""
    services: dict[ServiceName, Service] = field(default_factory=dict)
    """By application and key of the catalogue, as in orders/web."""
    alarms: dict[AlarmName, Annotated[Alarm, IN_STATE]] = field(default_factory=dict)
    """Those of the catalogue and others; OK if not given."""
    schedules: dict[str, Schedule] = field(default_factory=dict)
    """What runs tasks at times, by name; those that the catalogue lists are there if not given."""
    missing: Gone = field(default_factory=Gone)
    """What is not there; everything else that task definitions name is."""
    lifecycle: dict[ApplicationName, list[dict[str, Any]]] = field(default_factory=dict)
    """The rules of the lifecycle policy of an application's repository, as ECR takes them."""
    bad: list[ImageName] = field(default_factory=list)
    """Images that were turned back before."""
    fargate_vcpus: Annotated[float, Field(ge=0, le=1_000_000)] | None = None
    """The quotas of Fargate, On-Demand and Spot alike; more than enough if not given."""
    free_addresses: Count | None = None
    """Addresses that are free at 0s in the subnet of all services; more than enough if not
    given."""
    unsteady: bool = False
    """Begin even if a service has not all its tasks running and healthy at 0s."""
