"""How are many scenarios run under many seeds, on all cores?"""

import gc
import logging
import os
import traceback
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from infra.catalogue import CatalogueError
from rehearsal.lambdas import log_to
from rehearsal.scenario.format.reading import Loaded
from rehearsal.scenario.outcome import Outcome
from rehearsal.scenario.running import Result, run
from rehearsal.scenario.stage.preparing import UnmadeError

LOG = logging.getLogger("rehearsal")
# Where nobody asked for a log there shall be none, not on stderr either.
LOG.addHandler(logging.NullHandler())
LOG.propagate = False


@dataclass(frozen=True, slots=True)
class Task:
    loaded: Loaded
    seed: int


def rehearsed(tasks: Sequence[Task], jobs: int) -> Iterator[Result]:
    """Yield the results in the order of the tasks."""
    if jobs < 2 or len(tasks) < 2:
        yield from map(attempt, tasks)
        return
    with ProcessPoolExecutor(jobs, initializer=_silently) as pool:
        yield from pool.map(attempt, tasks)


def attempt(task: Task) -> Result:
    """Run a scenario; where the rehearsal itself breaks, that is the failure."""
    try:
        return run(task.loaded, task.seed)
    except CatalogueError:
        raise
    except UnmadeError as error:
        return _failed(task, str(error))
    except Exception as error:  # One that breaks must not hide the others.
        return _failed(task, broken(error))
    finally:
        _settle()


@cache
def _settle() -> None:
    """Have the garbage collector leave alone what the first has loaded for all that follow.

    Otherwise it goes through the models of AWS again and again.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 10, 10)


def broken(error: Exception) -> str:
    """Return what is said of an error of the rehearsal itself; its trace goes into the log."""
    LOG.error("The rehearsal itself broke.", exc_info=error)
    at = traceback.extract_tb(error.__traceback__)[-1]
    place = f"{Path(at.filename).name}:{at.lineno}"
    said = f"The rehearsal itself broke, in {place}: {type(error).__name__}: {error}".rstrip(".: ")
    return f"{said}. --log FILE keeps its trace."


def _failed(task: Task, said: str) -> Result:
    return Result(
        source=task.loaded.source,
        name=task.loaded.scenario.name,
        seed=task.seed,
        failures=(said,),
        found=Outcome([], {}, {}, {}, [], [], Counter(), 0),
        broken=(),
        timeline=[],
        virtual_seconds=0.0,
        wall_seconds=0.0,
        sdk_calls=Counter(),
    )


def _silently() -> None:
    # Kept open as long as the process lives.
    log_to(Path(os.devnull).open("w"))  # noqa: SIM115
