"""Is there a template already for just this catalogue, this code and this CDK?"""

import fcntl
import hashlib
import shutil
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path

from functions.domain.catalogue import Application

ROOT = Path(__file__).parents[1]
TEMPLATES = ROOT / "build" / "templates"
MADE_OF = ("cdk.json", "infra/*.py", "statemachines/*.json", "functions/**/*.py")


def cached(
    applications: Sequence[Application],
    *,
    environment: str = "production",
    folder: Path = TEMPLATES,
) -> Path:
    """Return the template of `infra.build.build`, made anew only where it would be another."""
    made = folder / _fingerprint((repr(tuple(applications)), environment))
    with _alone(folder):
        if not made.exists():
            _make(made, applications, environment)
    return made / f"Pilothouse-{environment}.template.json"


def _make(made: Path, applications: Sequence[Application], environment: str) -> None:
    # Imported here: with a template at hand nobody waits for the CDK to load.
    from infra.build import build

    half = made.with_suffix(".half")
    shutil.rmtree(half, ignore_errors=True)
    build(applications, environment=environment, outdir=half)
    half.rename(made)


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Let the second of two processes wait for what the first one makes."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _fingerprint(texts: Iterable[str]) -> str:
    found = hashlib.sha256()
    for text in (*texts, version("aws-cdk-lib")):
        found.update(f"{text}\n".encode())
    for path in sorted(path for pattern in MADE_OF for path in ROOT.glob(pattern)):
        found.update(f"{path.relative_to(ROOT)}\n".encode() + path.read_bytes())
    return found.hexdigest()[:16]
