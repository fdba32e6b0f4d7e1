"""Which programs do some tests need, and what becomes of those tests where they are missing?

A test says so with a marker: `pytest.mark.chromium`. Where the program is missing the test is
skipped, and the run ends by naming it; with `PILOTHOUSE_REQUIRE=chromium,jdk` it fails instead.
"""

import os
import shutil
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import pytest

DEMAND = "PILOTHOUSE_REQUIRE"


@dataclass(frozen=True, slots=True)
class Need:
    """`programs` are names of which one has to be there."""

    name: str
    programs: tuple[str, ...]
    install: str

    @property
    def program(self) -> str | None:
        found = (shutil.which(each) for each in self.programs)
        return next((each for each in found if each is not None), None)

    @property
    def demanded(self) -> bool:
        return self.name in os.environ.get(DEMAND, "").replace(" ", "").split(",")

    @property
    def reason(self) -> str:
        return f"needs {self.name}: {self.install}"


NEEDS = (
    Need("chromium", ("chromium", "chromium-browser", "google-chrome"), "apt install chromium"),
    Need("jdk", ("javac",), "apt install default-jdk-headless"),
)


def program(name: str) -> str:
    """Return where the program is that a test with its marker may count on."""
    found = next(each for each in NEEDS if each.name == name).program
    assert found is not None
    return found


def register(config: pytest.Config) -> None:
    unknown = {each for each in os.environ.get(DEMAND, "").replace(" ", "").split(",") if each}
    unknown -= {each.name for each in NEEDS}
    if unknown:
        raise pytest.UsageError(f"{DEMAND} demands what no test needs: {sorted(unknown)}")
    for each in NEEDS:
        config.addinivalue_line("markers", f"{each.name}: {each.reason}")


def check(item: pytest.Item) -> None:
    """Skip a test, or fail it, where what it needs is missing."""
    for each in NEEDS:
        if item.get_closest_marker(each.name) is None or each.program is not None:
            continue
        if each.demanded:
            pytest.fail(f"{DEMAND} demands it: {each.reason}", pytrace=False)
        pytest.skip(each.reason)


def not_run(reports: Iterable[pytest.TestReport]) -> Iterator[str]:
    """Yield a line per program for the tests that were skipped for want of it."""
    missed: Counter[tuple[str, str]] = Counter()
    for report in reports:
        if isinstance(report.longrepr, tuple):
            why = str(report.longrepr[2]).removeprefix("Skipped: ")
            missed[why, report.nodeid.partition("::")[0]] += 1
    for each in NEEDS:
        files = [(file, n) for (why, file), n in sorted(missed.items()) if why == each.reason]
        if files:
            told = ", ".join(f"{n} in {file}" for file, n in files)
            yield f"Not run, as {each.name} is missing ({each.install}): {told}"
