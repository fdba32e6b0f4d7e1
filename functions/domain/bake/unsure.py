"""What becomes of a bake that has nothing to say against a release, but cannot vouch for it?"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from functions.domain.bake.breach import idle
from functions.domain.bake.look import BakeLook
from functions.domain.bake.traffic import too_few
from functions.domain.catalogue import Unsure
from functions.domain.plan import Baking
from functions.domain.reason import Blame, Code, Reason
from functions.domain.verdict import Verdict, Word, failed


@dataclass(frozen=True, slots=True)
class Doubt:
    """`word` is NoData, or Error where it could not be read; `said` is without its full stop."""

    word: Word
    action: Unsure
    said: str


def unread(look: BakeLook) -> tuple[str, ...]:
    """Say what could not be read: it is not known to be missing."""
    return _said(each for each in _doubts(look) if each.word is Word.ERROR)


def concluded(look: BakeLook) -> Verdict:
    """Pass, or do what the catalogue says where there is a doubt: rollback before hold."""
    doubts = tuple(_doubts(look))
    for action in (Unsure.ROLLBACK, Unsure.HOLD):
        those = [each for each in doubts if each.action is action]
        if those:
            return _undecided(action, those)
    said = ["The bake passed."]
    if doubts:
        all_said = "; ".join(_said(doubts))
        said = [f"The bake counts as passed, since the catalogue says promote: {all_said}."]
    return Verdict(Word.PASS, " ".join((*said, *idle(look))))


def _undecided(action: Unsure, doubts: Sequence[Doubt]) -> Verdict:
    unread_ones = any(each.word is Word.ERROR for each in doubts)
    said = _said(doubts)
    back = action is Unsure.ROLLBACK
    then = (
        "the release is turned back, since the catalogue says rollback"
        if back
        else "the services are left as they are"
    )
    message = f"The bake cannot tell whether the release is well, so {then}: {'; '.join(said)}."
    if unread_ones:
        word, reason = Word.ERROR, Reason(Code.FAULT, Blame.PILOTHOUSE, message, said)
    else:
        word, reason = Word.NO_DATA, Reason(Code.NO_DATA, Blame.CONFIGURATION, message, said)
    return failed(reason) if back else Verdict(word, message, reason)


def _said(doubts: Iterable[Doubt]) -> tuple[str, ...]:
    """Say each once: two services may watch one alarm."""
    return tuple(dict.fromkeys(each.said for each in doubts))


def _doubts(look: BakeLook) -> Iterator[Doubt]:
    for service in look.services:
        for alarm in look.alarms_of(service):
            if alarm.unread:
                yield Doubt(Word.ERROR, service.rules.error, alarm.unread)
        yield from _of_requests(look, service)


def _of_requests(look: BakeLook, service: Baking) -> Iterator[Doubt]:
    rules, requests = service.rules, look.requests_of(service)
    if not too_few(rules, requests):
        return
    if requests.unread:
        yield Doubt(Word.ERROR, rules.error, requests.unread)
    elif requests.absent:
        yield Doubt(Word.NO_DATA, rules.no_data, requests.absent)
    else:
        yield Doubt(Word.NO_DATA, rules.no_data, few(look, service))


def few(look: BakeLook, service: Baking) -> str:
    number, wanted = look.requests_of(service).number, service.rules.min_requests
    return f"{service.key} has had {number} of at least {wanted} requests"
