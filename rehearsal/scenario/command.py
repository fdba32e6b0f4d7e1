"""What would happen to a scenario, or to an application under the standard faults?

What a person sees of it: a line per scenario and seed, and beneath it each failure.
"""

import argparse
import json
import logging
import os
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

from infra.catalogue import CatalogueError
from rehearsal.lambdas import log_to
from rehearsal.scenario import standard
from rehearsal.scenario.asking import asked_for
from rehearsal.scenario.format.reading import Loaded, ScenarioError, read
from rehearsal.scenario.repeating import LOG, Task, broken, rehearsed
from rehearsal.scenario.running import Result
from rehearsal.scenario.shown import told
from rehearsal.scenario.trying import tried

Document = dict[str, Any]

PASSED, FAILED, UNREADABLE = 0, 1, 2


def main(arguments: Sequence[str] | None = None) -> int:
    asked = asked_for(arguments)
    # A tag of a scenario may hold what the terminal cannot show.
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
    try:
        with _logging_to(Path(asked.log or os.devnull)):
            return _guarded(asked)
    except OSError as error:
        print(f"{asked.log}: cannot be written: {error.strerror}", file=sys.stderr)
        return UNREADABLE


def _guarded(asked: argparse.Namespace) -> int:
    """Have everything that can go wrong end in a sentence: nobody shall read a traceback."""
    try:
        return _run(asked)
    except BrokenPipeError:
        # Whoever read along has gone; Python's own last flush must not complain about it.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FAILED
    except (ScenarioError, CatalogueError) as error:
        print(error, file=sys.stderr)
    except Exception as error:
        print(broken(error), file=sys.stderr)
    return UNREADABLE


def _run(asked: argparse.Namespace) -> int:
    results = _catalogued(asked) if asked.catalogue else _rehearsed(asked)
    passed, documents = _collected(results, keep=bool(asked.json or asked.report))
    try:
        _write(asked, documents)
    except OSError as error:
        print(f"{error.filename}: cannot be written: {error.strerror}", file=sys.stderr)
        return UNREADABLE
    return PASSED if passed else FAILED


@contextmanager
def _logging_to(path: Path) -> Iterator[None]:
    with path.open("w") as log:
        before, traces = log_to(log), logging.StreamHandler(log)
        LOG.addHandler(traces)
        try:
            yield
        finally:
            LOG.removeHandler(traces)
            log_to(before)


def _rehearsed(asked: argparse.Namespace) -> Iterator[Result]:
    tasks = [Task(each, seed) for each in _loaded(asked.scenarios) for seed in asked.seeds]
    for result in rehearsed(tasks, asked.jobs):
        print(told(result), flush=True)
        yield result


def _catalogued(asked: argparse.Namespace) -> Iterator[Result]:
    show = partial(print, flush=True)
    release = tried(asked.catalogue, asked.world)
    for seed in asked.seeds:
        yield from standard.rehearse(release, seed, asked.jobs, show)


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
    files = sorted(each for each in path.rglob("*.yaml") if each.is_file())
    if not files:
        raise ScenarioError(f"{path}: there is no scenario; name a folder with .yaml files")
    return files


def _collected(results: Iterable[Result], *, keep: bool) -> tuple[bool, list[Document]]:
    """Return whether all have passed, and what is to be written of them.

    A thousand of them are too much to be kept for nothing.
    """
    passed, documents = True, []
    for result in results:
        passed = passed and result.passed
        if keep:
            documents.append({"scenario": result.source, **result.document()})
    return passed, documents


def _write(asked: argparse.Namespace, documents: list[Document]) -> None:
    if asked.json is not None:
        scenarios = [_without_source(each) for each in documents]
        text = json.dumps({"scenarios": scenarios}, ensure_ascii=False, indent=1)
        asked.json.write_text(f"{text}\n")
    if asked.report is not None:
        # A page is made more seldom than a scenario is run.
        from rehearsal.report import page

        asked.report.write_text(page(documents))


def _without_source(document: Document) -> Document:
    """Return what the JSON has: where a file lies on this machine is for the page only."""
    return {key: each for key, each in document.items() if key != "scenario"}
