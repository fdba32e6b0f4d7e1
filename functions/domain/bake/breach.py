"""Do the alarms of a bake end it, and what is to be said of those that could not?"""

from collections.abc import Iterator, Sequence

from functions.domain.bake.armed import MISSING, Alarm, Firing, fired, unarmed
from functions.domain.bake.look import BakeLook
from functions.domain.catalogue import Unarmed
from functions.domain.reason import Blame, Code, Reason
from functions.domain.verdict import Verdict, failed


def blocked(look: BakeLook) -> Verdict | None:
    """Fail where an alarm could not watch the release from the start, and the catalogue blocks."""
    found = {
        alarm.name: alarm
        for service in look.services
        if service.rules.unarmed is Unarmed.BLOCK
        for alarm in look.alarms_of(service)
        if unarmed(alarm, look.released_at, look.began_at)
    }
    if not found:
        return None
    message = (
        f"{_were(sorted(found))} in ALARM already before the release and could not watch it: put "
        "right what is wrong and deploy again, or set unarmed: proceed in the catalogue."
    )
    evidence = tuple(_now(found[name]) for name in sorted(found))
    return failed(Reason(Code.ALARMS_UNARMED, Blame.CONFIGURATION, message, evidence))


def breached(look: BakeLook) -> Verdict | None:
    """Fail where an alarm fired while the bake of a service that names it lasted."""
    found: dict[str, Firing] = {}
    for service in look.services:
        until = look.over_at(service) or look.at
        for alarm in look.alarms_of(service):
            firing = fired(alarm, look.released_at, look.began_at, until)
            if firing is not None:
                found[alarm.name] = firing
    if not found:
        return None
    firings = [found[name] for name in sorted(found)]
    evidence = tuple(each.told for each in firings)
    return failed(Reason(Code.ALARM_BREACH, Blame.RELEASE, _message(firings), evidence))


def idle(look: BakeLook) -> Iterator[str]:
    """Say of the alarms that counted for nothing why they did not."""
    named = [(service, each) for service in look.services for each in look.alarms_of(service)]
    silent = {
        alarm.name
        for service, alarm in named
        if unarmed(alarm, look.released_at, look.over_at(service) or look.at)
    }
    if silent:
        yield f"{_were(sorted(silent))} in ALARM already before the release and did not count."
    missing = sorted({alarm.name for _, alarm in named if alarm.state == MISSING})
    if missing:
        yield f"These alarms do not exist: {', '.join(missing)}."


def _message(firings: Sequence[Firing]) -> str:
    still = [each.alarm for each in firings if each.until is None]
    again = [each.alarm for each in firings if each.until is not None]
    said = [f"{_are(still)} in ALARM"] if still else []
    said += [f"{_were(again)} in ALARM for a while"] if again else []
    why = f": {firings[0].reason}" if len(firings) == 1 and firings[0].reason else ""
    return f"During the bake {' and '.join(said)}{why.rstrip('.')}."


def _now(alarm: Alarm) -> str:
    why = f": {alarm.reason}" if alarm.reason else ""
    return f"alarm {alarm.name} is in {alarm.state}{why}"


def _are(names: Sequence[str]) -> str:
    return f"{', '.join(names)} {'is' if len(names) == 1 else 'are'}"


def _were(names: Sequence[str]) -> str:
    return f"{', '.join(names)} {'was' if len(names) == 1 else 'were'}"
