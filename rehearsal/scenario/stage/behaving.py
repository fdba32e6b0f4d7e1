"""What does an image of a scenario do, in the words of the scheduler?"""

from dataclasses import replace
from math import isinf
from typing import Any

from rehearsal.ecs import Behaviour
from rehearsal.scenario.format.before import Behaves, Image

SAME = (
    "starts_in",
    "unhealthy_after",
    "exits_after",
    "exit_code",
    "exit_reason",
    "log",
    "pull_error",
    "start_error",
    "oom_after",
    "heap",
    "ignores_sigterm",
)
"""The fields that are called alike on both sides."""


def behaviour(image: Image) -> Behaviour:
    """Return the behaviour of an image, with what is different by service and by command."""
    given: dict[str, Any] = {
        "cpu": image.cpu,
        "memory": image.memory,
        "platform": image.platform,
    }
    about = {name: value for name, value in given.items() if value is not None}
    whole = _changed(replace(Behaviour(), **about), image)
    everywhere = _with_commands(whole, image)
    by_service = {
        key: _with_commands(_changed(whole, each), image) for key, each in image.by_service.items()
    }
    return replace(everywhere, by_service=by_service)


def _with_commands(found: Behaviour, image: Image) -> Behaviour:
    commands = {word: _changed(found, each) for word, each in image.commands.items()}
    return replace(found, commands=commands)


def _changed(found: Behaviour, behaves: Behaves) -> Behaviour:
    """Return the behaviour with everything that is given in its place."""
    given: dict[str, Any] = {name: getattr(behaves, name) for name in SAME}
    if behaves.healthy_after is not None:
        found = replace(found, healthy_after=_or_never(behaves.healthy_after))
    if behaves.task is not None:
        given["task_exit_code"] = behaves.task.exit_code
        takes = 15.0 if behaves.task.takes is None else behaves.task.takes
        found = replace(found, task_takes=_or_never(takes))
    if behaves.fails is not None:
        given["fails"] = behaves.fails.share
    return replace(found, **{name: value for name, value in given.items() if value is not None})


def _or_never(seconds: float) -> float | None:
    return None if isinf(seconds) else seconds
