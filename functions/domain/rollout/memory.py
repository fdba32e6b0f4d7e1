"""What does a roll remember from look to look?"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from functions.domain.rollout.look import Look

SHORT = 12
"""So many characters of a task's id tell it from every other of a service."""

MOST_REMEMBERED = 5_000
"""Ids of healthy tasks: what is handed from state to state has to stay far below 256 KiB."""

# Stages in which ECS starts no tasks: nothing that could come up is missing then.
STANDING_STAGES = (
    "RECONCILE_SERVICE",
    "PRE_SCALE_UP",
    "POST_SCALE_UP",
    "TRAFFIC_SHIFT",
    "BAKE_TIME",
    "CLEAN_UP",
)


@dataclass(frozen=True, slots=True)
class Stage:
    """A stage of a strategy of ECS, and when a look first saw it."""

    stage: str
    at: datetime
    traffic: float | None = None


@dataclass(frozen=True, slots=True)
class Memory:
    """`deployment` is the id of the ECS deployment watched, None while ECS has not chosen it.

    `created_at` is when it was made, `since` when we asked for it: what stopped before is no news.
    The overall clock counts from `started_at` and never stops; the progress clock from
    `progressed_at`, which is when a task was first seen healthy that was not before, and which
    stands still while a hook or a stage of a native strategy is awaited (`held`), and while there
    is no room for the tasks (`starving`): the time without is `starved_seconds` since then.
    `healthy` are short ids of tasks that were healthy once, `failed` the causes of the tasks that
    failed: ECS forgets them within the hour. `own_seconds` is what the strategy takes by itself,
    `kept` tells what is kept as evidence already, `stages` are those of its strategy that were
    seen, `asked` the hooks that people were told of.
    """

    since: datetime
    started_at: datetime
    progressed_at: datetime
    looked_at: datetime
    deployment: str | None = None
    created_at: datetime | None = None
    healthy: tuple[str, ...] = ()
    failed: Mapping[str, str] = field(default_factory=dict)
    own_seconds: int = 0
    held: bool = False
    starving: bool = False
    starved_seconds: float = 0
    kept: str = ""
    stages: tuple[Stage, ...] = ()
    asked: tuple[str, ...] = ()

    def was_healthy(self, task: str) -> bool:
        return task[:SHORT] in self.healthy


def advance(memory: Memory, look: Look, *, starving: bool) -> Memory:
    """Restart the clocks of progress and room when a task is healthy that never was.

    Both are held while ECS waits, and that of progress while there is no room (`starving`).
    """
    held = stands(look) or (_stops_first(look) and not starving)
    fresh = {each.id[:SHORT] for each in look.tasks if look.healthy(each)} - {*memory.healthy}
    # What held a clock until this look may have ended just before it.
    passed = look.at - memory.looked_at
    waited = passed * (held or memory.held)
    starved = (passed - waited) * (starving or memory.starving)
    return replace(
        memory,
        progressed_at=look.at if fresh else memory.progressed_at + waited + starved,
        looked_at=look.at,
        healthy=(*memory.healthy, *sorted(fresh))[-MOST_REMEMBERED:],
        own_seconds=max(memory.own_seconds, look.percents.own_seconds),
        held=held,
        starving=starving,
        starved_seconds=0 if fresh else memory.starved_seconds + starved.total_seconds(),
    )


def stands(look: Look) -> bool:
    """Say whether ECS waits for a hook, or is in a stage of its strategy that starts no tasks."""
    if look.awaits_hook:
        return True
    stage = look.service_deployment.stage if look.service_deployment else ""
    return any(stage.endswith(each) for each in STANDING_STAGES)


def _stops_first(look: Look) -> bool:
    """Say whether the old tasks have to go before ECS starts any: draining takes what it takes."""
    return look.percents.recreates and not look.tasks
