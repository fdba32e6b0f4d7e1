"""A bake as a test says it is: services, alarms and requests at one look."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from functions.domain.bake.armed import Alarm, Change
from functions.domain.bake.judge import judge
from functions.domain.bake.look import BakeLook, Watched
from functions.domain.bake.traffic import Requests
from functions.domain.catalogue import Bake as Rules
from functions.domain.catalogue import Unarmed, Unsure
from functions.domain.plan import Bake, Baking
from functions.domain.rollout.look import Look
from functions.domain.rollout.memory import Memory
from functions.domain.verdict import Verdict
from tests.factories import NOW, OURS, a_won_look, later, what_is_expected

RELEASED, BEGAN, ENDS = later(minutes=-5), NOW, later(minutes=10)
"""The first service was updated, the bake began, and it ends."""


def some_rules(**override: Any) -> Rules:
    rules = Rules(10, (), 0, 1_800, Unarmed.PROCEED, Unsure.HOLD, Unsure.HOLD)
    return replace(rules, **override)


def a_baking(key: str = "web", **override: Any) -> Baking:
    return Baking(key, some_rules(**override))


def a_memory(**override: Any) -> Memory:
    """Return what is known of a roll when its bake begins."""
    memory = Memory(RELEASED, RELEASED, RELEASED, RELEASED, OURS, RELEASED)
    return replace(memory, **override)


def a_watched(look: Look | None = None, key: str = "web", **override: Any) -> Watched:
    watched = Watched(key, what_is_expected(), a_memory(), look or a_won_look(), 300, 1_200)
    return replace(watched, **override)


def an_alarm(
    name: str = "orders-5xx", state: str = "OK", minutes: float = -60, *changes: Change, **more: Any
) -> Alarm:
    """Return an alarm in its state since so many minutes after the bake began."""
    alarm = Alarm(name, state, later(minutes=minutes), changes=changes)
    return replace(alarm, **more)


def requests(*numbers: int) -> Requests:
    """Return what came minute by minute since the bake began."""
    return Requests(tuple((later(minutes=place), each) for place, each in enumerate(numbers)))


def a_bake_look(
    *watched: Watched,
    bakings: tuple[Baking, ...] = (),
    at: datetime = NOW,
    alarms: tuple[Alarm, ...] = (),
    came: Mapping[str, Requests] | None = None,
    in_time: bool = True,
) -> BakeLook:
    """Return a look; `in_time` says that there was one as the minutes ended, too."""
    services = bakings or (a_baking(alarms=tuple(each.name for each in alarms)),)
    minutes = max(each.rules.minutes for each in services)
    ends = later(minutes=minutes)
    over = ends if at > ends and in_time else None
    look = BakeLook(Bake(minutes, services), BEGAN, ends, at, watched, over_since=over)
    return look.finding({each.name: each for each in alarms}, came or {})


def judged(*watched: Watched, **about: Any) -> Verdict:
    return judge(a_bake_look(*(watched or (a_watched(),)), **about))
