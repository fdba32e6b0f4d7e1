"""What does a target get of an event? Input, InputPath and InputTransformer of EventBridge."""

import json
import re
from collections.abc import Mapping
from typing import Any

Event = dict[str, Any]
Target = Mapping[str, Any]

PARTS = re.compile(r"\\.|<[\w.-]+>|.", re.DOTALL)
"""What an input template is made of: escaped characters, variables, everything else."""


def transformed(target: Target, event: Event, known: Mapping[str, object]) -> object:
    """Return what a target gets of an event: all of it, a part, a constant, or a template."""
    if "Input" in target:
        return json.loads(target["Input"])
    if "InputPath" in target:
        return _at(event, target["InputPath"])
    transformer = target.get("InputTransformer")
    if transformer is None:
        return event
    paths = transformer.get("InputPathsMap", {})
    values = {**{name: _at(event, path) for name, path in paths.items()}, **known}
    return json.loads(_filled(transformer["InputTemplate"], values))


def _filled(template: str, values: Mapping[str, object]) -> str:
    """Fill in the variables: as plain text inside of quotes, and as JSON outside of them."""
    filled, quoted = [], False
    for part in PARTS.findall(template):
        name = part[1:-1]
        quoted ^= part == '"'
        if part[0] == "<" and name in values:
            filled.append((_plain if quoted else json.dumps)(values[name]))
        else:
            filled.append(part)
    return "".join(filled)


def _plain(value: object) -> str:
    if value is None:
        return ""
    text = value if isinstance(value, str) else json.dumps(value)
    return json.dumps(text)[1:-1]


def _at(event: object, path: str) -> object:
    """Return what a path such as `$.detail.tags[0]` finds, or None."""
    found = event
    for step in re.findall(r"[^.\[\]$]+", path):
        if isinstance(found, list) and step.isdigit() and int(step) < len(found):
            found = found[int(step)]
        elif isinstance(found, dict):
            found = found.get(step)
        else:
            return None
    return found
