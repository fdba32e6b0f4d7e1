"""Who has to do something about a task that stopped, and can another try help?"""

from collections.abc import Mapping
from types import MappingProxyType

from functions.domain.reason import Blame, Code, Reason

# The release: its image and what it does. The configuration: task definition, roles, secrets,
# volumes. Capacity: what the task needs is not there. The platform: AWS, a host or a registry.
BLAME: Mapping[Code, Blame] = MappingProxyType(
    {
        Code.IMAGE_NOT_FOUND: Blame.CONFIGURATION,
        Code.IMAGE_PULL_AUTH: Blame.CONFIGURATION,
        Code.IMAGE_PULL_NETWORK: Blame.PLATFORM,
        Code.IMAGE_PULL_RATE_LIMIT: Blame.PLATFORM,
        Code.IMAGE_PLATFORM_MISMATCH: Blame.RELEASE,
        Code.DISK_FULL: Blame.CAPACITY,
        Code.SECRET_MISSING: Blame.CONFIGURATION,
        Code.SECRET_ACCESS_DENIED: Blame.CONFIGURATION,
        Code.SECRET_NETWORK: Blame.PLATFORM,
        Code.ENTRYPOINT_INVALID: Blame.RELEASE,
        Code.LOG_DRIVER: Blame.CONFIGURATION,
        Code.VOLUME_MOUNT: Blame.CONFIGURATION,
        Code.NETWORK_INTERFACE: Blame.CAPACITY,
        Code.APP_EXIT: Blame.RELEASE,
        Code.APP_EXIT_ZERO: Blame.RELEASE,
        Code.OUT_OF_MEMORY: Blame.RELEASE,
        Code.HEALTH_CHECK_ELB: Blame.RELEASE,
        Code.HEALTH_CHECK_CONTAINER: Blame.RELEASE,
        Code.CAPACITY_CPU_MEMORY: Blame.CAPACITY,
        Code.CAPACITY_PORT: Blame.CAPACITY,
        Code.CAPACITY_FARGATE: Blame.CAPACITY,
        Code.ROLE_ASSUME: Blame.CONFIGURATION,
        Code.SPOT_INTERRUPTION: Blame.PLATFORM,
        Code.HOST_FAILURE: Blame.PLATFORM,
        Code.SCALE_IN: Blame.SCHEDULER,
        Code.USER_STOPPED: Blame.PERSON,
        # A container waited for another of the same release, which did not come up.
        Code.DEPENDENCY_FAILED: Blame.RELEASE,
        Code.THROTTLED: Blame.PLATFORM,
        Code.AWS_INTERNAL: Blame.PLATFORM,
        Code.CONFIG_INVALID: Blame.CONFIGURATION,
        # Nobody is blamed for what nobody knows; a task that never started is the exception.
        Code.UNKNOWN: Blame.PLATFORM,
    }
)

# No other try helps: it needs another image or another task definition. Denied access is not
# among them: what IAM has just been given takes some seconds to spread.
CONCLUSIVE = frozenset(
    {
        Code.IMAGE_NOT_FOUND,
        Code.IMAGE_PLATFORM_MISMATCH,
        Code.SECRET_MISSING,
        Code.ENTRYPOINT_INVALID,
        Code.CONFIG_INVALID,
    }
)


def conclusive(code: Code) -> bool:
    """Say whether one stopped task is proof enough, since no other can do better."""
    return code in CONCLUSIVE


def waits_for_capacity(code: Code) -> bool:
    """Say whether it may go on once there is room: more hosts, addresses, ports or quota."""
    return BLAME.get(code) is Blame.CAPACITY


def counts_against_release(reason: Reason) -> bool:
    """Say whether image or configuration are to blame; not the platform, a person or ECS."""
    return reason.blame in (Blame.RELEASE, Blame.CONFIGURATION)
