"""Is there a test for every branch, every Catch and every end of every workflow?"""

import importlib
from pathlib import Path

from tests.workflows.ways import PROMISED, every_way


def test_every_way_through_the_workflows_is_taken_by_a_test() -> None:
    for path in sorted(Path(__file__).parent.glob("test_*.py")):
        importlib.import_module(f"tests.workflows.{path.stem}")
    untaken, unknown = every_way() - PROMISED, PROMISED - every_way()
    assert not untaken, "no test takes:\n" + "\n".join(sorted(untaken))
    assert not unknown, "no workflow has:\n" + "\n".join(sorted(unknown))
