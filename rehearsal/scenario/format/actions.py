"""What happens in a scenario, and when?"""

from dataclasses import dataclass, field
from typing import Annotated, Any, Literal

from pydantic import Field, Tag

from rehearsal.scenario.format.before import Count, Image, PerMinute
from rehearsal.scenario.format.choice import by_verb
from rehearsal.scenario.format.fields import SWITCH, Duration, Size
from rehearsal.scenario.format.references import (
    AlarmName,
    ClusterName,
    ImageName,
    ServiceName,
    WorkflowName,
)


@dataclass(frozen=True, slots=True)
class Push:
    """Push an image, also once more; ECR tells of it."""

    at: Duration
    push: ImageName
    tag: str | None = None
    """Push it under this tag instead of its own, such as latest."""
    event: bool = True
    """Whether ECR tells of it."""


@dataclass(frozen=True, slots=True)
class Start:
    """Start a workflow by hand, as from the console."""

    at: Duration
    start: WorkflowName
    input: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Flapping:
    """Change from OK to ALARM and back again and again."""

    every: Duration = 30.0
    times: Annotated[int, Field(ge=1, le=1_000)] = 5


@dataclass(frozen=True, slots=True)
class Alarming:
    """Put an alarm into a state, and have CloudWatch tell of it."""

    at: Duration
    alarm: AlarmName
    state: Literal["OK", "ALARM", "INSUFFICIENT_DATA"] = "ALARM"
    flaps: Annotated[Flapping | None, SWITCH] = None


@dataclass(frozen=True, slots=True)
class Asking:
    """From now on the load balancer of a service is asked so many times a minute."""

    at: Duration
    requests: ServiceName
    per_minute: PerMinute = 60


@dataclass(frozen=True, slots=True)
class UpdateService:
    """Somebody else changes a service."""

    update_service: ServiceName
    desired: Count | None = None
    image: str | None = None
    """A tag: its newest base with this image, registered and deployed."""
    force: bool = False
    minimum_healthy_percent: Annotated[int, Field(ge=0, le=100)] | None = None
    maximum_percent: Annotated[int, Field(ge=100, le=400)] | None = None
    grace_period: Duration | None = None


@dataclass(frozen=True, slots=True)
class StopTask:
    """Somebody stops running tasks of a service."""

    stop_task: ServiceName
    tasks: Annotated[int, Field(ge=1)] = 1
    reason: str = "Task stopped by user"


@dataclass(frozen=True, slots=True)
class CloudFormationDeploy:
    """The users' own tooling registers a new base of a service and deploys it."""

    cloudformation_deploy: ServiceName
    image: str | None = None
    """The tag that its template names; what it named last if not given."""
    cpu: Annotated[int, Field(ge=128)] | None = None
    memory: Size | None = None
    environment: dict[str, str] = field(default_factory=dict)
    """Variables of its container, in the place of those under world."""
    role: str | None = None
    """Its task role, by name; one of those that the catalogue lists if not given."""
    deploy: bool = True
    """Whether the service is switched to it; false only registers it."""


@dataclass(frozen=True, slots=True)
class Scale:
    """Autoscaling sets the desired count, within its limits."""

    scale: ServiceName
    to: Count


@dataclass(frozen=True, slots=True)
class Protect:
    """Running tasks of a service come under scale-in protection, or out of it."""

    protect: ServiceName
    tasks: Annotated[int, Field(ge=1)] | None = None
    """All of them if not given."""
    minutes: Annotated[int, Field(ge=1, le=2_880)] = 120
    enabled: bool = True


@dataclass(frozen=True, slots=True)
class Deregister:
    """Somebody deregisters the task definition that a service runs; its tasks go on."""

    deregister: ServiceName


Interference = Annotated[
    Annotated[UpdateService, Tag("update_service")]
    | Annotated[StopTask, Tag("stop_task")]
    | Annotated[CloudFormationDeploy, Tag("cloudformation_deploy")]
    | Annotated[Scale, Tag("scale")]
    | Annotated[Protect, Tag("protect")]
    | Annotated[Deregister, Tag("deregister")],
    by_verb(
        "update_service", "stop_task", "cloudformation_deploy", "scale", "protect", "deregister"
    ),
]


@dataclass(frozen=True, slots=True)
class Foreign:
    """Somebody other than Pilothouse changes something."""

    at: Duration
    foreign: Interference


@dataclass(frozen=True, slots=True)
class Loss:
    cluster: ClusterName
    instance: Annotated[int, Field(ge=1)] | None = None
    """So many container instances, with all their tasks."""
    zone: Literal["a", "b", "c", "d", "e", "f"] | None = None
    """Every instance and every task of a zone."""
    spot: bool = False
    """Every task on Spot, after the notice of two minutes."""


@dataclass(frozen=True, slots=True)
class Lose:
    """A cluster loses instances, a zone, or what runs on Spot."""

    at: Duration
    lose: Loss


Refusal = Literal[
    "RESOURCE:FARGATE",
    "RESOURCE:CPU",
    "RESOURCE:MEMORY",
    "RESOURCE:PORTS",
    "RESOURCE:ENI",
    "ATTRIBUTE",
    "AGENT",
]


@dataclass(frozen=True, slots=True)
class Room:
    cluster: ClusterName
    refuse: Refusal | None = None
    """The reason with which every placement is refused from now on, such as RESOURCE:FARGATE."""
    restore: bool = False
    """Whether there is room again."""


@dataclass(frozen=True, slots=True)
class Capacity:
    """A cluster has no room for tasks any more, or has room again."""

    at: Duration
    capacity: Room


@dataclass(frozen=True, slots=True)
class Addition:
    cluster: ClusterName
    count: Annotated[int, Field(ge=1, le=1_000)] = 1


@dataclass(frozen=True, slots=True)
class AddInstances:
    """Container instances join a cluster."""

    at: Duration
    add_instances: Addition


@dataclass(frozen=True, slots=True)
class DeleteImage:
    """An image is deleted from ECR."""

    at: Duration
    delete_image: ImageName


@dataclass(frozen=True, slots=True)
class ChangeImage:
    """An image does something else from now on, in tasks that start later: its world changed."""

    at: Duration
    change_image: ImageName
    to: Image


@dataclass(frozen=True, slots=True)
class StopExecution:
    """A person stops every running execution of a workflow."""

    at: Duration
    stop_execution: WorkflowName


@dataclass(frozen=True, slots=True)
class ContinueDeployment:
    """A person lets a native deployment go on that waits at a hook."""

    at: Duration
    continue_deployment: ServiceName


@dataclass(frozen=True, slots=True)
class StopDeployment:
    """A person stops the service deployment that is going on in ECS, which rolls it back."""

    at: Duration
    stop_deployment: ServiceName


@dataclass(frozen=True, slots=True)
class ChangeCatalogue:
    """Another document of an application is deployed: it stands in the place of its old one."""

    at: Duration
    change_catalogue: dict[str, Any]


Action = Annotated[
    Annotated[Push, Tag("push")]
    | Annotated[Start, Tag("start")]
    | Annotated[Alarming, Tag("alarm")]
    | Annotated[Asking, Tag("requests")]
    | Annotated[Foreign, Tag("foreign")]
    | Annotated[Lose, Tag("lose")]
    | Annotated[Capacity, Tag("capacity")]
    | Annotated[AddInstances, Tag("add_instances")]
    | Annotated[DeleteImage, Tag("delete_image")]
    | Annotated[ChangeImage, Tag("change_image")]
    | Annotated[StopExecution, Tag("stop_execution")]
    | Annotated[ContinueDeployment, Tag("continue_deployment")]
    | Annotated[StopDeployment, Tag("stop_deployment")]
    | Annotated[ChangeCatalogue, Tag("change_catalogue")],
    by_verb(
        "push",
        "start",
        "alarm",
        "requests",
        "foreign",
        "lose",
        "capacity",
        "add_instances",
        "delete_image",
        "change_image",
        "stop_execution",
        "continue_deployment",
        "stop_deployment",
        "change_catalogue",
    ),
]
