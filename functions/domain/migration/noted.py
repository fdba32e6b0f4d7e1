"""What does the ledger say of a migration from its start on, and once it has ended?"""

from dataclasses import asdict, replace

from functions.domain.migration.ran import EXPAND, PROBE, UNDO, Ran, State
from functions.domain.opening import Claim
from functions.domain.verdict import Verdict, Word
from functions.domain.writes import Change, Condition, Put, Write, migration_key

UNCHANGED = "attribute_not_exists(#pk) OR #attempt = :attempt"


def begun(claim: Claim, application: str, ran: Ran, before: int) -> tuple[Write, ...]:
    """Return the writes that note a start, while `before` is the attempt that was last begun.

    A probe leaves nothing behind in the ledger: it may be made by each deployment.
    """
    if ran.phase == PROBE:
        return (claim.held(),)
    item = {**migration_key(application, ran.release, ran.phase), **asdict(ran)}
    put = Put({**item, "state": ran.state.value}, Condition(UNCHANGED, {"attempt": before}))
    return claim.held(), put


def ended(
    claim: Claim, application: str, ran: Ran, verdict: Verdict, exit_code: int | None, task: str
) -> tuple[Write, ...]:
    """Return the writes that note an end; an undo that passed has taken its expand back."""
    if ran.phase == PROBE:
        return ()
    state = State.PASSED if verdict.verdict is Word.PASS else State.FAILED
    end = replace(ran, state=state, exit_code=exit_code, message=verdict.message, task=task)
    values: dict[tuple[str, ...], object] = {
        (name,): getattr(end, name) for name in ("exit_code", "message", "task")
    }
    key = migration_key(application, ran.release, ran.phase)
    writes: list[Write] = [claim.held(), Change(key, {("state",): state.value, **values})]
    if ran.phase == UNDO and state is State.PASSED:
        expand = migration_key(application, ran.release, EXPAND)
        writes.append(Change(expand, {("state",): State.UNDONE.value}))
    return tuple(writes)
