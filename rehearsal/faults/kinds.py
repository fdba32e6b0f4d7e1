"""What can go wrong by rule, and how is it written in a scenario?

An entry of `faults` is a mapping whose own key names the kind. Conditions (the four of events, and
stale reads) last unless `times` or `until` ends them; what happens to one call, function or
execution (`fail`, `kill_lambda`, `stop_execution`) happens once, unless `times` or `probability`
says more: `probability: 1` is always.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Annotated, Any, ClassVar, Literal

from pydantic import AfterValidator, BeforeValidator, ConfigDict, Discriminator, Field, Tag

from functions.domain.fields import hint, shown
from rehearsal.faults import known
from rehearsal.scenario.format.fields import Duration, mistake

Share = Annotated[float, Field(ge=0, le=1)]
Source = Annotated[str, AfterValidator(known.source)]


@dataclass(frozen=True, slots=True, kw_only=True)
class When:
    """When a fault strikes; `after` and `until` count from the start of the scenario."""

    __pydantic_config__: ClassVar[ConfigDict] = ConfigDict(extra="forbid")
    lasts: ClassVar[bool] = False

    times: Annotated[int, Field(ge=1)] | None = None
    """At most so often."""
    probability: Share | None = None
    """How likely it strikes each time it could."""
    after: Duration = 0.0
    until: Duration | None = None
    first: Annotated[int, Field(alias="from", ge=1)] = 1
    """The first time it could strike that counts: `from: 3` spares the first two."""
    may_miss: bool = False
    """Whether a scenario may end without it having struck."""

    @property
    def most(self) -> int | None:
        """How often it strikes at most, None for no limit."""
        if self.times is not None or self.lasts or self.probability is not None:
            return self.times
        return 1


@dataclass(frozen=True, slots=True, kw_only=True)
class OfEvents(When):
    """Which events it concerns: of these sources, of this detail type; all of them without."""

    lasts: ClassVar[bool] = True

    of: Sequence[Source] | None = None
    detail_type: str | None = None


@dataclass(frozen=True, slots=True)
class LoseEvents(OfEvents):
    """A share of the events reaches nobody."""

    lose_events: Share
    of: Sequence[Source] | None = field(default=("aws.ecs", "aws.cloudwatch"), kw_only=True)


@dataclass(frozen=True, slots=True)
class DuplicateEvents(OfEvents):
    """A share of the deliveries is made twice, the second one up to a minute later."""

    duplicate_events: Share


@dataclass(frozen=True, slots=True)
class ReorderEvents(OfEvents):
    """A share of the deliveries is held back, so that later ones overtake them."""

    reorder_events: Share


@dataclass(frozen=True, slots=True)
class UpTo:
    __pydantic_config__: ClassVar[ConfigDict] = ConfigDict(extra="forbid")

    up_to: Duration


@dataclass(frozen=True, slots=True)
class DelayEvents(OfEvents):
    """Every delivery comes later, by anything up to so much."""

    delay_events: UpTo


@dataclass(frozen=True, slots=True)
class Fail(When):
    """Calls such as `ecs:UpdateService` fail with an error code of the service.

    `Timeout` is a call that never arrived, `TimeoutAfterEffect` one whose answer was lost; with
    `took_effect` any other error comes after the effect too.
    """

    fail: str
    error: str
    of: Literal["states", "functions", "both"] = "both"
    took_effect: bool = False
    message: str | None = None

    def __post_init__(self) -> None:
        known.refusal_of(known.call(self.fail), self.error)


@dataclass(frozen=True, slots=True)
class StaleReads(When):
    """Reads such as `ecs:DescribeServices` answer what they would have answered before."""

    lasts: ClassVar[bool] = True

    stale_reads: Annotated[str, AfterValidator(known.read)]
    by: Duration


Death = Literal[
    "Lambda.ServiceException",
    "Lambda.TooManyRequestsException",
    "Lambda.SdkClientException",
    "Lambda.ClientExecutionTimeoutException",
    "Lambda.Unknown",
    "Sandbox.Timedout",
    "Runtime.ExitError",
]


@dataclass(frozen=True, slots=True)
class KillLambda(When):
    """A function such as `JudgeRollout` never ran, was killed at work, or its answer was lost.

    What Step Functions sees of that by itself: Lambda.ServiceException, Runtime.ExitError,
    Lambda.SdkClientException.
    """

    kill_lambda: Annotated[str, AfterValidator(known.function)]
    at: Literal["before", "middle", "after"] = "middle"
    error: Death | None = None


@dataclass(frozen=True, slots=True)
class StopExecution(When):
    """A person stops an execution of a workflow when it enters a state."""

    stop_execution: Annotated[str, AfterValidator(known.workflow)]
    at_state: str

    def __post_init__(self) -> None:
        known.state(self.stop_execution, self.at_state)


AnyFault = (
    LoseEvents
    | DuplicateEvents
    | ReorderEvents
    | DelayEvents
    | Fail
    | StaleReads
    | KillLambda
    | StopExecution
)
KINDS: Mapping[str, type[AnyFault]] = {
    "lose_events": LoseEvents,
    "duplicate_events": DuplicateEvents,
    "reorder_events": ReorderEvents,
    "delay_events": DelayEvents,
    "fail": Fail,
    "stale_reads": StaleReads,
    "kill_lambda": KillLambda,
    "stop_execution": StopExecution,
}
NAMES = {kind: name for name, kind in KINDS.items()}


def _named(value: object) -> str | None:
    if isinstance(value, Mapping):
        return next((key for key in value if key in KINDS), None)
    return next((name for kind, name in NAMES.items() if type(value) is kind), None)


def _is_known(value: Any) -> Any:  # noqa: ANN401 - whatever stands in the file
    if _named(value) is not None:
        return value
    if not isinstance(value, Mapping) or not value:
        raise mistake(f"{shown(value)} is no fault", "write for example {lose_events: 0.2}")
    first = str(next(iter(value)))
    raise mistake(f'"{first}" is no kind of fault', hint(first, KINDS))


Fault = Annotated[
    Annotated[LoseEvents, Tag("lose_events")]
    | Annotated[DuplicateEvents, Tag("duplicate_events")]
    | Annotated[ReorderEvents, Tag("reorder_events")]
    | Annotated[DelayEvents, Tag("delay_events")]
    | Annotated[Fail, Tag("fail")]
    | Annotated[StaleReads, Tag("stale_reads")]
    | Annotated[KillLambda, Tag("kill_lambda")]
    | Annotated[StopExecution, Tag("stop_execution")],
    Discriminator(_named),
    BeforeValidator(_is_known),
]
"""What an entry of `faults` is read as."""
