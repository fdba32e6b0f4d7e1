"""How is a part of moto replaced for a while, and put back?"""

import sys
from collections.abc import Mapping
from contextlib import ExitStack
from typing import Any

GONE = object()


def replace(stack: ExitStack, owner: Any, name: str, value: object) -> None:  # noqa: ANN401
    """Set an attribute until the stack is closed."""
    before = vars(owner).get(name, GONE)
    setattr(owner, name, value)
    if before is GONE:
        stack.callback(delattr, owner, name)
    else:
        stack.callback(setattr, owner, name, before)


def replace_everywhere(stack: ExitStack, package: str, names: Mapping[str, object]) -> None:
    """Set names in each loaded module of a package that has them, wherever they were imported."""
    for key, module in sorted(sys.modules.items()):
        if key == package or key.startswith(f"{package}."):
            for name in names.keys() & vars(module).keys():
                replace(stack, module, name, names[name])
