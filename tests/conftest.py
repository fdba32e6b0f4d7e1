"""What every test stands on: no real account, and one template of the sample catalogue."""

import json
import os
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

from functions.domain.catalogue import Application
from infra.cache import cached
from infra.catalogue import load
from tests import needs

# How long an example takes says how busy the machine is, and nothing about the code.
settings.register_profile("pilothouse", deadline=None)
settings.load_profile("pilothouse")

ROOT = Path(__file__).parents[1]

# Before any client is built: whatever slips past moto has no credentials that are worth anything.
os.environ.update(
    AWS_ACCESS_KEY_ID="testing",
    AWS_SECRET_ACCESS_KEY="testing",  # noqa: S106
    AWS_SESSION_TOKEN="testing",  # noqa: S106
    AWS_DEFAULT_REGION="eu-west-1",
    AWS_REGION="eu-west-1",
    POWERTOOLS_SERVICE_NAME="pilothouse",
)
os.environ.pop("AWS_PROFILE", None)


def pytest_configure(config: pytest.Config) -> None:
    needs.register(config)


def pytest_runtest_setup(item: pytest.Item) -> None:
    needs.check(item)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """End by naming what did not run."""
    for line in needs.not_run(terminalreporter.stats.get("skipped", ())):
        terminalreporter.write_line(line, yellow=True)


@pytest.fixture(scope="session")
def sample() -> tuple[Application, ...]:
    """The two applications that ship."""
    return load(ROOT / "catalogue")


@pytest.fixture(scope="session")
def template_path(sample: tuple[Application, ...]) -> Path:
    """The template of the sample catalogue, synthesized once for all workers."""
    return cached(sample)


@pytest.fixture(scope="session")
def template(template_path: Path) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(template_path.read_text())
    return document
