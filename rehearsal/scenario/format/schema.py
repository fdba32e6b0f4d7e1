"""What does an editor have to know to check a scenario while it is written?

`python -m rehearsal.scenario.format.schema` writes `schema.json` anew, out of the types.
"""

import json
from pathlib import Path
from typing import Any

from rehearsal.scenario.format.reading import SCENARIOS

SCHEMA = Path(__file__).parents[1] / "schema.json"
MAPS = {"properties", "$defs"}
"""Where keys are names of somebody's choice, among which `title` may be."""
BESIDE = ("description", "default")
DIALECT = "https://json-schema.org/draft/2020-12/schema"


def text() -> str:
    """Return the JSON Schema of scenario files."""
    named: dict[str, Any] = {}
    made = _plain(SCENARIOS.json_schema(), named)
    made = {"$schema": DIALECT, **made, "$defs": {**named, **made["$defs"]}}
    return json.dumps(made, ensure_ascii=False, indent=1) + "\n"


def _plain(schema: Any, named: dict[str, Any]) -> Any:  # noqa: ANN401 - a JSON document
    """Leave out what says nothing to a person, and say once what stands in many places."""
    if isinstance(schema, list):
        return [_plain(each, named) for each in schema]
    if not isinstance(schema, dict):
        return schema
    kept = {
        key: each if key in MAPS else _plain(each, named)
        for key, each in schema.items()
        if key != "title" and (key, each) != ("default", None)
    }
    for key in MAPS & kept.keys():
        kept[key] = {name: _plain(each, named) for name, each in kept[key].items()}
    return _named(_without_null(kept), named)


def _without_null(schema: dict[str, Any]) -> dict[str, Any]:
    """No field of a scenario is written as null: what is not meant is left out."""
    choices = [each for each in schema.pop("anyOf", []) if each != {"type": "null"}]
    flat = [inner for each in choices for inner in (each.get("anyOf") or [each])]
    if len(flat) == 1:
        return {**flat[0], **schema}
    return {**schema, "anyOf": flat} if flat else schema


def _named(schema: dict[str, Any], named: dict[str, Any]) -> dict[str, Any]:
    name = schema.pop("x-name", None)
    if name is None:
        return schema
    about: dict[str, Any] = {key: schema.pop(key) for key in BESIDE if key in schema}
    named[name] = schema
    return {"$ref": f"#/$defs/{name}", **about}


if __name__ == "__main__":
    SCHEMA.write_text(text())
