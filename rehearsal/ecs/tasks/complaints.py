"""What does ECS say of a task that cannot start? The texts of today, word by word."""

import re

from rehearsal.ecs.tasks.images import Image, parse

CANNOT_PULL = "CannotPullContainerError: "
WHOLE = re.compile(r"[A-Z]\w*Error: |Fetching secret data |Unable to |Unexpected EC2 error ")
"""How a text begins that says all of it; others are put behind the first one."""

SECRETS = "ResourceInitializationError: unable to pull secrets or registry auth: "
BY_WORD = {
    "auth": (
        "CannotPullContainerError: pull image manifest has been retried 1 time(s): failed to "
        "resolve ref {image}: pulling from host {host} failed with status code [manifests {name}]: "
        "403 Forbidden"
    ),
    "network": (
        "CannotPullContainerError: The task cannot pull {image} from the registry {image}. There "
        "is a connection issue between the task and the registry. Check your task network "
        "configuration. : failed to copy: httpReadSeeker: failed open: failed to do request: "
        "Get {image}: dial tcp 52.219.41.3:443: i/o timeout"
    ),
    "secret": (
        f"{SECRETS}execution resource retrieval failed: unable to retrieve secret from asm: "
        "service call has been retried 1 time(s): failed to fetch secret from secrets manager: "
        "ResourceNotFoundException: Secrets Manager can't find the specified secret."
    ),
    "log_group": (
        "ResourceInitializationError: failed to validate logger args: create stream has been "
        "retried 1 times: failed to create Cloudwatch log stream: ResourceNotFoundException: The "
        "specified log group does not exist. : exit status 1"
    ),
}
"""What a behaviour's `pull_error` may be in one word."""


def whole(told: str, reference: str) -> str:
    """Return the `stoppedReason` that a word, the end of a sentence, or all of it stands for."""
    if told in BY_WORD:
        image = parse(reference)
        return BY_WORD[told].format(image=reference, host=_host(image), name=image.name)
    return told if WHOLE.match(told) else CANNOT_PULL + told


def not_found(image: Image, resolved: str | None) -> str:
    """Say that an image is not there, by the digest where its deployment has settled on one."""
    reference = image.reference
    if resolved is not None:
        reference = f"{_host(image)}/{image.repository}@{resolved}"
    return (
        f"{CANNOT_PULL}pull image manifest has been retried 1 time(s): "
        f"failed to resolve ref {reference}: {reference}: not found"
    )


def misfit(wanted: str) -> str:
    """Say that there is nothing for this platform in an image."""
    return (
        f"{CANNOT_PULL}image Manifest does not contain descriptor matching platform "
        f"'linux/{wanted}'"
    )


def _host(image: Image) -> str:
    if image.account is None:
        return "registry-1.docker.io"
    return f"{image.account}.dkr.ecr.{image.region}.amazonaws.com"
