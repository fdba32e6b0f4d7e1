"""Why did it end so: a code, who is to blame, one sentence, and what it rests on."""

from dataclasses import dataclass
from enum import StrEnum


class Code(StrEnum):
    """The closed list of DESIGN §2: causes of stopped tasks first, then those of deployments."""

    IMAGE_NOT_FOUND = "ImageNotFound"
    IMAGE_PULL_AUTH = "ImagePullAuth"
    IMAGE_PULL_NETWORK = "ImagePullNetwork"
    IMAGE_PULL_RATE_LIMIT = "ImagePullRateLimit"
    IMAGE_PLATFORM_MISMATCH = "ImagePlatformMismatch"
    DISK_FULL = "DiskFull"
    SECRET_MISSING = "SecretMissing"  # noqa: S105  a cause, no password
    SECRET_ACCESS_DENIED = "SecretAccessDenied"  # noqa: S105
    SECRET_NETWORK = "SecretNetwork"  # noqa: S105
    ENTRYPOINT_INVALID = "EntrypointInvalid"
    LOG_DRIVER = "LogDriver"
    VOLUME_MOUNT = "VolumeMount"
    NETWORK_INTERFACE = "NetworkInterface"
    APP_EXIT = "AppExit"
    APP_EXIT_ZERO = "AppExitZero"
    OUT_OF_MEMORY = "OutOfMemory"
    HEALTH_CHECK_ELB = "HealthCheckElb"
    HEALTH_CHECK_CONTAINER = "HealthCheckContainer"
    CAPACITY_CPU_MEMORY = "CapacityCpuMemory"
    CAPACITY_PORT = "CapacityPort"
    CAPACITY_FARGATE = "CapacityFargate"
    ROLE_ASSUME = "RoleAssume"
    SPOT_INTERRUPTION = "SpotInterruption"
    HOST_FAILURE = "HostFailure"
    SCALE_IN = "ScaleIn"
    USER_STOPPED = "UserStopped"
    DEPENDENCY_FAILED = "DependencyFailed"
    THROTTLED = "Throttled"
    AWS_INTERNAL = "AwsInternal"
    CONFIG_INVALID = "ConfigInvalid"
    UNKNOWN = "Unknown"

    MIGRATION_FAILED = "MigrationFailed"
    CONTRACT_FAILED = "ContractFailed"
    PREFLIGHT_STOPPED = "PreflightStopped"
    ALARM_BREACH = "AlarmBreach"
    ALARMS_UNARMED = "AlarmsUnarmed"
    NO_DATA = "NoData"
    DEADLINE_EXCEEDED = "DeadlineExceeded"
    NEVER_CONVERGES = "NeverConverges"
    REPLACED_BY_OTHER = "ReplacedByOther"
    ROLLED_BACK_BY_ECS = "RolledBackByEcs"
    INVALID_REQUEST = "InvalidRequest"
    HELD = "Held"
    EXPIRED = "Expired"
    ABORTED = "Aborted"
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
    """`evidence` is what it rests on, `log_lines` the last ones of a container that failed."""

    code: Code
    blame: Blame
    message: str
    evidence: tuple[str, ...] = ()
    log_lines: tuple[str, ...] = ()
