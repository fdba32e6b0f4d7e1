"""Does every scenario of the library and of the documentation pass, and always the same way?"""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from rehearsal.scenario.format.reading import read
from rehearsal.scenario.repeating import Task, attempt

ROOT = Path(__file__).parents[2]
EXAMPLES = sorted((ROOT / "rehearsal/scenario/examples").glob("*.yaml"))
SCENARIOS = sorted((ROOT / "tests/rehearsal/scenarios").glob("*.yaml"))
SEEDS = (1, 2, 3)
"""Each scenario is taken through one of them here, in turn; `make soak` takes all through many."""
RANDOM = [
    str(ROOT / f"tests/rehearsal/scenarios/{name}.yaml")
    for name in ("a-crash-looping-image", "everything-at-once")
]
"""Scenarios in which much is drawn by chance."""


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_an_example_comes_out_as_it_says(path):
    assert attempt(Task(read(path), 0)).failures == ()


@pytest.mark.parametrize(
    ("path", "seed"),
    [
        pytest.param(path, SEEDS[number % len(SEEDS)], id=path.stem)
        for number, path in enumerate(SCENARIOS)
    ],
)
def test_a_scenario_comes_out_as_it_says_whatever_aws_leaves_open(path, seed):
    assert attempt(Task(read(path), seed)).failures == (), f"seed {seed}"


def test_the_same_seed_gives_the_same_bytes_in_another_process(tmp_path):
    written = []
    for hash_seed in ("1", "2"):
        path = tmp_path / f"{hash_seed}.json"
        subprocess.run(  # noqa: S603
            [sys.executable, "-m", "rehearsal", *RANDOM, "--seed", "4", "--json", str(path)],
            cwd=ROOT,
            env={**os.environ, "PYTHONHASHSEED": hash_seed},
            check=True,
        )
        scenarios = json.loads(path.read_text())["scenarios"]
        for each in scenarios:
            del each["wall_seconds"]
        written.append(json.dumps(scenarios))
    assert written[0] == written[1]


def test_another_seed_gives_another_course():
    loaded = read(Path(RANDOM[0]))
    first, second = (attempt(Task(loaded, seed)).timeline for seed in (1, 2))
    assert first != second
