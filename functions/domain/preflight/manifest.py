"""Can the image be pulled, and is it built for the machines that its tasks run on?"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from functions.domain.known import Facts
from functions.domain.preflight.finding import Finding, Grade
from functions.domain.preflight.sight import Unread, listed, unknown
from functions.domain.reason import Code
from functions.domain.release import Image, short
from functions.domain.stop_reason.advice import advice

CHECK = "image"
ARCHITECTURES = {"X86_64": "amd64", "ARM64": "arm64"}
"""What an image says (OCI: platform.architecture), by what a task definition asks for."""
FARGATE = frozenset({"FARGATE", "FARGATE_SPOT"})


@dataclass(frozen=True, slots=True)
class Manifest:
    """What ECR has of an image: `gone` is why it cannot be pulled, in a few words.

    `platforms` (`linux/amd64`) are those of a multi-arch index; a single manifest does not state
    its own, which is in its configuration, a blob that only a pull can read.
    """

    platforms: tuple[str, ...] = ()
    gone: str = ""


def wanted(facts: Facts) -> str:
    """Return the platform that the tasks of a service need, empty where their instances decide."""
    asked: Mapping[str, Any] = (facts.definition or {}).get("runtimePlatform") or {}
    if not asked.get("cpuArchitecture") and not _is_fargate(facts):
        return ""
    system = asked.get("operatingSystemFamily") or "LINUX"
    architecture = asked.get("cpuArchitecture") or "X86_64"
    named = ARCHITECTURES.get(architecture, architecture.lower())
    return f"{'windows' if system.startswith('WINDOWS') else system.lower()}/{named}"


def findings(
    facts: Mapping[str, Facts], image: Image, seen: Manifest | Unread
) -> Iterator[Finding]:
    called = f"{image.tag} ({short(image.digest)})" if image.tag else short(image.digest)
    if isinstance(seen, Unread):
        yield unknown(CHECK, "", f"Whether the image {called} can be pulled", seen)
    elif seen.gone:
        message = f"The image {called} cannot be pulled: {seen.gone}."
        yield Finding(CHECK, Grade.STOP, "", message, advice(Code.IMAGE_NOT_FOUND))
    else:
        bad = tuple(_unfit(facts, called, seen))
        yield from bad or (Finding(CHECK, Grade.OK, "", _fit(called, seen)),)


def _unfit(facts: Mapping[str, Facts], called: str, seen: Manifest) -> Iterator[Finding]:
    for key, each in sorted(facts.items()):
        needed = wanted(each)
        if seen.platforms and needed and needed not in seen.platforms:
            message = (
                f"{key} needs {needed}, and the image {called} is built for "
                f"{listed(seen.platforms)} only."
            )
            yield Finding(CHECK, Grade.STOP, key, message, advice(Code.IMAGE_PLATFORM_MISMATCH))


def _fit(called: str, seen: Manifest) -> str:
    if not seen.platforms:
        return f"The image {called} can be pulled; its platform is not stated in the manifest."
    return f"The image {called} can be pulled, for {listed(seen.platforms)}."


def _is_fargate(facts: Facts) -> bool:
    service = facts.service or {}
    providers = {each["capacityProvider"] for each in service.get("capacityProviderStrategy") or ()}
    return service.get("launchType") == "FARGATE" or bool(FARGATE & providers)
