"""How much does what cost? All the figures of `make bench`, each with its goal."""

import sys
from pathlib import Path

from infra.catalogue import load
from rehearsal.bench.cost import deployments
from rehearsal.bench.imports import cold_imports
from rehearsal.bench.memory import flat
from rehearsal.bench.peers.table import peers
from rehearsal.bench.planning import plans
from rehearsal.bench.rolling import many, one
from rehearsal.lambdas import log_to

ROOT = Path(__file__).parents[2]


def main() -> None:
    (ROOT / "build").mkdir(exist_ok=True)
    with (ROOT / "build" / "bench.log").open("w") as log:
        log_to(log)
        deployments(load(ROOT / "catalogue"))
        plans()
        one()
        flat()
        many()
        peers()
        log_to(sys.stdout)
    cold_imports()


if __name__ == "__main__":
    main()
