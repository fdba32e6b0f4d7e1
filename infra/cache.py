"""Is there a template already for just this catalogue, this code and this CDK?"""

import fcntl
import hashlib
import json
import shutil
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

from functions.domain.catalogue import (
    Application,
    HoldUntil,
    Migration,
    Migrations,
    OnFailure,
    Service,
    Strategy,
    Unarmed,
    Unsure,
)
from infra import limits
from infra.catalogue import minified

ROOT = Path(__file__).parents[1]
TEMPLATES = ROOT / "build" / "templates"
MADE_OF = ("cdk.json", "infra/*.py", "statemachines/*.json", "functions/**/*.py")


def cached(
    applications: Sequence[Application],
    *,
    environment: str = "production",
    folder: Path = TEMPLATES,
) -> Path:
    """Return the template of `infra.build.build`, made anew only where it would be another.

    Most of what a catalogue says is text in a parameter: a template that is there already for
    applications that differ in nothing else is taken, with the texts of these.
    """
    limits.check(applications)
    made = folder / _fingerprint((repr(tuple(applications)), environment))
    template = made / f"Pilothouse-{environment}.template.json"
    with _alone(folder):
        if not made.exists():
            _make(made, template.name, applications, environment, folder)
    return template


def _make(
    made: Path, name: str, applications: Sequence[Application], environment: str, folder: Path
) -> None:
    plain = tuple(map(_plain, applications))
    like = folder / _fingerprint((repr(plain), environment))
    if not like.exists():
        _build(like, plain, environment)
    if like != made:
        half = made.with_suffix(".half")
        shutil.rmtree(half, ignore_errors=True)
        half.mkdir()
        # What the template refers to, its assets, stays where it was made.
        for each in like.iterdir():
            (half / each.name).symlink_to(each.resolve())
        (half / name).unlink()
        (half / name).write_text(_telling((like / name).read_text(), applications))
        half.rename(made)


def _build(made: Path, applications: Sequence[Application], environment: str) -> None:
    # Imported here: with a template at hand nobody waits for the CDK to load.
    from infra.build import build

    half = made.with_suffix(".half")
    shutil.rmtree(half, ignore_errors=True)
    build(applications, environment=environment, outdir=half)
    half.rename(made)


def _plain(application: Application) -> Application:
    """Return the application without what stands in its parameter only."""
    return replace(
        application,
        services=tuple(map(_bare, application.services)),
        order=replace(application.order, first="", max_parallel=5),
        migrations=Migrations(*map(_same, _both(application.migrations))),
        on_failure=OnFailure.ROLLBACK,
        hold_after_rollback=HoldUntil.UNTIL_NEWER,
        settle_seconds=0,
        log_lines=10,
    )


def _both(migrations: Migrations) -> tuple[Migration | None, Migration | None]:
    return migrations.expand, migrations.contract


def _same(migration: Migration | None) -> Migration | None:
    """Return a migration of the same service: no more of it stands outside of the parameter."""
    return migration and Migration(migration.service, ("migrate",), 900)


def _bare(service: Service) -> Service:
    bake = replace(
        service.bake,
        minutes=10,
        min_requests=0,
        extend_seconds=1_800,
        unarmed=Unarmed.PROCEED,
        no_data=Unsure.HOLD,
        error=Unsure.HOLD,
    )
    deadlines = replace(
        service.deadlines,
        task_healthy_seconds=300,
        progress_seconds=600,
        capacity_seconds=1_200,
        overall_seconds=2_700,
    )
    return replace(service, after=(), strategy=Strategy.ROLLING, bake=bake, deadlines=deadlines)


def _telling(text: str, applications: Sequence[Application]) -> str:
    """Return a template with the documents of these applications in their parameters."""
    template: dict[str, Any] = json.loads(text)
    documents = {each.application: minified(each) for each in applications}
    for resource in template["Resources"].values():
        if resource["Type"] == "AWS::SSM::Parameter":
            about = resource["Properties"]
            about["Value"] = documents[about["Name"].rpartition("/")[2]]
    return json.dumps(template, ensure_ascii=False, separators=(",", ":"))


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
    found.update(_sources())
    return found.hexdigest()[:16]


@cache
def _sources() -> bytes:
    """Return what tells the files apart that a template is made of: as this process found them."""
    found = hashlib.sha256()
    for path in sorted(path for pattern in MADE_OF for path in ROOT.glob(pattern)):
        found.update(f"{path.relative_to(ROOT)}\n".encode() + path.read_bytes())
    return found.digest()
