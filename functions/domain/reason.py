"""Why did it end so: a code, who is to blame, one sentence, and what it rests on."""

from dataclasses import dataclass
from enum import StrEnum


class Code(StrEnum):
    """The closed list of DESIGN §2: causes of stopped tasks first, then those of deployments."""

    IMAGE_NOT_FOUND = "ImageNotFound"
    APP_EXIT = "AppExit"
    APP_EXIT_ZERO = "AppExitZero"
    OUT_OF_MEMORY = "OutOfMemory"
    HEALTH_CHECK_ELB = "HealthCheckElb"
    HEALTH_CHECK_CONTAINER = "HealthCheckContainer"
    CAPACITY_FARGATE = "CapacityFargate"
    SPOT_INTERRUPTION = "SpotInterruption"
    HOST_FAILURE = "HostFailure"
    SCALE_IN = "ScaleIn"
    USER_STOPPED = "UserStopped"
    CONFIG_INVALID = "ConfigInvalid"
    UNKNOWN = "Unknown"

    MIGRATION_FAILED = "MigrationFailed"
    ALARM_BREACH = "AlarmBreach"
    DEADLINE_EXCEEDED = "DeadlineExceeded"
    NEVER_CONVERGES = "NeverConverges"
    REPLACED_BY_OTHER = "ReplacedByOther"
    ROLLED_BACK_BY_ECS = "RolledBackByEcs"
    INVALID_REQUEST = "InvalidRequest"
    EXPIRED = "Expired"
    FAULT = "Fault"


class Blame(StrEnum):
    """Who has to do something about it; the `class` of a recorded reason."""

    RELEASE = "release"
    CONFIGURATION = "configuration"
    CAPACITY = "capacity"
    PLATFORM = "platform"
    SCHEDULER = "scheduler"
    PERSON = "person"
    PILOTHOUSE = "pilothouse"


@dataclass(frozen=True, slots=True)
class Reason:
    code: Code
    blame: Blame
    message: str
    evidence: tuple[str, ...] = ()
