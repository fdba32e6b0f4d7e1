"""Where is what the containers of a task print?"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

AWSLOGS = "awslogs"


@dataclass(frozen=True, slots=True)
class LogPlace:
    """The stream of one container; an empty region is the one that Pilothouse runs in."""

    container: str
    group: str
    stream: str
    region: str = ""


@dataclass(frozen=True, slots=True)
class NoLog:
    """A container whose lines cannot be read: `why`, in one sentence."""

    container: str
    why: str


def places(
    definition: Mapping[str, Any], task: str, runtimes: Mapping[str, str]
) -> tuple[LogPlace | NoLog, ...]:
    """Return where each container of a task prints, in the order of the task definition.

    `definition` is what DescribeTaskDefinition answers, `task` the id of the task and `runtimes`
    the `runtimeId` of each container, as far as DescribeTasks has one. Source of the stream names:
    https://docs.aws.amazon.com/AmazonECS/latest/developerguide/specify-log-config.html
    """
    return tuple(_places(definition, task, runtimes))


def _places(
    definition: Mapping[str, Any], task: str, runtimes: Mapping[str, str]
) -> Iterator[LogPlace | NoLog]:
    for container in definition.get("containerDefinitions", ()):
        name = container["name"]
        logging = container.get("logConfiguration") or {}
        options = logging.get("options") or {}
        # Without a prefix the stream is called as the container runtime calls the container.
        prefix = options.get("awslogs-stream-prefix")
        stream = f"{prefix}/{name}/{task}" if prefix else runtimes.get(name, "")
        why = _unreadable(logging.get("logDriver", ""), options.get("awslogs-group", ""), stream)
        if why:
            yield NoLog(name, why)
        else:
            region = options.get("awslogs-region", "")
            yield LogPlace(name, options["awslogs-group"], stream, region)


def _unreadable(driver: str, group: str, stream: str) -> str:
    if not driver:
        return "it has no logConfiguration: give it the log driver awslogs to see its lines here"
    if driver != AWSLOGS:
        return f"its log driver is {driver}: look where that sends them, or use awslogs"
    if not group:
        return "its logConfiguration names no awslogs-group: add it"
    return "" if stream else "it never started, so it printed nothing"
