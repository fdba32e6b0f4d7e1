"""What was asked for on the command line, and can it be done?"""

import argparse
import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NoReturn

from rehearsal.scenario.running import seeds_of

DEFAULT_SEEDS = (0,)
MOST_SEEDS = 10_000
MOST_JOBS = 256


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        """End in one sentence: how to call it is what --help says."""
        self.exit(2, f"{message}\n")


def asked_for(arguments: Sequence[str] | None) -> argparse.Namespace:
    """Return what was asked for; end the process with a sentence where it cannot be done."""
    parser = _parser()
    asked = parser.parse_args(arguments)
    wrong = next(_contradictions(asked), None) or next(_unwritable(asked), None)
    if wrong is not None:
        parser.error(wrong)
    return asked


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="python -m rehearsal",
        description="Rehearse deployments on a simulated ECS, in virtual time.",
        epilog="Exit code 0: every expectation and every invariant held; 1: one did not; 2: a file "
        "cannot be read, or what was asked for cannot be done.",
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
    add("--jobs", type=_jobs, default=1, metavar="N", help="so many at once")
    log = "what the Lambdas log, and the trace of a rehearsal that breaks; with one job only"
    add("--log", type=Path, metavar="FILE", help=log)
    add("--catalogue", type=Path, metavar="FILE", help="rehearse an application of yours")
    add("--faults", choices=["standard"], help="with --catalogue: which set")
    world = "with --catalogue: a scenario file whose world is taken"
    add("--world", type=Path, metavar="FILE", help=world)
    tasks = "alone: say of stopped tasks and service events, one JSON object per line, why"
    add("--classify", metavar="FILE.jsonl", help=tasks)
    return parser


def _contradictions(asked: argparse.Namespace) -> Iterator[str]:
    if asked.classify:
        yield "--classify goes alone: python -m rehearsal --classify FILE.jsonl"
    if not asked.scenarios and not asked.catalogue:
        yield "name scenario files, or a file of the catalogue with --catalogue"
    if asked.scenarios and asked.catalogue:
        yield "scenario files and --catalogue: one of them is enough"
    for name in ("faults", "world"):
        if getattr(asked, name) and not asked.catalogue:
            yield f"--{name} goes with --catalogue; a scenario file has its own"
    if asked.log and asked.jobs > 1:
        yield "--log can be kept with one job only; leave out --jobs"


def _unwritable(asked: argparse.Namespace) -> Iterator[str]:
    """Yield what would keep a file from being written at the end, when all has been run."""
    for name in ("json", "report", "log"):
        path: Path | None = getattr(asked, name)
        if path is None:
            continue
        if path.is_dir():
            yield f"--{name} {path}: is a folder; name a file in it"
        elif not path.parent.is_dir():
            yield f"--{name} {path}: there is no folder {path.parent}; make it first"
        elif not os.access(path if path.exists() else path.parent, os.W_OK):
            yield f"--{name} {path}: you may not write there; name another file"


def _seeds(text: str) -> Sequence[int]:
    try:
        seeds = seeds_of(text)
    except ValueError as error:
        wrong = f"{text} is no seed: write a number, or two as in 1..20"
        raise argparse.ArgumentTypeError(wrong) from error
    # Not len(), which cannot count as far as people can write.
    if seeds.stop - seeds.start > MOST_SEEDS:
        wrong = f"{text} is more than {MOST_SEEDS:,} seeds: take fewer at a time"
        raise argparse.ArgumentTypeError(wrong)
    return seeds


def _jobs(text: str) -> int:
    jobs = int(text) if text.isdecimal() and len(text) < 9 else 0
    if not 1 <= jobs <= MOST_JOBS:
        wrong = f"{text} is no number of jobs: write one from 1 to {MOST_JOBS}"
        raise argparse.ArgumentTypeError(wrong)
    return jobs
