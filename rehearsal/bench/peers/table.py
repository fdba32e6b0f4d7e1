"""Who is right about which release, how soon, and at what cost?"""

import os
import statistics
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from rehearsal.bench.lines import line
from rehearsal.bench.peers.breaker import Breaker
from rehearsal.bench.peers.comparing import WATCHED, Contender, Result, compare
from rehearsal.bench.peers.deploy_cli import EcsDeploy, UnarmedEcsDeploy
from rehearsal.bench.peers.pilothouse import ArmedPilothouse, Pilothouse
from rehearsal.bench.peers.rows import ROWS, Row
from rehearsal.bench.peers.word import Word
from rehearsal.lambdas import log_to

JOBS = 2
SHOWN: Sequence[type[Contender]] = (Breaker, EcsDeploy, Pilothouse)
COUNTED: Sequence[type[Contender]] = (UnarmedEcsDeploy, ArmedPilothouse)
"""The same with the breaker as the other has it: for the count of right verdicts only."""
GOAL_RATIO = 0.5
LEGEND = f"""\
Behind each release stands what is right to say of it, and then what Pilothouse says in its record.
verdict  success, failure, or replaced by another deployment; none: nothing was said
after    seconds from UpdateService to the verdict: of the service deployment in ECS, of the line in
         which ecs-deploy says it, of the moment when Pilothouse goes back or closes its record
stable   seconds from UpdateService until all tasks are of one revision, healthy and as many as
         desired, and stay so; - where they do not within {WATCHED / 3600:.0f} h
lost     tasks that failed to start, crashed, were replaced for their health, were stopped by hand
         or went down with their host; not those that the scheduler stopped to make room
least    the fewest healthy tasks at any time
All begin at the same steady v1, behind a load balancer. Circuit breaker: UpdateService, the breaker
on with rollback, its thresholds by default. ecs-deploy: `ecs deploy ... --tag v2 --rollback`, the
breaker on as well. Pilothouse: a push, a bake of 10 min before any success, and the breaker off.
"""

Results = Mapping[type[Contender], Sequence[Result]]


def peers(show: Callable[[str], object] = print) -> None:
    """Print the table; every figure in it is in virtual seconds."""
    show(f"{len(ROWS)} releases in the hands of the circuit breaker, of ecs-deploy and Pilothouse.")
    for text in (LEGEND, *_headings()):
        show(text)
    results: dict[type[Contender], list[Result]] = {each: [] for each in (*SHOWN, *COUNTED)}
    with ProcessPoolExecutor(JOBS, initializer=_silently) as pool:
        for row, found in zip(ROWS, pool.map(_compared, ROWS), strict=True):
            for contender, result in found.items():
                results[contender].append(result)
            for text in _told(row, found):
                show(text)
    for text in _summary(results):
        show(text)
    _goals(results)


def _compared(row: Row) -> dict[type[Contender], Result]:
    return {each: compare(row, each) for each in (*SHOWN, *COUNTED)}


def _silently() -> None:
    # Kept open as long as the process lives.
    log_to(Path(os.devnull).open("w"))  # noqa: SIM115


def _headings() -> Iterator[str]:
    cells = _cells("verdict", "after", "stable", "lost", "least")
    yield "  " + " | ".join(f"{each.title:{len(cells)}}" for each in SHOWN).rstrip()
    yield "  " + " | ".join(cells for _ in SHOWN)


def _told(row: Row, results: Mapping[type[Contender], Result]) -> Iterator[str]:
    yield f"{row.truth}: {row.right}. Pilothouse: {results[Pilothouse].why or 'nothing'}."
    yield "  " + " | ".join(_measured(row, results[each]) for each in SHOWN)


def _measured(row: Row, result: Result) -> str:
    verdict = f"{'right' if is_right(row, result) else 'WRONG'} {result.word}"
    after, stable = _seconds(result.said_after), _seconds(result.stable_after)
    return _cells(verdict, after, stable, str(result.lost), str(result.least))


def _cells(verdict: str, after: str, stable: str, lost: str, least: str) -> str:
    return f"{verdict:14}{after:>5}{stable:>7}{lost:>5}{least:>6}"


def _seconds(seconds: float | None) -> str:
    return "-" if seconds is None else f"{seconds:.0f}"


def is_right(row: Row, result: Result) -> bool:
    return result.word is row.right


def _summary(results: Results) -> Iterator[str]:
    yield ""
    for contender, found in results.items():
        right = sum(is_right(*each) for each in zip(ROWS, found, strict=True))
        yield f"  {contender.title:30} right in {right:2} of {len(ROWS)}"
    overhead = max(each.overhead for each in results[Pilothouse])
    yield f"  From the push to UpdateService Pilothouse took {overhead:.1f} s at most."


def _goals(results: Results) -> None:
    """Print what the goals are about: all right, twice as fast, never more tasks lost."""
    ours, theirs = results[Pilothouse], results[Breaker]
    wrong = sum(not is_right(*each) for each in zip(ROWS, ours, strict=True))
    line("wrong verdicts", f"{wrong:5}", "of Pilothouse", 0, wrong)
    times = list(_failure_times(ours, theirs))
    mine, breakers = (statistics.median(each) for each in zip(*times, strict=True))
    how = f"median {mine:.0f} s, of the breaker {breakers:.0f} s, where both say rightly failure"
    line("to the verdict", f"{mine / breakers:4.2f} x", how, GOAL_RATIO, mine / breakers)
    more = [
        row.truth
        for row, our, their in zip(ROWS, ours, theirs, strict=True)
        if our.lost > their.lost
    ]
    how = " and ".join(["releases, than with the breaker", *more])
    line("more tasks lost", f"{len(more):5}", how, 0, len(more))


def _failure_times(
    ours: Sequence[Result], theirs: Sequence[Result]
) -> Iterator[tuple[float, float]]:
    """Yield the seconds to the verdict where both are right that a release failed."""
    for row, our, their in zip(ROWS, ours, theirs, strict=True):
        both = is_right(row, our) and is_right(row, their)
        if both and row.right is Word.FAILURE:
            assert our.said_after is not None
            assert their.said_after is not None
            yield our.said_after, their.said_after
