"""Is a test whose program is missing skipped, named at the end, and failed where it is demanded?"""

from pathlib import Path
from typing import Any

import pytest

from tests import needs


@pytest.fixture
def item(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Any:
    """A test that needs Chromium, on a machine that has nothing."""
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv(needs.DEMAND, raising=False)
    request.node.add_marker(pytest.mark.chromium)
    return request.node


def skipped(why: str, file: str = "tests/test_page.py") -> pytest.TestReport:
    place = (file, 3, f"Skipped: {why}")
    return pytest.TestReport(f"{file}::test_it", (file, 3, "it"), {}, "skipped", place, "setup")


def test_what_is_missing_is_skipped(item: pytest.Item) -> None:
    with pytest.raises(pytest.skip.Exception, match="needs chromium: apt install chromium"):
        needs.check(item)


def test_what_is_demanded_fails(item: pytest.Item, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(needs.DEMAND, "jdk, chromium")
    with pytest.raises(pytest.fail.Exception, match="PILOTHOUSE_REQUIRE demands it"):
        needs.check(item)


def test_what_is_there_is_run(item: pytest.Item, tmp_path: Path) -> None:
    program = tmp_path / "chromium-browser"
    program.touch(mode=0o755)
    needs.check(item)
    assert needs.program("chromium") == str(program)


def test_the_run_ends_by_naming_what_did_not_run() -> None:
    reports = [skipped(needs.NEEDS[0].reason)] * 2 + [skipped("no reason of ours")]
    (line,) = needs.not_run(reports)
    assert line == (
        "Not run, as chromium is missing (apt install chromium): 2 in tests/test_page.py"
    )


def test_nothing_is_named_where_all_ran() -> None:
    assert list(needs.not_run([])) == []


def test_a_demand_that_nobody_knows_is_a_mistake(
    pytestconfig: pytest.Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(needs.DEMAND, "chromuim")
    with pytest.raises(pytest.UsageError, match="chromuim"):
        needs.register(pytestconfig)
