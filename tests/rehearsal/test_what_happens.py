"""Does the README say of each case what comes of its scenario?"""

import pytest

from tests.rehearsal.what_happens import ROOT, ROWS, SCENARIOS, row, told_in

TOLD = told_in((ROOT / "README.md").read_text()).splitlines()


@pytest.mark.parametrize("stem", ROWS)
def test_the_readme_says_what_happens(stem):
    told = [each for each in TOLD if f"/what-{stem}.yaml" in each]
    assert told == [str(row(stem))], "python -m tests.rehearsal.what_happens writes it anew"


def test_each_scenario_has_its_row_in_order():
    files = {path.stem.removeprefix("what-") for path in SCENARIOS.glob("what-*.yaml")}
    assert set(ROWS) == files
    assert len(TOLD) == 2 + len(ROWS)
    assert [f"/what-{stem}.yaml" in line for stem, line in zip(ROWS, TOLD[2:], strict=True)] == [
        True
    ] * len(ROWS)
