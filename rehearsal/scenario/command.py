"""What would happen to a scenario, or to an application under the standard faults?

What a person sees of it: a line per scenario and seed, and beneath it each failure.
"""

import argparse
import json
import os
import shlex
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

from infra.catalogue import CatalogueError
from rehearsal.lambdas import log_to
from rehearsal.scenario import standard
from rehearsal.scenario.format.reading import Loaded, ScenarioError, read
from rehearsal.scenario.repeating import Task, rehearsed
from rehearsal.scenario.running import Result, seeds_of
from rehearsal.scenario.times import clock_time

Document = dict[str, Any]

PASSED, FAILED, UNREADABLE = 0, 1, 2
DEFAULT_SEEDS = [0]


def main(arguments: Sequence[str] | None = None) -> int:
    parser = _parser()
    asked = parser.parse_args(arguments)
    if bool(asked.scenarios) == bool(asked.catalogue):
        parser.error("name scenario files, or a file of the catalogue with --catalogue")
    try:
        with _logging_to(Path(asked.log or os.devnull)):
            results = _catalogued(asked) if asked.catalogue else _rehearsed(asked)
            passed, documents = _collected(results, keep=bool(asked.json or asked.report))
    except (ScenarioError, CatalogueError) as error:
        print(error, file=sys.stderr)
        return UNREADABLE
    _write(asked, documents)
    return PASSED if passed else FAILED


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m rehearsal",
        description="Rehearse deployments on a simulated ECS, in virtual time.",
        epilog="Exit code 0: every expectation and every invariant held; 1: one did not; 2: a file "
        "cannot be read.",
    )
    add = parser.add_argument
    add("scenarios", nargs="*", type=Path, metavar="SCENARIO", help="a file, or a folder of files")
    add(
        "--seed",
        "--seeds",
        dest="seeds",
        type=_seeds,
        default=DEFAULT_SEEDS,
        metavar="N|A..B",
        help="what AWS leaves open is drawn by it: the same seed, the same course",
    )
    add("--json", type=Path, metavar="FILE", help="write everything that happened")
    add("--report", type=Path, metavar="FILE.html", help="write a page to look at")
    add("--jobs", type=int, default=1, metavar="N", help="so many at once")
    add("--log", type=Path, metavar="FILE", help="what the Lambdas log, with one job only")
    add("--catalogue", type=Path, metavar="FILE", help="rehearse an application of yours")
    add("--faults", choices=["standard"], default="standard", help="with --catalogue: which set")
    return parser


@contextmanager
def _logging_to(path: Path) -> Iterator[None]:
    with path.open("w") as log:
        before = log_to(log)
        try:
            yield
        finally:
            log_to(before)


def _seeds(text: str) -> list[int]:
    try:
        return list(seeds_of(text))
    except ValueError as error:
        wrong = f"{text} is no seed: write a number, or two as in 1..20"
        raise argparse.ArgumentTypeError(wrong) from error


def _rehearsed(asked: argparse.Namespace) -> Iterator[Result]:
    tasks = [Task(each, seed) for each in _loaded(asked.scenarios) for seed in asked.seeds]
    for result in rehearsed(tasks, asked.jobs):
        print(told(result), flush=True)
        yield result


def _catalogued(asked: argparse.Namespace) -> Iterator[Result]:
    show = partial(print, flush=True)
    for seed in asked.seeds:
        yield from standard.rehearse(asked.catalogue, seed, asked.jobs, show)


def _loaded(paths: Iterable[Path]) -> list[Loaded]:
    """Read every file before the first is run, so that all mistakes are told at once."""
    found: list[Loaded] = []
    wrong: list[str] = []
    for path in paths:
        for each in _files(path):
            try:
                found.append(read(each))
            except ScenarioError as error:
                wrong.append(str(error))
    if wrong:
        raise ScenarioError("\n".join(wrong))
    return found


def _files(path: Path) -> list[Path]:
    if not path.is_dir():
        return [path]
    files = sorted(path.rglob("*.yaml"))
    if not files:
        raise ScenarioError(f"{path}:1: holds no scenario; name a folder with .yaml files")
    return files


def _collected(results: Iterable[Result], *, keep: bool) -> tuple[bool, list[Document]]:
    """Return whether all have passed, and what is to be written of them.

    A thousand of them are too much to be kept for nothing.
    """
    passed, documents = True, []
    for result in results:
        passed = passed and result.passed
        if keep:
            documents.append(result.document())
    return passed, documents


def _write(asked: argparse.Namespace, documents: list[Document]) -> None:
    if asked.json is not None:
        text = json.dumps({"scenarios": documents}, ensure_ascii=False, indent=1)
        asked.json.write_text(f"{text}\n")
    if asked.report is not None:
        # A page is made more seldom than a scenario is run.
        from rehearsal.report import page

        asked.report.write_text(page(documents))


def told(result: Result) -> str:
    """Return the line about a result, and beneath it each failure and how to see it again."""
    word = "pass" if result.passed else "FAIL"
    virtual, wall = clock_time(result.virtual_seconds), f"{result.wall_seconds:.1f} s"
    first = f"{word}  {result.name}  seed {result.seed}  {virtual} virtual, {wall}"
    again = f"python -m rehearsal {shlex.quote(result.source)} --seed {result.seed}"
    more = [] if result.passed else [*result.failures, f"See it again: {again}"]
    return "\n".join([first, *(f"      {each}" for each in more)])
