"""How does a catalogue become a template?"""

import json
import re
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from aws_cdk import Annotations, App

from functions.domain.catalogue import Application
from infra import limits
from infra.catalogue import CatalogueError
from infra.deployer_stack import DeployerStack
from infra.functions import ROOT

ENVIRONMENT = re.compile(r"[a-z][a-z0-9-]{0,19}")
RESOURCES = 500
TEMPLATE_BYTES = 1_000_000
POLICIES = 10


def new_app(outdir: str | Path, *, validated: bool = True) -> App:
    """Return an app with the context of cdk.json; what the CDK's own tool passes goes before it."""
    settings = json.loads((ROOT / "cdk.json").read_text())
    return App(
        outdir=str(outdir),
        context=settings["context"],
        builtin_cloud_formation_validation=validated,
    )


def build(
    applications: Sequence[Application],
    *,
    environment: str = "production",
    outdir: str | Path,
    layer: str | Path | None = None,
) -> Path:
    """Return the template of an environment; without a layer the functions get an empty one.

    What is deployed goes through app.py, where the CDK's own validation takes half of the time.
    """
    app = new_app(outdir, validated=False)
    return synthesize(app, applications, environment=environment, layer=layer)


def synthesize(
    app: App,
    applications: Sequence[Application],
    *,
    environment: str,
    layer: str | Path | None = None,
) -> Path:
    """Return the template, or raise a CatalogueError with every limit that AWS sets it."""
    stack = compose(app, applications, environment=environment, layer=layer)
    app.synth()
    template = Path(app.outdir) / stack.template_file
    _refuse_too_large(template)
    return template


def compose(
    app: App,
    applications: Sequence[Application],
    *,
    environment: str,
    layer: str | Path | None = None,
) -> DeployerStack:
    if not ENVIRONMENT.fullmatch(environment):
        raise CatalogueError(
            f'The environment "{environment}" cannot be part of a name: use up to 20 small '
            "letters, digits and hyphens, for example production."
        )
    limits.check(applications)
    filled = Path(layer) if layer and Path(layer).is_dir() else None
    stack = DeployerStack(
        app,
        applications=applications,
        environment=environment,
        layer=filled or _empty(Path(app.outdir)),
    )
    if layer and not filled:
        Annotations.of(stack).add_warning_v2(
            "pilothouse:layer", "The layer is empty: run `make layer` before you deploy."
        )
    return stack


def _empty(outdir: Path) -> Path:
    # Lambda refuses a layer without a file, so that an empty one cannot reach an account.
    folder = outdir / "empty-layer"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _refuse_too_large(template: Path) -> None:
    text = template.read_text()
    resources: dict[str, Any] = json.loads(text)["Resources"]
    passed = []
    move = "move some applications to a second environment"
    if len(resources) > RESOURCES:
        passed.append(f"The stack has {len(resources)} resources, AWS takes {RESOURCES}; {move}.")
    if len(text.encode()) > TEMPLATE_BYTES:
        passed.append(
            f"The template has {len(text.encode()):,} bytes, AWS takes {TEMPLATE_BYTES:,}; {move}."
        )
    passed += [
        f"{resources[role]['Properties']['Description']} takes {count} policies, AWS attaches "
        f"{POLICIES} to a role; let services and families begin with the name of the application "
        f"and a -, or {move}."
        for role, count in _policies(resources).items()
        if count > POLICIES
    ]
    if passed:
        raise CatalogueError("\n".join(passed))


def _policies(resources: dict[str, Any]) -> Counter[str]:
    return Counter(
        role["Ref"]
        for resource in resources.values()
        if resource["Type"] == "AWS::IAM::ManagedPolicy"
        for role in resource["Properties"]["Roles"]
    )
