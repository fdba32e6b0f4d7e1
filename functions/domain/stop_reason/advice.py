"""What is to be done now about a deployment that ended for this reason?"""

from collections.abc import Mapping
from types import MappingProxyType

from functions.domain.reason import Code

ADVICE: Mapping[Code, str] = MappingProxyType(
    {
        Code.IMAGE_NOT_FOUND: (
            "Check that the tag or digest is still in the registry, and push the image again if "
            "it is not."
        ),
        Code.IMAGE_PULL_AUTH: (
            "Let the execution role pull the image: check its ecr permissions, the repository's "
            "policy and any registry credentials."
        ),
        Code.IMAGE_PULL_NETWORK: (
            "Check the way from the subnets to the registry: public address, NAT gateway or "
            "endpoints for ecr.api, ecr.dkr and s3, and port 443."
        ),
        Code.IMAGE_PULL_RATE_LIMIT: (
            "Wait, then deploy again; to be rid of the limit, pull through ECR or log in to the "
            "registry."
        ),
        Code.IMAGE_PLATFORM_MISMATCH: (
            "Build the image for the platform that the task definition asks for (linux/amd64 or "
            "linux/arm64) and push it."
        ),
        Code.DISK_FULL: (
            "Free or enlarge the disk: the hosts' volume on EC2, ephemeralStorage on Fargate."
        ),
        Code.SECRET_MISSING: (
            "Create the secret, parameter or JSON key that the task definition names, or correct "
            "its name there."
        ),
        Code.SECRET_ACCESS_DENIED: (
            "Let the execution role read the secret and use its KMS key, then deploy again."
        ),
        Code.SECRET_NETWORK: (
            "Check the way from the subnets to Secrets Manager, SSM and S3: public address, NAT "
            "gateway or endpoints, and port 443."
        ),
        Code.ENTRYPOINT_INVALID: (
            "Check that the command and entry point exist in the image and can be executed, then "
            "push a new image."
        ),
        Code.LOG_DRIVER: (
            "Check the container's logConfiguration: the log group and region exist, the role "
            "may write to it, and the network reaches it."
        ),
        Code.VOLUME_MOUNT: (
            "Check the task definition's volumes: file system, access point, mount target in the "
            "subnet, port 2049 and the role's permissions."
        ),
        Code.NETWORK_INTERFACE: (
            "Check the free addresses of the subnets and the network interfaces that the hosts "
            "still have; add subnets or hosts."
        ),
        Code.APP_EXIT: (
            "Read the last log lines of the container: the application ended itself, so correct "
            "it and push a new image."
        ),
        Code.APP_EXIT_ZERO: (
            "Make the main process of the container run on: a service must not end, not even "
            "with exit code 0."
        ),
        Code.OUT_OF_MEMORY: (
            "Raise the memory in the task definition or find what uses it, then deploy again."
        ),
        Code.HEALTH_CHECK_ELB: (
            "Ask for the health check's path and port in the container, and check security "
            "groups, matcher and grace period."
        ),
        Code.HEALTH_CHECK_CONTAINER: (
            "Run the container's health check command in the image, and check its startPeriod "
            "and timeout."
        ),
        Code.CAPACITY_CPU_MEMORY: (
            "Add container instances, let the capacity provider scale, or ask for less CPU and "
            "memory."
        ),
        Code.CAPACITY_PORT: (
            "Use dynamic host ports, or add a container instance where the port is free."
        ),
        Code.CAPACITY_FARGATE: (
            "Wait for room, ask for a higher Fargate quota or add availability zones; then deploy "
            "again."
        ),
        Code.ROLE_ASSUME: (
            "Check that the role exists, trusts ecs-tasks.amazonaws.com, and may be passed on."
        ),
        Code.SPOT_INTERRUPTION: (
            "Do nothing: ECS replaces the task; use on-demand capacity if it happens too often."
        ),
        Code.HOST_FAILURE: (
            "Do nothing if ECS has replaced the task; otherwise check the container instance and "
            "its ECS agent."
        ),
        Code.SCALE_IN: "Do nothing: ECS stopped the task because fewer are wanted.",
        Code.USER_STOPPED: "Ask who stopped the task and why; CloudTrail shows the StopTask call.",
        Code.DEPENDENCY_FAILED: (
            "Look at the container that this one depends on: it failed, or did not become "
            "healthy in time."
        ),
        Code.THROTTLED: (
            "Wait: ECS tries again; ask for a higher API quota if it happens too often."
        ),
        Code.AWS_INTERNAL: (
            "Deploy again; if it stays so, replace the host or open a case with AWS support."
        ),
        Code.CONFIG_INVALID: (
            "Correct the task definition or the service as the message says; no other try can "
            "succeed."
        ),
        Code.UNKNOWN: (
            "Look at the stopped tasks in the ECS console within the hour, and at the evidence."
        ),
        Code.MIGRATION_FAILED: (
            "Read the log of the migration's task, correct the migration, and push a new image."
        ),
        Code.CONTRACT_FAILED: (
            "Mend what stopped it and deploy the same image again, which runs the contract only, "
            'or go on by hand with "force": true.'
        ),
        Code.PREFLIGHT_STOPPED: (
            'Mend what it found and deploy again; "plan": true beside the image shows it all '
            "without touching anything."
        ),
        Code.ALARM_BREACH: (
            "Look at the alarm's metric around the deployment; push a correction, or release "
            "again if something else caused it."
        ),
        Code.ALARMS_UNARMED: (
            "Get the alarm back to OK, or take it out of the bake, then deploy again."
        ),
        Code.NO_DATA: (
            "Check that the metric still arrives and that enough requests come in, then deploy "
            "again."
        ),
        Code.DEADLINE_EXCEEDED: (
            "Look at the service's events for what it waited for; raise the deadline only if it "
            "was still getting on."
        ),
        Code.NEVER_CONVERGES: (
            "Look at the evidence for what keeps the tasks from staying healthy; more time does "
            "not help."
        ),
        Code.REPLACED_BY_OTHER: (
            "Look at what runs now, and deploy again if this release is still wanted."
        ),
        Code.ROLLED_BACK_BY_ECS: (
            "Put right what ECS names: its circuit breaker, a lifecycle hook that said no or that "
            "nobody answered, or a person; then deploy again."
        ),
        Code.INVALID_REQUEST: "Correct the request as the message says and send it again.",
        Code.HELD: "Push a newer build, or deploy this one by hand.",
        Code.EXPIRED: "Request the deployment again if it is still wanted.",
        Code.ABORTED: "Check how the services stand: the deployment was stopped by hand.",
        Code.FAULT: (
            "Look at the execution for the error of AWS or Pilothouse, check the services, and "
            "deploy again."
        ),
    }
)


def advice(code: Code) -> str:
    """Return one sentence for whoever is on call: what to do first."""
    return ADVICE[code]
