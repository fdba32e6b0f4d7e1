"""The deployer of one environment, made from its catalogue."""

import os
import sys
from pathlib import Path

from infra.build import new_app, synthesize
from infra.catalogue import CatalogueError, load

app = new_app(os.environ.get("CDK_OUTDIR", "cdk.out"))
setting = app.node.get_context
try:
    applications = load(Path(setting("catalogue")))
    synthesize(app, applications, environment=setting("environment"), layer=setting("layer"))
except CatalogueError as error:
    sys.exit(str(error))
