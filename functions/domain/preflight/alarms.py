"""Can the alarms of the bakes watch the release?"""

from collections.abc import Iterator, Mapping

from functions.domain.bake.armed import ALARM, MISSING, Alarm
from functions.domain.catalogue import Application, Unarmed
from functions.domain.preflight.finding import Finding, Grade
from functions.domain.preflight.sight import Unread, listed, unknown

CHECK = "alarms"


def names(application: Application) -> tuple[str, ...]:
    every = (name for each in application.services for name in each.bake.alarms)
    return tuple(dict.fromkeys(every))


def findings(application: Application, seen: Mapping[str, Alarm] | Unread) -> Iterator[Finding]:
    if isinstance(seen, Unread):
        what = f"How the alarms {listed(names(application))} stand"
        yield unknown(CHECK, "", what, seen)
        return
    bad = [each for name in names(application) for each in _of(application, seen[name])]
    yield from bad
    if seen and not bad:
        yield Finding(CHECK, Grade.OK, "", f"None of the alarms is in ALARM: {listed(seen)}.")


def _of(application: Application, alarm: Alarm) -> Iterator[Finding]:
    of = [each for each in application.services if alarm.name in each.bake.alarms]
    by = listed(each.key for each in of)
    if alarm.state == MISSING:
        message = f"The alarm {alarm.name} (bake of {by}) does not exist, so it watches nothing."
        advice = "Create it, or correct its name under bake in the catalogue."
        yield Finding(CHECK, Grade.WARN, alarm.name, message, advice)
    elif alarm.state == ALARM:
        blocks = any(each.bake.unarmed is Unarmed.BLOCK for each in of)
        yield _firing(alarm, by, blocks=blocks)


def _firing(alarm: Alarm, by: str, *, blocks: bool) -> Finding:
    why = f": {alarm.reason.rstrip('.')}" if alarm.reason else ""
    message = f"The alarm {alarm.name} (bake of {by}) is in ALARM already{why}."
    if blocks:
        advice = "Put right what is wrong, or set unarmed: proceed in the catalogue."
        return Finding(CHECK, Grade.STOP, alarm.name, message, advice)
    advice = "It does not count in the bake until it has been OK once: look at it first."
    return Finding(CHECK, Grade.WARN, alarm.name, message, advice)
